"""A rehearsal as commands run it: steps on the screen while they are done, then the reports."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.cli.report_places import demand_apart, demand_outside, taken
from bundler.errors import InputError
from bundler.plain_file import leads_elsewhere

if TYPE_CHECKING:
    from bundler.pipeline.rehearse_bundle import RehearsalWishes, Unpacked
    from bundler.rehearse.port import Engine
    from bundler.rehearse.results import Rehearsal
    from bundler.report import Reporter


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Reports:
    """Where what was found goes: ``logs`` is a folder, ``html`` and ``junit`` are files; ``screen``: whether people read along."""

    logs: Path
    html: Path | None = None
    junit: Path | None = None
    screen: bool = True
    quiet: bool = False


def logs_beside(bundle: Path) -> Path:
    """Where the logs of a bundle's rehearsals go if nobody says otherwise."""
    if bundle.name in ("", ".."):  # "." and the like, which have a name nevertheless
        bundle = Path(os.path.abspath(bundle))  # noqa: PTH100 - a link keeps its own
    return bundle.parent / f"{bundle.name}.rehearsal"


def new_logs_beside(bundle: Path) -> Path:
    """The same, to be written; raises InputError (``output-occupied``): where others may have put a link, old logs would be removed elsewhere."""
    logs = logs_beside(bundle)
    if leads_away(logs):
        raise InputError(
            "output-occupied",
            f"{logs}, the folder for the logs of this bundle's rehearsals, is a link",
            hint="remove it, or name a folder with --logs",
        )
    return logs


def leads_away(place: Path) -> bool:
    """Whether it is a link, also one to nothing."""
    try:
        return leads_elsewhere(place.lstat())
    except OSError:
        return False


def rehearse_and_report(bundle: Path, wishes: RehearsalWishes, reports: Reports, reporter: Reporter) -> Rehearsal:
    """Rehearse a bundle and write the reports, the result into the folder of logs too; whether it passed is in the result.

    Raises as ``rehearse_bundle`` does, InputError (``output-occupied``, ``output-in-bundle``), HostError (``output-unwritable``, ``disk-full``).
    """
    from bundler.pack.writing import write_report
    from bundler.pipeline.rehearse_bundle import Hearers, open_engine, rehearse_bundle
    from bundler.present.console import json_text
    from bundler.present.rehearsal_json import rehearsal_output
    from bundler.present.rehearsal_table import StepTable, show_rehearsal, show_unproven
    from bundler.rehearse.results import RESULT

    _demand_places(bundle, wishes, reports)
    table = StepTable(quiet=reports.quiet or not reports.screen)

    def begin(words: str, facts: tuple[str, ...]) -> None:
        if reports.screen and not reports.quiet:
            show_unproven(words, facts)

    watcher = table if reports.screen else _Silent()
    with contextlib.ExitStack() as held:

        def engine_of(unpacked: Unpacked) -> Engine:
            engine = open_engine(wishes, unpacked, reporter)
            held.enter_context(taken(reports.logs))  # the bundle is known to be one by now
            return engine

        try:
            hearers = Hearers(watcher=watcher, begin=begin, reporter=reporter)
            found = rehearse_bundle(bundle, wishes, hearers, reports.logs, engine_of)
        finally:
            table.broken_off()
        write_report(reports.logs / RESULT, json_text(rehearsal_output(found, None)))
        if reports.screen:
            show_rehearsal(found, reports.logs)
        if reports.html is not None:
            from bundler.present.rehearsal_html import as_html

            write_report(reports.html, as_html(found, reports.logs))
        if reports.junit is not None:
            from bundler.present.rehearsal_junit import as_junit

            write_report(reports.junit, as_junit(found))
    return found


def _demand_places(bundle: Path, wishes: RehearsalWishes, reports: Reports) -> None:
    """What the reports need is found out before minutes of rehearsal, and not after them."""
    from bundler.pack.writing import demand_report

    files = [each for each in (reports.html, reports.junit) if each is not None]
    demand_apart(*files)
    for read in (bundle, wishes.previous):
        for written in (reports.logs, wishes.keep, *files):
            if read is not None and written is not None:
                demand_outside(read, written)
    for each in files:
        if each.parent.is_dir() or not each.absolute().is_relative_to(reports.logs.absolute()):  # which is made later
            demand_report(each)
    if wishes.keep is not None:
        demand_report(wishes.keep, is_folder=True)


class _Silent:
    """For machines, who get the result at the end."""

    def begun(self, name: str, title: str) -> None:
        del name, title

    def ended(self, step: object) -> None:
        del step
