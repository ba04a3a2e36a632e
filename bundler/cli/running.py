"""Running one command line: every way in which it can end becomes an exit code."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bundler.cli.exit_codes import PIPE_CLOSED
from bundler.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bundler.errors import BundleError

_BY_SIGNAL = 128
"""Added to its number: what a shell reports for a command that it ended."""


def run(arguments: Sequence[str], arrived: Sequence[int] = ()) -> int:
    """Run one command line; gives the exit code. ``arrived``: signals that asked to end, which grows meanwhile."""
    for name in ("stdout", "stderr"):  # a service may start us without them
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - to the end of all
    try:
        code = int(main.main(list(arguments), prog_name="bundle", standalone_mode=False) or 0)
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except (SystemExit, BrokenPipeError) as stop:
        # nobody reads the output: click ends with 1 then, but for what is buffered until the end
        if isinstance(stop, SystemExit) and stop.code != 1:
            raise
        _give_up_output()
        return PIPE_CLOSED
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - nobody is helped by a bare traceback
        from bundler.cli.errors_of_commands import as_bundle_error

        failure = as_bundle_error(error)
        # libraries make another error of what a signal raises, as pydantic does
        if arrived and failure.reference == "internal-error":
            if arrived[0] != signal.SIGINT:
                return _BY_SIGNAL + arrived[0]
            failure = as_bundle_error(KeyboardInterrupt())
        _tell(failure, as_json="--json" in arguments)
        return failure.exit_code
    return code


def _tell(failure: BundleError, *, as_json: bool) -> None:
    """Say what failed; where the output is full, which may be the failure itself, stderr gets it."""
    try:
        _show(failure, as_json=as_json)
        sys.stdout.flush()
    except (OSError, SystemExit) as error:  # rich ends so when nobody reads what it writes
        _give_up_output()
        if as_json and isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            with contextlib.suppress(OSError, SystemExit):
                _show(failure, as_json=False)


def _show(failure: BundleError, *, as_json: bool) -> None:
    from bundler.present.console import show_error, show_json

    if as_json:
        from bundler.present.error_json import error_output

        show_json(error_output(failure))
    else:
        show_error(failure)


def _give_up_output() -> None:
    """Nobody reads our output (`| head` has seen enough), or it fills a disk: what is buffered must not complain at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
