"""build/windows_host.py on a Windows with nothing but a Python: real msiexec, a real registry; the installers are stand-ins."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.commandline import ROOT
from tests.support.compilers import make_vc27_msi, stage_build_tools
from tests.support.index import LocalIndex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bundler.rehearse.wine.program import Result
    from tests.support.bed import Bed, Mirror, Session

pytestmark = pytest.mark.e2e

TOOLS = "C:\\Build Tools é & co"
SERVED = ("python-3.11.7-amd64.exe", "python-2.7.18.msi")


@pytest.fixture
def windows(bed: Bed, mirror: Mirror, tmp_path: Path) -> Iterator[Session]:
    """With this project's files, a Python that nobody registered, and a mirror of python.org on loopback."""
    with bed.session(tmp_path / "prefix") as session, LocalIndex() as index:
        session.copy_in(mirror.tree("3.11.9", "amd64"), r"C:\Python")
        checkout = session.host_path(r"C:\check out")
        ignore = shutil.ignore_patterns("__pycache__", "out")
        shutil.copytree(ROOT / "build", checkout / "build", ignore=ignore)
        compilers = ROOT / "bundler" / "build" / "compilers"
        shutil.copytree(compilers, checkout / "bundler" / "build" / "compilers", ignore=ignore)
        for name in ("__init__.py", "atomic.py", "errors.py", "owners.py", "build/__init__.py"):
            shutil.copy(ROOT / "bundler" / name, checkout / "bundler" / name)
        for name in SERVED:
            path = mirror.file(name)
            index.serve(f"/python/{path.relative_to(mirror.root).as_posix()}", path)
        index.answer_at(session.listener(index.port))
        (checkout / "mirror.txt").write_text(index.base + "/python")
        stage_build_tools(session, session.host_path(r"C:\vs_BuildTools.exe"), TOOLS, "17.9.34607.119")
        make_vc27_msi(session.host_path(r"C:\VCForPython27.msi"), tmp_path / "vc27")
        yield session


def set_up(windows: Session, *arguments: str, unsigned: bool = True) -> Result:
    """``unsigned``: the installers are stand-ins, which nobody signed."""
    mirror = windows.host_path(r"C:\check out\mirror.txt").read_text()
    command = [r"C:\Python\python.exe", "-W", "error", "-X", "utf8", r"C:\check out\build\windows_host.py"]
    sources = ("--python-mirror", mirror, "--build-tools", r"C:\vs_BuildTools.exe")
    more = ("--unsigned",) if unsigned else ()
    return windows.run([*command, *arguments, *sources, *more], timeout=900)


def lines(result: Result) -> list[str]:
    return [each.removeprefix("-- ") for each in result.output.splitlines()]


def test_all_of_it_and_then_nothing(windows: Session) -> None:
    planned = set_up(windows, "--plan", "--python", "3.11.7")
    assert planned.returncode == 0, planned.output
    assert not windows.host_path(r"C:\tools.txt").exists()
    assert [each.partition(" would be ")[0] for each in lines(planned)] == [
        "the Build Tools for Visual Studio",
        "Python 3.11.7 for win_amd64",
    ]

    first = set_up(windows, "--python", "3.11.7")
    assert first.returncode == 3010, first.output
    said = windows.host_path(r"C:\tools.txt").read_text()
    assert said == (
        "--quiet --wait --norestart --nocache --add Microsoft.VisualStudio.Workload.VCTools --includeRecommended\n"
    )
    installed = [each for each in lines(first) if each.startswith("installed ")]
    script = rf"{TOOLS}\VC\Auxiliary\Build\vcvarsall.bat"
    assert installed == [
        f"installed the Build Tools for Visual Studio: Visual Studio Build Tools 2022 (17.9), toolset 14.39.33519, {script}",
        r"installed Python 3.11.7 for win_amd64: 3.11.7 in C:\Program Files\Python311",
    ]
    assert "Windows must be restarted before all of it works" in lines(first)

    old = ("--python", "2.7.18", "--platform", "win32")
    without = set_up(windows, *old)
    assert without.returncode == 7, without.output
    assert "withdrew VCForPython27.msi in 2021" in without.output
    assert r"installed Python 2.7.18 for win32: 2.7.18 in C:\Python27-win32" in lines(without)
    with_it = set_up(windows, *old, "--vc27", r"C:\VCForPython27.msi")
    assert with_it.returncode == 0, with_it.output
    assert r"Common Files\Microsoft\Visual C++ for Python\9.0\vcvarsall.bat" in with_it.output

    windows.host_path(r"C:\vs_BuildTools.exe").unlink()
    windows.host_path(r"C:\VCForPython27.msi").unlink()
    for wanted in (("--python", "3.11.7"), old):
        nothing = set_up(windows, *wanted)
        assert nothing.returncode == 0, nothing.output
        assert all(" is there: " in each for each in lines(nothing)), nothing.output


def test_what_nobody_signed_is_not_run(windows: Session) -> None:
    refused = set_up(windows, "--vc27", r"C:\VCForPython27.msi", unsigned=False)
    assert refused.returncode == 7, refused.output
    assert refused.output.count(" isn't run: ") == 2, refused.output
    assert not windows.host_path(r"C:\tools.txt").exists()


def test_what_goes_wrong_is_said(windows: Session) -> None:
    missing = set_up(windows, "--python", "3.11.8")
    assert missing.returncode == 7, missing.output
    assert "python-3.11.8-amd64.exe answers with status 404" in missing.output
    windows.host_path(r"C:\damaged.msi").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(100))
    damaged = set_up(windows, "--python", "3.11.8", "--vc27", r"C:\damaged.msi")
    assert damaged.returncode == 7, damaged.output
    assert "error: the compiler of Python 2.7: its installer ended with" in damaged.output
    wrong = set_up(windows, "--python", "3.11")
    assert wrong.returncode == 2
    assert "write all three numbers" in wrong.output
