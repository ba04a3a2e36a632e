"""Carrying out a run's steps: each is announced in the journal, and a failure before the point of no return takes everything back."""

from __future__ import absolute_import, unicode_literals

import os
import shutil

from ..compat import counted, error_text
from ..errors import DONE, of_problems
from ..machine.parent_folders import missing_folders
from ..state.journal import Intention, Journal
from ..state.kept_data import remember
from ..state.leftovers import add_leftovers, read_leftovers
from ..state.receipt import Receipt
from ..state.trusted_folders import temporary_folder
from ..steps.context import Context, Tools
from ..steps.undo import described, take_back, take_back_folders
from ..steps.undo_files import FolderMade
from ..steps.undo_kinds import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..errors import Problem
    from ..layout import Layout
    from ..state.leftovers import Left
    from ..steps.base import Step
    from ..steps.undo_action import Action
    from .run import Run


def planning_context(run, layout, values):
    # type: (Run, Layout, dict[str, str]) -> Context
    """For /plan: whoever tries to change something with it fails."""
    journal = Journal(run.host, layout.journal)
    tools = Tools(run.host, run.log, journal, run.console)
    context = Context(run.bundle, layout, run.state(layout), values, tools, None)
    context.templates = run.templates or context.templates
    return context


def show_plan(run, values, steps, problems):
    # type: (Run, dict[str, str], list[Step], list[Problem]) -> int
    context = planning_context(run, run.layout, values)
    run.console.line("Would do this:")
    for step in steps:
        for line in step.describe(context):
            run.console.line("  - " + run.log.mask(line))
            run.report.plan(step.id, line)
            run.log.write("would " + line)
    if problems:
        raise of_problems(problems)
    run.console.line("Nothing was changed.")
    return DONE


def intention_of(run, mode, layout, release, before):
    # type: (Run, str, Layout, str | None, str | None) -> Intention
    account, _ = run.host.rights.account()
    name = run.bundle.manifest.bundle.name
    started = "%04d-%02d-%02dT%02d:%02d:%02d" % tuple(run.host.clock.now()[:6])
    return Intention(mode, name, layout.instance, release, before, run.options.purge, started, account)


def carry_out(run, layout, values, intention, steps, first=1):
    # type: (Run, Layout, dict[str, str], Intention, list[Step], int) -> Context
    """``first`` is the number of the first step on the screen. What a step raises comes out, once everything is taken back."""
    host, console = run.host, run.console
    work = host.files.make_work(temporary_folder(host))
    run.journal = journal = Journal(host, layout.journal)
    context = Context(run.bundle, layout, run.stands(layout), values, Tools(host, run.log, journal, console), work)
    context.templates = run.templates or context.templates
    made = missing_folders(layout.environment)
    earlier = read_leftovers(layout)
    try:
        try:
            for path in made:
                host.files.make_guarded(path)
            journal.start(intention)
            journal.undo(*[FolderMade(path) for path in made])
            context.made += made
            _run_steps(run, context, steps, first)
        except BaseException:
            if not journal.committed:
                console.doing("Taking back what was done")
                _back_or_later(run, [decode(each) for each in journal.undos] or [FolderMade(path) for path in made])
            raise
        journal.close()
    finally:
        if not context.goes_on:
            shutil.rmtree(work, ignore_errors=True)
    for line in context.said:
        console.line(run.log.mask(line))
        run.log.write(line)
    if intention.mode != "uninstall":  # that tells of all of them
        report_leftovers(run, [each for each in read_leftovers(layout) if each not in earlier])
    return context


def _back_or_later(run, undos):
    # type: (Run, list[Action]) -> None
    """The first error is the one to tell; the next run finds the journal and tries again."""
    try:
        run.left_behind = back(run, undos)
    except EnvironmentError as error:
        run.console.error(run.log.mask("What was done couldn't be taken back: %s" % error_text(error)))


def back(run, undos):
    # type: (Run, list[Action]) -> bool
    """Take everything back; the journal goes when that is done, and then the folder that it lay in. Whether something couldn't be:
    that is reported, and stays in the list of what the next run tries again.
    """
    host, layout = run.host, run.layout
    left = take_back(undos, host, run.log)
    add_leftovers(host, layout, run.bundle.manifest.bundle.name, left)
    _remember_data(run, undos)
    host.files.unlink(layout.journal)
    take_back_folders(undos, host, run.log)
    _report_folders(run, undos)
    report_leftovers(run, left)
    return bool(left)


def _remember_data(run, undos):
    # type: (Run, list[Action]) -> None
    """The data folder that a first installation made and that keeps logs, say: the next one finds it there, and it is a bundle's all the same."""
    host, layout = run.host, run.layout
    made = [each.subject for each in undos if isinstance(each, FolderMade) and os.path.isdir(each.subject)]
    if layout.data not in made or os.path.isfile(layout.receipt):
        return
    left = Receipt(run.bundle.manifest.bundle.name)
    left.folders = made
    try:
        remember(host, layout, left)
    except EnvironmentError as error:
        run.log.write("That %s stays can't be remembered: %s" % (layout.data, error_text(error)))


def _report_folders(run, undos):
    # type: (Run, list[Action]) -> None
    """Those that were made and stay, because there is something in them: logs of services, say."""
    made = [each.subject for each in undos if isinstance(each, FolderMade) and os.path.isdir(each.subject)]
    for path in sorted(set(made)):
        files = [each for each in run.host.files.walk(path) if each != run.log.path]  # whose run may go on
        if files and os.path.dirname(path) not in made:
            run.console.error("%s stays, with what is in it: %s" % (path, counted(len(files), "file")))


def report_leftovers(run, left):
    # type: (Run, list[Left]) -> None
    lines = described(left)
    if lines:
        text = "\nThis couldn't be done, and every run of bootstrap.bat tries it again first:"
        run.console.error("\n".join([text] + ["- " + each for each in lines]))


def _run_steps(run, context, steps, first):
    # type: (Run, Context, list[Step], int) -> None
    last, console, clock = first + len(steps) - 1, run.console, context.host.clock
    for number, step in enumerate(steps, first):
        label = "[%d/%d] " % (number, last)
        console.doing(context.log.mask(label + step.doing(context)))
        context.log.write("step %s: %s" % (step.id, step.doing(context)))
        started = clock.monotonic()
        try:
            context.journal.begin(step.id)
            done = step.run(context)
            context.journal.done(step.id)
        except BaseException:
            run.report.step(step.id, step.doing(context), clock.monotonic() - started, is_done=False)
            raise
        took = clock.monotonic() - started
        run.report.step(step.id, done, took)
        console.done(context.log.mask(label + done), took)
        context.log.write("step %s: %s" % (step.id, done))
