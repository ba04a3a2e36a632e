from __future__ import annotations

from bundler.model.target import Target
from bundler.runtime.dlls import Holder, Program, needed_dlls, runtime_dlls

TARGET = Target.of("3.11.9", "win_amd64")
EMBED = ("python311.dll", "python3.dll", "vcruntime140.dll", "vcruntime140_1.dll", "DLLs/sqlite3.dll", "python.exe")


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


def test_the_wheel_itself_and_others_provide() -> None:
    own = holder(program("demo.libs/msvcp140-0f2e.dll", own=False), program("a.pyd", "msvcp140-0f2e.dll", "shared.dll"))
    other = holder(program("other/Shared.DLL", own=False), name="other")
    assert missing(own, other) == {}
    assert list(missing(own)) == ["shared.dll"]


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
    assert list(missing(wants)) == ["tcl86t.dll", "tk86t.dll"]
    assert missing(wants, installer=True) == {}


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
