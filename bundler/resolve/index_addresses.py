"""Indexes by their addresses: which may give which project, and an address as it may be shown."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from bundler.model.secret_queries import without_secrets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bundler.resolve.request import IndexRoute


def claimed(name: str, indexes: Sequence[IndexRoute]) -> tuple[IndexRoute, ...]:
    """The indexes that claim ``name`` (normalized) by a pattern."""
    return tuple(route for route in indexes if any(_claims(pattern, name) for pattern in route.packages))


def routes_of(name: str, indexes: Sequence[IndexRoute]) -> tuple[IndexRoute, ...]:
    """The indexes that may give ``name`` (normalized): those that claim it, else those that claim nothing."""
    return claimed(name, indexes) or tuple(route for route in indexes if not route.packages)


def _claims(pattern: str, name: str) -> bool:
    return fnmatchcase(name, re.sub(r"[-_.]+", "-", pattern).lower())  # as a name is normalized


def shown_url(url: str) -> str:
    """``url`` for people and for what is written down: without credentials, fragment, signatures and tokens."""
    return without_secrets(clean_url(url))


def clean_url(url: str) -> str:
    """``url`` without credentials and fragment, to be fetched; also of one that can't be taken apart."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return re.sub(r"(?<=//)[^/]*@", "", url.partition("#")[0])
    rest = urlunsplit(("", parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))
    # urlunsplit forgets an empty host where it doesn't know the scheme (git+file)
    slashes = "//" if not rest.startswith("//") and url.startswith(f"{parts.scheme}://") else ""
    return f"{parts.scheme}:{slashes}{rest}" if parts.scheme else rest
