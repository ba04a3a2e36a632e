"""What an audit found, as data; and how records of the same become one finding."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from packaging.version import InvalidVersion, Version

from bundler.foreign import read_version
from bundler.trust.cvss import SEVERITIES, Severity
from bundler.trust.osv_snapshot import Unread
from bundler.trust.vex_statement import Identity, Statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """``owner``: the package or Python that it lies in, empty where it is a package or the Python itself. ``aliases``: the advisory's other ids, those of
    others that say the same among them; ``fixed``: versions that have it no more, sorted. ``statement``: the newest that somebody made of it.
    """

    package: str
    version: str
    advisory: str
    aliases: tuple[str, ...]
    severity: Severity
    summary: str
    fixed: tuple[str, ...]
    owner: str = ""
    identities: tuple[Identity, ...] = ()
    statement: Statement | None = None

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(each.upper() for each in (self.advisory, *self.aliases))

    def reaches(self, severity: Severity) -> bool:
        """Whether it is at least so grave; what nobody rated is."""
        return gravity(self.severity) >= SEVERITIES.index(severity)

    @property
    def settled(self) -> bool:
        """Whether a statement says that there is nothing to do."""
        return self.statement is not None and self.statement.status in ("not_affected", "fixed")

    @property
    def place(self) -> str:
        return f"{self.package} {self.version}" + (f" in {self.owner}" if self.owner else "")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class NotJudged:
    """Something in the bundle of which nothing can be said: ``owner`` as for findings, ``version`` empty where it states none. ``counts``: an audit without
    it is incomplete, which it isn't without one library inside a package.
    """

    name: str
    version: str
    owner: str
    reason: str
    counts: bool = False

    @property
    def place(self) -> str:
        return " ".join(filter(None, (self.name, self.version, f"in {self.owner}" if self.owner else "")))


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Audit:
    """``findings``: the gravest first. ``unread``: records that can't be read, and may concern the bundle; ``unjudged``: ids of advisories
    that name commits alone, so that no version can be compared; ``not_judged``: what is in the bundle, and no record can be looked up for. ``records``: how
    many the snapshots have; ``audited``: how many packages and Pythons they can say something of, ``with_python``: that one among them; ``parts``: how many of what is inside these. ``statements``: how many
    were given, ``unused`` of them concern nothing that was found.
    """

    findings: tuple[Finding, ...]
    unread: tuple[Unread, ...]
    unjudged: tuple[str, ...]
    not_judged: tuple[NotJudged, ...]
    records: int
    audited: int
    parts: int
    statements: int = 0
    unused: int = 0
    with_python: bool = True

    @property
    def is_complete(self) -> bool:
        """Whether packages and Python were judged, and what is known to be inside them could be read."""
        return not any(each.counts for each in self.not_judged)

    def reaches(self, severity: Severity) -> bool:
        """Whether something is at least so grave; what nobody rated, what can't be read, and what nothing is said of, is."""
        return (
            bool(self.unread)
            or not self.is_complete
            or any(each.reaches(severity) for each in self.findings if not each.settled)
        )


def version_of(text: str) -> Version:
    try:
        return read_version(text)
    except InvalidVersion:  # of a manifest that no build of ours wrote
        return Version("0")


def gravity(severity: Severity) -> int:
    """What nobody rated stands above all: somebody has to look at it."""
    return len(SEVERITIES) if severity == "unknown" else SEVERITIES.index(severity)


def gravest(severities: Iterable[Severity]) -> Severity:
    """Of what is known."""
    known = (each for each in severities if each != "unknown")
    return max(known, key=SEVERITIES.index, default="unknown")


def merged(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Databases have records of the same: what shares an id or an alias is one finding, by the first of the ids."""
    groups = _Groups()
    listed = list(findings)
    for number, each in enumerate(listed):
        for identity in (each.advisory, *each.aliases):
            groups.join((each.owner, each.package, each.version, identity), number)
    for numbers in groups.all(len(listed)):
        group = [listed[number] for number in reversed(numbers)]
        first = min(group, key=lambda one: one.advisory)
        aliases = {alias for one in group for alias in (one.advisory, *one.aliases)} - {first.advisory}
        fixed = {version for one in group for version in one.fixed}
        yield dataclasses.replace(
            first,
            aliases=tuple(sorted(aliases)),
            severity=gravest(one.severity for one in group),
            summary=first.summary or next((one.summary for one in group if one.summary), ""),
            fixed=tuple(sorted(fixed, key=version_of)),
        )


class _Groups:
    """Numbers that belong together, since they have a key in common; each key is looked at once."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, ...], int] = {}
        self._above: dict[int, int] = {}

    def join(self, key: tuple[str, ...], number: int) -> None:
        one, other = self._top(self._first.setdefault(key, number)), self._top(number)
        if one != other:
            self._above[max(one, other)] = min(one, other)

    def all(self, count: int) -> Iterator[list[int]]:
        """Those of the numbers below ``count``, each group in their order."""
        found: dict[int, list[int]] = {}
        for number in range(count):
            found.setdefault(self._top(number), []).append(number)
        yield from found.values()

    def _top(self, number: int) -> int:
        while (above := self._above.get(number, number)) != number:
            self._above[number] = self._above.get(above, above)
            number = above
        return number
