"""Command lines as Windows' own rules split them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import HostError
from bundler.rehearse import command_lines

if TYPE_CHECKING:
    from pathlib import Path


def test_programs_and_batch_files_are_quoted_each_by_its_rules() -> None:
    assert command_lines.command_line([r"C:\a b\x.exe", "c d", 'e"f']) == r'"C:\a b\x.exe" "c d" e\"f'
    assert command_lines.command_line([r"C:\a b\x.BAT", "c & d"]) == r'cmd.exe /d /s /c ""C:\a b\x.BAT" "c & d""'


def test_a_program_that_was_not_compiled(tmp_path: Path) -> None:
    with pytest.raises(HostError, match=r"lacks run_program\.exe"):
        command_lines.compiled(tmp_path / "run_program.exe")
