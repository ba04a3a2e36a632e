"""The rules of the solve, for resolvelib."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from resolvelib import AbstractProvider

from bundler.errors import BuildError
from bundler.formats.core_metadata import MalformedMetadataError
from bundler.resolve.addresses import refused
from bundler.resolve.candidate import Candidate, Need, demanded, key_of, name_of
from bundler.resolve.counting_needs import counting_needs
from bundler.resolve.incompatible import Incompatibilities
from bundler.resolve.markers import UnstatedMarkerError
from bundler.resolve.rejection import unstated, unusable, without_answer
from bundler.resolve.replayed import Kept
from bundler.resolve.request import ALL, Rejected
from bundler.resolve.supplies import leads_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from packaging.version import Version
    from resolvelib.structs import RequirementInformation

    from bundler.resolve.context import ResolutionContext
    from bundler.resolve.incompatible import NeedKey
    from bundler.resolve.source_last import SourceLast

    Information = RequirementInformation[Need, Candidate]


_OFTEN = 200
"""Candidates of one package that had to be left, from which on it is chosen before others."""
_COST = 4
"""How much more a requirement takes where candidates are looked for than where a step looks whether it is met."""
_CLAUSES = 8
"""Clauses of a specifier that a version is compared with in the time of one look."""
_AHEAD = 16
"""Candidates of one package whose metadata is fetched together at most."""


class Provider(AbstractProvider[Need, Candidate, str]):
    """Answers the solver.

    ``rejected`` collects what was tried and had to be left, ``clashing`` names whose versions don't go with the user's own
    wishes, ``asked`` who asked for what.
    """

    def __init__(self, context: ResolutionContext, source_last: SourceLast) -> None:
        self._context = context
        self.source_last = source_last
        self._needs: dict[Candidate, tuple[Need, ...]] = {}
        self._own: dict[str, list[Need]] = {}
        self._choices: dict[tuple[str, frozenset[NeedKey]], Kept[Candidate]] = {}
        self._allowed: dict[tuple[NeedKey, Version], bool] = {}
        self.incompatible = Incompatibilities()
        self.failures: Counter[str] = Counter()
        self.clashing: set[str] = set()
        self.rejected: dict[str, dict[str, Rejected]] = {}
        self.asked: dict[str, list[tuple[Need, Candidate | None]]] = {}

    def begin(self, needs: Iterable[Need]) -> None:
        """Take the user's own needs."""
        for need in needs:
            self.asked.setdefault(need.key, []).append((need, None))
            if not need.extra:
                self._own.setdefault(need.name, []).append(need)

    def own_needs(self) -> Iterator[Need]:
        """The user's own needs."""
        return (need for asked in self.asked.values() for need, who in asked if who is None)

    def irreplaceable(self) -> set[str]:
        """The user's own packages that have nothing but what was left out."""
        lacking = {name for name, needs in self._own.items() if next(iter(self.choices(name, "", needs)), None) is None}
        return lacking & self.source_last.left_out.keys()

    def unmet(self, causes: Iterable[tuple[Need, Candidate | None]]) -> Iterator[Need]:
        """The needs that failed; for those that only say that their candidate can't be used, what it lacks."""
        for need, parent in causes:
            fatal = self.incompatible.fatal(parent) if need.reason and parent is not None else need
            if fatal is not None:
                yield fatal

    def known_needs(self, candidate: Candidate) -> tuple[Need, ...]:
        """Of a candidate that was tried; of any other none."""
        return self._needs.get(candidate, ())

    def identify(self, requirement_or_candidate: Need | Candidate) -> str:
        return requirement_or_candidate.key

    def get_preference(
        self,
        identifier: str,
        resolutions: Mapping[str, Candidate],
        candidates: Mapping[str, Iterator[Candidate]],
        information: Mapping[str, Iterator[Information]],
        backtrack_causes: Sequence[Information],
    ) -> tuple[bool, bool, bool, bool, bool, str]:
        """Impossible and fixed things first, then what failed often, then the user's own wishes, then what has an upper bound: all by name, so always the same."""
        del resolutions, candidates, backtrack_causes
        needs = [each.requirement for each in information[identifier]]
        operators = frozenset[str]().union(*(need.operators for need in needs))
        return (
            not any(need.reason or need.url or need.bound for need in needs),
            self.failures[identifier] < _OFTEN,
            "==" not in operators and "===" not in operators,
            not any(need.origin for need in needs),
            not operators & {"<", "<=", "~="},
            identifier,
        )

    def narrow_requirement_selection(
        self,
        identifiers: Iterable[str],
        resolutions: Mapping[str, Candidate],
        candidates: Mapping[str, Iterator[Candidate]],
        information: Mapping[str, Iterator[Information]],
        backtrack_causes: Sequence[Information],
    ) -> Iterable[str]:
        """What just collided comes first: the collision is settled before anything is built on it."""
        del resolutions, candidates, information
        waiting = list(identifiers)
        impossible = [each for each in waiting if each.startswith("!")]
        if impossible or not backtrack_causes:
            return impossible or waiting
        causes = {each.requirement.key for each in backtrack_causes}
        causes |= {each.parent.key for each in backtrack_causes if each.parent is not None}
        return [each for each in waiting if each in causes] or waiting

    def find_matches(
        self,
        identifier: str,
        requirements: Mapping[str, Iterator[Need]],
        incompatibilities: Mapping[str, Iterator[Candidate]],
    ) -> Callable[[], Iterator[Candidate]]:
        # on the way back the solver also asks for packages that nobody wants any more: then any version does
        needs = list(requirements[identifier])
        name, extra = (needs[0].name, needs[0].extra) if needs else name_of(identifier)
        bad = _versions(incompatibilities[identifier])
        if extra:  # the package itself and its extras are one version: what is known of one counts for all
            base = key_of(name, "")
            needs += requirements[base]
            bad |= _versions(incompatibilities[base])
        self._context.bounds.meet(identifier)
        self._context.bounds.look(1 + sum(_COST + len(need.specifier) for need in needs))

        if any(need.reason for need in needs):
            return lambda: iter(())
        for need in needs:
            self._follow(need)
        every = self.choices(name, extra, needs)
        allowed = (each for each in every if each.version not in bad)
        first = next((each for each in allowed if not self.incompatible.dead(each)), None)
        if first is None:
            return lambda: iter(())

        def matches() -> Iterator[Candidate]:
            left = (each for each in every if each.version not in bad)
            found = (each for each in left if not self.incompatible.dead(each))
            # who had to leave some will probably have to leave more: their metadata is fetched together, ever more of them
            tried = len(bad)
            while batch := list(itertools.islice(found, min(2**tried, _AHEAD))):
                if tried:
                    wheels = [each.file for each in batch if each.file is not None and each.kind == "wheel"]
                    self._context.library.expect_metadata(name, wheels)
                yield from batch
                tried += len(batch)
            if tried == len(bad):  # all died since: one is tried all the same, as the solver takes none for a success
                yield first

        return matches

    def _follow(self, need: Need) -> None:
        if not self.incompatible.followed(need):
            self.incompatible.follow(need, self.choices(need.name, "", [need]))

    def choices(self, name: str, extra: str, needs: Sequence[Need]) -> Kept[Candidate]:
        """The candidates that ``needs`` allow together: the same ones again whenever the solver comes back."""
        key = (key_of(name, extra), frozenset(need.identity for need in needs))
        kept = self._choices.get(key)
        if kept is None:
            found = self._candidates(name, needs) if not extra else self._extras(extra, self.choices(name, "", needs))
            kept = self._choices[key] = Kept(found)
        return kept

    @staticmethod
    def _extras(extra: str, candidates: Iterable[Candidate]) -> Iterator[Candidate]:
        return (dataclasses.replace(each, extra=extra) for each in candidates)

    def _candidates(self, name: str, needs: Sequence[Need]) -> Iterator[Candidate]:
        limits = self._context.limits(name)
        # all at once: one by one, each step would copy what there is so far
        stated = (*(need.specifier for need in needs), *(limit.specifier for limit in limits))
        specifier = SpecifierSet(itertools.chain.from_iterable(stated))
        bounds = {need.bound for need in needs if need.bound is not None}
        urls = {url for url in (*(need.url for need in needs), *(limit.url for limit in limits)) if url is not None}
        only = self._only(name, urls)
        if only is not None:
            for one in only:
                if specifier.contains(one.version, prereleases=True) and bounds <= {one.version}:
                    yield one
            return
        project = self._context.library.project(name)
        prereleases = bool({ALL, name} & self._context.request.prereleases)
        preferred = self._context.request.preferences.get(name)
        look = partial(self._context.bounds.look, 1 + len(specifier) // _CLAUSES)
        for release, file in project.choices(specifier, prereleases=prereleases, preferred=preferred, look=look):
            if not bounds <= {release.version}:
                continue
            wheel = file.filename.endswith(".whl")
            if wheel or not self.source_last.leaves_out(name, release):
                yield Candidate(
                    name=name,
                    extra="",
                    version=release.version,
                    kind="wheel" if wheel else "sdist",
                    file=file,
                    index=project.index,
                )

    def _only(self, name: str, urls: set[str]) -> tuple[Candidate, ...] | None:
        """What a known source or a direct address leaves: nothing where they differ; None: there is no such."""
        fixed = self._context.supplies.only(name)
        if fixed is not None:
            return (fixed,) if all(leads_to(url, fixed) for url in urls) else ()
        if not urls:
            return None
        return (self._context.sources.direct(name, next(iter(urls))),) if len(urls) == 1 else ()

    def is_satisfied_by(self, requirement: Need, candidate: Candidate) -> bool:
        if requirement.reason or (requirement.url is not None and not leads_to(requirement.url, candidate)):
            return False
        if requirement.bound is not None and requirement.bound != candidate.version:
            return False
        if not requirement.specifier:
            return True
        key = (requirement.identity, candidate.version)
        if key not in self._allowed:
            self._allowed[key] = requirement.specifier.contains(candidate.version, prereleases=True)
        return self._allowed[key]

    def get_dependencies(self, candidate: Candidate) -> tuple[Need, ...]:
        needs = self._needs.get(candidate)
        if needs is None:
            needs = self._needs[candidate] = self._learn(candidate)
            for need in needs:
                self.asked.setdefault(need.key, []).append((need, candidate))
            self.incompatible.learn(candidate, needs)
        fatal = self.incompatible.fatal(candidate)
        if fatal is None or fatal.reason:  # a reason is among its needs already
            return needs
        return (unusable(candidate, f"nothing gives it {fatal.text}"), *needs)

    def _learn(self, candidate: Candidate) -> tuple[Need, ...]:
        try:
            metadata = self._context.sources.metadata(candidate)
            if reason := self._context.judge.python_reason(metadata.requires_python):
                return self._reject(candidate, reason)
            found = counting_needs(candidate, metadata, self._context)
            needs = tuple(self._context.supplies.settled(each, candidate) for each in found)
            if reason := next(filter(None, (refused(each, candidate, self._context) for each in needs)), ""):
                return self._reject(candidate, reason)
            clash = next((need for need in needs if self._clashes(need)), None)
            return needs if clash is None else self._clash(candidate, clash)
        except MalformedMetadataError as error:
            return self._reject(candidate, str(error))
        except BuildError as error:
            if demanded(candidate, self._context.request):
                raise without_answer(candidate, error) from error
            return self._reject(candidate, f"what it needs can't be learned: {error.message}", error)
        except UnstatedMarkerError as error:
            raise unstated(error, f"{candidate.name} {candidate.version}", self._context.request) from None

    def _clashes(self, need: Need) -> bool:
        """Whether no version at all suits both ``need`` and what the user says of the same package.

        That never changes, whatever is chosen elsewhere: found out here, the solver doesn't try every version of the other
        package first, down to sdists that would have to be built.
        """
        own = self._own.get(need.name, [])
        if not (own or self._context.limits(need.name)):
            return False
        every = [*own, need]
        if next(self._candidates(need.name, every), None) is not None:
            return False
        specifiers = [
            *(each.specifier for each in every),
            *(each.specifier for each in self._context.limits(need.name)),
        ]
        return self.source_last.newest(need.name, specifiers) is None

    def _clash(self, candidate: Candidate, need: Need) -> tuple[Need, ...]:
        self.clashing.add(candidate.name)
        said = [f"{own.text} ({own.origin})" for own in self._own.get(need.name, [])]
        said += [limit.text for limit in self._context.limits(need.name)]
        return self._reject(candidate, f"it needs {need.text}, which doesn't go with {' and '.join(said)}")

    def _reject(self, candidate: Candidate, reason: str, failed: BuildError | None = None) -> tuple[Need, ...]:
        """Note why, and give the candidate a need that nothing satisfies: the solver then takes the next one."""
        filename = candidate.file.filename if candidate.file else (candidate.directory or str(candidate.url))
        version = str(candidate.version)
        self.rejected.setdefault(candidate.name, {})[filename] = Rejected(
            filename=filename,
            version=version,
            reason=reason,
            details=failed.context if failed else (),
            advice=failed.hint if failed else "",
            failed=failed is not None,
        )
        return (unusable(candidate, reason),)


def _versions(candidates: Iterable[Candidate]) -> set[Version]:
    # the solver names the same ones hundreds of times; a version's own hash takes long
    return {each.version for each in {id(each): each for each in candidates}.values()}
