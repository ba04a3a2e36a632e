from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from tests.differential.answers import INDEX
from tests.differential.cases import requirement_sets, target_of
from tests.differential.ours import our_answer
from tests.differential.snapshot import Snapshot
from tests.support.transports import FakeTransport

if TYPE_CHECKING:
    from bundler.model.ports import Response, SourceMetadata
    from bundler.model.target import Target
    from tests.differential.opinions import Answer
    from tests.support.transports import Asked


class Heard(FakeTransport):
    """A transport that passes a snapshot's answers on; ``texts``: the requirements, and all metadata that was asked for."""

    def __init__(self, snapshot: Snapshot, requirements: tuple[str, ...]) -> None:
        super().__init__()
        self._snapshot = snapshot
        self.texts = list(requirements)

    def answer(self, asked: Asked) -> Response:
        response = self._snapshot.answer(asked)
        if asked.url.endswith(".metadata"):
            self.texts.append(response.content.decode())
        return response


class Replay:
    """Our answers out of the recorded index, each computed once."""

    def __init__(self) -> None:
        self._snapshot = Snapshot()
        self._snapshot.load(INDEX)
        self._known: dict[tuple[str, Target], Answer] = {}
        self._heard: dict[tuple[str, Target], Heard] = {}

    def answer(self, name: str, target: Target) -> Answer:
        bare = dataclasses.replace(target, markers=())
        if target != bare and not self._depends_on_markers(name, bare, [marker for marker, _ in target.markers]):
            target = bare
        key = (name, target)
        if key not in self._known:
            wanted = requirement_sets()[name]
            heard = self._heard[key] = Heard(self._snapshot, wanted.requirements)
            self._known[key] = our_answer(wanted, target, heard)
        return self._known[key]

    def _depends_on_markers(self, name: str, target: Target, markers: list[str]) -> bool:
        """Whether anything that was read on the way to the answer for ``target`` mentions one of them."""
        self.answer(name, target)
        return any(marker in text for marker in markers for text in self._heard[name, target].texts)

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
