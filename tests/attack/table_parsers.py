"""The readers of tables in TOML, whose values are others: recipes and locks are written again as they were read. And METADATA that a build wrote."""

from __future__ import annotations

import copy
import dataclasses
import tomllib
from typing import TYPE_CHECKING, Any

import tomli_w

from bundler.build.wheel_gate import check_wheel, repack
from bundler.errors import InputError
from bundler.model.lock_encoding import encode_lock
from bundler.model.lock_file import load_lock
from bundler.model.recipe_encoding import encode_recipe
from bundler.model.recipe_file import load_recipe
from tests.attack.parser import OutsideError, Parser
from tests.attack.text_parsers import METADATA, RECIPE, WINDOWS, both, locks, only
from tests.support.packages import make_wheel
from tests.support.recipes import WRITTEN

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tests.attack.breaking import Breaker

TEXTS = (
    *(
        "",
        "x" * 5000,
        "a\0b",
        "\u202e",
        "\u200b",
        "\u00e9",
        "e\u0301",
        "\u017f",
        "\u212a",
        "\u2028",
        "\x7f",
        "\x85",
        "\ufeff",
        "a\nb",
    ),
    *(
        "a\r\nb",
        "'",
        '"',
        "\\",
        "{site.port}",
        "{data}",
        "{release}",
        "{x}",
        "{",
        "}}",
        "%PATH%",
        "..",
        "C:\\x",
        "C:\\x\\..\\y",
    ),
    *(
        "\\\\server\\share\\x",
        "/x",
        "a b",
        "a;b",
        "nul",
        "COM1.txt",
        "1.0",
        "9" * 5000,
        "\u00b2",
        "\u0663",
        "https://a.test/",
    ),
    *(
        "https://a:b@a.test/",
        "file:///x",
        "git+https://a.test/x@1",
        "index:a==1",
        "a==1",
        "a[b]>=1 ; os_name == 'nt'",
        "-",
        "--x",
    ),
    *(
        "@",
        "*",
        "[a",
        "(",
        "(a+)+$",
        "[0-9]{1,400}",
        "2026-01-01",
        "0" * 64,
        "S-1-5-18",
        "LocalSystem",
        "true",
        "\x1b[31m",
    ),
)
VALUES: tuple[object, ...] = (
    *(True, False, -1, 0, 1, 65_536, 1 << 31, (1 << 63) - 1, 1 << 63, 10**30, 1.5, float("inf"), float("nan")),
    *([], {}, [[]], ["a"], [1], {"a": 1}, [{}]),
)


def toml_values(breaker: Breaker, wholes: Sequence[bytes]) -> bytes:
    """Values and keys become others, and the text stays TOML."""
    draw = breaker.draw
    data = tomllib.loads(draw.choice(wholes).decode())
    for _ in range(draw.choice((1, 1, 2, 3))):
        at: Any = data
        while isinstance(at, dict | list) and at:
            key = draw.choice([*at] if isinstance(at, dict) else range(len(at)))
            if isinstance(at[key], dict | list) and at[key] and draw.random() < 0.75:
                at = at[key]
                continue
            way = draw.random()
            if way < 0.1:
                del at[key]
            elif way < 0.25 and isinstance(at, dict):
                at[draw.choice((*TEXTS, breaker.text(3)))] = at.pop(key)
            elif way < 0.8:
                before = at[key] if isinstance(at[key], str) and draw.random() < 0.2 else ""
                at[key] = before + draw.choice((*TEXTS, breaker.text(4)))
            else:
                at[key] = copy.deepcopy(draw.choice(VALUES))
            break
    return tomli_w.dumps(data).encode("utf-8", "replace")


def recipe(path: Path, work: Path) -> None:
    """What can be read can be written, for each target, and says the same."""
    found = load_recipe(path)
    for table in found.target:
        there = work / path.name
        there.write_text(encode_recipe(found, table), encoding="utf-8", newline="\n")
        again = _accepted(load_recipe, there)
        one = dataclasses.replace(found, target=(table,), path=again.path)
        if dataclasses.asdict(again) != dataclasses.asdict(one):
            raise OutsideError("it became another recipe")


def lock(path: Path, _: Path) -> None:
    found = load_lock(path)
    path.write_text(encode_lock(found, path), encoding="utf-8", newline="\n")
    if _accepted(load_lock, path) != found:
        raise OutsideError("it became another lock")


def _accepted(reader: Callable[[Path], Any], path: Path) -> Any:
    try:
        return reader(path)
    except InputError as error:
        raise OutsideError(f"what we wrote isn't read: {error} {error.context} {error.faults}") from error


def built_metadata(path: Path, work: Path) -> None:
    """In a wheel of a build, which is written anew."""
    text = path.read_bytes().decode("utf-8", "replace")
    made = check_wheel(make_wheel(work, metadata_text=text), name="demo", version="1.0", target=WINDOWS)
    repack(made, work / "out", epoch=0, target=WINDOWS)


TABLES = (
    Parser(
        name="recipes of other values",
        filename="example.toml",
        whole=only(RECIPE, *(each.read_bytes() for each in WRITTEN)),
        broken=toml_values,
        read=recipe,
        few=100,
        share=200,
    ),
    Parser(
        name="locks of other values",
        filename="pylock.example.toml",
        whole=locks,
        broken=toml_values,
        read=lock,
        few=100,
        share=200,
    ),
    Parser(
        name="metadata of built wheels",
        filename="METADATA",
        whole=only(METADATA.replace(b"Demo.Thing", b"demo").replace(b"1.0rc1", b"1.0")),
        broken=both,
        read=built_metadata,
        few=60,
        share=60,
    ),
)
