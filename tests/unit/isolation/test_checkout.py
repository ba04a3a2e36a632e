"""What belongs to a folder of the user's, and paths of others that lead out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.isolation.checkout import checkout_of, is_inside
from tests.support import only_linux

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_belongs_to_the_checkout_around_it(tmp_path: Path) -> None:
    folder = tmp_path / "checkout" / "recipes"
    folder.mkdir(parents=True)
    assert checkout_of(folder) == folder
    (folder.parent / ".git").mkdir()
    assert checkout_of(folder) == folder.parent


def test_paths_that_climb_out_are_outside(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    assert is_inside(folder / "x" / ".." / "y", folder)
    assert not is_inside(folder / ".." / "other", folder)


@only_linux.LINKS
def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "outside").write_bytes(b"content")
    (folder / "link").symlink_to(tmp_path / "outside")
    assert not is_inside(folder / "link", folder)
    assert is_inside(folder, folder)
    assert not is_inside(tmp_path, folder)
