from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from bundler.errors import IntegrityError
from bundler.fetch.diskcache import DiskCache
from bundler.formats.pe import read_binary
from bundler.formats.programs import Program, programs_in
from bundler.model.artifact import StoredFile, WheelFile
from bundler.runtime.dlls.wheel_programs import wheel_programs
from tests.support.packages import make_wheel
from tests.support.programs import make_program

if TYPE_CHECKING:
    from pathlib import Path

TAG = "cp311-cp311-win_amd64"


def wheel_file(path: Path) -> WheelFile:
    return WheelFile(filename=path.name, file=StoredFile.of(path), origin="a test")


def test_the_programs_of_a_wheel_and_what_they_load(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "demo/a.py": "",
        "demo/_a.cp311-win_amd64.pyd": make_program(dll=True, imports=("python311.dll", "VCRUNTIME140.dll")),
        "demo/libs/B.DLL": make_program(dll=True, platform="win32", imports=(), delayed=("Late.dll", "KERNEL32.dll")),
        "demo/tool.exe": make_program(imports=("KERNEL32.dll",), delayed=("KERNEL32.dll", "other.dll")),
        "demo/pointer.dll": "version https://example.com/spec/v1\n",
        "demo/empty.dll": "",
    }
    with zipfile.ZipFile(make_wheel(tmp_path, tag=TAG, files=files)) as archive:
        found = tuple(programs_in(archive))
    assert found == (
        Program(
            path="demo/_a.cp311-win_amd64.pyd", platform="win_amd64", imports=("python311.dll", "vcruntime140.dll")
        ),
        Program(path="demo/libs/B.DLL", platform="win32", imports=(), delayed=("kernel32.dll", "late.dll")),
        Program(path="demo/tool.exe", platform="win_amd64", imports=("kernel32.dll",), delayed=("other.dll",)),
    )
    assert (found[1].name, found[1].folder) == ("b.dll", "demo/libs")


def test_a_wheel_is_read_once(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / "store")
    wheel = wheel_file(make_wheel(tmp_path, tag=TAG, files={"a.pyd": make_program(dll=True, delayed=("late.dll",))}))
    found = wheel_programs(wheel, cache)
    wheel.file.path.unlink()
    assert wheel_programs(wheel, cache) == found != ()


def test_that_a_wheel_has_none_is_remembered_too(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / "store")
    wheel = wheel_file(make_wheel(tmp_path))
    assert wheel_programs(wheel, cache) == ()
    wheel.file.path.unlink()
    assert wheel_programs(wheel, cache) == ()


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\3\4" + bytes(200)])
def test_no_wheel(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "demo-1.0-py3-none-any.whl"
    path.write_bytes(content)
    with pytest.raises(IntegrityError) as caught:
        wheel_programs(wheel_file(path), DiskCache(tmp_path))
    assert caught.value.reference == "wheel-malformed"


@pytest.mark.parametrize("platform", ["win32", "win_amd64", "win_arm64"])
def test_a_binary_without_its_resources(tmp_path: Path, platform: str) -> None:
    file = tmp_path / "a.dll"
    file.write_bytes(make_program(platform=platform, dll=True, imports=("A.dll", "b.DLL"), delayed=("C.dll",)))
    whole, quick = read_binary(file, "a.dll"), read_binary(file, "a.dll", resources=False)
    assert (
        (whole.imports, whole.delayed)
        == (quick.imports, quick.delayed)
        == (
            frozenset({"a.dll", "b.dll"}),
            frozenset({"c.dll"}),
        )
    )
    assert (whole.platform, quick.platform) == (platform, platform)
    assert whole.version
    assert not quick.version


def test_a_delay_table_that_leads_nowhere(tmp_path: Path) -> None:
    file = tmp_path / "a.dll"
    content = bytearray(make_program(dll=True, delayed=("late.dll",)))
    place = content.index(b"late.dll") - 64
    content[place + 4 : place + 8] = (0x7FFFFFF0).to_bytes(4, "little")
    file.write_bytes(content)
    assert read_binary(file, "a.dll").delayed == set()
