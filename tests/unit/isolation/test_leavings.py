from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.isolation import leavings
from bundler.isolation.leavings import (
    UnsafeLeavingError,
    plain_file,
    plain_files,
    read_end,
    read_plain,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from pathlib import Path


def test_a_plain_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_bytes(b"content")
    assert read_plain(tmp_path, "folder", "file", largest=7) == b"content"
    with pytest.raises(UnsafeLeavingError, match="file has 7 bytes, and at most 6 are taken"):
        plain_file(tmp_path, "folder", "file", largest=6)
    with pytest.raises(UnsafeLeavingError, match="folder is a folder, not a file"):
        plain_file(tmp_path, "folder", largest=6)
    with pytest.raises(UnsafeLeavingError, match="file is a file, not a folder"):
        plain_file(tmp_path, "folder", "file", "more", largest=6)
    with pytest.raises(FileNotFoundError):
        plain_file(tmp_path, "nothing", largest=6)


def test_the_end_of_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with path.open("wb") as stream:
        stream.truncate(1 << 40)  # of which the disk has nothing
        stream.seek(0, 2)
        stream.write(b"the end")
    assert read_end(path, 7) == (b"the end", 1 << 40)
    path.write_bytes(b"short")
    assert read_end(path, 7) == (b"short", 0)
    with pytest.raises(UnsafeLeavingError, match="is a folder, not a file"):
        read_end(tmp_path, 7)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "C:", "a\0b", "a\nb", "x" * 256, "\ud800"])
def test_names_that_lead_elsewhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnsafeLeavingError, match="is not a valid file name"):
        plain_file(tmp_path, name, largest=1)


@pytest.mark.linux_only("links")
def test_what_is_changed_once_it_was_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a program that still runs."""
    path, secret = tmp_path / "file", tmp_path / "secret"
    secret.write_bytes(b"a secret")
    looked_at = leavings._expect

    def becomes(change: Callable[[], object]) -> None:
        path.unlink(missing_ok=True)
        path.write_bytes(b"short")

        def expect(found: Path, *, folder: bool) -> os.stat_result:
            state = looked_at(found, folder=folder)
            if not folder:
                change()
            return state

        monkeypatch.setattr(leavings, "_expect", expect)

    def link() -> None:
        path.unlink()
        path.symlink_to(secret)

    becomes(lambda: path.write_bytes(b"much longer"))
    with pytest.raises(UnsafeLeavingError, match="has more than 5 bytes"):
        read_plain(tmp_path, "file", largest=5)
    becomes(link)
    with pytest.raises(UnsafeLeavingError, match="symbolic links"):
        read_plain(tmp_path, "file", largest=8)
    becomes(link)
    with pytest.raises(UnsafeLeavingError, match="symbolic links"):
        read_end(path, 8)


@pytest.mark.linux_only("links")
def test_links_are_never_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.txt").write_bytes(b"")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "b.txt").symlink_to("real/a.txt")
    for names in (("link", "a.txt"), ("b.txt",)):
        with pytest.raises(UnsafeLeavingError, match="is a symbolic link"):
            plain_file(tmp_path, *names, largest=1)
    assert list(plain_files(tmp_path, ".txt")) == [tmp_path / "real" / "a.txt"]
    with pytest.raises(UnsafeLeavingError):
        list(plain_files(tmp_path / "link", ".txt"))
    assert list(plain_files(tmp_path / "nothing", ".txt")) == []


def test_names_of_more_files_than_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leavings, "_MOST", 3)
    for each in "cab":
        (tmp_path / each).touch()
    assert leavings.names_in(tmp_path) == ["a", "b", "c"]
    (tmp_path / "d").touch()
    with pytest.raises(UnsafeLeavingError, match="more than 3 files"):
        leavings.names_in(tmp_path)
