"""Windows itself: files that another program has open are replaced and removed as soon as that can be, by the target's own port."""

from __future__ import annotations

import contextlib
import ctypes
import sys
from typing import TYPE_CHECKING

import pytest

from tests.target.own_host import own_host

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bundler.target.machine.files import Files

pytestmark = pytest.mark.windows

READ, DELETE = 1, 4
LETS_GO = 3


class Holder:
    """Another program that has files open; it lets go of them at the third pause that is made for it."""

    def __init__(self) -> None:
        self.pauses = 0
        self.files = contextlib.ExitStack()

    def wait(self, seconds: float) -> None:
        del seconds
        self.pauses += 1
        if self.pauses == LETS_GO:
            self.files.close()

    def open(self, path: Path, sharing: int) -> None:
        if sys.platform == "win32":
            kernel = ctypes.WinDLL("kernel32", use_last_error=True)
            kernel.CreateFileW.restype = ctypes.c_void_p
            handle = kernel.CreateFileW(str(path), 0x80000000, sharing, None, 3, 0, None)
            assert handle != ctypes.c_void_p(-1).value
            self.files.callback(kernel.CloseHandle, ctypes.c_void_p(handle))


@pytest.fixture
def holder() -> Iterator[Holder]:
    holder = Holder()
    yield holder
    holder.files.close()


@pytest.fixture
def files(holder: Holder, monkeypatch: pytest.MonkeyPatch) -> Files:
    files = own_host().files
    monkeypatch.setattr(files, "sleep", holder.wait)
    return files


def test_one_that_is_read_and_may_be_deleted_is_replaced(holder: Holder, files: Files, tmp_path: Path) -> None:
    """So the launchers and the service host read the pointer. POSIX semantics replace it at once; before Windows 10 1709 it is waited for."""
    path = tmp_path / "current"
    path.write_bytes(b"old")
    holder.open(path, READ | DELETE)
    files.write(str(path), b"new")
    assert path.read_bytes() == b"new"
    assert holder.pauses in (0, LETS_GO)
    assert [each.name for each in tmp_path.iterdir()] == ["current"]


@pytest.mark.parametrize("way", ["write", "unlink", "remove_tree", "discard"])
def test_one_that_is_held_is_waited_for(holder: Holder, files: Files, tmp_path: Path, way: str) -> None:
    path = tmp_path / "folder" / "file"
    path.parent.mkdir()
    path.write_bytes(b"old")
    holder.open(path, READ)
    if way == "write":
        files.write(str(path), b"new")
    elif way == "unlink":
        files.unlink(str(path))
    else:
        assert not getattr(files, way)(str(path.parent))
    assert holder.pauses == LETS_GO
    assert not path.exists() or (way, path.read_bytes()) == ("write", b"new")


def test_what_a_restart_was_asked_to_remove_is_told(files: Files, tmp_path: Path) -> None:
    """In pairs with empty texts between them, at which Pythons before 3.8 end the list."""
    paths = [str(tmp_path / name) for name in ("one", "two \u00e4", "three")]
    for each in paths:
        assert files.remove_at_restart(each)
    assert [each for each in files.removed_at_restart() if each in paths] == paths
