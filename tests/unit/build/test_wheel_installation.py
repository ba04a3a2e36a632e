"""Wheels in an environment of a build, without pip."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from bundler.build.isolated import make_environment
from bundler.build.wheel_installation import Places, install_wheels
from bundler.errors import BuildError
from tests.support.building import SANDBOX
from tests.support.packages import make_wheel

if TYPE_CHECKING:
    from pathlib import Path

TOOL = "import sys\ndef main():\n    print('tool', sys.prefix)\n"


def tool(folder: Path) -> Path:
    return make_wheel(
        folder,
        "tool",
        files={"tool.py": TOOL},
        entry_points={"console_scripts": {"tool": "tool:main"}, "other": {"x": "tool:main"}},
        data={
            "scripts/by-hand": "#!python\nimport tool\ntool.main()\n",
            "data/share/tool/said.txt": "data",
            "headers/tool.h": "#define TOOL",
            "purelib/more.py": "",
        },
    )


def places(folder: Path) -> Places:
    return Places(site=folder / "site", scripts=folder / "scripts", data=folder, python=folder / "python")


def test_everything_has_its_place(tmp_path: Path) -> None:
    made = make_environment([tool(tmp_path / "wheels")], tmp_path / "environment", sandbox=SANDBOX)
    suffix = ".exe" if os.name == "nt" else ""
    for name in ("tool", "by-hand"):
        done = subprocess.run([made.scripts / (name + suffix)], capture_output=True, text=True, check=True)
        assert done.stdout.split()[:2] == ["tool", str(made.folder)]
    assert not (made.scripts / f"x{suffix}").exists()
    assert (made.folder / "share" / "tool" / "said.txt").read_text(encoding="utf-8") == "data"
    assert (made.folder / "include" / "tool.h").is_file()
    done = subprocess.run(
        [made.python, "-c", "import more, importlib.metadata as m; print(m.version('tool'), more.__file__)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("1.0 ")
    assert not list(made.folder.rglob("INSTALLER")), "whatever pip thinks of this Python's age"
    assert not list(made.folder.glob(".wheel-*"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such bits")
def test_programs_among_the_modules_run(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "cmake", files={"cmake/__init__.py": ""})
    with zipfile.ZipFile(wheel, "a") as archive:
        member = zipfile.ZipInfo("cmake/bin/cmake")
        member.external_attr = 0o100755 << 16
        archive.writestr(member, "#!/bin/sh\n")
    install_wheels([wheel], places(tmp_path / "into"))
    assert (tmp_path / "into" / "site" / "cmake" / "bin" / "cmake").stat().st_mode & 0o111
    assert not (tmp_path / "into" / "site" / "cmake" / "__init__.py").stat().st_mode & 0o111


def test_wheels_that_cannot_be_installed(tmp_path: Path) -> None:
    broken = make_wheel(tmp_path, "broken", entry_points={"console_scripts": {"tool": "tool:main"}})
    (tmp_path / "into" / "scripts" / ("tool.exe" if sys.platform == "win32" else "tool")).mkdir(parents=True)
    with pytest.raises(BuildError) as caught:
        install_wheels([broken], places(tmp_path / "into"))
    assert caught.value.reference == "build-environment"
    with zipfile.ZipFile(broken, "w") as archive:
        archive.writestr("no-dist-info.py", "")
    with pytest.raises(BuildError):
        install_wheels([broken], places(tmp_path / "again"))


@pytest.mark.parametrize("name", ["../../victim", "/victim", "sub/tool", "..", "a\\..\\..\\victim", "C:victim"])
def test_a_program_that_would_lie_elsewhere(tmp_path: Path, name: str) -> None:
    """This runs outside of any sandbox, and distlib wrote wherever a name led before its version 0.4.1."""
    whole = name if name != "/victim" else str(tmp_path / "victim")
    wheel = make_wheel(tmp_path, "tool", entry_points={"console_scripts": {whole: "tool:main"}})
    with pytest.raises(BuildError, match="would lie elsewhere") as caught:
        install_wheels([wheel], places(tmp_path / "x" / "environment"))
    assert caught.value.reference == "build-environment"
    assert not list(tmp_path.rglob("victim"))
