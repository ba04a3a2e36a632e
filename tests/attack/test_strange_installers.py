"""Installers whose parts say of themselves what can't be."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from bundler.errors import IntegrityError
from bundler.formats.msi.compound import compound_streams
from bundler.formats.msi.summary import Summary, read_summary
from tests.support.programs import make_msi

if TYPE_CHECKING:
    from pathlib import Path

NARROW = struct.pack("<I", 30)


def summary(file: Path, before: bytes, after: bytes) -> Summary:
    content = make_msi(subject="Python 2.7.18", template="x64;1033")
    assert before in content
    file.write_bytes(content.replace(before, after, 1))
    with compound_streams(file) as streams:
        return read_summary(streams)


def test_a_summary_with_a_vector_of_billions(tmp_path: Path) -> None:
    """Whoever reads every part of it needs minutes."""
    before = NARROW + struct.pack("<I", 14) + b"Python"
    for kind in (0x101E, 0x100C, 0x1003):
        after = struct.pack("<II", kind, 0xFFFFFFFF) + b"Python"
        assert summary(tmp_path / "a.msi", before, after) == Summary(subject="", architecture="x64")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (NARROW + struct.pack("<I", 9) + b"x64", NARROW + b"\xff\xff\xff\xff" + b"x64"),
        (b"\xfe\xff\0\0", b"\xff\xfe\0\0"),
        (struct.pack("<II", 7, 48), struct.pack("<II", 7, 0xFFFFFFFF)),
    ],
    ids=["a text without end", "the other byte order", "a text behind the end"],
)
def test_a_damaged_summary(tmp_path: Path, before: bytes, after: bytes) -> None:
    with pytest.raises(IntegrityError) as caught:
        summary(tmp_path / "a.msi", before, after)
    assert caught.value.reference == "installer-malformed"
