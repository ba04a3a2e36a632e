"""Every file of a project with the verdict on it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name
from packaging.version import Version

from bundler.errors import ResolutionError
from bundler.resolve.request import Accepted, Rejected, routes_of
from bundler.resolve.routes import load_page

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bundler.model.ports import Transport
    from bundler.resolve.file_checks import FileJudge
    from bundler.resolve.request import IndexRoute
    from bundler.resolve.simple_api import Page, ProjectFile


def judge_files(name: str, page: Page, judge: FileJudge) -> tuple[Accepted | Rejected, ...]:
    """Every file on the page, in its order, with the reason for each that can't be used; a yanked one is rejected too."""
    refused = judge.gate.project_refusal(name, page)
    found = [verdict_of(name, page.file(number), judge, refused=refused) for number in range(len(page.filenames))]
    return tuple(_with_last_resorts(found))


def verdict_of(name: str, file: ProjectFile, judge: FileJudge, *, refused: str = "") -> Accepted | Rejected:
    """The verdict on one file; a yanked one is rejected too. ``refused``: why nothing of its project is taken."""
    verdict = judge.judge(name, file)
    if isinstance(verdict, Accepted) and refused:
        return Rejected(filename=file.filename, version=verdict.version, reason=refused, held=True)
    if isinstance(verdict, Accepted) and file.yanked is not None:
        held = not judge.gate.takes_yanked(name, Version(verdict.version))
        reason = _yanked(file.yanked) + ("; yanked files aren't accepted, not even pinned ones" if held else "")
        return Rejected(filename=file.filename, version=verdict.version, reason=reason, held=held)
    return verdict


def _with_last_resorts(found: Sequence[Accepted | Rejected]) -> Iterator[Accepted | Rejected]:
    wheels = [each for each in found if each.filename.endswith(".whl")]
    compiled = {each.version for each in wheels if not each.filename.endswith("-any.whl")}
    fitting = {each.version for each in wheels if isinstance(each, Accepted)}
    compiled = compiled - fitting if fitting else set()
    for each in found:
        if isinstance(each, Accepted) and each.rank is None and each.version in compiled:
            yield dataclasses.replace(each, last_resort=True)
        else:
            yield each


def explain_files(
    name: str, judge: FileJudge, indexes: Sequence[IndexRoute], transport: Transport
) -> tuple[Accepted | Rejected, ...]:
    """All files that the index has of ``name``, with the reason for each that ``judge`` finds for one that can't be used.

    Raises ResolutionError (``package-unknown``) and NetworkError.
    """
    normalized = canonicalize_name(name)
    found = load_page(normalized, indexes, transport)
    if found is None:
        raise unknown(normalized, indexes)
    return judge_files(normalized, found[0], judge)


def unknown(name: str, indexes: Sequence[IndexRoute], context: tuple[str, ...] = ()) -> ResolutionError:
    """The error for a project that no index has."""
    routes = routes_of(name, indexes)
    where = "no index" if len(routes) != 1 else "the index"
    words = f"{where} has a project named {name}" if len(routes) != 1 else f"the index has no project named {name}"
    return ResolutionError(
        "package-unknown",
        words,
        context=context,
        hint="is the name right, and is it on the index that the recipe names?",
    )


def _yanked(reason: str) -> str:
    return f"it was yanked: {reason}" if reason else "it was yanked"
