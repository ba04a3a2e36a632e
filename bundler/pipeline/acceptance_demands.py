"""What a recipe and a command line demand of files from indexes: a gate for resolving, and what of a lock doesn't pass it any more."""

from __future__ import annotations

import dataclasses
import datetime
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import Version

from bundler.errors import ResolutionError
from bundler.model.acceptance import limit_of
from bundler.model.acceptance_rules import UPLOAD_TIME
from bundler.model.moments import moment_text
from bundler.resolve.file_gate import Exempted, Gate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.model.acceptance import AcceptanceTable
    from bundler.model.lock import Lock
    from bundler.model.recipe import Recipe
    from bundler.pipeline.known_faults import KnownFaults  # noqa: TC004 - wanted only where advisories are given
    from bundler.pipeline.session import Session

_INDEXED = ("wheel", "sdist")
"""Kinds of locked packages that come from an index."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Demands:
    """``gate``: with the cut-off of this moment. ``faults``: what is known of packages, None where no advisories are given."""

    gate: Gate
    faults: KnownFaults | None

    def gate_for(self, previous: Lock | None) -> Gate:
        """The gate for making a lock again of which nothing has changed: its own cut-off stays while it is early enough."""
        kept = previous.uploaded_before if previous is not None else None
        if kept is None:
            return self.gate
        if self.gate.before is None or kept < self.gate.before:
            return dataclasses.replace(self.gate, before=kept)
        return self.gate

    def unmet(self, lock: Lock) -> tuple[str, ...]:
        """What of a lock isn't accepted, as far as no index is needed to know it. Raises InputError (``snapshot-unreadable``)."""
        return (*self._too_new(lock), *self._known(lock))

    def demand_known(self, lock: Lock) -> None:
        """Raise ResolutionError (``not-accepted``) for what no choice of versions could help: archives that the recipe names."""
        if known := tuple(self._known(lock)):
            raise ResolutionError(
                "not-accepted",
                "packages are known to be harmful",
                context=known,
                hint="take another version; [[acceptance.exceptions]] in the recipe lets one through, with a reason",
            )

    def tell(self, session: Session, lock: Lock) -> None:
        """Warn of what is known of a lock's packages and not refused, and note what exceptions let through."""
        if self.faults is None:
            return
        for name, version in sorted(_versions(lock)):
            said = []
            for fault in (*self.faults.refused(name, version), *self.faults.tolerated(name, version)):
                exempted = self.gate.exemption(name, version, fault.ids)
                if exempted is None:
                    said.append(fault.words)
                else:
                    session.reporter.note(f"{name} {version}: {fault.words}; {exempted.words}")
            if said:
                session.reporter.warn("known-vulnerable", f"{name} {version}: {'; '.join(said)}")
        self.faults.tell_unread(session.reporter)

    def _too_new(self, lock: Lock) -> Iterator[str]:
        gate = self.gate
        if gate.before is None:
            return
        # files without a time in the lock were judged when it was made
        judged = gate.undated or (lock.uploaded_before is not None and lock.uploaded_before <= gate.before)
        for each in lock.all_packages:
            if each.kind not in _INDEXED or (each.upload_time is None and judged):
                continue
            if gate.exemption(each.name, Version(each.version), UPLOAD_TIME) is not None:
                continue
            if each.upload_time is None:
                yield f"{each.name} {each.version}: the lock doesn't say when it was uploaded"
            elif reason := gate.too_new(each.upload_time):
                yield f"{each.name} {each.version}: {reason}"

    def _known(self, lock: Lock) -> Iterator[str]:
        if self.faults is None:
            return
        versions = _versions(lock)
        self.faults.learn({name for name, _ in versions})
        for name, version in sorted(versions):
            if reason := self.gate.known_reason(name, version):
                yield f"{name} {version}: {reason}"


def demands_of(session: Session, recipe: Recipe) -> Demands:
    """Of recipe and command line the stricter: the longer cooldown, the earlier moment, all advisories."""
    table, wish = recipe.acceptance, session.acceptance
    limits = [each for each in (limit_of(table), wish.uploaded_before) if each is not None]
    limit = min(limits, default=None)
    cooldown = max(table.cooldown or 0, wish.cooldown or 0)
    _tell_stricter(session, recipe)
    before = min((*limits, *((session.now - datetime.timedelta(days=cooldown),) if cooldown else ())), default=None)
    snapshots = (*(recipe.folder / each for each in table.advisories), *wish.snapshots)
    faults = None
    if snapshots:
        from bundler.pipeline.known_faults import KnownFaults  # late: few recipes have advisories

        faults = KnownFaults(snapshots, table.severity)
    gate = Gate(
        before=before,
        cooldown=cooldown,
        limit=limit,
        undated=table.undated == "warn",
        yanked=table.yanked == "warn",
        treatments=table.treatments,
        exempted=exemptions_of(table),
        advisories=faults,
    )
    return Demands(gate=gate, faults=faults)


def exemptions_of(table: AcceptanceTable) -> tuple[Exempted, ...]:
    """The recipe's exceptions."""
    return tuple(
        Exempted(
            package=canonicalize_name(each.package),
            allow=frozenset(each.allow),
            reason=each.reason,
            where=f"acceptance.exceptions[{i}]",
            versions=each.specifier,
        )
        for i, each in enumerate(table.exceptions)
    )


def _tell_stricter(session: Session, recipe: Recipe) -> None:
    """A command line can't make it looser."""
    table, wish, limit = recipe.acceptance, session.acceptance, limit_of(recipe.acceptance)
    if wish.cooldown is not None and table.cooldown is not None and wish.cooldown < table.cooldown:
        session.once.note(f"--cooldown {wish.cooldown} changes nothing: the recipe has {table.cooldown} days")
    if wish.uploaded_before is not None and limit is not None and wish.uploaded_before > limit:
        session.once.note(f"--uploaded-before changes nothing: the recipe has {moment_text(limit)}")


def report_unused_exceptions(session: Session, recipe: Recipe, lock: Lock) -> None:
    """Names that nothing asks for: a misspelled one must not pass for an exception."""
    names = {each.name for each in lock.all_packages}
    for i, each in enumerate(recipe.acceptance.exceptions):
        if canonicalize_name(each.package) not in names:
            session.once.warn(
                "exception-unused",
                f"acceptance.exceptions[{i}] names {each.package}, which is not a package of this bundle for {lock.target}",
            )


def _versions(lock: Lock) -> set[tuple[str, Version]]:
    """Of everything but projects of one's own."""
    return {(each.name, Version(each.version)) for each in lock.all_packages if each.kind != "directory"}
