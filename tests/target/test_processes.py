"""What programs write, in the letters that they write in."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bundler.target.compat import output_text
from bundler.target.machine.processes import Processes
from tests.support import only_linux

UMLAUTS = "äöü"


@pytest.mark.parametrize(
    ("content", "encoding", "expected"),
    [
        (UMLAUTS.encode("cp850"), "cp850", UMLAUTS),
        (UMLAUTS.encode(), "cp850", UMLAUTS),  # Pythons write UTF-8
        (b"plain", "cp850", "plain"),
        (b"\x81", "cp437", "ü"),
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


@only_linux.SIMULATED
def test_what_a_program_writes_lies_in_its_own_folder_for_temporary_files(tmp_path: Path) -> None:
    """It is believed, and the account's own folder may be one in which others write."""
    where = [sys.executable, "-c", "import os; print(os.readlink('/proc/self/fd/1'))"]
    done = Processes().run(where, {"PATH": "", "TMPDIR": str(tmp_path)}, "/")
    assert Path(done.output).is_relative_to(tmp_path)
    gone = Processes().run(where, {"PATH": "", "TMPDIR": str(tmp_path / "gone")}, "/")
    assert not Path(gone.output).is_relative_to(tmp_path)
