"""Why there is no answer, in a person's words: who wants what, and why no file fits."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from bundler.errors import ResolutionError
from bundler.foreign import wheel_tags
from bundler.model.acceptance_rules import QUARANTINED
from bundler.report import some_text
from bundler.resolve.file_checks import FROM_SOURCE, SDISTS
from bundler.resolve.file_gate import UNDATED
from bundler.resolve.index_addresses import shown_url
from bundler.resolve.outcome import newest_failed
from bundler.resolve.request import Accepted, Rejected
from bundler.resolve.verdicts import judge_files, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bundler.resolve.candidate import Candidate, Need
    from bundler.resolve.context import ResolutionContext
    from bundler.resolve.provider import Provider
    from bundler.resolve.simple_api import Page

    Cause = tuple[Need, Candidate | None]

_SHOWN = 5
"""Versions, and tags of one version, that are named before "and more"."""


_FITS = "a file would fit"
WHY = "`bundle lock RECIPE --why"
"""Begins the advice that names what shows a package's files."""


class Explainer:
    """Words for one failed resolution."""

    def __init__(self, context: ResolutionContext, provider: Provider) -> None:
        self._context = context
        self._provider = provider
        self._asked = provider.asked
        self._rejected = provider.rejected
        self._clashing = provider.clashing
        self._platforms = {tag.platform for tag in context.request.target.tags()}

    def error(self, causes: Iterable[tuple[Need, Candidate | None]]) -> ResolutionError:
        """The error for needs that can't all be met; each with who has it (None: the user)."""
        wants: dict[str, dict[str, None]] = {}
        needs: dict[str, list[Need]] = {}
        for need, parent in self._roots(causes):
            # a candidate that can't be used: what matters is who wanted it
            pairs = self._asked.get(parent.key, ()) if need.reason and parent is not None else ((need, parent),)
            for each, asker in pairs:
                wants.setdefault(each.name, {})[f"{self._said(each)} is wanted by {self._who(each, asker)}"] = None
                needs.setdefault(each.name, []).append(each)
        context: list[str] = []
        references: list[str] = []
        for name in sorted(wants):
            reference, why = self._why(name, needs[name])
            references.append(reference)
            context += [*wants[name], *(f"{each.text} holds too" for each in self._context.limits(name))]
            context += why
            context += self._printed(name)
        reference = references[0] if len(set(references)) == 1 else "requirements-conflict"
        names = ", ".join(sorted(wants))
        if reference == "package-unknown":
            return unknown(names, self._context.request.indexes, tuple(context))
        if reference == "project-quarantined":
            return ResolutionError(
                reference, f"{names} is in quarantine on its index: nothing of it can be taken", context=tuple(context)
            )
        if reference == "not-accepted":
            return ResolutionError(
                reference,
                f"no file of {names} is accepted for {self._context.request.target}",
                context=tuple(context),
                hint=self._how_to_accept(sorted(wants), context),
            )
        if reference == "no-file-fits":
            return ResolutionError(
                reference,
                f"no file of {names} fits {self._context.request.target}",
                context=tuple(context),
                hint=self._advice(sorted(wants)),
            )
        return ResolutionError(
            reference,
            f"no version of {names} suits all who want it",
            context=tuple(context),
            hint="loosen one of these requirements",
        )

    def _roots(self, causes: Iterable[Cause]) -> Iterator[Cause]:
        """The causes; for those that only say that a candidate is incompatible, what makes it so, down to the package that lacks something."""
        waiting = list(dict.fromkeys(causes))
        seen: set[Cause] = set()
        while waiting:
            groups: dict[str, list[Cause]] = {}
            for each in waiting:
                if each not in seen:
                    seen.add(each)
                    groups.setdefault(each[0].key, []).append(each)
            waiting = []
            for group in groups.values():
                deeper = self._deeper(group)
                waiting += deeper
                if not deeper or len(group) > 1:
                    yield from group

    def _deeper(self, group: Sequence[Cause]) -> list[Cause]:
        """What is behind the needs of one package: why its best candidate is incompatible if all are."""
        need, parent = group[0]
        incompatible = self._provider.incompatible
        if need.reason:
            fatal = incompatible.fatal(parent) if parent is not None else None
            return [] if fatal is None or fatal.reason else [(fatal, parent)]
        candidates = self._provider.choices(need.name, need.extra, [each for each, _ in group])
        first = next(iter(candidates), None)
        fatal = incompatible.fatal(first) if first is not None else None
        if fatal is None or fatal.reason or not all(map(incompatible.fatal, candidates)):
            return []
        return [(fatal, first)]

    def _advice(self, names: Sequence[str]) -> str:
        """What helps where builds failed, and how to see all files."""
        tried = filter(None, map(self._failed, names))
        hint = next((each.advice for each in tried if each.advice), "")
        if WHY in hint:
            return hint
        return f"{hint}; " * bool(hint) + f"{WHY} {names[0]}` shows every file with its reason"

    def _how_to_accept(self, names: Sequence[str], context: Sequence[str]) -> str:
        """What helps where a file would fit and isn't accepted."""
        means = f"{WHY} {names[0]}` shows every file with its reason"
        if any(UNDATED in each for each in context):
            return f'{means}; acceptance.undated = "warn" takes files without an upload time (pages in HTML have none)'
        return f"{means}; [[acceptance.exceptions]] in the recipe lets one package through, with a reason"

    def _failed(self, name: str) -> Rejected | None:
        return newest_failed(self._rejected.get(name, {}).values())

    def _printed(self, name: str) -> Iterator[str]:
        newest = self._failed(name)
        if newest is not None and newest.details:
            yield f"the build of {newest.filename} says:"
            yield from (f"  {each}" for each in newest.details)

    def _said(self, need: Need) -> str:
        return need.text if need.bound is None else f"{need.name} {need.bound}"

    def _who(self, need: Need, parent: Candidate | None) -> str:
        if parent is None:
            return need.origin or "the recipe"
        chain: list[str] = []
        seen: set[str] = set()
        while parent is not None and parent.key not in seen:
            seen.add(parent.key)
            chain.append(str(parent))
            asked = self._asked.get(parent.key, ())
            fitting = [each for each in asked if each[0].specifier.contains(parent.version, prereleases=True)] or asked
            by_user = next((each for each in fitting if each[1] is None), None)
            need, parent = by_user or next(iter(fitting), (need, None))
        return ", which is wanted by ".join((*chain, need.origin or "the recipe"))

    def _why(self, name: str, needs: Sequence[Need]) -> tuple[str, tuple[str, ...]]:
        """The reference and what is to be said of ``name``'s versions and files."""
        fixed = self._context.supplies.only(name)
        if fixed is not None:
            place = (
                f"the local project {fixed.directory}" if fixed.directory else f"taken from {shown_url(str(fixed.url))}"
            )
            return "requirements-conflict", (f"{name} {fixed.version} is {place}", *self._refused(name))
        limits = self._context.limits(name)
        if any(need.url for need in needs) or any(limit.url for limit in limits):
            return "requirements-conflict", self._refused(name)
        project = self._context.library.project(name)
        if project.page is None:
            return "package-unknown", ()
        if project.page.status == QUARANTINED:
            return "project-quarantined", (project.page.status_reason,) if project.page.status_reason else ()
        if project.refused:
            return "not-accepted", (f"{name}: {project.refused}",)
        return self._files(
            name, project.page, [*(need.specifier for need in needs), *(limit.specifier for limit in limits)]
        )

    def _files(self, name: str, page: Page, every: Sequence[SpecifierSet]) -> tuple[str, tuple[str, ...]]:
        together = SpecifierSet()
        for each in every:
            together &= each
        verdicts = judge_files(name, page, self._context.judge)
        versions = _versions(verdicts)
        allowed = [version for version in versions if together.contains(version, prereleases=True)]
        if not allowed:
            alone = all(any(each.contains(v, prereleases=True) for v in versions) for each in every)
            newest = f"the newest version is {versions[0]}" if versions else "its index has no file that can be read"
            if alone and len(every) > 1:
                return "requirements-conflict", (f"{name}: {newest}",)
            missing = f"no version is {together}; " if versions else ""
            return "no-file-fits", (f"{name}: {missing}{newest}",)
        words = self._alike(name, allowed, verdicts)
        if len(words) > _SHOWN:
            words = [*words[:_SHOWN], f"{name}: and older versions, for other reasons"]
        if any(self._usable(name, each, together) for each in verdicts) or name in self._clashing:
            return "requirements-conflict", tuple(words)
        held = any(_held(each, together) for each in verdicts)
        return ("not-accepted" if held else "no-file-fits"), tuple(words)

    def _refused(self, name: str) -> tuple[str, ...]:
        """What was tried of a package that comes from no index."""
        return tuple(f"{each.filename}: {each.reason}" for each in self._rejected.get(name, {}).values())

    def _usable(self, name: str, verdict: Accepted | Rejected, specifier: SpecifierSet) -> bool:
        if isinstance(verdict, Rejected) or verdict.filename in self._rejected.get(name, {}):
            return False
        return specifier.contains(verdict.version, prereleases=True)

    def _alike(self, name: str, versions: Sequence[Version], verdicts: Sequence[Accepted | Rejected]) -> list[str]:
        """One line for neighbours that can't be taken for the same reasons, the newest first."""
        files: dict[Version | None, list[Accepted | Rejected]] = {}
        for each in verdicts:
            files.setdefault(_read(each.version), []).append(each)
        groups = itertools.groupby(versions, key=lambda version: self._kind(name, files[version]))
        lines = []
        for (held, reasons), group in groups:
            newest, *older = group
            span = f"{older[-1]} to {newest}" if older else str(newest)
            if held and older:
                span += f" aren't accepted; {newest}"
            lines.append(f"{name} {span}: {self.reasons(name, files[newest]) if held else reasons}")
        return lines

    def _kind(self, name: str, verdicts: Sequence[Accepted | Rejected]) -> tuple[bool, str]:
        """What neighbours share: that they are held back, each for a time of its own, or the reasons."""
        held = any(isinstance(each, Rejected) and each.held for each in verdicts)
        return (True, "") if held else (False, self.reasons(name, verdicts))

    def reasons(self, name: str, verdicts: Sequence[Accepted | Rejected]) -> str:
        """Why no file of one version can be taken; or that one could."""
        tags: dict[str, None] = {}
        reasons: dict[str, None] = {}
        for each in verdicts:
            later = self._rejected.get(name, {}).get(each.filename)
            if later is not None:
                reasons[later.reason] = None
            elif isinstance(each, Accepted):
                reasons[_FITS] = None
            elif each.reason.startswith("it is for "):
                tags[wheel_tags(each.filename)] = None
            else:
                reasons[each.reason] = None
        held = next((each.reason for each in verdicts if isinstance(each, Rejected) and each.held), "")
        if held:  # what doesn't fit beside it isn't missed
            return held
        if len(reasons) > 1:
            reasons.pop(_FITS, None)  # what was found out later says more
        if FROM_SOURCE in reasons and not any(each.filename.endswith(SDISTS) for each in verdicts):
            reasons["and it has no sdist"] = None
        if tags:
            reasons = {self._tagged(tags): None} | reasons
        return "; ".join(reasons)

    def _tagged(self, tags: Iterable[str]) -> str:
        """What wheels are for: the Pythons, where some are for the target's platform, else the platforms."""
        parts = [tag.split("-") for tag in tags]
        near = {_python(*each[:2]): None for each in parts if self._fits(each[2])}
        if near:
            return f"wheels for its platform are for {some_text(sorted(near), _SHOWN)}"
        return f"wheels are for {some_text(sorted({each[2] for each in parts}), _SHOWN)}"

    def fits_platform(self, filename: str) -> bool:
        """Whether a wheel is for the target's platform, whatever Python it is for."""
        return self._fits(wheel_tags(filename).rpartition("-")[2])

    def _fits(self, platforms: str) -> bool:
        return not self._platforms.isdisjoint(platforms.split("."))


def _held(verdict: Accepted | Rejected, specifier: SpecifierSet) -> bool:
    """Whether a file of a version that is allowed would fit, and isn't accepted."""
    return isinstance(verdict, Rejected) and verdict.held and specifier.contains(str(verdict.version), prereleases=True)


def _python(interpreter: str, abi: str) -> str:
    """What people call it: ``cp313``, and with the ABI where that isn't the usual one (``cp313-cp313t``, ``cp37-abi3``)."""
    return interpreter if abi.rstrip("mu") == interpreter or abi == "none" else f"{interpreter}-{abi}"


def _versions(verdicts: Iterable[Accepted | Rejected]) -> list[Version]:
    found = {_read(each.version) for each in verdicts}
    return sorted((each for each in found if each is not None), reverse=True)


def _read(version: str | None) -> Version | None:
    """The version that a verdict names; names that can't be read strictly have none."""
    return Version(version) if version is not None else None
