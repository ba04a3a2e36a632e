"""Wheels with names that no disk can have, at every reader. What is broken by a seed is in ``file_parsers``."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.attack.file_parsers import WHEELS
from tests.support.packages import make_wheel

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("", "/", "..", "a\0b", "\u00e9", "nul", "C:", "a/../../b", "x" * 300)


@pytest.mark.parametrize("name", NAMES)
def test_names_in_wheels(tmp_path: Path, name: str) -> None:
    path = make_wheel(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo("x")
        info.filename = name
        archive.writestr(info, b"x")
    WHEELS.attempt(path, tmp_path)
