"""The pages of projects, from the index that gives each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from bundler.errors import InputError, NetworkError
from bundler.resolve.index_addresses import shown_url
from bundler.resolve.page_bounds import MOST_BYTES
from bundler.resolve.request import routes_of
from bundler.resolve.simple_api import ACCEPT, Page, read_page

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from bundler.model.ports import Transport
    from bundler.resolve.page_bounds import PagesTaken
    from bundler.resolve.request import IndexRoute

_THREADS = 8


def load_page(
    name: str, indexes: Sequence[IndexRoute], transport: Transport, taken: PagesTaken | None = None
) -> tuple[Page, str] | None:
    """The page of ``name`` and its index's root (no credentials), from the first index that has it; None: no one has.

    Indexes are never mixed: a stranger's newer version on another index can't take a project's place. ``taken``: the pages that it
    stays with. Raises NetworkError, InputError.
    """
    for route in routes_of(name, indexes):
        response = transport.get(_page_url(route.url, name), accept=ACCEPT, cache=True, most=MOST_BYTES)
        if response.status == 200:  # noqa: PLR2004
            return read_page(response, name, taken), shown_url(route.url)
    return None


def on_several(
    names: Iterable[str], indexes: Sequence[IndexRoute], transport: Transport
) -> Mapping[str, tuple[str, ...]]:
    """Those of ``names`` (normalized) that more than one index may give and has, each with these indexes' roots (no credentials).

    An index that doesn't answer counts for one that hasn't the project.
    """
    asked = [(name, route) for name in names if len(routes := routes_of(name, indexes)) > 1 for route in routes]
    if not asked:
        return {}
    with ThreadPoolExecutor(_THREADS) as pool:
        there = pool.map(lambda each: _has(each[0], each[1], transport), asked)
        found: dict[str, tuple[str, ...]] = {}
        for (name, route), has in zip(asked, there, strict=True):
            if has:
                found[name] = (*found.get(name, ()), shown_url(route.url))
    return {name: roots for name, roots in found.items() if len(roots) > 1}


def _has(name: str, route: IndexRoute, transport: Transport) -> bool:
    try:
        return transport.get(_page_url(route.url, name), accept=ACCEPT, cache=True, most=MOST_BYTES).status == 200  # noqa: PLR2004
    except NetworkError:
        return False


def _page_url(root: str, name: str) -> str:
    try:
        parts = urlsplit(root)
    except ValueError as error:
        raise InputError("index-malformed", f"{shown_url(root)} is not a valid index address: {error}") from None
    return urlunsplit((parts.scheme, parts.netloc, f"{parts.path.rstrip('/')}/{name}/", parts.query, ""))
