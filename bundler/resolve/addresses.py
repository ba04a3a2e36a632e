"""Who may name the address that a package comes from (``NAME @ URL``): the user and local projects, and no stranger.

What an index has could else lead to a file or a folder of this host, or to another server under a name that only one index may give.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.errors import ResolutionError
from bundler.foreign import split_address
from bundler.resolve.index_addresses import shown_url
from bundler.resolve.request import claimed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bundler.resolve.candidate import Candidate, Need
    from bundler.resolve.context import ResolutionContext
    from bundler.resolve.dependencies import Dependency

_REMOTE = ("http", "https", "git+http", "git+https", "git+ssh")
_SHOWN = 200
"""Characters of a stranger's address that a message shows."""


def refused(need: Need, candidate: Candidate, context: ResolutionContext) -> str:
    """Why ``candidate`` may not have what it needs from the address that it names; empty: it may."""
    if need.url is None or candidate.kind == "directory":
        return ""
    if any(limit.url == need.url for limit in context.limits(need.name)):
        return ""
    if candidate.file is not None:
        return _words(need.name, need.url, "what an index has may name no address")
    # the user named this very archive: what it needs may lie elsewhere, but not here, and not where another index has the say
    if _scheme(need.url) not in _REMOTE:
        return _words(need.name, need.url, "an archive may name no place on this host")
    if claimed(need.name, context.request.indexes):
        return _words(need.name, need.url, "the recipe says which index gives it")
    return ""


def check_theirs(
    theirs: Iterable[tuple[Dependency, str]], own: Iterable[Dependency], limits: Iterable[Dependency]
) -> None:
    """Raise ResolutionError (``requirement-unusable``) where a package's own build requirements name addresses that ``own`` and ``limits``,
    which the user wrote, don't.
    """
    known = {(each.name, each.url) for each in (*own, *limits)}
    for each, origin in theirs:
        if each.url is not None and (each.name, each.url) not in known:
            raise ResolutionError(
                "requirement-unusable",
                f"{origin} needs {each.name} from {_shown(each.url)}, and an sdist may name no address for what builds it",
                context=(origin,),
                hint=f"if it is right, write {each.name} @ ADDRESS into build-requires of [packages.source.NAME] in the recipe",
            )


def _words(name: str, url: str, reason: str) -> str:
    return f"it needs {name} from {_shown(url)}, and {reason}; if it is right, write {name} @ ADDRESS into the requirements"


def _shown(url: str) -> str:
    return shown_url(url)[:_SHOWN]


def _scheme(url: str) -> str:
    try:
        return split_address(url.partition("#")[0]).scheme
    except ValueError:
        return ""
