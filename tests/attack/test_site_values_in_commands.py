"""Site values in the arguments of a batch file: cmd reads them, and takes none for a command."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bundler.target.errors import InstallError
from bundler.target.steps.release_programs import command_of

BATCH = r"C:\Envs\a b\Scripts\tool.bat"
STARTED = r'"C:\Windows\System32\cmd.exe" /d /v:off /s /c "'


def windows(exe: str = ".exe") -> Any:
    environment = SimpleNamespace(system_programs=lambda: r"C:\Windows\System32")
    return SimpleNamespace(paths=SimpleNamespace(exe=exe), environment=environment)


def test_what_cmd_reads_is_in_quotes() -> None:
    values = ["plain", "a b", "x & calc", "x | more > y < z", "^", "(x)", "!x!", "100%", "", "a,b;c=d", "back\\"]
    command = command_of(windows(), [BATCH], values)
    assert isinstance(command, str)
    assert command.replace("/", "\\").startswith(STARTED.replace("/", "\\"))
    assert command.endswith(" ".join(f'"{each}"' for each in [BATCH, *values]) + '"')


@pytest.mark.parametrize(
    "value",
    ['x" & calc & "', '"', "%PATH%", "%CMDCMDLINE:~-1%calc", "a\ncalc", "a\rcalc", "a\0b", "%%"],
)
@pytest.mark.parametrize("ending", [".bat", ".CMD", ".Bat"])
def test_what_would_be_a_command_is_refused_and_not_repeated(value: str, ending: str) -> None:
    with pytest.raises(InstallError, match="is a batch file") as caught:
        command_of(windows(), ["tool" + ending], ["first", value])
    assert value not in caught.value.message or value in ('"', "%%")
    with pytest.raises(InstallError, match="is a batch file"):
        command_of(windows(""), ["tool" + ending], ["first", value])


def test_percent_signs_of_two_arguments_are_a_pair_too() -> None:
    with pytest.raises(InstallError):
        command_of(windows(), [BATCH], ["%CMDCMDLINE:~", "-1%"])


@pytest.mark.parametrize("program", [["tool.exe"], ["python.exe", "tool.py"], ["tool"]])
def test_other_programs_get_what_they_are_given(program: list[str]) -> None:
    assert command_of(windows(), program, ['x" & %PATH%']) == [*program, 'x" & %PATH%']
