from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.differential.answers import INDEX
from tests.differential.cases import requirement_sets, target_of
from tests.differential.ours import our_answer
from tests.differential.snapshot import Snapshot

if TYPE_CHECKING:
    from bundler.model.ports import SourceMetadata
    from bundler.model.target import Target
    from tests.differential.opinions import Answer


class Replay:
    """Our answers out of the recorded index, each computed once."""

    def __init__(self) -> None:
        self._snapshot = Snapshot()
        self._snapshot.load(INDEX)
        self._known: dict[tuple[str, Target], Answer] = {}

    def answer(self, name: str, target: Target) -> Answer:
        key = (name, target)
        if key not in self._known:
            self._known[key] = our_answer(requirement_sets()[name], target, self._snapshot)
        return self._known[key]

    def with_sdists(self, name: str, slug: str, *sdists: SourceMetadata) -> Answer:
        """Our answer when sdists may be taken where there is no wheel, and these say what they need."""
        said = {each.name: each for each in sdists}
        return our_answer(requirement_sets()[name], target_of(slug), self._snapshot, sdists=said)

    def names(self, name: str, slug: str) -> set[str]:
        """The packages of our answer, without their versions."""
        return {each.partition("==")[0] for each in self.answer(name, target_of(slug))}


@pytest.fixture(scope="session")
def replay() -> Replay:
    return Replay()
