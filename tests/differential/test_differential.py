"""Our resolver's answers out of the recorded index, beside those that pip and uv gave on the same index: no network."""

from __future__ import annotations

import lzma
import re
from typing import TYPE_CHECKING

import pytest

from tests.differential.answers import ANSWERS, INDEX, load_answers
from tests.differential.cases import PIP, UV, asks, requirement_sets, target_of
from tests.differential.explained import Difference, explained
from tests.differential.opinions import NO_SOLUTION

if TYPE_CHECKING:
    from tests.differential.conftest import Replay

OPINIONS = {each.name: each for each in (PIP, UV)}
CASES = [
    (wanted.name, slug, opinion.name)
    for wanted in requirement_sets().values()
    for slug in wanted.targets
    for opinion in OPINIONS.values()
    if asks(opinion, slug)
]
NO_DIFFERENCE = Difference(ours=(), theirs=())


@pytest.mark.parametrize(("name", "slug", "opinion"), CASES, ids=["-".join(each) for each in CASES])
def test_answer_is_the_opinions(replay: Replay, name: str, slug: str, opinion: str) -> None:
    theirs = load_answers(name)[opinion, slug]
    ours = replay.answer(name, target_of(slug, OPINIONS[opinion]))
    found = Difference.between(ours, theirs)
    accepted = explained().get((name, slug, opinion), NO_DIFFERENCE)
    assert found == accepted, f"{name} for {slug}, beside {opinion}:\n{found}\nexplained.toml has\n{accepted}"


def test_explanations_are_of_questions_that_were_asked() -> None:
    assert explained().keys() <= set(CASES)
    assert NO_DIFFERENCE not in explained().values()


def test_recorded_answers_are_those_of_the_sets() -> None:
    assert {each.stem for each in ANSWERS.glob("*.json")} == requirement_sets().keys()
    for name, wanted in requirement_sets().items():
        asked = {(each.name, slug) for slug in wanted.targets for each in (PIP, UV) if asks(each, slug)}
        assert load_answers(name).keys() == asked, name


def test_there_are_enough_of_every_kind() -> None:
    grid = {f"{python}-{platform}" for python in ("3.8.10", "3.11.9", "3.13.1") for platform in ("win32", "win_amd64")}
    assert sum(grid <= {*each.targets} for each in requirement_sets().values()) >= 30
    answers = [load_answers(name)[opinion, slug] for name, slug, opinion in CASES]
    solved = [each for each in answers if len(each) > 1]
    assert len(solved) >= 2 * 180
    assert any(len(each) > 80 for each in solved)
    assert sum(each == (NO_SOLUTION,) for each in answers) >= 20


def test_the_recording_names_no_host() -> None:
    """Neither an index's nor anybody else's: what a page or a wheel says of addresses isn't kept."""
    texts = [lzma.decompress(INDEX.read_bytes()), *(each.read_bytes() for each in ANSWERS.glob("*.json"))]
    assert not [found for text in texts for found in re.findall(rb".{0,30}://.{0,30}", text)]


def test_the_recording_is_small() -> None:
    assert sum(each.stat().st_size for each in (INDEX, *ANSWERS.glob("*.json"))) < 3_000_000
