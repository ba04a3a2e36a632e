"""What is to be said of what was chosen: what was let through, and what is held back for the time being."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.model.acceptance_rules import UPLOAD_TIME, YANKED
from bundler.report import some_text
from bundler.resolve.request import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bundler.resolve.candidate import Candidate
    from bundler.resolve.context import ResolutionContext
    from bundler.resolve.project_versions import Project
    from bundler.resolve.releases import Release

_SHOWN, _HELD_SHOWN = 10, 5


def tell_acceptance(context: ResolutionContext, chosen: Sequence[Candidate]) -> None:
    """Warn of projects that are withdrawn and of files without an upload time; note exceptions that were needed, and newer versions that are held back."""
    gate, reporter = context.request.gate, context.reporter
    undated, held = list[str](), list[str]()
    for each in chosen:
        if each.file is None:
            continue
        project = context.library.project(each.name)
        _tell_status(context, project)
        for words in _allowed(context, each):
            reporter.note(words)
        if gate.before is not None and gate.undated and each.file.upload_time is None:
            undated.append(each.name)
        held += _held_back(context, project, each)
    if undated:
        reporter.warn(
            "upload-time-unknown",
            f"{some_text(undated, _SHOWN)}: the index doesn't say when the file was uploaded; it is taken as the recipe wants it",
        )
    for words in held[:_HELD_SHOWN]:
        reporter.note(words)
    if len(held) > _HELD_SHOWN:
        reporter.note(
            f"{len(held) - _HELD_SHOWN} more are older than their newest versions, which aren't accepted either"
        )


def _tell_status(context: ResolutionContext, project: Project) -> None:
    page, gate = project.page, context.request.gate
    if page is None or page.status not in gate.treatments:
        return
    because = f": {page.status_reason}" if page.status_reason else ""
    exempted = gate.exemption(project.name, None, page.status)
    if exempted is not None:
        context.reporter.note(f"{project.name} is {page.status}{because}; {exempted.words}")
    elif gate.treatments[page.status] == "warn":
        context.reporter.warn("project-withdrawn", f"{project.name} is {page.status} by its makers{because}")


def _allowed(context: ResolutionContext, chosen: Candidate) -> Iterator[str]:
    """What exceptions let through."""
    gate, file = context.request.gate, chosen.file
    if file is None:
        return
    who = f"{chosen.name} {chosen.version}"
    reason = gate.too_new(file.upload_time)
    exempted = gate.exemption(chosen.name, chosen.version, UPLOAD_TIME) if reason else None
    if exempted is not None:
        yield f"{who}: {reason}; {exempted.words}"
    exempted = (
        gate.exemption(chosen.name, chosen.version, YANKED) if file.yanked is not None and not gate.yanked else None
    )
    if exempted is not None:
        yield f"{who}: it was yanked; {exempted.words}"


def _held_back(context: ResolutionContext, project: Project, chosen: Candidate) -> Iterator[str]:
    """The newest version that only the gate keeps from being taken, if it is newer than what was chosen."""
    if not context.request.gate.judges_files or project.page is None:
        return
    for release in project.releases:
        if release.version <= chosen.version:
            return
        if release.version.is_prerelease and not chosen.version.is_prerelease:
            continue
        if reason := _reason(context, project, release):
            yield f"{chosen.name} {chosen.version} is taken although {release.version} is newer: {reason}"
            return


def _reason(context: ResolutionContext, project: Project, release: Release) -> str:
    if project.page is None:
        return ""
    files = (project.page.file(number) for number in (release.wheels or release.sdists))
    verdicts = [context.judge.judge(project.name, each) for each in files if each.yanked is None]
    held = [each for each in verdicts if isinstance(each, Rejected) and each.held]
    return held[0].reason if held and len(held) == len(verdicts) else ""
