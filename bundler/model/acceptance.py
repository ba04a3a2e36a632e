"""``[acceptance]``: what a team takes of package indexes, and what a command line asks besides."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from pydantic import ConfigDict, Field, StrictInt

from bundler.errors import Fault
from bundler.foreign import LONGEST
from bundler.model.acceptance_rules import LICENSE, RULES, STATUSES
from bundler.model.codec import KEBAB
from bundler.model.fields import described as _field
from bundler.model.licences import is_single, read_licence
from bundler.model.moments import moment_of
from bundler.model.recipe_texts import MomentText, PackageName

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator

LONGEST_COOLDOWN = 3650
"""Days."""
_ADVISORY = re.compile(r"[A-Z][A-Z0-9]{1,20}-[A-Za-z0-9-]{1,80}")
_LONGEST_REASON = 300

Treatment = Literal["accept", "warn", "refuse"]
Grave = Literal["low", "medium", "high", "critical"]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ExceptionTable:
    """``[[acceptance.exceptions]]``: one package for which rules don't hold."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    package: PackageName = _field("its name")
    versions: str | None = _field("the versions, such as ==2.32.5; all if left out", None)
    allow: tuple[str, ...] = _field(f"the rules that don't hold: {', '.join(RULES)}, or ids of advisories")
    reason: str = _field("why, in a line; shown whenever it is needed")

    @property
    def specifier(self) -> SpecifierSet:
        return SpecifierSet(self.versions or "")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class AcceptanceTable:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    cooldown: Annotated[StrictInt, Field(ge=1, le=LONGEST_COOLDOWN)] | None = _field(
        "days that a file must have been on its index before it is taken", None
    )
    uploaded_before: MomentText | None = _field(
        'files must have been uploaded before this day (from its beginning, UTC) or moment: "2027-06-30", "2027-06-30T12:00:00Z"',
        None,
    )
    undated: Literal["warn", "refuse"] = _field(
        "what becomes of files whose index doesn't say when they were uploaded, where that is asked", "refuse"
    )
    yanked: Literal["warn", "refuse"] = _field("what becomes of a yanked file that a requirement pins", "warn")
    archived: Treatment = _field("what becomes of projects that are archived", "warn")
    deprecated: Treatment = _field("what becomes of projects that are deprecated", "warn")
    shared: Literal["warn", "refuse"] = _field(
        "what becomes of names that more than one index may give and has", "warn"
    )
    licenses: tuple[str, ...] = _field(
        "licences that packages may have, as SPDX names them, each alone or with its exception (WITH); any if left out",
        (),
    )
    other_licenses: Literal["warn", "refuse"] = _field("what becomes of packages under other licences", "refuse")
    unstated_licenses: Literal["warn", "refuse"] = _field(
        "what becomes of packages that state no licence, or none of SPDX's list, where licenses are asked for", "refuse"
    )
    advisories: tuple[str, ...] = _field(
        "folders or zips of advisories in the OSV format, relative to the recipe; malware is refused, other findings are warnings",
        (),
    )
    severity: Grave | None = _field("findings that are at least so grave, or that nobody rated, are refused too", None)
    exceptions: tuple[ExceptionTable, ...] = _field("packages for which rules don't hold", ())

    @property
    def treatments(self) -> dict[str, Treatment]:
        """By the status of PEP 792."""
        return {"archived": self.archived, "deprecated": self.deprecated}

    def said(self) -> dict[str, object]:
        """What only an index can be asked about, where it isn't the default: a change of it makes a lock stale. The rest is
        compared with what stands in the lock.
        """
        keys = ("yanked", "archived", "deprecated", "shared")
        defaults = AcceptanceTable()
        said: dict[str, object] = {
            key: value for key in keys if (value := getattr(self, key)) != getattr(defaults, key)
        }
        # licences are known when the wheels are there
        asked = [(each, sorted({*each.allow} - {LICENSE})) for each in self.exceptions]
        if exceptions := sorted(
            [canonicalize_name(each.package), each.versions or "", *allow] for each, allow in asked if allow
        ):
            said["exceptions"] = exceptions
        return said


def limit_of(table: AcceptanceTable) -> datetime.datetime | None:
    """The recipe's ``uploaded-before`` as a time."""
    return moment_of(table.uploaded_before) if table.uploaded_before else None


def _is_specifier(text: str) -> bool:
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        return False
    return len(text) <= LONGEST


def _licence_faults(table: AcceptanceTable) -> Iterator[Fault]:
    for i, text in enumerate(table.licenses):
        found = read_licence(text)
        if not found:
            yield Fault(
                f"acceptance.licenses[{i}]",
                f"{text[:_LONGEST_REASON]!r} is not a licence of SPDX's list, such as Apache-2.0",
            )
        elif not is_single(found):
            yield Fault(f"acceptance.licenses[{i}]", "must be one licence: give each by itself")


def acceptance_faults(table: AcceptanceTable) -> Iterator[Fault]:
    yield from _licence_faults(table)
    for i, each in enumerate(table.exceptions):
        where = f"acceptance.exceptions[{i}]"
        if not _is_specifier(each.versions or ""):
            yield Fault(f"{where}.versions", "is not a valid version specifier, such as ==2.32.5")
        if not each.allow:
            yield Fault(f"{where}.allow", f"must name a rule: {', '.join(RULES)}, or the id of an advisory")
        for k, rule in enumerate(each.allow):
            if rule not in RULES and not _ADVISORY.fullmatch(rule):
                yield Fault(
                    f"{where}.allow[{k}]",
                    f"{rule!r} is not a rule: write {', '.join(RULES)}, or the id of an advisory such as CVE-2024-1234",
                )
        if each.versions and not set(STATUSES).isdisjoint(each.allow):
            yield Fault(f"{where}.versions", "a project is archived or deprecated as a whole, whatever the version")
        if not (each.reason.strip() and each.reason.isprintable() and len(each.reason) <= _LONGEST_REASON):
            yield Fault(f"{where}.reason", f"must be a line of 1 to {_LONGEST_REASON} letters that can be seen")
