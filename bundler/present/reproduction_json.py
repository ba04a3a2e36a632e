"""What ``bundle reproduce --json`` prints: its shapes, and what fills them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.model.fields import described

if TYPE_CHECKING:
    from bundler.pipeline.reproduction import Reproduction


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class UnlikeMemberShape:
    """A member of a bundle that wasn't made again as it is."""

    path: str = described("its path in the bundle")
    change: str = described("not-made (the bundle's own stood in for it), differs, missing or added")
    reason: str = described("why, in words")
    details: tuple[str, ...] = described("lines: what a tool said, or in which files of a wheel it differs")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class TakenInputShape:
    """A file that the build took, and that only the bundle itself had."""

    file: str = described("its name")
    reason: str = described("why it wasn't to be had elsewhere")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class OtherToolShape:
    """A tool whose version isn't the one that built a bundle."""

    name: str = described("the package, or this program")
    then: str = described("its version when the bundle was built")
    now: str | None = described("its version here; null: it isn't installed")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ReproduceOutput:
    """`bundle reproduce BUNDLE --json`"""

    path: str = described("the bundle")
    against: str = described("the bundle that was compared; the same without --against")
    verdict: str = described("same, incomplete (exit code 6) or different (exit code 5)")
    sha256: str = described("of the bundle that was compared; of a folder that of its SHA256SUMS")
    made: str = described("the same of what was built now")
    files: int = described("how many files were compared, the manifest and the sums included")
    members: tuple[UnlikeMemberShape, ...] = described("those that weren't made again as they are")
    taken: tuple[TakenInputShape, ...] = described("inputs that only the bundle itself had")
    built_with: str = described("the version of this program that built the bundle; empty: it isn't known")
    version: str = described("the version of this program now")
    tools: tuple[OtherToolShape, ...] = described("those of other versions than the statement beside the bundle has")
    output: str | None = described("what was built; null: it isn't kept")


def reproduce_output(found: Reproduction) -> ReproduceOutput:
    return ReproduceOutput(
        path=str(found.bundle),
        against=str(found.against),
        verdict=found.verdict,
        sha256=found.wanted,
        made=found.made,
        files=found.members,
        members=tuple(
            UnlikeMemberShape(path=each.path, change=each.how, reason=each.why, details=each.details)
            for each in found.differences
        ),
        taken=tuple(TakenInputShape(file=name, reason=why) for name, why in found.taken),
        built_with=found.built_with,
        version=found.version,
        tools=tuple(OtherToolShape(name=name, then=then, now=now or None) for name, then, now in found.tools),
        output=str(found.path) if found.path is not None else None,
    )
