from __future__ import annotations

import contextlib
import io
import os
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from bundler.pack.shipped import target_folder
from bundler.target.compat import counted, error_text, shown_size, start_error
from bundler.target.console import Console, Log, stamp
from tests.support import only_linux
from tests.target.interpreters import Interpreter, interpreters

if TYPE_CHECKING:
    from pathlib import Path


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_running_step_is_written_over_on_a_terminal() -> None:
    stream = Terminal()
    console = Console(stream, stream)
    console.doing("[1/2] Working")
    console.done("[1/2] Worked", 1.25)
    shown = stream.getvalue().rsplit("\r", 1)[-1]
    assert shown == "[1/2] Worked".ljust(64) + "     1.2 s\n"


def test_elsewhere_a_step_is_one_line() -> None:
    stream = io.StringIO()
    console = Console(stream, stream)
    console.doing("[1/2] Working")
    console.done("[1/2] Worked", 61.0)
    assert stream.getvalue() == "[1/2] Worked".ljust(64) + "    61.0 s\n"


def test_quiet_leaves_errors() -> None:
    out, err = io.StringIO(), io.StringIO()
    console = Console(out, err, quiet=True)
    console.line("a line")
    console.doing("something")
    console.done("something", 1)
    console.error("an error")
    assert (out.getvalue(), err.getvalue()) == ("", "an error\n")


class WithoutConsole(io.StringIO):
    """As 2.7 has it in a process without a console."""

    encoding = "cp0"


def test_a_code_page_that_is_none_is_no_failure() -> None:
    stream = WithoutConsole()
    Console(stream, stream).line("a line")
    assert stream.getvalue() == "a line\n"


@pytest.mark.parametrize(("encoding", "shown"), [("cp437", "a -> b \x82 ?"), ("ascii", "a -> b ? ?")])
def test_a_letter_that_the_console_lacks_is_no_failure(encoding: str, shown: str) -> None:
    content = io.BytesIO()
    stream = io.TextIOWrapper(content, encoding=encoding, newline="")
    Console(stream, stream).line("a \u2192 b \xe9 \u4e2d")
    assert content.getvalue() == (shown + "\n").encode("latin-1")


def test_without_streams_nothing_is_said_and_nothing_fails() -> None:
    """A process that another one started without standard output and error has none: Python says None."""
    with contextlib.redirect_stdout(None), contextlib.redirect_stderr(None):
        console = Console()
        console.doing("something")
        console.line("a line")
        console.error("an error")


_TALK = """
import sys
sys.path.insert(0, sys.argv[1])
from target.console import Console
console = Console()
console.line(u"a line")
console.error(u"an error")
console.line(u"another")
sys.exit(42)
"""


@pytest.mark.parametrize("python", interpreters(), ids=str)
@pytest.mark.parametrize("streams", ["a pipe that nobody reads", pytest.param("closed", marks=only_linux.SHELL)])
def test_nobody_listens_and_nothing_fails(python: Interpreter, streams: str) -> None:
    """As when a window is closed, a pager ended, or a program started with handles that lead nowhere."""
    command = [str(python.path), "-E", "-s", "-B", "-c", _TALK, str(target_folder().parent)]
    if streams == "closed":
        done = subprocess.run(["sh", "-c", '"$@" <&- >&- 2>&-', "sh", *command], check=False)
    else:
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=writing, stderr=writing, check=False)
        os.close(writing)
    assert done.returncode == 42


def test_an_error_is_told_in_its_words() -> None:
    assert error_text(OSError(2, "Datei fehlt: ä")) == "[Errno 2] Datei fehlt: ä"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (1260, "App Control or software restriction) refuses it: `bundle app-control`"),
        (4551, "App Control or software restriction) refuses it: `bundle app-control`"),
        (577, "App Control or software restriction) refuses it: `bundle app-control`"),
        (5, "or a virus scanner may refuse it: `bundle app-control`"),
    ],
)
def test_a_program_that_a_policy_refuses(code: int, words: str) -> None:
    error = OSError(22, "what Windows says")
    error.winerror = code  # type: ignore[attr-defined,unused-ignore]
    assert start_error(error).startswith("[Errno 22] what Windows says. A policy of this machine (AppLocker")
    assert words in start_error(error)


def test_a_program_that_is_not_there() -> None:
    assert start_error(OSError(2, "no such file")) == "[Errno 2] no such file"


def test_no_secret_gets_into_the_log(tmp_path: Path) -> None:
    log = Log(str(tmp_path / "x.log"))
    for secret in ("pass", "password", ""):
        log.keep_secret(secret)
    log.write("the password is\npass")
    log.close()
    lines = (tmp_path / "x.log").read_text("utf-8").splitlines()
    assert [line.partition("  ")[2] for line in lines] == ["the *** is", "***"]


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (999_940, "999.9 kB"),
        (999_960, "1.0 MB"),
        (45_200_000, "45.2 MB"),
        (3 * 10**9, "3.0 GB"),
    ],
)
def test_sizes(size: int, shown: str) -> None:
    assert shown_size(size) == shown


def test_counts() -> None:
    assert (counted(1, "file"), counted(0, "file"), counted(2, "file")) == ("1 file", "0 files", "2 files")
    assert [counted(each, "copy", "copies") for each in (1, 2)] == ["1 copy", "2 copies"]


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="Windows has one time zone a process")
@pytest.mark.parametrize(
    ("zone", "moment", "expected"),
    [
        ("UTC0", 0, "1970-01-01 00:00:00+00:00"),
        ("CET-1CEST,M3.5.0,M10.5.0/3", 1_796_000_000, "2026-11-30 01:53:20+01:00"),
        ("CET-1CEST,M3.5.0,M10.5.0/3", 1_785_000_000, "2026-07-25 19:20:00+02:00"),
        ("NST3:30NDT,M3.2.0,M11.1.0", 1_796_000_000, "2026-11-29 21:23:20-03:30"),
    ],
)
def test_times_in_logs_have_their_offset(
    monkeypatch: pytest.MonkeyPatch, zone: str, moment: int, expected: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert stamp(moment + 0.5) == expected
    finally:
        monkeypatch.undo()
        time.tzset()
