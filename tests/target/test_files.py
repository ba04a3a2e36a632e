"""Removing folders: what a link in them leads to stays."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from bundler.target.files import Files, leads_elsewhere

if TYPE_CHECKING:
    from pathlib import Path

PLAIN, REPARSE_POINT = 0x10, 0x410
JUNCTION, SYMLINK, CLOUD = 0xA0000003, 0xA000000C, 0x9000001A


@pytest.mark.parametrize("way", ["discard", "remove_tree"])
def test_what_a_link_leads_to_stays(tmp_path: Path, way: str) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "folder"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("x")
    folder.mkdir()
    (folder / "link").symlink_to(elsewhere, target_is_directory=True)
    (folder / "file").write_text("y")
    getattr(Files(), way)(str(folder))
    assert not folder.exists()
    assert (elsewhere / "precious").read_text() == "x"


@pytest.mark.parametrize(
    ("attributes", "tag", "expected"),
    [(PLAIN, 0, False), (REPARSE_POINT, JUNCTION, True), (REPARSE_POINT, SYMLINK, True), (REPARSE_POINT, CLOUD, False)],
)
def test_a_junction_leads_elsewhere(attributes: int, tag: int, expected: bool) -> None:
    """As Windows tells them; Python itself takes a junction for a folder."""
    assert leads_elsewhere(SimpleNamespace(st_file_attributes=attributes, st_reparse_tag=tag)) is expected


def test_a_python_that_knows_no_tags_trusts_the_attribute() -> None:
    assert leads_elsewhere(SimpleNamespace(st_file_attributes=REPARSE_POINT))
    assert not leads_elsewhere(SimpleNamespace())
