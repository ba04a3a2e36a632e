from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import IntegrityError
from bundler.fetch.diskcache import DiskCache
from bundler.model.artifact import StoredFile, WheelFile
from bundler.runtime.dlls.wheel_programs import wheel_programs
from tests.support.packages import make_wheel
from tests.support.programs import make_program

if TYPE_CHECKING:
    from pathlib import Path

TAG = "cp311-cp311-win_amd64"


def wheel_file(path: Path) -> WheelFile:
    return WheelFile(filename=path.name, file=StoredFile.of(path), origin="a test")


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
