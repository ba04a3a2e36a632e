"""What all forms of a bundle share: what they list, and how they say that something is wrong."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Protocol

from bundler.errors import Fault, IntegrityError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    Sink = Callable[[str, bytes], None]

LARGEST_CONTRACT = 64 * 1024 * 1024
"""Bytes that a manifest or the sums may have: a hundred times what a large bundle's have."""
_MOST_EXPANSION = 50  # what LZMA or deflate make of real programs stays far below


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """One file as the archive or folder lists it; ``size`` in bytes once unpacked."""

    path: str
    size: int


class Form(Protocol):
    """One of the forms. ``faults``: what is wrong with the form itself, found without reading any content."""

    listed: tuple[Listed, ...]
    faults: tuple[Fault, ...]

    def stream(self, limits: Mapping[str, int], sink: Sink) -> Iterator[Fault]:
        """Hand the content of the files in ``limits`` to ``sink``, stopping each once it has more bytes than its limit."""


def damaged(path: Path, faults: tuple[Fault, ...]) -> IntegrityError:
    """The one error for a bundle that isn't what it should be, with all that is wrong."""
    return IntegrityError(
        "bundle-damaged",
        f"{path} is damaged or was changed: {len(faults)} {'fault' if len(faults) == 1 else 'faults'}",
        context=tuple(str(each) for each in faults),
        hint="take it from its source again, or build it again; don't install it",
    )


def expansion_fault(path: Path, listed: tuple[Listed, ...]) -> Iterator[Fault]:
    """A file that says it unpacks to far more than programs do is made to fill a disk."""
    total, packed = sum(each.size for each in listed), path.stat().st_size
    if total > packed * _MOST_EXPANSION + LARGEST_CONTRACT:
        yield Fault("", f"says that its {packed:,} bytes unpack to {total:,}")
