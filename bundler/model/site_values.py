"""What kinds of site values there are, and what can't be right about a recipe's. The target judges values by the same rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from bundler.errors import Fault
from bundler.model.value_pattern import value_pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bundler.model.recipe import SiteTable

SiteType = Literal["text", "integer", "port", "path", "choice", "account", "url"]

_PART = r'[^\\/"\[\]:;|=,+*?<>{}\x00-\x1f]+'
_FORMS: dict[SiteType, tuple[str, str]] = {
    "text": ("(?s:.*)", "a text"),
    "integer": ("-?[0-9]{1,18}", "a whole number"),
    "port": ("[1-9][0-9]{0,4}", "a port: a whole number from 1 to 65535"),
    "path": (
        r'(?:[A-Za-z]:[\\/]|\\\\[^\\/<>:"|?*\x00-\x1f]+\\)(?!(?:.*[\\/])?\.\.(?:[\\/]|\Z))[^<>:"|?*\x00-\x1f]*',
        "an absolute path, such as C:\\Data or \\\\server\\share",
    ),
    "account": (
        rf"(?i:LocalSystem|LocalService|NetworkService)|{_PART}\\{_PART}|[^\\/\"\[\]:;|=,+*?<>{{}}@\x00-\x1f]+@[^\\/\s{{}}]+",
        "an account: DOMAIN\\NAME (.\\NAME on the machine itself), LocalService, NetworkService or LocalSystem",
    ),
    "url": (r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#]+[^\s]*", "an address with a scheme, such as https://example.com/"),
}
_HIGHEST_PORT = 65535
LONGEST = 1000
"""Characters of a value that has a type other than text, or a pattern."""


def type_fault(kind: SiteType, value: str, choices: tuple[str, ...] = ()) -> str | None:
    """What the value must be and isn't."""
    if kind == "choice":
        return None if value in choices else "must be one of " + ", ".join(choices)
    form, words = _FORMS[kind]
    if kind != "text" and len(value) > LONGEST:
        return f"must have {LONGEST} characters at most"
    if not re.fullmatch(form, value) or (kind == "port" and int(value) > _HIGHEST_PORT):
        return "must be " + words
    return None


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
