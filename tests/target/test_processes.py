"""What programs write, in the letters that they write in."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bundler.target.compat import output_text
from bundler.target.machine.processes import Processes
from bundler.target.machine.written_text import end_text
from tests.support import only_linux
from tests.target.forks import TARGET

if TYPE_CHECKING:
    from tests.target.interpreters import Interpreter

UMLAUTS = "äöü"


@pytest.mark.parametrize(
    ("content", "encoding", "expected"),
    [
        (UMLAUTS.encode("cp850"), "cp850", UMLAUTS),
        (UMLAUTS.encode(), "cp850", UMLAUTS),  # Pythons write UTF-8
        (b"plain", "cp850", "plain"),
        (b"\x81", "cp437", "ü"),
        ("hush äöü\r\n".encode("utf-16"), "cp850", "hush äöü\r\n"),
        ("hush äöü\r\n".encode("utf-16-le"), "cp850", "hush äöü\r\n"),
        ("hush äöü\r\n".encode("utf-16-be"), "cp850", "hush äöü\r\n"),
        ("тихо, тихо\r\n".encode("utf-16-le"), "cp866", "тихо, тихо\r\n"),
        (b"a line\n" + "hush äöü\r\n".encode("utf-16-le") + b"\x84 line\n", "cp850", "a line\nhush äöü\r\nä line\n"),
        (b"a line\n\0more", "cp850", "a line\n\0more"),
        (b"", "cp850", ""),
    ],
)
def test_consoles_have_a_code_page_of_their_own(content: bytes, encoding: str, expected: str) -> None:
    assert output_text(content, encoding) == expected


def test_a_code_page_that_this_python_lacks() -> None:
    assert output_text(b"plain \xe4", "cp-none").startswith("plain ")


def test_a_programs_output_is_read_so(tmp_path: Path) -> None:
    class Console(Processes):
        def encoding(self) -> str:
            return "cp850"

    program = f"import sys; sys.stdout.buffer.write({UMLAUTS.encode('cp850')!r})"
    done = Console().run([sys.executable, "-c", program], {"PATH": ""}, str(tmp_path))
    assert (done.code, done.output) == (0, UMLAUTS)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-16-le", "utf-16-be"])
def test_of_what_a_program_writes_the_end_is_kept(tmp_path: Path, encoding: str) -> None:
    """One that never stops would take all of the memory; and a line that is cut may begin with the rest of a secret."""
    line, count = "x" * 1023 + "\n", 20000
    program = f"import sys; sys.stdout.buffer.write(({line!r} * {count} + 'end').encode({encoding!r}))"
    done = Processes().run([sys.executable, "-c", program], {"PATH": ""}, str(tmp_path))
    first, *lines, last = done.output.split("\n")
    written = len((line * count + "end").encode(encoding))
    kept = len(("\n".join([*lines, last])).encode(encoding)) - 2 * (encoding == "utf-16")
    assert first == f"(of what it wrote before this, {written - kept} bytes are left out)"
    assert 3 << 20 < kept <= 4 << 20
    assert (set(lines), last) == ({"x" * 1023}, "end")


def test_one_line_without_end_is_left_out(tmp_path: Path) -> None:
    program = "import sys; sys.stdout.write('x' * (5 << 20))"
    done = Processes().run([sys.executable, "-c", program], {"PATH": ""}, str(tmp_path))
    assert done.output == f"(of what it wrote before this, {5 << 20} bytes are left out)\n"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_letter_of_which_half_is_a_lines_end_ends_none(encoding: str) -> None:
    """What follows it was the rest of a line, or letters of which each was made of two halves: no secret would be found in either."""
    text = "\ufeff" + "x" * (3 << 20) + "\u010a rest of a secret \u0a0a\nhush \u010a\n"
    assert end_text(io.BytesIO(text.encode(encoding)), "cp437").split("\n")[1:] == ["hush \u010a", ""]


@only_linux.SIMULATED
def test_no_letter_becomes_another_one_on_its_way(interpreter: Interpreter) -> None:
    """As 2.7's code page of Windows has it, which takes a like letter for one that it lacks: a value was asked for quotes before."""
    program = (
        "# -*- coding: utf-8 -*-\n"
        "import codecs, sys; sys.path.insert(0, sys.argv[1])\n"
        "def like(text, errors='strict'):\n"
        "    return text.replace(u'\\uff02', u'\"').encode('latin-1', 'replace'), len(text)\n"
        "latin = codecs.lookup('latin-1')\n"
        "codecs.register(lambda name: codecs.CodecInfo(like, latin.decode, name=name) if name == 'like' else None)\n"
        "from target import compat\n"
        "compat._ENCODING = 'like'\n"
        "from target.machine.processes import Processes\n"
        "environ, found = {u'PATH': u'/bin:/usr/bin'}, []\n"
        "for command in ([u'echo', u'x\\uff02 & y'], u'echo', [u'echo', u'x']):\n"
        "    try:\n"
        "        found.append(Processes().run(command, environ, u'/').code)\n"
        "    except EnvironmentError as error:\n"
        "        found.append(error.errno)\n"
        "sys.stdout.write(repr(found))\n"
    )
    done = interpreter.run("-E", "-s", "-B", "-c", program, str(TARGET.parent))
    assert (done.stdout, done.stderr) == ("[22, 0, 0]" if interpreter.version_info < (3,) else "[0, 0, 0]", "")


@only_linux.SIMULATED
def test_a_clock_that_is_set_is_waited_for_neither_longer_nor_shorter(interpreter: Interpreter) -> None:
    """2.7 has no clock that nobody sets: a program that doesn't end would be waited for a year, or be ended at once."""
    program = (
        "import sys, time; sys.path.insert(0, sys.argv[1])\n"
        "now, steps = time.time, iter([0, 0] + [-3e7] * 999)\n"
        "time.time = lambda: now() + next(steps)\n"
        "from target.machine.processes import Processes\n"
        "from target.machine.clock import Clock\n"
        "environ, clock = {'PATH': '/bin:/usr/bin'}, Clock()\n"
        "begun = clock.monotonic()\n"
        "ended = Processes().run(['sleep', '30'], environ, '/', 0.2)\n"
        "sys.stdout.write('%s %s' % (ended.code, 0 <= clock.monotonic() - begun < 25))\n"
    )
    done = interpreter.run("-E", "-s", "-B", "-c", program, str(TARGET.parent))
    assert (done.stdout, done.stderr) == ("None True", "")


@only_linux.SIMULATED
def test_what_a_program_writes_lies_in_its_own_folder_for_temporary_files(tmp_path: Path) -> None:
    """It is believed, and the account's own folder may be one in which others write."""
    where = [sys.executable, "-c", "import os; print(os.readlink('/proc/self/fd/1'))"]
    done = Processes().run(where, {"PATH": "", "TMPDIR": str(tmp_path)}, "/")
    assert Path(done.output).is_relative_to(tmp_path)
    gone = Processes().run(where, {"PATH": "", "TMPDIR": str(tmp_path / "gone")}, "/")
    assert not Path(gone.output).is_relative_to(tmp_path)
