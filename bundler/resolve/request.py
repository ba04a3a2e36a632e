"""What a resolution is asked for and what it answers."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bundler.model.artifact import Artifact
from bundler.model.target import Target
from bundler.resolve.file_gate import Gate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bundler.model.lock import LockedPackage  # noqa: TC004 - brings pydantic, wanted at the very end only

Sdists = Literal["fallback", "prefer", "never"]
"""Whether sdists are taken: where a version has no wheel, wherever a version has one, or nowhere."""

ALL = "*"
"""In ``Request.prereleases``: those of every package, as pip's ``--pre`` takes them."""


@dataclasses.dataclass(frozen=True, slots=True)
class IndexRoute:
    """The root of a Simple API (PEP 503, 691), such as ``https://example.org/simple/``.

    ``packages`` are names (``*`` and ``?`` allowed) that come from this index and from no other; an index with such names
    gives nothing else. Without them it gives whatever no other index claims.
    """

    url: str
    packages: tuple[str, ...] = ()

    def claims(self, name: str) -> bool:
        """Whether a pattern fits ``name`` (normalized)."""
        return any(fnmatchcase(name, re.sub(r"[-_.]+", "-", each).lower()) for each in self.packages)


def claimed(name: str, indexes: Sequence[IndexRoute]) -> tuple[IndexRoute, ...]:
    """The indexes that claim ``name`` (normalized) by a pattern."""
    return tuple(route for route in indexes if route.claims(name))


def routes_of(name: str, indexes: Sequence[IndexRoute]) -> tuple[IndexRoute, ...]:
    """The indexes that may give ``name`` (normalized): those that claim it, else those that claim nothing."""
    return claimed(name, indexes) or tuple(route for route in indexes if not route.packages)


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """A requirement (PEP 508) and where it stands, for people: ``recipe``, ``requirements.txt:3``.

    ``theirs``: it stands in a package of others, and may name no address that the user doesn't.
    """

    requirement: str
    origin: str
    theirs: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class LocalProject:
    """A project's folder on this host and the extras that are wanted of it."""

    path: Path
    extras: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Supplied:
    """The one address (``file:`` for a folder too) that a package comes from wherever something needs it. ``origin``: who says so, for people.

    ``refused``: why nothing can be taken from where it says, which is an error once something needs the package.
    """

    url: str
    origin: str
    refused: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One resolution.

    ``constraints`` say which versions are allowed where something asks for the package, and ask for nothing themselves.
    ``prereleases``: normalized names whose prereleases are taken like final versions (``*``: all). ``preferences``: normalized name ->
    version locked before, kept while it is allowed. ``build``: normalized names whose sdist is taken and never a wheel, whatever ``sdists`` says.
    ``hashes``: normalized name -> the only sha256 that its file may have. ``supplied``: normalized name -> where it comes from if something
    needs it, and no index is asked; ``projects`` and addresses in ``wanted`` come before it. ``gate``: what isn't taken although it would fit.
    ``records``: whether packages say what else their indexes had.
    """

    target: Target
    wanted: tuple[Wanted, ...]
    indexes: tuple[IndexRoute, ...]
    constraints: tuple[Wanted, ...] = ()
    projects: tuple[LocalProject, ...] = ()
    prereleases: frozenset[str] = frozenset()
    preferences: Mapping[str, str] = dataclasses.field(default_factory=dict)
    sdists: Sdists = "fallback"
    build: frozenset[str] = frozenset()
    hashes: Mapping[str, frozenset[str]] = dataclasses.field(default_factory=dict)
    supplied: Mapping[str, Supplied] = dataclasses.field(default_factory=dict)
    gate: Gate = dataclasses.field(default_factory=Gate)
    records: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """A file that the target could use: ``rank`` is its best tag's place among the target's tags; None for an sdist.

    ``origin``: who says that the package comes from there and from no index; ``file`` is None for a local project. ``last_resort``: an
    sdist that must be compiled, as the wheels of its version show, which are all for other machines.
    """

    filename: str
    version: str
    rank: int | None
    file: Artifact | None
    origin: str = ""
    last_resort: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Rejected:
    """A file (or a whole version) that can't be used, and why, in words for people; ``details``: what its build printed, and its log;
    ``advice``: what to do about that; ``failed``: its source couldn't be unpacked or asked. ``held``: it would fit, and isn't accepted.
    """

    filename: str
    reason: str
    version: str | None = None
    details: tuple[str, ...] = ()
    advice: str = ""
    failed: bool = False
    held: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Resolution:
    """``packages`` sorted by name; ``rejected``: per normalized name what the solver tried and had to leave, and why. ``provenance``: where indexes
    say who published the files that were chosen, per normalized name.
    """

    packages: tuple[LockedPackage, ...]
    rejected: Mapping[str, tuple[Rejected, ...]]
    provenance: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RequirementsFile:
    """All that one file and those it names by ``-r`` and ``-c`` ask for.

    ``indexes`` is its ``--index-url``: whoever calls decides what it counts beside the recipe's own. ``extra_indexes``: each
    ``--extra-index-url`` with where it stands; pip takes the best version of any of them, so none is asked before the recipe names it.
    ``pins``: indexes that a lock names, each with the package that comes from it.
    ``hashes`` as in ``Request``; ``sdists`` is ``never`` with ``--only-binary :all:``, ``prereleases`` holds ``*`` with ``--pre``.
    """

    wanted: tuple[Wanted, ...] = ()
    constraints: tuple[Wanted, ...] = ()
    projects: tuple[LocalProject, ...] = ()
    indexes: tuple[IndexRoute, ...] = ()
    extra_indexes: tuple[Wanted, ...] = ()
    pins: tuple[IndexRoute, ...] = ()
    hashes: Mapping[str, frozenset[str]] = dataclasses.field(default_factory=dict)
    prereleases: frozenset[str] = frozenset()
    sdists: Literal["fallback", "never"] = "fallback"
