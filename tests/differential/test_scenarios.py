"""Scenarios whose answer takes a word: ours is what ``scenarios.toml`` says, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.differential.scenarios import TABLE, scenarios, table

if TYPE_CHECKING:
    from tests.differential.scenarios import Scenario


@pytest.mark.parametrize("scenario", scenarios(), ids=lambda each: each.name)
def test_answer_is_the_one_that_is_explained(scenario: Scenario) -> None:
    assert scenario.answer() == scenario.ours


def test_ours_is_another_than_uvs_or_the_scenarios_and_always_pips() -> None:
    for each in scenarios():
        assert each.ours != each.uv or each.ours != each.expected, each.name
        assert each.ours == each.pip, each.name


def test_table_is_up_to_date() -> None:
    assert TABLE.read_text(encoding="utf-8") == table(scenarios()), "python -m tests.differential.scenarios writes it"
