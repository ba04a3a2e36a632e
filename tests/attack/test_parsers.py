"""Damaged and lying files and texts at every reader: what comes is a value or an error of ours, whoever broke what.

``python -m tests.attack.search`` goes on from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.attack.parsers import PARSERS
from tests.attack.search import run
from tests.support.cases import cases

if TYPE_CHECKING:
    from pathlib import Path

    from tests.attack.parser import Parser


@pytest.mark.parametrize("parser", PARSERS, ids=lambda each: each.name)
def test_only_values_and_errors_of_the_family_come(parser: Parser, tmp_path: Path) -> None:
    figures = run(parser, range(cases(parser.few)), tmp_path)
    assert not figures.outside, f"{parser.name}: {figures.outside[:5]}"


def test_cases_are_the_same_each_time(tmp_path: Path) -> None:
    for parser in PARSERS[:3]:
        wholes = parser.whole(tmp_path)
        assert [parser.case(each, wholes) for each in range(20)] == [parser.case(each, wholes) for each in range(20)]


def test_each_is_searched_under_a_name_of_its_own() -> None:
    """By it the search finds the reader: of two the second was never tried."""
    names = [each.name for each in PARSERS]
    assert len(set(names)) == len(names)
