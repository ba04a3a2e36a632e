"""Packages whose one source is known before anything is resolved: local projects, addresses in requirements, what projects say of their own."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING

from bundler.errors import InputError
from bundler.foreign import local_path
from bundler.resolve.index_addresses import shown_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bundler.report import Reporter
    from bundler.resolve.candidate import Candidate, Need
    from bundler.resolve.dependencies import Dependency
    from bundler.resolve.direct import Sources
    from bundler.resolve.request import Supplied


class Supplies:
    """Answers where a package comes from that no index is asked for: the recipe's projects first, then the user's own addresses, then what
    projects say.
    """

    def __init__(
        self, wanted: Iterable[Dependency], supplied: Mapping[str, Supplied], sources: Sources, reporter: Reporter
    ) -> None:
        self._urls = {each.name: each.url for each in wanted if each.url is not None}
        self._supplied = supplied
        self._sources = sources
        self._reporter = reporter

    def only(self, name: str) -> Candidate | None:
        """The one candidate of ``name``; None: it comes from where its needs say, or from an index.

        Raises InputError (``source-unsupported``) and what reading an address raises.
        """
        project = self._sources.projects.get(name)
        if project is not None:
            return project
        if name in self._urls:
            return self._sources.direct(name, self._urls[name])
        supplied = self._supplied.get(name)
        if supplied is None:
            return None
        if supplied.refused:
            raise InputError(
                "source-unsupported",
                f"{name} can't be taken from where its project says: {supplied.refused}",
                context=(supplied.origin,),
                hint="say in the recipe where it comes from: its folder in [packages] projects, NAME @ ADDRESS in requirements, "
                "or an index with packages = [NAME] in indexes",
            )
        return self._sources.direct(name, supplied.url)

    def settled(self, need: Need, who: Candidate | None = None) -> Need:
        """``need`` without an address where the package's one source is known already: what ``who`` (None: the user) wrote as
        dependency names the same place, or doesn't count beside it. The user's own addresses have to agree.
        """
        if need.url is None:
            return need
        fixed = self.only(need.name)
        if fixed is None:
            return need
        # a stranger's path isn't even looked at: on Windows that of a share has this host log in there
        own = who is None or who.kind == "directory"
        same = leads_to(need.url, fixed) if own else need.url == fixed.url
        if not same and who is None:
            return need
        if not same and who is not None:
            place = fixed.directory or shown_url(str(fixed.url))
            self._reporter.note(
                f"{need.name} comes from {place}, not from {shown_url(need.url)} as {who.name} {who.version} has it"
            )
        return dataclasses.replace(need, url=None, text=f"{need.name}[{need.extra}]" if need.extra else need.name)


def leads_to(url: str, candidate: Candidate) -> bool:
    """Whether an address is the candidate's own, however it spells a path of this host."""
    if url == candidate.url:
        return True
    path = candidate.directory or (candidate.artifact.path if candidate.artifact is not None else None)
    if path is None or not url.startswith("file:"):
        return False
    try:
        return os.path.realpath(local_path(url.partition("#")[0])) == os.path.realpath(path)
    except ValueError:
        return False
