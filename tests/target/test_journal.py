"""The journal's file: what a machine that loses its power leaves of it is still read rightly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.target.errors import InstallError
from bundler.target.state.journal import Intention, Journal, read_journal, read_lines
from bundler.target.state.receipt import Receipt
from bundler.target.steps.undo_files import FileWritten, FolderMade
from tests.target.own_host import own_host

if TYPE_CHECKING:
    from pathlib import Path

INTENTION = Intention(
    mode="install", name="example", instance=None, release="2", before="1", purge=False, started="now", account="me"
)


def written(path: Path) -> bytes:
    journal = Journal(own_host(), str(path))
    journal.start(INTENTION)
    journal.begin("files")
    journal.undo(FileWritten("/x é"), FolderMade("/y"))
    journal.undo()
    journal.done("files")
    receipt = Receipt("example")
    receipt.releases = ["1", "2"]
    journal.intend(receipt)
    journal.commit()
    journal.done("commit")
    return path.read_bytes()


def test_everything_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    content = written(path)
    assert content.count(b"\n") == 6
    found = read_journal(str(path))
    assert found is not None
    assert found.intention == INTENTION
    assert found.undos == [["file", "/x é"], ["folder", "/y"]]
    assert (found.step, found.committed) == ("files", True)
    assert found.receipt is not None
    assert found.receipt.releases == ["1", "2"]


def test_a_run_that_is_over_leaves_none(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    written(path)
    Journal(own_host(), str(path)).close()
    assert read_journal(str(path)) is None


def test_a_line_cut_short_was_never_written(tmp_path: Path) -> None:
    """At every byte: what a whole line says holds, and what its rest says doesn't."""
    path = tmp_path / "journal"
    content = written(path)
    for length in range(len(content)):
        path.write_bytes(content[:length])
        found = read_journal(str(path))
        assert found is not None
        whole = content[:length].count(b"\n")
        assert (found.intention is not None) == (whole >= 1)
        assert bool(found.undos) == (whole >= 3)
        assert (found.receipt is not None) == (whole >= 5)
        assert not found.committed


def test_a_last_line_of_zeros_was_never_written(tmp_path: Path) -> None:
    """Some file systems keep the new length and lose the new bytes."""
    path = tmp_path / "journal"
    lines = written(path).split(b"\n")
    path.write_bytes(b"\n".join([*lines[:3], b"\0" * 20, b""]))
    found = read_journal(str(path))
    assert found is not None
    assert found.undos
    assert found.receipt is None


def test_a_damaged_line_in_the_middle_is_no_guess(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    lines = written(path).split(b"\n")
    path.write_bytes(b"\n".join([lines[0], b"{}", *lines[2:]]))
    with pytest.raises(InstallError, match="line 2, can't be read"):
        read_journal(str(path))


@pytest.mark.parametrize(
    "bad", [b"{}", b"[]", b"\xff", b'{"undo": 5}', b'{"begin": null}', b'{"a": 1, "b": 2}', b"5", b""]
)
def test_what_can_be_read_of_a_damaged_one(tmp_path: Path, bad: bytes) -> None:
    path = tmp_path / "journal"
    lines = written(path).split(b"\n")
    path.write_bytes(b"\n".join([lines[0], bad, *lines[2:]]))
    with pytest.raises(InstallError):
        read_journal(str(path))
    whole = tmp_path / "whole"
    whole.write_bytes(b"\n".join([lines[0], *lines[2:]]))
    expected, found = read_journal(str(whole)), read_lines(str(path))
    assert expected is not None
    assert expected.undos
    assert (found.intention, found.undos) == (expected.intention, expected.undos)
    assert found.committed == expected.committed


def test_a_change_that_is_not_written_down_is_not_begun(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="absent"):
        Journal(own_host(), str(tmp_path / "absent" / "journal")).undo(FileWritten("x"))
