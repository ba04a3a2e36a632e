"""A command line as the C library of Python splits it: what bootstrap.bat was given is understood in one way by all of them."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundler.target.machine.command_line import split_command_line
from tests.target.forks import TARGET

if TYPE_CHECKING:
    from tests.target.interpreters import Interpreter

LINES = [
    (r'"C:\a b\python.exe" -B "C:\x\__main__.py" /plan', [r"C:\a b\python.exe", "-B", r"C:\x\__main__.py", "/plan"]),
    (r'python "/set:a=b ""c d"" e" /quiet', ["python", '/set:a=b "c d" e', "/quiet"]),
    (r'python "/set:a=b"" /purge', ["python", '/set:a=b" /purge']),
    (r'python /set:a="" /set:b=', ["python", "/set:a=", "/set:b="]),
    (r'python """" """a""" "', ["python", '"', '"a"', ""]),
    (r'python a\\b "c\\" d\"e f\\\"g "h\\\" i"', ["python", r"a\\b", "c\\", 'd"e', 'f\\"g', 'h\\" i']),
    (r"python a\\", ["python", r"a\\"]),
    ("python \t a\tb  ", ["python", "a", "b"]),
    ('"a"b"c d"e f', ["abc de", "f"]),
    ("", [""]),
]


@pytest.mark.parametrize(("line", "words"), LINES)
def test_arguments_as_the_c_library_has_them(line: str, words: list[str]) -> None:
    assert split_command_line(line) == words


@given(st.lists(st.text(alphabet='ab \\\\"\t=:', max_size=12)))
def test_what_is_quoted_for_windows_comes_back(words: list[str]) -> None:
    assert split_command_line("python " + subprocess.list2cmdline(words)) == ["python", *words]


def test_under_every_python(interpreter: Interpreter) -> None:
    program = (
        "import json, sys; sys.path.insert(0, sys.argv[1])\n"
        "from target.machine.command_line import split_command_line\n"
        "print(json.dumps([split_command_line(each) for each in json.loads(sys.argv[2])]))\n"
    )
    given_lines = json.dumps([line for line, _ in LINES])
    done = interpreter.run("-E", "-s", "-B", "-c", program, str(TARGET.parent), given_lines)
    assert json.loads(done.stdout) == [words for _, words in LINES], done.stderr
