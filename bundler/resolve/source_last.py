"""Wheels first for the resolution as a whole: a version whose wheels, for other machines, show that it must be compiled is left out
while everything can be had without it.

What nothing can replace is let in again, and nothing besides: a package that has to be compiled doesn't bring others along.
"""

from __future__ import annotations

import itertools
from functools import partial
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion

from bundler.foreign import read_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

    from bundler.model.target import Target
    from bundler.resolve.candidate import Candidate, Need
    from bundler.resolve.provider import Provider
    from bundler.resolve.releases import Release
    from bundler.resolve.request import Request


class SourceLast:
    """``let_in``: normalized names whose sdists are taken like any other's. ``left_out``: name -> versions that the solver came to."""

    def __init__(self, request: Request, let_in: frozenset[str] = frozenset()) -> None:
        self._request = request
        self.let_in = let_in
        self.left_out: dict[str, set[Version]] = {}

    def with_more(self, names: Iterable[str]) -> SourceLast:
        return SourceLast(self._request, self.let_in | frozenset(names))

    def leaves_out(self, name: str, release: Release) -> bool:
        """Whether the sdist of ``release`` is the last resort. One that was locked before stays.

        A package that never had a wheel for the target isn't among these: its dependents would have to be so old that they don't know it yet.
        """
        request = self._request
        if not release.falls_behind or name in self.let_in or name in request.build or request.sdists == "prefer":
            return False
        if self._locked(name) == release.version:
            return False
        self.left_out.setdefault(name, set()).add(release.version)
        return True

    def _locked(self, name: str) -> Version | None:
        try:
            return read_version(self._request.preferences.get(name, ""))
        except InvalidVersion:
            return None

    def newest(self, name: str, specifiers: Iterable[SpecifierSet], *, bound: Version | None = None) -> Version | None:
        """The newest version of ``name`` that was left out and that all of these allow."""
        every = list(specifiers)
        left = (each for each in self.left_out.get(name, ()) if bound in (None, each))
        return max((v for v in left if all(each.contains(v, prereleases=True) for each in every)), default=None)

    def behind(self, provider: Provider, needs: Iterable[Need]) -> Iterator[tuple[str, Version]]:
        """What was left out and could meet these needs, or what their candidates lack: names, each with its newest version."""
        waiting, seen = list(needs), set()
        while waiting:
            need = waiting.pop()
            key = need.identity
            if key in seen or need.reason:
                continue
            seen.add(key)
            newest = self.newest(need.name, [need.specifier], bound=need.bound)
            if newest is not None:
                yield need.name, newest
            fatal = map(provider.incompatible.fatal, provider.choices(need.name, need.extra, [need]))
            waiting += [each for each in fatal if each is not None]


def held_back(provider: Provider, pins: Mapping[str, Candidate], target: Target) -> Iterator[str]:
    """What is to be said of packages that are older because something was left out; sorted by name, an extra's package once."""
    if not provider.source_last.left_out:
        return
    wanted: dict[str, list[Need]] = {}
    for need in itertools.chain(provider.own_needs(), *map(provider.get_dependencies, pins.values())):
        if need.bound is None:  # not an extra's tie to what was chosen
            wanted.setdefault(need.key, []).append(need)
    told: set[str] = set()
    for key, chosen in sorted(pins.items()):
        if chosen.name in told:
            continue
        needs = [*wanted.get(key, ()), *(wanted.get(chosen.name, ()) if chosen.extra else ())]
        candidates = provider.choices(chosen.name, chosen.extra, needs)
        for newer in itertools.takewhile(partial(_is_newer, chosen), candidates):
            if found := _missing(provider, newer, pins):
                need, (name, version) = found
                told.add(chosen.name)
                yield (
                    f"{chosen.name} {chosen.version} is taken although {newer.version} is newer: that needs {need.text}, "
                    f"and {name} {version} has no wheel for {target} and would have to be compiled"
                )
                break


def _is_newer(chosen: Candidate, other: Candidate) -> bool:
    return other.version > chosen.version


def _missing(
    provider: Provider, candidate: Candidate, pins: Mapping[str, Candidate]
) -> tuple[Need, tuple[str, Version]] | None:
    """The first of a candidate's needs that only something that was left out could meet."""
    for need in provider.known_needs(candidate):
        pinned = pins.get(need.key)
        if need.reason or need.bound is not None or (pinned and provider.is_satisfied_by(need, pinned)):
            continue
        behind = next(provider.source_last.behind(provider, [need]), None)
        if behind is not None:
            return need, behind
    return None
