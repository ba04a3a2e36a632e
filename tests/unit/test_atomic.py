from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.atomic import move

if TYPE_CHECKING:
    from pathlib import Path


class Scanner:
    """Denies the first renames as Windows does."""

    def __init__(self, denials: int, winerror: int | None = 32) -> None:
        self.left, self.winerror = denials, winerror
        self.waited: list[float] = []

    def rename(self, work: Path, final: Path) -> None:
        self.left -= 1
        if self.left >= 0:
            error = PermissionError(13, "denied", str(work))
            if self.winerror is not None:  # elsewhere there is no such attribute
                error.winerror = self.winerror  # type: ignore[attr-defined,unused-ignore]
            raise error
        work.replace(final)


def test_a_file_replaces_another(tmp_path: Path) -> None:
    (tmp_path / "new").write_text("new", encoding="utf-8")
    (tmp_path / "old").write_text("old", encoding="utf-8")
    move(tmp_path / "new", tmp_path / "old")
    assert [each.read_text(encoding="utf-8") for each in tmp_path.iterdir()] == ["new"]


@pytest.mark.parametrize("winerror", [5, 32])
def test_who_looks_at_it_is_waited_for(tmp_path: Path, winerror: int) -> None:
    (tmp_path / "new").mkdir()
    scanner = Scanner(3, winerror)
    move(tmp_path / "new", tmp_path / "final", rename=scanner.rename, sleep=scanner.waited.append)
    assert (tmp_path / "final").is_dir()
    assert len(scanner.waited) == 3
    assert scanner.waited == sorted(scanner.waited)


def test_who_keeps_it_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    scanner = Scanner(1000)
    with pytest.raises(PermissionError):
        move(tmp_path / "new", tmp_path / "final", rename=scanner.rename, sleep=scanner.waited.append)
    assert 1 < sum(scanner.waited) < 3


@pytest.mark.parametrize("winerror", [2, None])
def test_other_refusals_are_told_at_once(tmp_path: Path, winerror: int | None) -> None:
    scanner = Scanner(1000, winerror)
    with pytest.raises(PermissionError):
        move(tmp_path / "new", tmp_path / "final", rename=scanner.rename, sleep=scanner.waited.append)
    assert not scanner.waited
