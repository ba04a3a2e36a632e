"""What of an index isn't taken although it would fit: too new, yanked, of a project that is withdrawn, known to be harmful."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from packaging.specifiers import SpecifierSet

from bundler.model.acceptance_rules import QUARANTINED, UPLOAD_TIME, YANKED
from bundler.model.moments import moment_text

if TYPE_CHECKING:
    from collections.abc import Collection

    from packaging.version import Version

    from bundler.resolve.simple_api import Page, ProjectFile

UNDATED = "its index doesn't say when it was uploaded"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Exempted:
    """``package`` (normalized) and the rules that don't hold for it; ``where`` somebody wrote that, for people."""

    package: str
    allow: frozenset[str]
    reason: str
    where: str
    versions: SpecifierSet = dataclasses.field(default_factory=SpecifierSet)

    @property
    def words(self) -> str:
        return f"{self.where} allows it: {self.reason}"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class KnownFault:
    """What is known of one version; ``ids`` of the advisories that say it, ``words`` for people."""

    ids: frozenset[str]
    words: str


class Advisories(Protocol):
    """What is known to be harmful."""

    def learn(self, names: Collection[str]) -> bool:
        """Look these packages (normalized names) up; whether some of them hadn't been."""

    def refused(self, name: str, version: Version) -> tuple[KnownFault, ...]:
        """What keeps a version from being taken, as far as its name was looked up."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """The default takes everything but what is quarantined.

    ``before``: files must have been uploaded before it, and ``undated`` ones are taken or not; ``cooldown`` (days) and ``limit`` are what that
    moment was made of, for people. ``yanked``: whether a pin takes yanked files. ``treatments``: accept, warn or refuse, by the status of a project.
    """

    before: datetime.datetime | None = None
    cooldown: int = 0
    limit: datetime.datetime | None = None
    undated: bool = False
    yanked: bool = True
    treatments: Mapping[str, str] = dataclasses.field(
        default_factory=lambda: {"archived": "warn", "deprecated": "warn"}
    )
    exempted: tuple[Exempted, ...] = ()
    advisories: Advisories | None = None

    @property
    def judges_files(self) -> bool:
        return self.before is not None or self.advisories is not None

    def exemption(self, name: str, version: Version | None, rule: str | Collection[str]) -> Exempted | None:
        """Who says that a rule, or one of several, doesn't hold for a package (normalized name); no ``version``: as a whole."""
        rules = {rule} if isinstance(rule, str) else set(rule)
        return next(
            (
                each
                for each in self.exempted
                if each.package == name
                and not rules.isdisjoint(each.allow)
                and (version is None or each.versions.contains(version, prereleases=True))
            ),
            None,
        )

    def refusal(self, name: str, version: Version, file: ProjectFile) -> str:
        """Why a file that would fit isn't taken, being yanked apart; empty: it is."""
        reason = self.too_new(file.upload_time)
        if reason and self.exemption(name, version, UPLOAD_TIME) is None:
            return reason
        return self.known_reason(name, version)

    def known_reason(self, name: str, version: Version) -> str:
        """What is known of a version that keeps it from being taken."""
        known = self.advisories.refused(name, version) if self.advisories is not None else ()
        bad = [each.words for each in known if self.exemption(name, version, each.ids) is None]
        return "; ".join(bad)

    def too_new(self, uploaded: datetime.datetime | None) -> str:
        """Why an upload time isn't accepted; empty: it is."""
        if self.before is None:
            return ""
        if uploaded is None:
            return "" if self.undated else UNDATED
        if uploaded < self.before:
            return ""
        said = f"it was uploaded on {moment_text(uploaded)}"
        if self.limit is not None and uploaded >= self.limit:
            return f"{said}, not before {moment_text(self.limit)}"
        later = _days_after(uploaded, self.cooldown)
        if later is None:
            return f"{said}, not before {moment_text(self.before)}"
        days = "a day" if self.cooldown == 1 else f"{self.cooldown} days"
        return f"{said}, and {days} must have passed: it is accepted from {moment_text(later)}"

    def takes_yanked(self, name: str, version: Version) -> bool:
        """Whether a pin does."""
        return self.yanked or self.exemption(name, version, YANKED) is not None

    def project_refusal(self, name: str, page: Page) -> str:
        """Why nothing of a project is taken; empty: its files are looked at."""
        because = f": {page.status_reason}" if page.status_reason else ""
        if page.status == QUARANTINED:
            return f"the project is in quarantine on its index{because}"
        if self.treatments.get(page.status) == "refuse" and self.exemption(name, None, page.status) is None:
            return f"the project is {page.status}{because}"
        return ""


def _days_after(moment: datetime.datetime, days: int) -> datetime.datetime | None:
    """To the next whole minute; None: no days, or no time that there is."""
    try:
        return (
            moment + datetime.timedelta(days=days, minutes=1 if moment.second or moment.microsecond else 0)
            if days
            else None
        )
    except OverflowError:
        return None
