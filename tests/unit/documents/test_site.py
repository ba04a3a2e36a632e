"""The scripts that make the site: what they call a broken link, and the pages that are made of the code."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.documents import ROOT, comparable, matches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def script() -> Iterator[Callable[[str], Any]]:
    """A script of build/, imported as it is when it runs: with its folder on the path."""
    sys.path.insert(0, str(ROOT / "build"))
    try:
        yield importlib.import_module
    finally:
        sys.path.remove(str(ROOT / "build"))


def test_the_pages_are_what_the_code_says(script: Callable[[str], Any]) -> None:
    pages = script("docs_pages")
    for name, made in pages.pages().items():
        assert (pages.REFERENCE / name).read_text(encoding="utf-8") == made(), f"python3 build/docs.py --write ({name})"


def test_a_site_whose_links_are_right_has_no_faults(script: Callable[[str], Any], tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(
        '<link rel="stylesheet" href="a.css"><h1 id="top"></h1><a href="b/c.html#x">c</a>'
    )
    (tmp_path / "a.css").write_text("")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.html").write_text(
        '<p id="x"></p><a href="../index.html#top"></a><a href="https://example.com/">x</a>'
    )
    assert script("docs").site_faults(tmp_path) == []


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        ('<a href="none.html">', "index.html leads to none.html, which isn't there"),
        ('<a href="#none">', "index.html leads to #none: the page has no such anchor"),
        ('<script src="https://example.com/x.js"></script>', "index.html fetches https://example.com/x.js"),
        ('<link rel="stylesheet" href="https://example.com/x.css">', "index.html fetches https://example.com/x.css"),
    ],
)
def test_broken_links_and_strangers_are_faults(
    script: Callable[[str], Any], tmp_path: Path, page: str, fault: str
) -> None:
    (tmp_path / "index.html").write_text(page)
    assert script("docs").site_faults(tmp_path) == [fault]


@pytest.mark.parametrize(
    ("said", "printed"),
    [
        ("Done in 3.1 s", "Done in 12.0 s"),
        ("example.zip\n  47.3 MB, sha256 3705f0ae…", "example.zip\n  48.0 MB, sha256 " + "a" * 64),
        ("first\n…\nlast", "first\nmany\nlines\nlast"),
        ("…", ""),
        ("release 4.14.2-2cb0b3c0", "release 4.14.2-aaaabbbb"),
        ("a    b", "a b"),
    ],
)
def test_outputs_that_match(said: str, printed: str) -> None:
    assert matches(said, printed)


@pytest.mark.parametrize(
    ("said", "printed"), [("a", "b"), ("a\n…", "b\na"), ("nothing to do", "nothing to do\nbut this"), ("", "a")]
)
def test_outputs_that_differ(said: str, printed: str) -> None:
    assert not matches(said, printed), comparable(printed)
