"""The differences of two bundles as plain lines that fit into a mail."""

from __future__ import annotations

import itertools
import textwrap
from collections import Counter
from typing import TYPE_CHECKING

from bundler.present.console import show, visible
from bundler.report import size_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.pack.comparison import Change, Compared, Comparison, Difference, FieldChange

_WIDTH = 76
_DIGITS = 12
_LONGEST = 200
_SIGNS: dict[Change, str] = {"added": "+", "removed": "-", "changed": "*"}


def comparison(found: Comparison) -> None:
    """Print who is compared, then each section with its differences."""
    for line in comparison_lines(found):
        show(line)


def comparison_lines(found: Comparison) -> Iterator[str]:
    """Lines of 76 characters at most, unless one word is longer; the differences of a section below its name."""
    yield from _wrapped(f"from {side_words(found.before)}", "", "     ")
    yield from _wrapped(f"to   {side_words(found.after)}", "", "     ")
    if not found.differences:
        yield ""
        yield "nothing differs"
    for section, group in itertools.groupby(found.differences, lambda each: each.section):
        listed = list(group)
        yield ""
        yield f"{section}: {_counts(listed)}" if any(each.name for each in listed) else section
        for each in listed:
            yield from _wrapped(difference_words(each), f"  {_SIGNS[each.change]} ", "      ")


def side_words(side: Compared) -> str:
    """Which bundle or lock it is."""
    version = f" {side.version}" if side.version else ""
    return f"{side.name}{version} for {side.target}, {size_text(side.size)}"


def _counts(listed: list[Difference]) -> str:
    counts = Counter(each.change for each in listed)
    return ", ".join(f"{counts[change]} {change}" for change in _SIGNS if counts[change])


def difference_words(each: Difference) -> str:
    """What differs, in one line; others' words are in it as they are."""
    if each.section == "other files":
        return f"{each.name}: {', '.join(f'{field.after} {field.field}' for field in each.fields)}"
    if each.change != "changed":
        versions = [(field.after or field.before) for field in each.fields if field.field == "version"]
        return " ".join([each.name, *map(str, versions)]) if each.name else "; ".join(map(_field, each.fields))
    fields = "; ".join(map(_field, each.fields))
    return f"{each.name}: {fields}" if each.name else fields


def _field(field: FieldChange) -> str:
    return f"{field.field.replace('_', '-')} {_value(field, field.before)} -> {_value(field, field.after)}"


def _value(field: FieldChange, value: str | None) -> str:
    if value is None:
        return "(none)"
    if field.field.rpartition(".")[2] == "sha256":
        return value[:_DIGITS]
    if field.field.rpartition(".")[2] == "size" and value.isdecimal():
        return size_text(int(value))
    return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}..."


def _wrapped(text: str, first: str, later: str) -> list[str]:
    """In lines of the width; a break inside a value is none of a line."""
    whole = visible(text.replace("\n", "\\n").replace("\t", " "))
    return textwrap.wrap(
        whole, _WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    )
