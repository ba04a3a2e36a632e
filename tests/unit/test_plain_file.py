"""What is opened for reading: regular files, and nothing that waits or has no end."""

from __future__ import annotations

import errno
import hashlib
import os
import socket
from pathlib import Path

import pytest

from bundler.plain_file import hash_of, open_plain
from tests.support import only_linux


def test_a_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"one\r\ntwo")
    with open_plain(file) as stream:
        assert stream.read() == b"one\r\ntwo"
    assert hash_of(file) == hashlib.sha256(b"one\r\ntwo").hexdigest()
    with pytest.raises(FileNotFoundError):
        open_plain(tmp_path / "nothing")
    with pytest.raises(OSError):  # noqa: PT011 - Windows says that it denies permission
        open_plain(tmp_path)


@only_linux.LINKS
def test_links_are_followed_unless_it_is_said(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_bytes(b"content")
    link.symlink_to(file)
    assert hash_of(link) == hash_of(file)
    with pytest.raises(OSError, match="symbolic links"):
        open_plain(link, follow_links=False)


@only_linux.LINKS
@pytest.mark.parametrize("what", ["pipe", "socket", "/dev/zero", "/dev/null", "/dev/tty"])
def test_nothing_else_is_opened(tmp_path: Path, what: str) -> None:
    place = tmp_path / "place"
    if what == "pipe":
        os.mkfifo(place)
    elif what == "socket":
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind(str(place))
    else:
        place.symlink_to(what)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    with pytest.raises(OSError):  # noqa: PT011 - of a socket, and where there is no terminal, the system says it
        open_plain(place)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


@pytest.mark.linux_only("files of its kernel")
def test_a_file_that_has_nothing_to_read_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading it gave None and no bytes, which was an internal error; what only says that it is empty is read."""
    assert hash_of(Path("/proc/self/environ"))

    def nothing_yet(*_: object) -> bytes:
        raise BlockingIOError(errno.EAGAIN, "again")  # as /proc/kmsg does once it was read

    monkeypatch.setattr(os, "pread", nothing_yet)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    with pytest.raises(OSError, match="nothing to read yet"):
        open_plain(Path("/proc/self/environ"))
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


@only_linux.LINKS
@pytest.mark.parametrize("kind", ["link", "exchanged"])
def test_a_link_where_the_system_has_no_way_not_to_follow_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """As on Windows: it is looked at first, and what was opened is compared with that."""
    monkeypatch.delattr("os.O_NOFOLLOW", raising=False)
    (tmp_path / "secret").write_text("x")
    (tmp_path / "plain").write_text("y")
    with open_plain(tmp_path / "plain", follow_links=False) as stream:
        assert stream.read() == b"y"
    if kind == "link":
        (tmp_path / "plain").unlink()
        (tmp_path / "plain").symlink_to(tmp_path / "secret")
    else:
        state = (tmp_path / "plain").lstat()
        (tmp_path / "secret").replace(tmp_path / "plain")
        monkeypatch.setattr("os.lstat", lambda *_, **__: state)
    with pytest.raises(OSError, match="symbolic links"):
        open_plain(tmp_path / "plain", follow_links=False)
