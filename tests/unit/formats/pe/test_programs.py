from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from bundler.formats.pe.programs import Program, programs_in
from tests.support.packages import make_wheel
from tests.support.programs import make_program

if TYPE_CHECKING:
    from pathlib import Path

TAG = "cp311-cp311-win_amd64"


def test_the_programs_of_a_wheel_and_what_they_load(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "demo/a.py": "",
        "demo/_a.cp311-win_amd64.pyd": make_program(
            dll=True, imports=("python311.dll", "VCRUNTIME140.dll"), linker=(14, 44)
        ),
        "demo/libs/B.DLL": make_program(dll=True, platform="win32", imports=(), delayed=("Late.dll", "KERNEL32.dll")),
        "demo/tool.exe": make_program(imports=("KERNEL32.dll",), delayed=("KERNEL32.dll", "other.dll")),
        "demo/pointer.dll": "version https://example.com/spec/v1\n",
        "demo/empty.dll": "",
    }
    with zipfile.ZipFile(make_wheel(tmp_path, tag=TAG, files=files)) as archive:
        found = tuple(programs_in(archive))
    assert found == (
        Program(
            path="demo/_a.cp311-win_amd64.pyd",
            platform="win_amd64",
            imports=("python311.dll", "vcruntime140.dll"),
            linker=(14, 44),
        ),
        Program(
            path="demo/libs/B.DLL", platform="win32", imports=(), delayed=("kernel32.dll", "late.dll"), linker=(14, 0)
        ),
        Program(
            path="demo/tool.exe",
            platform="win_amd64",
            imports=("kernel32.dll",),
            delayed=("other.dll",),
            linker=(14, 0),
        ),
    )
    assert (found[1].name, found[1].folder) == ("b.dll", "demo/libs")
