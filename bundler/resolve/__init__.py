"""Requirements and a target in, one file for each package out: pure but for the index client that is passed in."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from bundler.resolve.index_addresses import clean_url, shown_url
from bundler.resolve.lock_selection import LockSelection
from bundler.resolve.project_sources import ProjectSources, group_requirements, read_project_sources
from bundler.resolve.request import (
    ALL,
    Accepted,
    IndexRoute,
    LocalProject,
    Rejected,
    Request,
    RequirementsFile,
    Resolution,
    Supplied,
    Wanted,
    claimed,
)
from bundler.resolve.requirements import read_requirements
from bundler.resolve.tool_tables import repository_address

if TYPE_CHECKING:
    from bundler.resolve.advised import resolve_advised
    from bundler.resolve.file_checks import FileJudge, judge_of
    from bundler.resolve.lookup import find_file
    from bundler.resolve.resolving import ResolverPorts, known_source, resolve
    from bundler.resolve.routes import on_several
    from bundler.resolve.verdicts import explain_files

__all__ = [
    "ALL",
    "Accepted",
    "FileJudge",
    "IndexRoute",
    "LocalProject",
    "LockSelection",
    "ProjectSources",
    "Rejected",
    "Request",
    "RequirementsFile",
    "Resolution",
    "ResolverPorts",
    "Supplied",
    "Wanted",
    "claimed",
    "clean_url",
    "explain_files",
    "find_file",
    "group_requirements",
    "judge_of",
    "known_source",
    "on_several",
    "read_project_sources",
    "read_requirements",
    "repository_address",
    "resolve",
    "resolve_advised",
    "shown_url",
]

_LATE = {
    "FileJudge": "file_checks",
    "ResolverPorts": "resolving",
    "explain_files": "verdicts",
    "find_file": "lookup",
    "judge_of": "file_checks",
    "known_source": "resolving",
    "on_several": "routes",
    "resolve": "resolving",
    "resolve_advised": "advised",
}


def __getattr__(name: str) -> object:
    """What solves and judges is imported once there is something to: an unchanged build has nothing."""
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_LATE[name]}"), name)
