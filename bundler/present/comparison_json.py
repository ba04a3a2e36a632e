"""What ``bundle diff --json`` prints: its shapes, and what fills them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.model.fields import described

if TYPE_CHECKING:
    from bundler.pack.comparison import Compared, Comparison


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ComparedShape:
    """One of two bundles or locks that were compared."""

    path: str = described("the bundle or the lock")
    kind: str = described("bundle or lock")
    name: str = described("the bundle's name; of a lock that of its file")
    version: str | None = described("the version of the whole; null for a lock")
    target: str = described("the machine that it is for, such as 3.11.9-win_amd64")
    size: int = described("bytes of all its files; of a lock of the packages' files")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class FieldChangeShape:
    """A field that differs. Values are texts: of a list or a number its JSON."""

    field: str = described("its name, of a table inside table.name")
    before: str | None = described("null: it had no value")
    after: str | None = described("null: it has no value")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class DifferenceShape:
    """Something that was added, removed or changed."""

    section: str = described("what kind of thing it is, such as packages or services")
    name: str | None = described("its name there; null where there is one of its kind")
    change: str = described("added, removed or changed")
    fields: tuple[FieldChangeShape, ...] = described("those that differ; of what was added or removed all")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class DiffOutput:
    """`bundle diff BEFORE AFTER --json`"""

    before: ComparedShape = described("the first")
    after: ComparedShape = described("the second")
    differences: tuple[DifferenceShape, ...] = described("in the order of sections and names; none: nothing differs")


def diff_output(found: Comparison) -> DiffOutput:
    return DiffOutput(
        before=_compared(found.before),
        after=_compared(found.after),
        differences=tuple(
            DifferenceShape(
                section=each.section,
                name=each.name or None,
                change=each.change,
                fields=tuple(
                    FieldChangeShape(field=field.field, before=field.before, after=field.after) for field in each.fields
                ),
            )
            for each in found.differences
        ),
    )


def _compared(side: Compared) -> ComparedShape:
    return ComparedShape(
        path=str(side.path),
        kind=side.kind,
        name=side.name,
        version=side.version or None,
        target=side.target,
        size=side.size,
    )
