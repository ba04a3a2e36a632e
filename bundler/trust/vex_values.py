"""Values of documents with statements about vulnerabilities, each a stranger's: bounded, and of the type that it should have."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any

from bundler.model.artifact import SHA256
from bundler.trust.foreign_bill import line_of, purl_of
from bundler.trust.vex_statement import Identity

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST = 20_000
"""Statements of one file, each for one product."""
_MOST_IDS = 200
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,30})?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_FRACTION = 7


class MalformedStatementError(ValueError):
    """The document isn't what its format asks for; the words say where."""


def tables(value: Any, what: str, *, most: int = MOST) -> list[Mapping[str, Any]]:
    """Missing is none."""
    found = [] if value is None else value
    if not isinstance(found, list) or len(found) > most or not all(isinstance(each, dict) for each in found):
        raise MalformedStatementError(f"{what} is not a list of at most {most} tables")
    return found


def time_of(value: Any, what: str) -> datetime.datetime:
    """A time as RFC 3339 has it; one without a zone is UTC."""
    text = line_of(value)
    found = _TIME.fullmatch(text)
    if found is None:
        raise MalformedStatementError(f"{what} is not a time: {text!r}")
    fraction = found[1] or ""
    try:
        time = datetime.datetime.fromisoformat(text.replace(fraction, fraction[:_FRACTION], 1) if fraction else text)
        return (time if time.tzinfo else time.replace(tzinfo=datetime.UTC)).astimezone(datetime.UTC)
    except (ValueError, OverflowError):
        raise MalformedStatementError(f"{what} is not a time: {text!r}") from None


def identifiers(*values: Any) -> frozenset[str]:
    """Names of one vulnerability, in upper case. Such as may be addresses end with the name."""
    found = set()
    for each in values:
        for one in each[:_MOST_IDS] if isinstance(each, list) else [each]:
            if text := line_of(one):
                found.add(text.rstrip("/").rpartition("/")[2].upper())
    return frozenset(found - {""})


def identity(purls: list[Any], cpe: Any = None, sha256: Any = None, refs: tuple[str, ...] = ()) -> Identity:
    """What isn't a purl is none."""
    digest = line_of(sha256).lower()
    return Identity(
        purls=tuple(found for each in purls if (found := purl_of(each))),
        cpe=line_of(cpe),
        sha256=digest if SHA256.fullmatch(digest) else "",
        refs=refs,
    )
