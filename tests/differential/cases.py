"""The requirement sets and the targets that they are resolved for, as ``sets.toml`` has them."""

from __future__ import annotations

import dataclasses
import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from bundler.model.target import Target
from bundler.resolve import ALL, IndexRoute, Request, Wanted

FOLDER = Path(__file__).parent
ROOT = "https://index.test/simple/"
"""The index that the recorded answers are said to be of."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Opinion:
    """One who was asked: ``markers`` are what it can't be told otherwise, ``first`` the oldest minor version it works for."""

    name: str
    first: tuple[int, int]
    markers: Mapping[str, Mapping[str, str]]


PIP = Opinion(name="pip", first=(2, 7), markers={})
UV = Opinion(
    name="uv",
    first=(3, 6),
    # its 32-bit Windows is a 32-bit machine; a 32-bit Python on 64-bit Windows, our win32, says AMD64
    markers={"win32": {"platform_machine": "x86"}},
)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RequirementSet:
    """What somebody could write into a recipe. ``targets``: slugs (``3.11.9-win32``)."""

    name: str
    requirements: tuple[str, ...]
    constraints: tuple[str, ...]
    prereleases: bool
    targets: tuple[str, ...]


def target_of(slug: str, opinion: Opinion = PIP) -> Target:
    """The target of ``3.11.9-win32``, as ``opinion`` sees it."""
    python, _, platform = slug.partition("-")
    return Target.of(python, platform, markers=opinion.markers.get(platform))


@functools.cache
def requirement_sets() -> Mapping[str, RequirementSet]:
    """All sets by name; one that names no targets is for all of them."""
    told = tomllib.loads((FOLDER / "sets.toml").read_text(encoding="utf-8"))
    sets = [_read(each, tuple(told["targets"])) for each in told["set"]]
    assert len({each.name for each in sets}) == len(sets), "a name stands twice in sets.toml"
    return {each.name: each for each in sets}


def _read(table: Mapping[str, Any], targets: tuple[str, ...]) -> RequirementSet:
    unknown = table.keys() - {"name", "requirements", "constraints", "prereleases", "targets"}
    assert not unknown, f"sets.toml, {table['name']}: {unknown}"
    return RequirementSet(
        name=table["name"],
        requirements=tuple(table["requirements"]),
        constraints=tuple(table.get("constraints", ())),
        prereleases=table.get("prereleases", False),
        targets=tuple(table.get("targets", targets)),
    )


def asks(opinion: Opinion, slug: str) -> bool:
    """Whether ``opinion`` can be asked about the target."""
    return target_of(slug).version_info[:2] >= opinion.first


def request_of(wanted: RequirementSet, target: Target, *, sdists: Literal["fallback", "never"]) -> Request:
    """What our resolver is asked."""
    return Request(
        target=target,
        wanted=tuple(Wanted(each, wanted.name) for each in wanted.requirements),
        constraints=tuple(Wanted(each, "constraints") for each in wanted.constraints),
        indexes=(IndexRoute(ROOT),),
        prereleases=frozenset({ALL}) if wanted.prereleases else frozenset(),
        sdists=sdists,
    )
