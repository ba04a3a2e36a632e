"""The one list of exit codes has every code with which the command can end."""

from __future__ import annotations

import signal

import pytest

from bundler.cli.exit_codes import EXIT_CODES, PIPE_CLOSED
from bundler.errors import EXIT_INTERRUPTED, BundleError


def kinds(error: type[BundleError]) -> list[type[BundleError]]:
    return [error, *(each for kind in error.__subclasses__() for each in kinds(kind))]


def test_every_kind_of_error_is_listed() -> None:
    listed = [each.code for each in EXIT_CODES]
    assert listed == sorted(set(listed)), "in order, each once"
    assert {each.exit_code for each in kinds(BundleError)} <= set(listed)
    assert {0, EXIT_INTERRUPTED, PIPE_CLOSED} <= set(listed)


@pytest.mark.parametrize(("name", "number"), [("SIGHUP", 1), ("SIGTERM", 15), ("SIGBREAK", 21)])
def test_every_signal_that_ends_the_command_is_listed(name: str, number: int) -> None:
    assert getattr(signal, name, number) == number
    assert 128 + number in {each.code for each in EXIT_CODES}
