"""Folders by patterns of strangers: the same as ``Path.glob`` finds, and never without end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.resolve.folder_patterns import EndlessPatternError, FolderPatterns
from tests.support import only_linux

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for each in ("packages/one", "packages/two/deep/er", "packages/.hidden", "other/one", "x"):
        (tmp_path / "root" / each).mkdir(parents=True)
    (tmp_path / "root" / "packages" / "file").write_bytes(b"")
    return tmp_path / "root"


@pytest.mark.parametrize(
    "pattern",
    [
        "packages/*",
        "*/one",
        "packages/one",
        "packages/t?o",
        "p*/[!o]*",
        "**",
        "**/one",
        "packages/**/er",
        "*/*/**",
        "none/*",
        "packages/file",
        "./packages//one",
    ],
)
def test_as_pathlib_finds_them(root: Path, pattern: str) -> None:
    assert FolderPatterns(root).matching(pattern) == sorted({each for each in root.glob(pattern) if each.is_dir()})


def test_the_folder_itself_and_those_above_it(root: Path) -> None:
    patterns = FolderPatterns(root)
    assert patterns.matching(".") == [root]
    assert patterns.matching("../root/x") == [root / "x"]
    assert patterns.matching("../*/x") == [root / "x"]


@pytest.mark.parametrize("pattern", ["/abs", "a/**b", "", "a\0b", "x" * 5000])
def test_what_finds_nothing(root: Path, pattern: str) -> None:
    assert FolderPatterns(root).matching(pattern) == ([root] if not pattern else [])


def test_each_folder_is_looked_at_once_for_each_part(tmp_path: Path) -> None:
    """``pathlib`` follows each way on which ``**`` can reach a folder: of 14 of them within each other 300,000."""
    deep = tmp_path.joinpath(*"abcdefghijklmn")
    deep.mkdir(parents=True)
    assert FolderPatterns(tmp_path, most=1000).matching("/".join(["**"] * 12)) == sorted(
        [tmp_path, deep, *list(deep.parents)[:13]]
    )


@only_linux.LINKS
def test_links_that_lead_to_each_other_end(tmp_path: Path) -> None:
    for each in "abcdefgh":
        (tmp_path / each).symlink_to(".")
    with pytest.raises(EndlessPatternError, match="more than 10,000 files"):
        FolderPatterns(tmp_path, most=10_000).matching("/".join("*" * 20))


def test_all_patterns_together_have_an_end(root: Path) -> None:
    patterns = FolderPatterns(root, most=10)
    for _ in range(5):
        patterns.matching("packages/one")
    with pytest.raises(EndlessPatternError):
        patterns.matching("packages/one")
