"""Texts of strangers that are far larger than any of their kind, or that take far more work than their size says."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from bundler.build.static_metadata import static_metadata
from bundler.errors import BuildError, BundleError, InputError
from bundler.foreign import LARGEST_FILE, MOST_LINES, MalformedTomlError, read_toml
from bundler.formats.core_metadata import MalformedMetadataError, parse_metadata
from bundler.formats.pyproject_file import load_pyproject
from bundler.legacy import convert_installer
from bundler.model.lock_file import load_lock
from bundler.model.recipe_file import load_recipe
from bundler.model.target import Target
from bundler.resolve import LockSelection, read_requirements
from tests.support.legacy import make_egg

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PKG_INFO = b"Metadata-Version: 2.2\nName: demo\nVersion: 1.0\n"


@pytest.mark.parametrize(
    "text",
    [
        ".".join("a" * 60_000) + " = 1",
        "[" + ".".join("a" * 60_000) + "]",
        "x = [{" + " . \"b c\"\t. 'd' . ".join("a" * 60_000) + " = 1}]",
    ],
    ids=["key", "table", "quoted"],
)
def test_keys_of_thousands_of_parts(text: str) -> None:
    """Reading one is work by the square, and more, of its parts: this takes minutes where it is tried."""
    with pytest.raises(MalformedTomlError, match="more than 64 parts"):
        read_toml(text)


@pytest.mark.parametrize("text", ["a" * 300_000, '"' * 300_001, "a" * 3_000 + "." + "b c " * 90_000])
def test_what_is_looked_for_takes_no_longer_than_the_text_is(text: str) -> None:
    with pytest.raises(MalformedTomlError):
        read_toml(text)


def test_dots_in_values_are_no_parts() -> None:
    text = "a = '" + "..." * 100 + "'\nb.c.d = '1.2.3.4'\n# " + "e. " * 20
    assert read_toml(text)["b"] == {"c": {"d": "1.2.3.4"}}


def large(path: Path, start: bytes = b"# ") -> Path:
    """A file with a hole in it, which takes no room on the disk."""
    with path.open("wb") as stream:
        stream.write(start)
        stream.truncate(LARGEST_FILE + 1)
    return path


@pytest.mark.parametrize(
    ("name", "reader"),
    [
        ("example.toml", load_recipe),
        ("pylock.example.toml", load_lock),
        (
            "pylock.example.toml",
            partial(read_requirements, selection=LockSelection(target=Target.of("3.11.9", "win_amd64"))),
        ),
        ("wanted.txt", read_requirements),
    ],
)
def test_files_that_no_one_wrote(tmp_path: Path, name: str, reader: Callable[[Path], object]) -> None:
    with pytest.raises(InputError) as caught:
        reader(large(tmp_path / name))
    assert "the most that are read" in " ".join((caught.value.message, *caught.value.context))


def test_a_source_of_large_files(tmp_path: Path) -> None:
    large(tmp_path / "PKG-INFO", PKG_INFO)
    with pytest.raises(BuildError, match="the most that are read"):
        static_metadata(tmp_path, sdist=True)
    large(tmp_path / "pyproject.toml")
    with pytest.raises(BuildError, match="the most that are read"):
        load_pyproject(tmp_path)


def test_headers_of_more_lines_than_any_has() -> None:
    for line in (b"\n x", b"\nA: b", b"\nA: \r"):
        with pytest.raises(MalformedMetadataError, match="lines"):
            parse_metadata(PKG_INFO.rstrip() + line * (MOST_LINES + 10))
    # a description is never looked at
    assert parse_metadata(PKG_INFO + b"\n" + b"\n" * (MOST_LINES + 10)).name == "demo"
    with pytest.raises(MalformedMetadataError, match="bytes long"):
        parse_metadata(PKG_INFO + b"Summary: " + b"x" * LARGEST_FILE)


@pytest.mark.parametrize("name", ["PKG-INFO", "requires.txt", "entry_points.txt"])
def test_an_egg_whose_texts_have_more_lines_than_any_has(tmp_path: Path, name: str) -> None:
    texts = {"EGG-INFO/PKG-INFO": PKG_INFO, f"EGG-INFO/{name}": PKG_INFO + b"\n" * (MOST_LINES + 10), "demo.py": b"1"}
    egg = make_egg(tmp_path / "demo-1.0-py2.7.egg", texts)
    with pytest.raises(BundleError, match=f"its {name} can't be read: it has"):
        convert_installer(egg, folder=tmp_path / "out", epoch=0)
