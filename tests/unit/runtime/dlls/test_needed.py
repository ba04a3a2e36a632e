from __future__ import annotations

import pytest

from bundler.model.target import Target
from bundler.runtime.dlls import Holder, Program, needed_dlls, runtime_dlls

TARGET = Target.of("3.11.9", "win_amd64")
EMBED = ("python311.dll", "python3.dll", "vcruntime140.dll", "vcruntime140_1.dll", "sqlite3.dll", "python.exe")


def program(
    path: str, *imports: str, delayed: tuple[str, ...] = (), platform: str = "win_amd64", own: bool = True
) -> Program:
    """An extension of 3.11 that also loads ``imports``."""
    python = ("python311.dll", "vcruntime140.dll", "api-ms-win-crt-heap-l1-1-0.dll", "kernel32.dll") if own else ()
    return Program(path=path, platform=platform, imports=(*imports, *python), delayed=delayed)


def missing(
    *holders: Holder,
    target: Target = TARGET,
    files: tuple[str, ...] = EMBED,
    installer: bool = False,
    all_users: bool = False,
    provided: frozenset[str] = frozenset(),
) -> dict[str, str]:
    """Name of each DLL -> what brings it, or when Windows has it."""
    runtime = runtime_dlls(target, files, installer=installer, all_users=all_users)
    found = needed_dlls(holders, target, runtime=runtime, provided=provided)
    return {each.name: each.condition or each.redistributable for each in found}


def holder(*programs: Program, name: str = "demo") -> Holder:
    return Holder(name=name, programs=programs)


def test_what_windows_and_the_runtime_have_is_not_missing() -> None:
    assert missing(holder(program("a.pyd", "odbc32.dll", "sqlite3.dll", "vcruntime140_1.dll", "python3.dll"))) == {}


def test_who_wants_what_and_where_it_comes_from() -> None:
    (found,) = needed_dlls(
        [holder(program("a/_a.pyd", "msvcp140.dll"), program("a/_b.pyd", delayed=("msvcp140.dll",)), name="wide")],
        TARGET,
        runtime=runtime_dlls(TARGET, EMBED, installer=False),
    )
    assert found.name == "msvcp140.dll"
    assert found.needed_by == ("wide: a/_a.pyd", "wide: a/_b.pyd")
    assert not found.delayed
    assert "Visual C++ v14" in found.redistributable
    assert found.address.endswith("vc_redist.x64.exe")
    assert found.silent == "/install /quiet /norestart"


def test_the_address_is_the_targets() -> None:
    target = Target.of("3.11.9", "win32")
    (found,) = needed_dlls(
        [holder(program("a.pyd", "msvcp140.dll", platform="win32"))],
        target,
        runtime=runtime_dlls(target, EMBED, installer=False),
    )
    assert found.address.endswith("vc_redist.x86.exe")


def test_only_delayed() -> None:
    (found,) = needed_dlls(
        [holder(program("a.pyd", delayed=("oci.dll",)))], TARGET, runtime=runtime_dlls(TARGET, EMBED, installer=False)
    )
    assert found.delayed
    assert found.redistributable == "Oracle Instant Client"


def detailed(*holders: Holder, **runtime: object) -> list[tuple[str, tuple[str, ...], tuple[str, ...], bool]]:
    """Each DLL, who wants it, who has it for itself, and whether they require these."""
    given = runtime_dlls(TARGET, runtime.get("files", EMBED), installer=bool(runtime.get("installer")))  # type: ignore[arg-type]
    found = needed_dlls(holders, TARGET, runtime=given)
    return [(each.name, each.needed_by, each.brought_by, each.required) for each in found]


def test_the_wheel_itself_provides() -> None:
    own = holder(program("demo.libs/msvcp140-0f2e.dll", own=False), program("a.pyd", "msvcp140-0f2e.dll", "shared.dll"))
    assert list(missing(own)) == ["shared.dll"]


def test_another_distribution_has_it_for_itself() -> None:
    # lightgbm wants vcomp140.dll, which scikit-learn has in a folder of its own and loads when it is imported
    wants = holder(program("lightgbm/lib_lightgbm.dll", "vcomp140.dll", own=False), name="lightgbm")
    other = holder(
        program("sklearn/.libs/vcomp140.dll", own=False),
        program("sklearn/_x.pyd", "vcomp140.dll"),
        name="scikit-learn",
    )
    where = ("lightgbm: lightgbm/lib_lightgbm.dll",)
    assert detailed(wants) == [("vcomp140.dll", where, (), False)]
    assert detailed(wants, other) == [("vcomp140.dll", where, ("scikit-learn",), False)]
    requiring = Holder(name="lightgbm", programs=wants.programs, requires=frozenset({"numpy", "scikit-learn"}))
    assert detailed(requiring, other) == [("vcomp140.dll", where, ("scikit-learn",), True)]
    assert "Visual C++" in missing(wants, other)["vcomp140.dll"]


def test_some_have_it_and_some_do_not() -> None:
    one = holder(program("one/_one.pyd", "shared.dll"), name="one")
    two = holder(program("two/_two.pyd", "shared.dll"), program("two/shared.dll", own=False), name="two")
    three = Holder(name="three", programs=(program("three/_three.pyd", "shared.dll"),), requires=frozenset({"two"}))
    assert detailed(one, two, three) == [
        ("shared.dll", ("one: one/_one.pyd",), ("two",), False),
        ("shared.dll", ("three: three/_three.pyd",), ("two",), True),
    ]


def test_folders_are_those_of_the_installation() -> None:
    # PySide6's programs lie beside the DLLs of another distribution
    tool = program("PySide6/designer.exe", "qt6core.dll", own=False)
    module = program("pyside6/QtCharts.pyd", "qt6core.dll")
    library = holder(program("PySide6/Qt6Core.dll", own=False), name="essentials")
    assert missing(holder(tool, module, name="addons"), library) == {}
    for place in ("x-1.0.data/platlib/PySide6/Qt6Core.dll", "x-1.0.data/purelib/pyside6/Qt6Core.dll"):
        assert missing(holder(tool, module, name="addons"), holder(program(place, own=False), name="x")) == {}
    for place in ("x-1.0.data/data/PySide6/Qt6Core.dll", "x-1.0.data/scripts/Qt6Core.dll", "PySide6/lib/Qt6Core.dll"):
        found = detailed(holder(tool, module, name="addons"), holder(program(place, own=False), name="x"))
        assert found == [
            ("qt6core.dll", ("addons: PySide6/designer.exe",), (), False),
            ("qt6core.dll", ("addons: pyside6/QtCharts.pyd",), ("x",), False),
        ]


def test_all_folders_of_the_own_distribution_count_with_what_others_put_there() -> None:
    plugin = program("PySide6/plugins/imageformats/qpdf.dll", "qt6pdf.dll", own=False)
    library = program("PySide6/Qt6Core.dll", own=False)
    pdf = holder(program("PySide6/Qt6Pdf.dll", own=False), name="pdf")
    assert missing(holder(plugin, library, name="essentials"), pdf) == {}
    assert list(missing(holder(plugin, name="essentials"), pdf)) == ["qt6pdf.dll"]
    tool = program("PySide6/bin/tool.exe", "qt6pdf.dll", own=False)
    assert list(missing(holder(tool, library, name="essentials"), pdf)) == ["qt6pdf.dll"]


def test_programs_for_the_folder_of_programs_lie_together() -> None:
    tool = holder(program("a-1.0.data/scripts/tool.exe", "shared.dll", own=False), name="a")
    for place in ("b-1.0.data/scripts/shared.dll", "b-1.0.data/data/Scripts/shared.dll"):
        assert missing(tool, holder(program(place, own=False), name="b")) == {}
    assert list(missing(tool, holder(program("Scripts/shared.dll", own=False), name="b"))) == ["shared.dll"]


def test_what_lies_beside_python_is_found_and_what_lies_apart_once_it_is_loaded() -> None:
    wants = holder(program("a.pyd", "sqlite3.dll", "libcrypto-3.dll"))
    files = ("python311.dll", "sqlite3.dll", "DLLs/libcrypto-3.dll")
    assert detailed(wants, files=files) == [("libcrypto-3.dll", ("demo: a.pyd",), ("Python itself",), True)]
    flat = ("python311.dll", "vcruntime140.dll", "sqlite3.dll", "libcrypto-3.dll")
    assert detailed(wants, files=flat) == []
    # the embeddable zip that the build host looks at has beside python.exe what the installer puts into DLLs
    assert [each[0] for each in detailed(wants, files=flat, installer=True)] == ["libcrypto-3.dll", "sqlite3.dll"]


def test_a_tool_that_no_import_needs() -> None:
    protoc = program("grpc_tools/protoc.exe", "msvcp140.dll", own=False)
    service = program("win32/pythonservice.exe", "msvcp140.dll")
    module = program("grpc_tools/_x.pyd", "msvcp140.dll")
    runtime = runtime_dlls(TARGET, EMBED, installer=False)
    for programs, optional in [
        ((protoc,), "a program of its own, which no import needs"),
        ((protoc, module), ""),
        ((service,), ""),
        ((program("setuptools/cli.exe", "msvcp140.dll", own=False),), "a program of its own, which no import needs"),
    ]:
        (found,) = needed_dlls([holder(*programs)], TARGET, runtime=runtime)
        assert found.optional == optional


def test_a_dll_for_another_machine_provides_nothing_and_needs_nothing() -> None:
    foreign = program("x86/shared.dll", "gone.dll", own=False, platform="win32")
    assert list(missing(holder(program("a.pyd", "shared.dll"), foreign))) == ["shared.dll"]


def test_prerequisites_provide() -> None:
    wants = holder(program("a.pyd", "msvcp140.dll", "msvcp140_1.dll", "oci.dll"))
    assert list(missing(wants, provided=frozenset({"msvcp140*.dll"}))) == ["oci.dll"]
    assert missing(wants, provided=frozenset({"msvcp140.dll", "msvcp140_1.dll", "oci.dll"})) == {}


def test_what_only_some_windows_has_comes_last() -> None:
    found = missing(holder(program("a.pyd", "d3d12.dll", "opengl32.dll", "zzz.dll", "mfplat.dll")))
    assert list(found) == ["zzz.dll", "d3d12.dll", "mfplat.dll", "opengl32.dll"]
    assert found["d3d12.dll"] == "since 2016"


def test_an_executable_does_not_find_what_lies_beside_python() -> None:
    tool = program("demo/tool.exe", "vcruntime140.dll", "helper.dll", "api-ms-win-crt-heap-l1-1-0.dll", own=False)
    helper = program("demo/helper.dll", own=False)
    assert list(missing(holder(tool, helper))) == ["vcruntime140.dll"]
    elsewhere = program("demo/libs/helper.dll", own=False)
    assert list(missing(holder(tool, elsewhere))) == ["helper.dll", "vcruntime140.dll"]
    assert missing(holder(tool, helper), provided=frozenset({"vcruntime140.dll"})) == {}


def test_an_executable_that_starts_python_lies_beside_it() -> None:
    assert missing(holder(program("win32/service.exe", "vcruntime140_1.dll"))) == {}


def test_the_parts_of_a_redistributable_that_are_carried_along() -> None:
    # msvcp140.dll can do without concrt140.dll; nobody wants mfcm90.dll, which wants msvcm90.dll
    crt = program("libs/msvcp140.dll", delayed=("concrt140.dll",), own=False)
    managed = program("libs/mfcm90.dll", "msvcm90.dll", own=False)
    assert missing(holder(program("a.pyd", "msvcp140.dll"), crt, managed)) == {}
    assert list(missing(holder(program("a.pyd", "mfcm90.dll"), crt, managed))) == ["msvcm90.dll"]


def test_what_the_parts_want_of_each_other() -> None:
    first = program("libs/mfc140u.dll", "msvcp140.dll", own=False)
    second = program("libs/msvcp140.dll", "gone.dll", own=False)
    assert list(missing(holder(program("a.pyd", "mfc140u.dll"), first, second))) == ["gone.dll"]


def test_the_universal_runtime_is_one_thing() -> None:
    old = Target.of("2.7.18", "win_amd64")
    wants = holder(program("a.pyd", "api-ms-win-crt-heap-l1-1-0.dll", "api-ms-win-crt-math-l1-1-0.dll", own=False))
    found = missing(wants, target=old, files=("python27.dll",))
    assert list(found) == ["ucrtbase.dll"]
    assert "KB2999226" in found["ucrtbase.dll"]


def test_another_pythons_dll() -> None:
    assert missing(holder(program("a.pyd", "python39.dll", own=False))) == {
        "python39.dll": "another Python: that file isn't for the target's"
    }


def test_python_27() -> None:
    old = Target.of("2.7.18", "win32")
    wants = holder(program("a.pyd", "python27.dll", "msvcr90.dll", "msvcp90.dll", own=False, platform="win32"))
    tool = holder(program("Pythonwin.exe", "msvcr90.dll", own=False, platform="win32"), name="tool")
    assert list(missing(wants, tool, target=old, files=())) == ["msvcp90.dll", "msvcr90.dll"]
    assert list(missing(wants, target=old, files=(), installer=True)) == ["msvcp90.dll"]
    assert missing(wants, tool, target=old, files=(), installer=True, all_users=True) == {}


def test_python_25() -> None:
    old = Target.of("2.5.4", "win32")
    wants = holder(program("a.pyd", "python25.dll", "msvcr71.dll", own=False, platform="win32"))
    assert missing(wants, target=old, files=(), installer=True, all_users=True) == {}


def test_python_34() -> None:
    old = Target.of("3.4.4", "win32")
    wants = holder(
        program("a.pyd", "python34.dll", "python3.dll", "msvcr100.dll", "msvcp100.dll", own=False, platform="win32")
    )
    assert list(missing(wants, target=old, files=())) == ["msvcp100.dll"]


def test_the_installer_has_tcl_and_the_embeddable_zip_has_not() -> None:
    wants = holder(program("a.pyd", "tcl86t.dll", "tk86t.dll"))
    assert detailed(wants) == [(name, ("demo: a.pyd",), (), False) for name in ("tcl86t.dll", "tk86t.dll")]
    assert {each[2:] for each in detailed(wants, installer=True)} == {(("Python itself",), True)}


def test_free_threaded_python() -> None:
    free = Target.of("3.13.2", "win_amd64", abi="cp313t")
    assert missing(holder(program("a.pyd", "python313t.dll", own=False)), target=free, files=()) == {}
    assert list(missing(holder(program("a.pyd", "python313.dll", own=False)), target=free, files=())) == [
        "python313.dll"
    ]


def test_what_only_an_optional_part_wants() -> None:
    editor = program("pythonwin/win32ui.pyd", "mfc140u.dll", "msvcp140.dll")
    service = program("win32/servicemanager.pyd", "msvcp140.dll")
    found = needed_dlls(
        [holder(editor, service, name="pywin32")], TARGET, runtime=runtime_dlls(TARGET, EMBED, installer=False)
    )
    assert {each.name: each.optional for each in found} == {"mfc140u.dll": "the editor Pythonwin", "msvcp140.dll": ""}


@pytest.mark.parametrize(
    ("python", "abi", "there"),
    [("3.15.0", None, True), ("3.15.0", "cp315t", True), ("3.14.0", None, False), ("3.14.0", "cp314t", True)],
)
def test_both_builds_of_315_have_the_dll_of_the_stable_abi_for_both(
    python: str, abi: str | None, *, there: bool
) -> None:
    wants = holder(program("a.pyd", "python3t.dll", own=False))
    assert (missing(wants, target=Target.of(python, "win_amd64", abi=abi), files=()) == {}) is there
