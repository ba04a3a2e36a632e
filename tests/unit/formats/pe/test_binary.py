from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.formats.pe.binary import read_binary
from tests.support.programs import make_program

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("platform", ["win32", "win_amd64", "win_arm64"])
def test_a_binary_without_its_resources(tmp_path: Path, platform: str) -> None:
    file = tmp_path / "a.dll"
    file.write_bytes(make_program(platform=platform, dll=True, imports=("A.dll", "b.DLL"), delayed=("C.dll",)))
    whole, quick = read_binary(file, "a.dll"), read_binary(file, "a.dll", resources=False)
    assert (
        (whole.imports, whole.delayed)
        == (quick.imports, quick.delayed)
        == (
            frozenset({"a.dll", "b.dll"}),
            frozenset({"c.dll"}),
        )
    )
    assert (whole.platform, quick.platform) == (platform, platform)
    assert whole.version
    assert not quick.version


def test_a_delay_table_that_leads_nowhere(tmp_path: Path) -> None:
    file = tmp_path / "a.dll"
    content = bytearray(make_program(dll=True, delayed=("late.dll",)))
    place = content.index(b"late.dll") - 64
    content[place + 4 : place + 8] = (0x7FFFFFF0).to_bytes(4, "little")
    file.write_bytes(content)
    assert read_binary(file, "a.dll").delayed == set()
