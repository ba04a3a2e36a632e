"""DLLs that nobody in a bundle provides, told by a build, kept in the bundle, shown by ``inspect`` and in README.txt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.programs import make_program

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.commandline import Bench

TAG = "cp311-cp311-win_amd64"
PYTHON = ("python311.dll", "VCRUNTIME140.dll", "KERNEL32.dll")


def publish(bench: Bench, name: str, *imports: str, delayed: tuple[str, ...] = (), **files: bytes) -> Path:
    """A wheel with one extension that loads ``imports`` and what an extension loads anyway."""
    program = make_program(dll=True, version=None, imports=(*PYTHON, *imports), delayed=delayed)
    return bench.publish(name, tag=TAG, files={f"{name}/_{name}.cp311-win_amd64.pyd": program, **files})


def test_a_missing_dll_is_told_with_its_remedy(bench: Bench) -> None:
    publish(bench, "wide", "MSVCP140.dll", "VCOMP140.DLL", "ODBC32.dll", "OPENGL32.dll")
    publish(bench, "strange", "nobody1.dll", "nobody2.dll", delayed=("oci.dll",))
    bench.write(requirements=["wide", "strange"])
    done = bench.build()
    assert done.code == 0, done.err
    told = [line for line in done.err.splitlines() if "dll-missing" in line or "Windows Server has it" in line]
    text = " ".join(done.err.split())
    assert len(told) == 4
    assert "wide (wide/_wide.cp311-win_amd64.pyd) wants msvcp140.dll, vcomp140.dll, and neither" in text
    assert "it comes with Microsoft Visual C++ v14 Redistributable; add that as a [[prerequisite]]" in text
    assert "vc_redist.x64.exe, silent with /install /quiet /norestart)" in text
    assert "strange (strange/_strange.cp311-win_amd64.pyd) wants oci.dll" in text
    assert "it comes with Oracle Instant Client" in text
    assert (
        "wants nobody1.dll, nobody2.dll, and neither Windows Server, nor Python, nor the bundle has it: find out"
        in text
    )
    assert "wants opengl32.dll: Windows Server has it with the Desktop Experience only" in text
    assert "odbc32" not in text


def test_it_is_kept_in_the_bundle(bench: Bench) -> None:
    publish(bench, "wide", "MSVCP140.dll", delayed=("oci.dll",))
    bench.write(requirements=["wide"])
    assert bench.build("--format", "dir").code == 0
    bundle = bench.output / "example-1.0-3.11.9-win_amd64"
    data = bench.run("inspect", bundle, "--json").json
    assert [(each["name"], each["delayed"]) for each in data["dlls"]] == [("msvcp140.dll", False), ("oci.dll", True)]
    first = data["dlls"][0]
    assert first["needed_by"] == ["wide: wide/_wide.cp311-win_amd64.pyd"]
    assert first["address"].endswith("vc_redist.x64.exe")
    shown = bench.run("inspect", bundle).out
    assert "DLLs that are not found in the bundle" in shown
    assert "msvcp140.dll" in shown
    readme = (bundle / "README.txt").read_text("ascii")
    assert "- perhaps msvcp140.dll, which isn't in here: it comes with" in readme


LIBRARY = make_program(dll=True, version=None, imports=("KERNEL32.dll",))


def test_what_another_wheel_puts_into_the_same_folder_is_not_missing(bench: Bench) -> None:
    publish(bench, "wide", "wide-0123.dll", "shared.dll")
    bench.publish("other", tag="py3-none-win_amd64", files={"wide/Shared.dll": LIBRARY, "WIDE/wide-0123.dll": LIBRARY})
    bench.write(requirements=["wide", "other"])
    done = bench.build()
    assert done.code == 0, done.err
    assert "dll-missing" not in done.err
    assert bench.run("inspect", bench.bundle, "--json").json["dlls"] == []


def test_what_another_wheel_has_for_itself_is_found_once_that_is_imported(bench: Bench) -> None:
    publish(bench, "wide", "vcomp140.dll", "shared.dll")
    bench.publish("other", tag="py3-none-win_amd64", files={"other/Shared.dll": LIBRARY, "other/vcomp140.dll": LIBRARY})
    program = make_program(dll=True, version=None, imports=(*PYTHON, "shared.dll"))
    files = {"requiring/_requiring.cp311-win_amd64.pyd": program}
    bench.publish("requiring", tag=TAG, requires=["between"], files=files)
    bench.publish("between", requires=["other"])
    bench.write(requirements=["wide", "requiring"])
    done = bench.build("--format", "dir")
    assert done.code == 0, done.err
    text = " ".join(done.err.split())
    first = "which other has for itself: it is found only if that is imported first"
    assert f"wide (wide/_wide.cp311-win_amd64.pyd) wants shared.dll, {first} [dll-missing]" in text
    assert f"wants vcomp140.dll, {first}, or where Microsoft Visual C++ v14 Redistributable is a" in text
    assert text.count("[dll-missing]") == 2
    assert (
        "requiring (requiring/_requiring.cp311-win_amd64.pyd) wants shared.dll, which other has in folders of its own"
        in text
    )
    bundle = bench.output / "example-1.0-3.11.9-win_amd64"
    readme = " ".join((bundle / "README.txt").read_text("ascii").split())
    assert "- perhaps shared.dll, which other has for itself: the bundle's maker may know" in readme
    assert readme.count("shared.dll, which") == 1
    found = bench.run("inspect", bundle, "--json").json["dlls"]
    assert [(each["name"], each["brought_by"], each["required"]) for each in found] == [
        ("shared.dll", ["other"], False),
        ("shared.dll", ["other"], True),
        ("vcomp140.dll", ["other"], False),
    ]
    assert "only if other is imported first" in " ".join(
        bench.run("inspect", bundle, env={"COLUMNS": "300"}).out.split()
    )


def test_what_a_tool_wants_is_a_note(bench: Bench) -> None:
    tool = make_program(imports=("KERNEL32.dll", "msvcp140.dll"))
    bench.publish("wide", tag="py3-none-win_amd64", files={"wide/tool.exe": tool})
    bench.write(requirements=["wide"])
    done = bench.build()
    assert done.code == 0, done.err
    text = " ".join(done.err.split())
    assert "which nothing here has: that is a program of its own, which no import needs; who uses it adds" in text
    assert "dll-missing" not in text


def test_the_second_build_reads_no_wheel_again_and_tells_the_same(bench: Bench) -> None:
    publish(bench, "wide", "MSVCP140.dll")
    bench.write(requirements=["wide"])
    first = bench.build()
    kept = list((bench.store / "cache" / "programs-3").iterdir())
    assert len(kept) == 1
    times = [each.stat().st_mtime_ns for each in kept]
    second = bench.build()
    assert [each.stat().st_mtime_ns for each in kept] == times
    for done in (first, second):
        assert done.code == 0
        assert "dll-missing" in done.err


def test_what_a_prerequisite_provides_is_not_missing(bench: Bench) -> None:
    publish(bench, "wide", "MSVCP140.dll", "VCOMP140.dll")
    installer = bench.folder / "vc_redist.x64.exe"
    installer.write_bytes(make_program())
    table = """
[[prerequisite]]
name = "Visual C++"
source = "vc_redist.x64.exe"
kind = "exe"
unsigned = true
arguments = ["/install", "/quiet"]
detect = { file = '%SystemRoot%\\System32\\msvcp140.dll' }
provides = ["MSVCP140*.dll"]
"""
    bench.write(requirements=["wide"], more=table)
    done = bench.build()
    assert done.code == 0, done.err
    assert [each["name"] for each in bench.run("inspect", bench.bundle, "--json").json["dlls"]] == ["vcomp140.dll"]


def test_what_only_an_optional_part_wants_is_a_note(bench: Bench) -> None:
    editor = make_program(dll=True, version=None, imports=(*PYTHON, "mfc140u.dll"))
    bench.publish("pywin32", tag=TAG, files={"pythonwin/win32ui.pyd": editor, "win32.py": ""})
    bench.write(requirements=["pywin32"])
    done = bench.build("--format", "dir")
    assert done.code == 0, done.err
    text = " ".join(done.err.split())
    assert (
        "pywin32 (pythonwin/win32ui.pyd) wants mfc140u.dll, which nothing here has: that is the editor Pythonwin"
        in text
    )
    assert "dll-missing" not in text
    bundle = bench.output / "example-1.0-3.11.9-win_amd64"
    assert "(the editor Pythonwin)" in " ".join(bench.run("inspect", bundle, env={"COLUMNS": "300"}).out.split())
    assert "mfc140u" not in (bundle / "README.txt").read_text("ascii")
