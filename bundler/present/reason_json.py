"""What ``bundle why --json`` prints: its shapes, and what fills them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.model.fields import described

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bundler.pack.reasons import Reason


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class LinkShape:
    """One package of a chain."""

    name: str = described("its name, normalized")
    version: str = described("its version")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RejectionShape:
    """What else the package's index had when its file was chosen."""

    reason: str = described("why it wasn't taken")
    newest: str = described("the version, or the newest of several")
    oldest: str = described("the oldest of several; else the same")
    versions: int = described("how many versions")
    files: tuple[str, ...] = described("of the chosen version: names of its other files, not all where they are many")
    more: int = described("how many further files of the chosen version")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ReasonShape:
    """What a package is there for."""

    role: str = described(
        "package, environment-tool (makes the environment on the target) or build-requirement (not in the bundle)"
    )
    name: str = described("its name, normalized")
    version: str = described("its version")
    requested: bool = described("whether the recipe itself asks for it")
    chains: tuple[tuple[LinkShape, ...], ...] = described(
        "for each package that needs it directly, the shortest way there from one that the recipe asks for, both included"
    )
    builds: tuple[str, ...] = described("of a build requirement: the packages that were built with it")
    file: str | None = described("its wheel in the bundle; null: it isn't in there")
    origin: str = described("where it came from")
    made_from: str | None = described(
        "sdist, project, legacy, or wheel, whose programs were signed; null: it is the wheel that it came as"
    )
    rejected: tuple[RejectionShape, ...] = described(
        "newer versions and other files that its index had, as far as the lock says it"
    )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class WhyOutput:
    """`bundle why PACKAGE BUNDLE --json`"""

    path: str = described("the bundle")
    reasons: tuple[ReasonShape, ...] = described("one for each role of the package")


def why_output(path: Path, found: Sequence[Reason]) -> WhyOutput:
    return WhyOutput(
        path=str(path),
        reasons=tuple(
            ReasonShape(
                role=each.role,
                name=each.name,
                version=each.version,
                requested=each.requested,
                chains=tuple(
                    tuple(LinkShape(name=one.name, version=one.version) for one in chain) for chain in each.chains
                ),
                builds=each.builds,
                file=each.file,
                origin=each.origin,
                made_from=each.made_from,
                rejected=tuple(RejectionShape(**dataclasses.asdict(one)) for one in each.rejected),
            )
            for each in found
        ),
    )
