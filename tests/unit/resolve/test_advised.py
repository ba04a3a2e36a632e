"""Resolving with advisories: looked up for what was found, and solved again without what is harmful."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from packaging.specifiers import SpecifierSet

from bundler.errors import ResolutionError
from bundler.resolve.file_gate import Exempted, Gate, KnownFault
from tests.support.packages import make_wheel
from tests.support.reporters import Remembering
from tests.support.shelf import Shelf, answer, pins

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from packaging.version import Version


class Known:
    """Advisories by name and version, which tell of what was looked up only."""

    def __init__(self, **bad: str) -> None:
        self._bad = {name: SpecifierSet(versions) for name, versions in bad.items()}
        self.rounds: list[set[str]] = []

    def learn(self, names: Collection[str]) -> bool:
        new = set(names).difference(*self.rounds)
        if new:
            self.rounds.append(new)
        return bool(new)

    def refused(self, name: str, version: Version) -> tuple[KnownFault, ...]:
        if name not in set().union(*self.rounds) or name not in self._bad or version not in self._bad[name]:
            return ()
        return (KnownFault(ids=frozenset({"MAL-1", "CVE-1"}), words="MAL-1 (malware)"),)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf()
    for version, requires in (("1.0", []), ("2.0", ["evil"]), ("3.0", ["lib>=2"])):
        shelf.add(make_wheel(tmp_path, version=version, requires=requires))
    for name, version in (("lib", "1.0"), ("lib", "2.0"), ("evil", "1.0")):
        shelf.add(make_wheel(tmp_path, name, version))
    return shelf


def test_what_is_harmful_is_left_out_and_looked_up_as_it_appears(tmp_path: Path, shelf: Shelf) -> None:
    known = Known(lib=">=2", evil=">=0")
    assert pins(answer(shelf, "demo", folder=tmp_path, gate=Gate(advisories=known))) == {"demo": "1.0"}
    assert known.rounds == [{"demo", "lib"}, {"evil"}], "once each"


def test_what_is_harmless_is_resolved_once_and_told_once(tmp_path: Path, shelf: Shelf) -> None:
    known, told = Known(), Remembering()
    shelf.say("lib", "archived")
    assert pins(answer(shelf, "demo", folder=tmp_path, gate=Gate(advisories=known), told=told)) == {
        "demo": "3.0",
        "lib": "2.0",
    }
    assert [each for each, _ in told.warnings] == ["project-withdrawn"]


def test_only_the_last_answer_is_told_of(tmp_path: Path, shelf: Shelf) -> None:
    told = Remembering()
    shelf.say("lib", "archived")
    assert pins(answer(shelf, "demo", folder=tmp_path, gate=Gate(advisories=Known(lib=">0")), told=told)) == {
        "demo": "2.0",
        "evil": "1.0",
    }
    assert told.warnings == []


def test_where_nothing_is_left_the_error_says_what_is_known(tmp_path: Path, shelf: Shelf) -> None:
    with pytest.raises(ResolutionError) as caught:
        answer(shelf, "lib", folder=tmp_path, gate=Gate(advisories=Known(lib=">=0")))
    assert caught.value.reference == "not-accepted"
    assert "lib 1.0 to 2.0 aren't accepted; 2.0: MAL-1 (malware)" in caught.value.context


def test_an_exception_by_any_of_the_names(tmp_path: Path, shelf: Shelf) -> None:
    exempted = Exempted(
        package="lib", allow=frozenset({"CVE-1"}), reason="r", where="w", versions=SpecifierSet("==2.0")
    )
    gate = Gate(advisories=Known(lib=">=0"), exempted=(exempted,))
    assert pins(answer(shelf, "lib", folder=tmp_path, gate=gate)) == {"lib": "2.0"}
