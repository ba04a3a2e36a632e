"""Patterns of site values mean what Python's own mean, and their work is bounded by their size."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import pytest

from bundler.model.value_pattern import value_pattern
from bundler.target.state.site_types import fits

if TYPE_CHECKING:
    from collections.abc import Iterator

KNOWN = [
    *("a*", "(a+)+b", "[a-c]{2,4}", "a|b|", "(?:ab|c)*d?", "[^a]", "x{0,3}", "(a|b){2}c", r"\d{1,3}", "[]a]+", "[a-]*"),
    *("(a?){3}b", "((a{2}){2})?", "a{2,}", "a+?b", "^ab$", "(ab?|b)*", "(a*)*", "a{0}b", r"[\d-]b", ".b", r"\-|\W", ""),
]


@pytest.mark.parametrize("text", KNOWN)
def test_it_means_what_python_means(text: str) -> None:
    pattern, other = value_pattern(text), re.compile(text, re.ASCII)
    for length in range(5):
        for letters in itertools.product("abc1]-\n", repeat=length):
            value = "".join(letters)
            assert pattern.fits(value) == fits(pattern, value) == (other.fullmatch(value) is not None), value  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("(", "a ) is missing"),
        (")", "a ) without a ("),
        ("a**", "a repetition is repeated"),
        ("a++", "a repetition is repeated"),
        ("[a", "ends too early"),
        ("a\\", "ends too early"),
        (r"(a)\1", r"\1 is not known here"),
        (r"\bx", r"\b is not known here"),
        ("(?=a)", "(? is known as (?: only"),
        ("(?P<x>a)", "(? is known as (?: only"),
        ("[z-a]", "a range that isn't one"),
        (r"[\d-z]", "a range that isn't one"),
        ("a{3,2}", "greater than the greatest"),
        ("*a", "* can't stand there"),
        ("a$b", "$ can't stand there"),
        ("(" * 40, "too many groups"),
        ("a{500}", "too large"),
        ("(a{30}){30}", "too large"),
        ("(|" + "|".join("abcdefghijklmnopqrstuvwxyz" * 3) + ")*", "too large"),
        ("((((){999}){999}){999}){999}", "too large"),
    ],
)
def test_what_is_not_understood_is_a_fault(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        value_pattern(text)


def test_what_python_would_try_for_years_takes_one_look_at_each_letter() -> None:
    looked = list[str]()

    def value() -> Iterator[str]:
        for letter in "a" * 1000 + "c":
            looked.append(letter)
            yield letter

    for text in ("(a+)+b", "(a|a)*b", "(a*)*b", "(a|aa)+b", "([a-z]+)*[0-9]"):
        pattern = value_pattern(text)
        looked.clear()
        assert not fits(pattern, value())  # type: ignore[arg-type]
        assert len(looked) == 1001
        assert len(pattern.letters) + sum(map(len, pattern.follow)) < 20
