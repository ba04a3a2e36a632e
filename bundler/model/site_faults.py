"""What can't be right about ``[site]``, though each key by itself is well formed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.errors import Fault
from bundler.model.site_values import LONGEST, type_fault
from bundler.model.value_pattern import value_pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bundler.model.recipe import SiteTable


def site_faults(name: str, table: SiteTable) -> Iterator[Fault]:
    where = f"site.{name}"
    if (table.type == "choice") != bool(table.choices):
        yield Fault(f"{where}.choices", "go with type choice, and only with it")
    if "" in table.choices:
        yield Fault(f"{where}.choices", "an empty value is none: required = false allows it")
    pattern = None
    if table.pattern is not None:
        try:
            pattern = value_pattern(table.pattern)
        except ValueError as error:
            yield Fault(f"{where}.pattern", f"is not a pattern that is known here: {error}")
    default = table.default
    if default == "" and table.required:
        yield Fault(f"{where}.default", "must not be empty: required = false says that the value may be")
    if not default:
        return
    fault = type_fault(table.type, default, table.choices)
    if fault is None and pattern is not None and not (len(default) <= LONGEST and pattern.fits(default)):
        fault = "must fit the pattern"
    if fault is not None:
        yield Fault(f"{where}.default", fault)


def same_names(names: Iterable[str]) -> Iterator[Fault]:
    """Names that differ only in case: the operator's may be written in any."""
    seen = dict[str, str]()
    for name in names:
        if (same := seen.setdefault(name.casefold(), name)) != name:
            yield Fault(f"site.{name}", f"is the same name as site.{same}: case doesn't count")
