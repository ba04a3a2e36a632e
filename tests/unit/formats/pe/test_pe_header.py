"""The header read by hand, against ``pefile``'s reading and against hostile bytes."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pefile
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundler.formats.pe.pe_header import (
    is_program,
    machine_platform,
    platform_of,
    sections,
    signature_size,
)
from tests.support.programs import make_program

if TYPE_CHECKING:
    from pathlib import Path

SECURITY = 4


@pytest.mark.parametrize("platform", ["win32", "win_amd64", "win_arm64"])
def test_it_says_what_pefile_says(tmp_path: Path, platform: str) -> None:
    content = make_program(platform=platform)
    file = tmp_path / "a.exe"
    file.write_bytes(content)
    with pefile.PE(data=content) as pe:
        assert platform_of(pe.FILE_HEADER.Machine) == machine_platform(file) == platform
        known = [(each.Name.rstrip(b"\0").decode(), each.PointerToRawData + each.SizeOfRawData) for each in pe.sections]
    assert sections(file) == tuple(known)
    assert signature_size(file) == 0
    assert is_program(content[:4096])


@pytest.mark.parametrize(("platform", "table"), [("win32", 96), ("win_amd64", 112)])
def test_a_signature_that_the_header_names(tmp_path: Path, platform: str, table: int) -> None:
    content = bytearray(make_program(platform=platform))
    struct.pack_into("<II", content, 64 + 24 + table + 8 * SECURITY, 0x1234, 777)
    file = tmp_path / "a.exe"
    file.write_bytes(content)
    assert signature_size(file) == 777
    struct.pack_into("<I", content, 64 + 24 + table - 4, SECURITY)  # the table ends before it
    file.write_bytes(content)
    assert signature_size(file) == 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ",
        b"MZ" + bytes(58) + b"\xff\xff\xff\x7f",
        b"ELF" + make_program()[3:],
        make_program()[:80],
        b"MZ" + bytes(200),
    ],
)
def test_what_is_not_a_valid_program(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.exe"
    file.write_bytes(content)
    assert machine_platform(file) is None
    assert sections(file) is None
    assert signature_size(file) == 0


def test_a_machine_that_no_tag_names(tmp_path: Path) -> None:
    content = bytearray(make_program())
    struct.pack_into("<H", content, 68, 0x200)
    (tmp_path / "a.exe").write_bytes(content)
    assert machine_platform(tmp_path / "a.exe") is None


@given(place=st.integers(0, 600), patch=st.binary(min_size=1, max_size=12), cut=st.integers(0, 1500))
def test_any_damage_is_read_without_failing(
    tmp_path_factory: pytest.TempPathFactory, place: int, patch: bytes, cut: int
) -> None:
    content = make_program()
    file = tmp_path_factory.mktemp("program") / "a.exe"
    file.write_bytes((content[:place] + patch + content[place + len(patch) :])[:cut])
    machine_platform(file)
    sections(file)
    assert signature_size(file) >= 0
