"""Carrying out a run's steps: each is announced in the journal, and a failure before the point of no return takes everything back."""

from __future__ import absolute_import, unicode_literals

import os
import shutil
import tempfile

from .compat import error_text, to_text
from .context import Context
from .host import existing_parent
from .journal import Intention, Journal
from .receipt import State
from .undo import take_back

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .console import Console, Log
    from .host import Host
    from .layout import Layout
    from .run import Run
    from .step import Step

NOT_BACK = "This couldn't be taken back, see the log: %s"


def planning_context(run, layout, values):
    # type: (Run, Layout, dict[str, str]) -> Context
    """For /plan: whoever tries to change something with it fails."""
    journal = Journal(run.host, layout.journal)
    return Context(run.bundle, layout, State(layout), values, run.host, run.log, journal, None)


def intention_of(run, mode, layout, release, before):
    # type: (Run, str, Layout, str | None, str | None) -> Intention
    account, _ = run.host.account()
    name = run.bundle.manifest.bundle.name
    started = "%04d-%02d-%02dT%02d:%02d:%02d" % tuple(run.host.now()[:6])
    return Intention(mode, name, layout.instance, release, before, run.options.purge, started, account)


def carry_out(run, layout, values, intention, steps, first=1):
    # type: (Run, Layout, dict[str, str], Intention, list[Step], int) -> Context
    """``first`` is the number of the first step on the screen. What a step raises comes out, once everything is taken back."""
    host, log, console = run.host, run.log, run.console
    work = to_text(tempfile.mkdtemp(prefix="bundle-", dir=host.temporary()))
    journal = Journal(host, layout.journal)
    context = Context(run.bundle, layout, State(layout), values, host, log, journal, work)
    made = _missing(layout.environment)
    try:
        try:
            for path in made:
                os.mkdir(path)
            journal.start(intention)
            journal.undo(*[["folder", path] for path in made])
            context.made += made
            _run_steps(context, steps, first, console)
        except BaseException:
            if not journal.committed:
                console.doing("Taking back what was done")
                _back_or_later(context, journal.undos or [["folder", path] for path in made], console)
            raise
        journal.close()
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return context


def _back_or_later(context, undos, console):
    # type: (Context, list[list[Any]], Console) -> None
    """The first error is the one to tell; the next run finds the journal and tries again."""
    try:
        for each in back(context.host, context.layout, undos, context.log):
            console.error(NOT_BACK % each)
    except EnvironmentError as error:
        console.error("What was done couldn't be taken back (%s): run bootstrap.bat again." % error_text(error))


def _run_steps(context, steps, first, console):
    # type: (Context, list[Step], int, Console) -> None
    last = first + len(steps) - 1
    for number, step in enumerate(steps, first):
        label = "[%d/%d] " % (number, last)
        console.doing(label + step.doing(context))
        context.log.write("step %s: %s" % (step.id, step.doing(context)))
        started = context.host.monotonic()
        context.journal.begin(step.id)
        done = step.run(context)
        context.journal.done(step.id)
        console.done(label + done, context.host.monotonic() - started)
        context.log.write("step %s: %s" % (step.id, done))


def back(host, layout, undos, log):
    # type: (Host, Layout, list[list[Any]], Log) -> list[str]
    """Take everything back; the journal goes when that is done, and then the folder that it lay in. What couldn't be, in words."""
    failed = take_back(undos, host, log)
    host.unlink(layout.journal)
    take_back([each for each in undos if each[0] == "folder"], host, log)
    return failed


def _missing(path):
    # type: (str) -> list[str]
    """The folders that must be made for this one to be there, the uppermost first."""
    there = existing_parent(path)
    missing = []  # type: list[str]
    while path != there:
        missing.insert(0, path)
        path = os.path.dirname(path)
    return missing
