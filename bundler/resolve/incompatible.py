"""Candidates that no choice elsewhere can save, learned once.

A need is dead when every candidate that it allows is; a candidate is dead when one of its needs is. A target without a wheel of
something deep down so rules out whole families of versions, and the solver doesn't find that out again on every way back.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from bundler.resolve.project_versions import pinned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from packaging.version import Version

    from bundler.resolve.candidate import Candidate, Need

    NeedKey = tuple[str, str, Version | None]
    Place = tuple[str, str, Version]


class Incompatibilities:
    """Follows, for every need seen, its first candidate that is not known to be dead: when that one dies, the next takes its place.

    Only candidates of an index are followed. A package that is once wanted from a direct address, as a prerelease or yanked has candidates
    that its other needs alone don't show: nothing is concluded about it, and what was concluded before is forgotten.
    """

    def __init__(self) -> None:
        self._needs: dict[NeedKey, Need] = {}
        self._holders: dict[NeedKey, list[Candidate]] = defaultdict(list)
        self._rest: dict[NeedKey, Iterator[Candidate]] = {}
        self._first: dict[NeedKey, Version] = {}
        self._followers: dict[Place, list[NeedKey]] = defaultdict(list)
        self._dead_needs: set[NeedKey] = set()
        self._fatal: dict[Place, Need] = {}
        self._open: set[str] = set()

    def fatal(self, candidate: Candidate) -> Need | None:
        """The need that makes ``candidate`` impossible; None: it may still do."""
        if candidate.file is None:
            return None
        found = self._fatal.get((candidate.name, candidate.extra, candidate.version))
        if found is None and candidate.extra:
            found = self._fatal.get((candidate.name, "", candidate.version))
        return found

    def dead(self, candidate: Candidate) -> bool:
        """Whether the solver can pass ``candidate`` over. Not what was rejected by itself: the reason is to be reported."""
        fatal = self.fatal(candidate)
        return fatal is not None and not fatal.reason

    def learn(self, candidate: Candidate, needs: Iterable[Need]) -> None:
        """Take what ``candidate`` needs."""
        if candidate.file is None:
            return
        for need in needs:
            key = need.identity
            self._holders[key].append(candidate)
            if need.reason or key in self._dead_needs:
                self._bury([(candidate, need)])

    def follow(self, need: Need, candidates: Iterable[Candidate]) -> None:
        """Begin to follow ``need``, which alone allows ``candidates``; once is enough."""
        key = need.identity
        if key in self._rest or need.reason or need.name in self._open:
            return
        if need.url is not None or self._opens(need, candidates):
            self._forget(need.name)
            return
        self._needs[key] = need
        self._rest[key] = iter(candidates)
        if not self._advance(key):
            self._bury((each, need) for each in self._holders[key])

    def followed(self, need: Need) -> bool:
        """Whether there is nothing left to ``follow``."""
        return need.identity in self._rest or need.name in self._open

    def _opens(self, need: Need, candidates: Iterable[Candidate]) -> bool:
        if need.specifier.prereleases:
            return True
        if not pinned(need.specifier):
            return False
        return any(
            each.version.is_prerelease or each.file is None or each.file.yanked is not None for each in candidates
        )

    def _advance(self, key: NeedKey) -> bool:
        """Find the next candidate of a need that isn't dead; False: there is none, so the need is."""
        need = self._needs[key]
        for each in self._rest[key]:
            places = {(each.name, need.extra, each.version), (each.name, "", each.version)}
            if self._fatal.keys().isdisjoint(places):
                self._first[key] = each.version
                for place in places:
                    self._followers[place].append(key)
                return True
        self._dead_needs.add(key)
        return False

    def _bury(self, dying: Iterable[tuple[Candidate, Need]]) -> None:
        waiting = list(dying)
        while waiting:
            candidate, need = waiting.pop()
            place = (candidate.name, candidate.extra, candidate.version)
            if place in self._fatal or candidate.name in self._open:
                continue
            self._fatal[place] = need
            for key in self._followers.pop(place, ()):
                if self._first[key] == candidate.version and not self._advance(key):
                    waiting += [(each, self._needs[key]) for each in self._holders[key]]

    def _forget(self, name: str) -> None:
        self._open.add(name)
        for known in (self._rest, self._first, self._followers, self._dead_needs, self._fatal):
            known.clear()
