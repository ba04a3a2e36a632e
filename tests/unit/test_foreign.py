"""Texts of others become values or the one error that their readers know, however long and strange they are."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.pylock import PylockValidationError
from packaging.requirements import InvalidRequirement
from packaging.specifiers import InvalidSpecifier
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename
from packaging.version import InvalidVersion

from bundler.foreign import (
    LONGEST,
    MOST_TAGS,
    MalformedTomlError,
    UndecodableTextError,
    decode_text,
    local_path,
    read_locked,
    read_requirement,
    read_sdist_name,
    read_specifiers,
    read_toml,
    read_version,
    read_wheel_name,
    split_address,
    whole_number,
    without_credentials,
)

if TYPE_CHECKING:
    from collections.abc import Callable

DIGITS = "7" * 5000
READERS: list[tuple[Callable[[str], Any], type[Exception]]] = [
    (read_version, InvalidVersion),
    (read_specifiers, InvalidSpecifier),
    (read_requirement, InvalidRequirement),
    (read_wheel_name, InvalidWheelFilename),
    (read_sdist_name, InvalidSdistFilename),
    (split_address, ValueError),
    (local_path, ValueError),
    (read_toml, MalformedTomlError),
]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("0", 0), (" 12\t", 12), ("9" * 18, 10**18 - 1)),
        *((text, None) for text in ("9" * 19, "²", "٣", "-1", "", "1_0", "1.0", "+1", DIGITS, None)),
    ],
)
def test_whole_numbers(text: str | None, number: int | None) -> None:
    assert whole_number(text) == number


def test_what_is_right_is_read() -> None:
    assert str(read_version("1.0")) == "1.0"
    assert str(read_specifiers(">=1")) == ">=1"
    assert str(read_requirement("foo[bar]>=1; os_name=='nt'")) == 'foo[bar]>=1; os_name == "nt"'
    assert str(read_sdist_name("demo-1.0.zip")[1]) == "1.0"
    assert split_address("https://h.test:8443/x").port == 8443
    assert local_path("file:///a%20b/c").replace("\\", "/").endswith("a b/c")
    assert read_toml("a = [{b = 1}]") == {"a": [{"b": 1}]}
    assert sorted(map(str, read_wheel_name("demo-1.0-py2.py3-none-any.whl")[3])) == ["py2-none-any", "py3-none-any"]


@pytest.mark.parametrize(("reader", "error"), READERS)
@pytest.mark.parametrize(
    "text",
    [
        DIGITS,
        f"demo=={DIGITS}",
        f"demo-{DIGITS}-py3-none-any.whl",
        f"demo-1-{DIGITS}-py3-none-any.whl",
        f"demo-{DIGITS}.zip",
        f"a = {DIGITS}",
        f"https://h.test:{DIGITS}/",
        "https://h.test/" + "x" * LONGEST,
        "foo; " + "(" * 2000 + "os_name == 'nt'" + ")" * 2000,
        "a = " + "[" * 1050,
        r'a = "\u0000"',
        r'"\u0000" = 1',
        "https://[foo",
        "https://h.test:x/",
        "file:///a%00b",
        "file:///a\0b",
        "²",
        "",
    ],
    ids=lambda text: repr(text[:20]) if isinstance(text, str) else text.__name__,
)
def test_whatever_else_is_the_one_error(reader: Callable[[str], Any], error: type[Exception], text: str) -> None:
    with contextlib.suppress(error):
        reader(text)


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")), st.sampled_from(READERS))
def test_any_text_is_a_value_or_the_one_error(text: str, reader: tuple[Callable[[str], Any], type[Exception]]) -> None:
    with contextlib.suppress(reader[1]):
        reader[0](text)


def test_tags_are_counted_before_they_are_made() -> None:
    """64 million of them are in 1.6 kB: no machine has the memory."""
    part = ".".join(f"a{number}" for number in range(400))
    name = f"demo-1.0-{part}-{part}-{part}.whl"
    with pytest.raises(InvalidWheelFilename, match=f"more than {MOST_TAGS} tags|characters"):
        read_wheel_name(name)
    few = ".".join(f"a{number}" for number in range(MOST_TAGS))
    assert len(read_wheel_name(f"demo-1.0-{few}-none-any.whl")[3]) == MOST_TAGS
    with pytest.raises(InvalidWheelFilename, match=f"more than {MOST_TAGS} tags"):
        read_wheel_name(f"demo-1.0-{few}.b-none-any.whl")
    with pytest.raises(InvalidWheelFilename, match="more than"):
        read_wheel_name("demo-1.0-" + "a." * 40 + "a-" + "b." * 40 + "b-any.whl")


@pytest.mark.parametrize("key", ["name", "url", "path"])
def test_a_lock_with_a_wheel_of_too_many_tags(key: str) -> None:
    part = ".".join("a" * 60)
    wheel = {key: f"demo-1.0-{part}-{part}-{part}.whl", "hashes": {"sha256": "0" * 64}}
    table = {"lock-version": "1.0", "created-by": "x", "packages": [{"name": "demo", "wheels": [wheel]}]}
    with pytest.raises(PylockValidationError, match="tags"):
        read_locked(table)


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"packages": 1},
        {"packages": [1, {"wheels": 1}, {"wheels": [1, {"name": 1}]}]},
        {"lock-version": DIGITS, "created-by": "x", "packages": []},
        {"lock-version": "1.0", "created-by": "x", "packages": [{"name": "demo", "version": DIGITS}]},
        {"lock-version": "1.0", "created-by": "x", "requires-python": f">={DIGITS}", "packages": [{"name": "²"}]},
    ],
)
def test_a_lock_of_any_other_shape(table: dict[str, Any]) -> None:
    with pytest.raises(PylockValidationError):
        read_locked(table)


@given(st.binary(max_size=80), st.booleans())
def test_bytes_become_a_text_or_the_one_error(content: bytes, coding_line: bool) -> None:
    with contextlib.suppress(UndecodableTextError):
        assert "\r" not in decode_text(content, coding_line=coding_line)


@pytest.mark.parametrize(
    "encoding", ["ascii", "idna", "punycode", "unicode_escape", "utf-7", "zlib", "undefined", "mbcs", "."]
)
def test_any_encoding_may_be_named(encoding: str) -> None:
    with contextlib.suppress(UndecodableTextError):
        decode_text(b"# coding: " + encoding.encode() + b"\n\xff\\x -+", coding_line=True)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x @ git+https://me:pw@h.test/x@v1", "x @ git+https://h.test/x@v1"),
        ("https://token@h.test/x and https://a:b@c.test", "https://h.test/x and https://c.test"),
        ("git+ssh://git@h.test/x", "git+ssh://git@h.test/x"),
        ("git+ssh://git:pw@h.test/x", "git+ssh://h.test/x"),
        ("https://a@b:c@h.test/x", "https://h.test/x"),
        ("nobody@h.test and https://h.test/@x", "nobody@h.test and https://h.test/@x"),
    ],
)
def test_no_credentials_are_shown(text: str, shown: str) -> None:
    assert without_credentials(text) == shown
