"""What real wheels of the index want, and what of it nobody brings: looked at by eye once, and pinned."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from bundler.build.machine_code_gate import Making
from bundler.build.wheel_gate import check_converted
from bundler.formats.pe.programs import programs_in
from bundler.model.target import Target
from bundler.runtime.dlls import Holder, needed_dlls, runtime_dlls

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.network

PYTHONS = {"27": "2.7.18", "38": "3.8.10", "311": "3.11.9", "313": "3.13.2"}
CASES = [
    ("lightgbm==4.6.0", "311", "win_amd64", {"msvcp140.dll", "vcomp140.dll"}),
    ("pyodbc==5.2.0", "313", "win_amd64", set()),
    ("pyodbc==4.0.35", "27", "win32", set()),
    ("lxml==5.3.0", "38", "win_amd64", set()),
    ("psycopg2-binary==2.9.9", "38", "win_amd64", set()),
    ("greenlet==2.0.2", "27", "win_amd64", {"msvcp90.dll"}),
    ("greenlet==3.1.1", "313", "win_amd64", set()),
    ("pymssql==2.1.5", "27", "win_amd64", set()),
    ("cryptography==43.0.3", "38", "win_amd64", set()),
]


@pytest.mark.parametrize(
    ("requirement", "python", "platform", "missing"), CASES, ids=[f"{c[0]}-{c[1]}-{c[2]}" for c in CASES]
)
def test_what_nobody_brings(requirement: str, python: str, platform: str, missing: set[str], tmp_path: Path) -> None:
    abi = f"cp{python}" + ("m" if python == "27" else "")
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
        "--dest",
        str(tmp_path),
    ]
    command += ["--python-version", python, "--platform", platform, "--implementation", "cp"]
    command += ["--abi", abi, "--abi", "abi3", "--abi", "none", requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.iterdir()
    name, version = wheel.name.split("-")[:2]
    assert check_converted(wheel, name=name, version=version, making=Making(carried=None)).warnings == ()
    with zipfile.ZipFile(wheel) as archive:
        holder = Holder(name=name, programs=tuple(programs_in(archive)))
    target = Target.of(PYTHONS[python], platform)
    files = ("vcruntime140_1.dll",) if platform == "win_amd64" and python != "27" else ()
    found = needed_dlls([holder], target, runtime=runtime_dlls(target, files, installer=False))
    assert {each.name for each in found} == missing
    assert all(each.redistributable for each in found)
