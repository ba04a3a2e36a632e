"""Wheels that Pythons of several versions, or the two halves, would read differently: members with a second name, a RECORD with a NUL, false sizes."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest

from bundler.errors import IntegrityError
from bundler.model.target import Target
from bundler.pack.record_check import check_records
from bundler.pack.wheels import read_wheel
from bundler.target.archives import unpack
from bundler.target.errors import InstallError
from bundler.target.wheels import wheel_file as target_reader
from tests.support.bundles import wheel_file
from tests.support.packages import make_wheel
from tests.support.shelf import MemoryCache

if TYPE_CHECKING:
    from pathlib import Path

TARGET = Target.of("3.13.0", "win_amd64")
NAME = "demo/x\u00e9.txt"


def field(name: str, *, crc: int = 0, kind: int = 0x7075) -> bytes:
    content = struct.pack("<BI", 1, crc or zlib.crc32(NAME.encode())) + name.encode()
    return struct.pack("<HH", kind, len(content)) + content


def with_field(folder: Path, *extra: bytes) -> Path:
    path = make_wheel(folder, "demo")
    member = zipfile.ZipInfo(NAME)
    member.extra = b"".join(extra)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(member, b"print('anything')")
    return path


@pytest.mark.parametrize(
    "extra",
    [
        (field("sitecustomize.py"),),
        (field("sitecustomize.py", crc=1),),
        (field(NAME), field("sitecustomize.py")),
        (field(NAME, kind=0x9999), field("demo-1.0.data/scripts/python.exe")),
        (field(""),),
    ],
)
def test_both_halves_refuse_another_name(tmp_path: Path, extra: tuple[bytes, ...]) -> None:
    wheel = with_field(tmp_path, *extra)
    with pytest.raises(IntegrityError, match="has another name in a field") as caught:
        read_wheel(wheel_file(wheel), TARGET)
    assert caught.value.reference == "wheel-malformed"
    with pytest.raises(InstallError, match="has another name in a field") as refused:
        target_reader.read_wheel(str(wheel), "demo")
    assert refused.value.code == 1603
    with pytest.raises(
        zipfile.BadZipFile, match="has another name in a field"
    ):  # as what makes environments is unpacked
        unpack(str(wheel), str(tmp_path / "seeds"))


@pytest.mark.parametrize("extra", [(), (field(NAME),), (field("sitecustomize.py", kind=0x9999),)])
def test_both_take_what_says_the_same(tmp_path: Path, extra: tuple[bytes, ...]) -> None:
    """Info-ZIP's programs write such a field."""
    wheel = with_field(tmp_path, *extra)
    assert NAME in [each.member for each in read_wheel(wheel_file(wheel), TARGET).files[0]]
    assert NAME in [each.name for each in target_reader.read_wheel(str(wheel), "demo").members]


def test_a_record_that_some_pythons_cannot_read_is_refused(tmp_path: Path) -> None:
    """Until 3.10 csv takes no NUL."""
    path = make_wheel(tmp_path, "demo")
    with zipfile.ZipFile(path) as archive:
        rest = {each.filename: archive.read(each) for each in archive.infolist()}
    rest["demo-1.0.dist-info/RECORD"] += b'"gone\0",,\n'
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in rest.items():
            archive.writestr(name, content)
    with pytest.raises(IntegrityError, match="differ from their RECORD") as caught:
        check_records([wheel_file(path)], TARGET, MemoryCache())
    assert "RECORD holds a NUL" in str(caught.value.context)


CRC, PACKED, UNPACKED = 16, 20, 24  # where an entry of the directory has them


@pytest.mark.parametrize(
    ("member", "at", "value", "words"),
    [
        ("demo/__init__.py", UNPACKED, 1 << 20, "demo/__init__.py has not the size that the wheel says"),
        ("demo/__init__.py", PACKED, 4000, "lies over another file"),
        ("unlisted.txt", PACKED, 4000, "a file lies over its directory"),
        ("unlisted.txt", CRC, 1, "Bad CRC-32"),
    ],
)
def test_what_only_the_target_would_find_out(tmp_path: Path, member: str, at: int, value: int, words: str) -> None:
    path = make_wheel(tmp_path, "demo", files={"demo/__init__.py": "x = 1\n" * 3000})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("unlisted.txt", b"RECORD doesn't list it")
    content = bytearray(path.read_bytes())
    entry = content.rindex(member.encode()) - 46
    content[entry + at : entry + at + 4] = struct.pack("<I", value)
    path.write_bytes(content)
    with pytest.raises(IntegrityError, match=r"differ from their RECORD|not a valid wheel") as caught:
        check_records([wheel_file(path)], TARGET, MemoryCache())
    assert words in str(caught.value.context)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("said", [0, 600, 5999])
def test_a_file_that_is_longer_than_it_says(tmp_path: Path, method: int, said: int) -> None:
    path, whole = make_wheel(tmp_path, "demo"), b"x = 1\n" * 1000
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("demo/longer.py", whole, method)
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"demo/longer.py") - 46
    content[entry + CRC : entry + CRC + 4] = struct.pack("<I", zlib.crc32(whole[:said]))
    content[entry + UNPACKED : entry + UNPACKED + 4] = struct.pack("<I", said)
    path.write_bytes(content)
    with pytest.raises(IntegrityError, match="differ from their RECORD") as caught:
        check_records([wheel_file(path)], TARGET, MemoryCache())
    assert re.search(r"longer\.py( has not the size that the wheel says|')", str(caught.value.context))
