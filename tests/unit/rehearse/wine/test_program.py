"""How programs are started, and what is told of their ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.rehearse.command_lines import command_line
from bundler.rehearse.wine.program import NotStartedError, exit_code, read_text, too_long

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
