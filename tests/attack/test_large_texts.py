"""Texts of strangers that are far larger than any of their kind, or that take far more work than their size says."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

import pytest

from bundler.build.static_metadata import static_metadata
from bundler.errors import BuildError, BundleError, InputError
from bundler.foreign import LARGEST_FILE, MOST_LINES, MalformedTomlError, read_toml
from bundler.formats.core_metadata import MalformedMetadataError, parse_metadata
from bundler.formats.pyproject_file import load_pyproject
from bundler.formats.wheel_reader import open_wheel
from bundler.legacy import convert_installer
from bundler.model.lock_file import load_lock
from bundler.model.recipe_file import load_recipe
from bundler.model.target import Target
from bundler.pipeline.recipe_origins import read_lock_pins, read_pipfile
from bundler.resolve import LockSelection, group_requirements, read_requirements
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


@pytest.mark.parametrize(
    ("name", "reader"),
    [("example.toml", load_recipe), ("pylock.example.toml", load_lock), ("wanted.txt", read_requirements)],
)
def test_files_of_more_lines_than_any_has(tmp_path: Path, name: str, reader: Callable[[Path], object]) -> None:
    """Sixteen million lines of requirements took a minute, and were none."""
    (tmp_path / name).write_bytes(b"\n" * (MOST_LINES + 1))
    with pytest.raises(InputError) as caught:
        reader(tmp_path / name)
    assert f"it has {MOST_LINES + 1} lines" in " ".join((caught.value.message, *caught.value.context))


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


MANY = 40_000
LOCK = "\n".join(f'[[package]]\nname = "a{each}"\nversion = "1"\nsource = {{ registry = "x" }}' for each in range(MANY))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("uv.lock", LOCK),
        ("poetry.lock", LOCK.replace("registry", "git")),
        (
            "Pipfile.lock",
            '{"default": {' + ", \n".join(f'"a{each}": {{"version": "==x"}}' for each in range(MANY)) + "}}",
        ),
    ],
)
def test_locks_of_others_with_as_many_packages_as_lines(tmp_path: Path, name: str, text: str) -> None:
    """Looking for each package's line anew took half an hour."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    found = read_lock_pins(path)
    assert len(found.constraints) + len(found.left_out) == MANY


def test_a_pipfile_with_as_many_packages_as_lines(tmp_path: Path) -> None:
    path = tmp_path / "Pipfile"
    path.write_text("[packages]\n" + "\n".join(f"a{each} = {{ hg = 'x' }}" for each in range(MANY)), encoding="utf-8")
    places = [each.where for each in read_pipfile(path).left_out]
    assert places == [f"Pipfile:{number}" for number in range(2, MANY + 2)]


@pytest.mark.parametrize("line", ["-e '" + "a" * 300_000, "a\\\n" * 100_000, "./x" + "+a" * 100_000])
def test_a_line_of_requirements_as_long_as_a_file(tmp_path: Path, line: str) -> None:
    """Looking for credentials in what is said of it was work by the square of its length."""
    path = tmp_path / "wanted.txt"
    path.write_text(line, encoding="utf-8")
    with pytest.raises(InputError, match="can't be used"):
        read_requirements(path)


@pytest.mark.parametrize("line", ["--index-url https://a.test/" + "." * 4_000_000, "--find-links '" + "a" * 4_000_000])
def test_a_value_of_an_option_as_long_as_a_file(tmp_path: Path, line: str) -> None:
    """Taking off its quotes was work by the square of its length: these took half an hour."""
    path = tmp_path / "wanted.txt"
    path.write_text(line, encoding="utf-8")
    with contextlib.suppress(InputError):
        read_requirements(path)


def test_an_address_that_can_be_none_with_any_name(tmp_path: Path) -> None:
    path = tmp_path / "wanted.txt"
    path.write_text("x @ x @ https://a.test/x-1.0-py3-none-any.whl\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_requirements(path)
    assert "is not a valid requirement" in caught.value.faults[0].message


def test_requirements_without_hashes_in_files_that_name_each_other(tmp_path: Path) -> None:
    path = tmp_path / "wanted.txt"
    for number in range(40):
        lines = "\n".join(f"b{number}x{each}" for each in range(1000))
        (tmp_path / f"{number}.txt").write_text(f"{lines}\nc --hash=sha256:{'0' * 64}", encoding="utf-8")
    path.write_text("\n".join(f"-r {number}.txt" for number in range(40)), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_requirements(path)
    assert len(caught.value.faults) == 40_000


@pytest.mark.parametrize(("deep", "words"), [(60, "more than 100,000 requirements"), (3000, "too deeply")])
def test_groups_that_include_each_other_twice(tmp_path: Path, deep: int, words: str) -> None:
    """Each has twice as many requirements as the next: sixty lines were more than any memory holds."""
    lines = [
        f'g{each} = [{{ include-group = "g{each + 1}" }}, {{ include-group = "g{each + 1}" }}]' for each in range(deep)
    ]
    text = "\n".join(["[project]", 'name = "a"', 'version = "1"', "[dependency-groups]", *lines, f'g{deep} = ["x"]'])
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        group_requirements(tmp_path, ["g0"], "packages.projects[0]")
    assert caught.value.reference == "group-invalid"
    assert words in str(caught.value.faults[0])
    (last,) = group_requirements(tmp_path, [f"G{deep}"], "packages.projects[0]")
    assert last.requirement == "x"


def test_an_egg_with_more_extras_than_any_has(tmp_path: Path) -> None:
    texts = {
        "EGG-INFO/PKG-INFO": PKG_INFO,
        "EGG-INFO/requires.txt": "\n".join(f"[x{each}]" for each in range(190_000)).encode(),
        "demo.py": b"1",
    }
    found = convert_installer(make_egg(tmp_path / "demo-1.0-py2.7.egg", texts), folder=tmp_path / "out", epoch=0)
    with open_wheel(found.wheel) as wheel:
        assert len(wheel.metadata().every("Provides-Extra")) == 190_000
