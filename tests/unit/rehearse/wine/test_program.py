"""How programs are started, and what is told of their ends."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from bundler.rehearse.command_lines import command_line
from bundler.rehearse.wine.program import NotStartedError, exit_code, read_text, too_long, wait_for
from tests.support import only_linux
from tests.support.own_rights import modes_count

if TYPE_CHECKING:
    from pathlib import Path


def test_command_lines() -> None:
    assert command_line([r"C:\a b\x.exe", "c d", 'e"f']) == r'"C:\a b\x.exe" "c d" e\"f'
    assert command_line([r"C:\a b\x.bat", "c & d"]) == r'cmd.exe /d /s /c ""C:\a b\x.bat" "c & d""'


def test_an_exit_code_has_all_32_bits_and_a_missing_program_has_windows_error(tmp_path: Path) -> None:
    result = tmp_path / "result"
    result.write_text("exit 3221225477")
    assert exit_code(result, "x.exe", "") == 0xC0000005
    result.write_text("error 2")
    with pytest.raises(NotStartedError, match=r"x\.exe could not be started \(Windows error 2\)") as caught:
        exit_code(result, "x.exe", "said\nthis")
    assert caught.value.context == ("said", "this")
    with pytest.raises(NotStartedError):
        exit_code(tmp_path / "none", "x.exe", "")


def test_what_it_wrote_is_told_when_it_took_too_long() -> None:
    error = too_long(["x.exe", "y"], 3, "begun")
    assert error.message == "x.exe y did not end within 3 s. It wrote:\nbegun"


def test_what_programs_write_is_utf8_or_in_the_oem_code_page(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes("über\r\n".encode())
    assert read_text(log) == "über\n"
    log.write_bytes("über".encode("cp437"))
    assert read_text(log) == "über"


@only_linux.NAMESPACES
def test_a_log_of_which_a_program_took_the_rights_to_read_it(tmp_path: Path) -> None:
    """It has the log as its output, and where no root rehearses the same user: the rehearsal ended without a result."""
    log = tmp_path / "log"
    log.write_bytes(b"said")
    log.chmod(0)
    with modes_count():
        assert read_text(log) == "said"


@pytest.mark.parametrize(
    "said", ["exit many", "exit -1", "exit 99999999999", "exit ²", "exit 0 ", "exit\n0", "\0" * 99, ""]
)
def test_an_ending_that_programs_wrote_themselves(tmp_path: Path, said: str) -> None:
    result = tmp_path / "result"
    result.write_text(said, encoding="utf-8")
    with pytest.raises(NotStartedError):
        exit_code(result, "x.exe", "")


@only_linux.NAMESPACES
def test_an_ending_that_is_no_file_of_their_folder(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("exit 0")
    (tmp_path / "link").symlink_to("elsewhere")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for each in ("link", "folder", "pipe"):
        with pytest.raises(NotStartedError):
            exit_code(tmp_path / each, "x.exe", "")


def test_of_very_long_outputs_begin_and_end_are_read(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"begin" + b"x" * 40_000_000 + b"end")
    said = read_text(log)
    assert said.startswith("beginx")
    assert said.endswith("xend")
    assert "\n... 8000008 bytes are left out here ...\n" in said


@only_linux.NAMESPACES
def test_what_enters_namespaces_goes_on_when_it_was_stopped() -> None:
    """With a child that Wine stopped for a moment; a rehearsal waited for it for an hour."""
    with subprocess.Popen(["sh", "-c", "kill -STOP $$; exit 3"]) as process:
        assert wait_for(process, 600) == 3
    with subprocess.Popen(["sleep", "600"]) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            wait_for(process, 0.01)
        process.kill()
