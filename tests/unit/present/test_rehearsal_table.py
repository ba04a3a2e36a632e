"""A rehearsal on the screen: each step as soon as it has its verdict, then what was found."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.model.rehearsal import RehearseCommandInfo, RehearseInfo, RehearseRequestInfo
from bundler.present.rehearsal_table import StepTable, show_rehearsal, show_terms
from bundler.rehearse.results import Attempt
from tests.support.rehearsals import ATTACK, FAILED, PASSED

if TYPE_CHECKING:
    import pytest

    from bundler.rehearse.results import Rehearsal


def shown(found: Rehearsal, capsys: pytest.CaptureFixture[str], *, quiet: bool = False) -> list[str]:
    table = StepTable(quiet=quiet, terminal=False)
    for step in found.steps:
        table.begun(step.name, step.title)
        table.ended(step)
    captured = capsys.readouterr()
    assert not captured.err
    return captured.out.splitlines()


def test_each_step_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(PASSED, capsys) == [
        "passed         1.2 s  /plan changes nothing",
        "passed    1 min 02 s  http://127.0.0.1:8123/ answers with 200",
        "skipped               /rollback",
        "  there is no older bundle",
        "passed         3.0 s  /uninstall",
    ]


def test_a_failed_step_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(FAILED, capsys, quiet=True) == [
        "failed         2.5 s  the recipe's checks",
        "  the module late.binding can't be imported: DLL load failed",
        "  Traceback",
        "  ImportError: DLL load failed",
    ]


def test_the_line_of_what_is_done_goes_when_it_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    table = StepTable(terminal=True)
    table.begun("plan", PASSED.steps[0].title)
    table.ended(PASSED.steps[0])
    assert "/plan changes nothing" in capsys.readouterr().out
    table.begun("plan", PASSED.steps[0].title)
    table.broken_off()


def test_what_comes_after_the_steps(capsys: pytest.CaptureFixture[str]) -> None:
    show_rehearsal(FAILED, Path("logs"))
    assert capsys.readouterr().out.splitlines() == [
        "",
        "Tried to reach what isn't allowed, and was refused:",
        "  tcp 192.0.2.1:443 by C:\\Envs\\Example\\releases\\1.0-1f3a9c07\\Scripts\\python.exe, 2 times",
        '    File "app.py", line 3, in fetch_model',
        '    File "socket.py", line 845, in create_connection',
        "Tried to reach what [rehearse] allows, and was refused:",
        "  dns db.example by an unknown program",
        "Left behind:",
        "  registry HKLM\\SOFTWARE\\Example",
        "Left behind, as the documentation says:",
        "  file C:\\ProgramData\\Example\\x.ini",
        "What this engine can't prove of this bundle (Wine 10.0, in namespaces without a network):",
        "  - Nothing of this bundle is known to differ on Windows.",
        "Example 1.0: failed: 1 of 2 steps in 22.5 s",
        "  logs: logs",
    ]


def test_what_a_rehearsal_would_do(capsys: pytest.CaptureFixture[str]) -> None:
    show_terms(RehearseInfo())
    assert not capsys.readouterr().out
    command = RehearseCommandInfo(command=("x", "--version"), exit_code=0, output="1.0", window=False, timeout=60)
    request = RehearseRequestInfo(url="http://localhost/", status=200, text=None, screenshot=True, timeout=60)
    info = RehearseInfo(
        site={"port": "1"},
        files=("{data}\\x",),
        allow_connections=("db:1",),
        commands=(command, dataclasses.replace(command, window=True)),
        requests=(request,),
    )
    show_terms(info)
    lines = [re.split(" {2,}", line.strip()) for line in capsys.readouterr().out.splitlines()]
    assert [line for line in lines if len(line) > 1][1:] == [
        ["run", "x --version", "exit code 0, '1.0' in it"],
        ["run", "x --version", "a window"],
        ["ask for", "http://localhost/", "200"],
        ["look for", "{data}\\x"],
        ["set", "port", "1"],
        ["let it try", "db:1"],
    ]


def test_many_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    attempts = tuple(Attempt(address=f"tcp 192.0.2.{i}:80") for i in range(200))
    step = dataclasses.replace(FAILED.steps[0], attempts=attempts)
    show_rehearsal(dataclasses.replace(FAILED, steps=(step,)), None)
    assert "  and 180 more" in capsys.readouterr().out


def test_no_terminal_takes_a_bundles_words_for_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    lines = shown(dataclasses.replace(ATTACK, steps=ATTACK.steps), capsys)
    show_rehearsal(ATTACK, None)
    text = "\n".join(lines) + capsys.readouterr().out
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", text)
    assert "[bold]x[/]" in text
