"""Installers whose parts say of themselves what can't be."""

from __future__ import annotations

import email
import struct
import tracemalloc
from typing import TYPE_CHECKING, cast

import pytest

from bundler.errors import IntegrityError
from bundler.formats.archives.unpacking import walk
from bundler.formats.authenticode import installer_hash, read_signature
from bundler.formats.msi import database
from bundler.formats.msi.cabinet import Cabinet
from bundler.formats.msi.compound import compound_streams
from bundler.formats.msi.database import Database, unpacked_name
from bundler.formats.msi.installed_files import walk_msi
from bundler.formats.msi.lzx import lzx_unpacker
from bundler.formats.msi.summary import Summary, read_summary
from bundler.formats.wheel_reader import open_wheel
from bundler.legacy import convert_installer
from bundler.legacy.bdist_msi import read_msi, script_in
from tests.support.legacy import make_wininst
from tests.support.legacy_msi import _packed, make_bdist_msi, make_cabinet
from tests.support.lzx import BitWriter
from tests.support.msi import make_python_msi
from tests.support.programs import make_msi

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from bundler.formats.archives.guard import Guard
    from bundler.formats.archives.streams import Visit
    from bundler.formats.msi.compound import Streams

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


class Stretched:
    """The streams of an MSI, one of whose tables has very many rows of nothing."""

    def __init__(self, streams: Streams, table: str, rows: int) -> None:
        self._streams, self._table, self._rows = streams, table, rows

    def names(self) -> tuple[str, ...]:
        return self._streams.names()

    def read(self, name: str) -> bytes:
        content = self._streams.read(name)
        return bytes(len(content)) * self._rows if unpacked_name(name) == self._table else content


def test_a_table_of_more_rows_than_any_has(tmp_path: Path) -> None:
    """Two bytes of a file for hundreds in memory."""
    path = make_python_msi(tmp_path / "a.msi", {"python.exe": b"MZ"})
    with compound_streams(path) as streams:
        assert len(Database(cast("Streams", Stretched(streams, "!File", 1000))).rows("File")) == 1000
        with pytest.raises(ValueError, match="or more than 200000"):
            Database(cast("Streams", Stretched(streams, "!File", 200_001))).rows("File")


def test_a_table_of_more_text_than_any_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each row names the same text of megabytes, in two bytes."""
    path = make_python_msi(tmp_path / "a.msi", {"python.exe": b"MZ"})
    monkeypatch.setattr(database, "_MOST_TEXT", 10)
    with compound_streams(path) as streams, pytest.raises(ValueError, match="has more than 10 characters"):
        Database(streams).rows("File")


def test_the_name_of_a_folder_that_is_longer_than_any() -> None:
    assert database.folder_name("A~1|target:B~1|source") == "target"
    with pytest.raises(ValueError, match="folder's name in it has 5,002 characters"):
        database.folder_name(".:" + "x" * 5000)


@pytest.mark.parametrize("make", [make_python_msi, make_bdist_msi])
@pytest.mark.parametrize("name", ["{}/m.py", "m/{}"])
def test_a_path_that_no_file_has(tmp_path: Path, make: Callable[..., object], name: str) -> None:
    """It is put together of sixty names, for each of thousands of files."""
    path, reader = tmp_path / "a.msi", {make_python_msi: walk_msi, make_bdist_msi: bdist_reader}[make]
    make(path, {name.format("x" * 255): b""})
    found: list[str] = []
    walk(path, found.append, reader=reader)
    assert any("x" * 255 in each for each in found)
    make(path, {name.format("x" * 1024): b""})
    with pytest.raises(IntegrityError, match=r"has 1,02\d characters"):
        walk(path, found.append, reader=reader)


def bdist_reader(archive: Path, guard: Guard, visit: Visit) -> None:
    reader = read_msi(archive).reader
    assert reader is not None
    reader(archive, guard, visit)


def test_the_target_of_an_action_without_an_end() -> None:
    """It was gone through once from each beginning of what could be a file's key."""
    assert script_in("[#" * 30_000) is None
    assert script_in("[#a[#file1]") == "file1"


def write_trees(bits: BitWriter) -> None:
    """A block of no bytes."""
    bits.write(1, 3)  # verbatim
    bits.write(0, 24)
    for count in (256, 240, 249):
        for each in range(20):
            bits.write(1 if each in (0, 18) else 0, 4)
        for run in [51] * (count // 51) + [20] * (count % 51 // 20):
            bits.write(1, 1)
            bits.write(run - 20, 5)
        bits.write(0, count % 51 % 20)


def test_a_frame_of_nothing_but_trees() -> None:
    """A block of no bytes has trees all the same: a frame of 64 kB took two seconds, and a cabinet has thousands."""
    bits = BitWriter()
    bits.write(0, 1)
    for _ in range(257):
        write_trees(bits)
    with pytest.raises(ValueError, match="of LZX"):
        lzx_unpacker(15)(bits.finish(), 32768)


def test_frames_of_trees_and_hardly_any_bytes() -> None:
    """Each took as long as 32 blocks do, and unpacked to one byte."""
    unpack = lzx_unpacker(15)

    def frame(*, first: bool) -> bytes:
        bits = BitWriter()
        bits.write(0, int(first))
        for _ in range(16):
            write_trees(bits)
        bits.write(3, 3)
        bits.write(1, 24)
        bits.align(whole=True)
        bits.raw(struct.pack("<III", 1, 1, 1) + b"x\0")
        return bits.finish()

    assert unpack(frame(first=True), 1) == b"x"
    with pytest.raises(ValueError, match="of LZX"):
        tuple(unpack(frame(first=False), 1) for _ in range(16))


def cabinet_of(starts: list[int], blocks: int, block: bytes) -> bytes:
    """A cabinet of stored ``block``s, with a folder of so many from each of these places among them on, and one file in each folder."""
    content = struct.pack("<IHH", 0, len(block), len(block)) + block
    names = [f"f{number}".encode() + b"\0" for number in range(len(starts))]
    size = blocks * len(block)
    table = b"".join(struct.pack("<IIHHHH", size, 0, number, 0, 0, 0) + name for number, name in enumerate(names))
    files_at = 36 + 8 * len(starts)
    data_at = files_at + len(table)
    folders = b"".join(struct.pack("<IHH", data_at + each * len(content), blocks, 0) for each in starts)
    data = content * (max(starts) + blocks)
    head = struct.pack(
        "<4sIIIIIBBHHHHH", b"MSCF", 0, data_at + len(data), 0, files_at, 0, 3, 1, len(starts), len(starts), 0, 0, 0
    )
    return head + folders + table + data


@pytest.mark.parametrize(
    ("starts", "said"), [([0, 0], "several folders of the same blocks"), ([0, 2], "reaches into another folder")]
)
def test_folders_of_a_cabinet_that_share_blocks(starts: list[int], said: str) -> None:
    """A thousand of them with 65,535 blocks of one byte: 600 kB took a minute, and packed ones hours."""
    Cabinet(cabinet_of([3, 0], 3, b"x")).extract(lambda _: None)
    with pytest.raises(ValueError, match=said):
        Cabinet(cabinet_of(starts, 3, b"x")).extract(lambda _: None)


def test_cabinets_of_the_same_bytes(tmp_path: Path) -> None:
    """Two streams may lie in one place of an MSI; a thousand, each read and searched, would take minutes."""
    path, files = tmp_path / "a.msi", {"F0": bytes(1000), "F1": b"x" * 9000}
    cabinets = {"a": make_cabinet(files, method=0), "b": b"nothing"}
    make_python_msi(path, files, media=[(1, 1, "#a"), (2, 2, "#b")], cabinets=cabinets)
    content = bytearray(path.read_bytes())
    first, second = (content.index(_packed(name).encode("utf-16-le").ljust(64, b"\0")) for name in "ab")
    content[second + 116 : second + 128] = content[first + 116 : first + 128]  # where it begins, and how long it is
    path.write_bytes(content)
    with pytest.raises(IntegrityError, match="share their bytes"):
        walk(path, lambda _: None, reader=walk_msi)


class Held:
    """Streams that are at hand."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self._contents = {_packed(name): content for name, content in contents.items()}

    def names(self) -> tuple[str, ...]:
        return tuple(self._contents)

    def read(self, name: str) -> bytes:
        return self._contents[name]


@pytest.mark.parametrize("read", [installer_hash, read_signature])
def test_streams_of_the_same_bytes(tmp_path: Path, read: Callable[[Path], object]) -> None:
    """The hash that a signature has reads all streams: thousands that are one, of twenty megabytes, took minutes to hours."""
    file = tmp_path / "a.msi"
    whole = make_msi(filler=bytes(40_000))
    file.write_bytes(whole)
    read(file)
    one, other = (whole.index(name.encode("utf-16-le")) for name in ("\x05SummaryInformation", "Content"))
    file.write_bytes(whole[: one + 116] + whole[other + 116 : other + 128] + whole[one + 128 :])
    with pytest.raises(IntegrityError, match="share their bytes"):
        read(file)


def test_more_streams_than_any_installer_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is looked for among all."""
    monkeypatch.setattr("bundler.formats.msi.compound._MOST_STREAMS", 1)
    (tmp_path / "a.msi").write_bytes(make_msi())
    with pytest.raises(IntegrityError, match="2 streams"):
        installer_hash(tmp_path / "a.msi")


def test_a_header_that_names_more_sectors_than_there_are(tmp_path: Path) -> None:
    """What hashes an installer didn't look at it first, as its other readers do."""
    whole = make_msi()
    (tmp_path / "a.msi").write_bytes(whole[:44] + struct.pack("<I", 1 << 30) + whole[48:])
    with pytest.raises(IntegrityError, match="more sectors than there are"):
        installer_hash(tmp_path / "a.msi")


def test_a_table_of_more_cells_than_any_has() -> None:
    """Two bytes of a file for sixty in memory, many times over in each row."""
    columns = struct.pack("<240H", *[1] * 60, *range(0x8001, 0x8001 + 60), *range(2, 62), *[0x8502] * 60)
    names = [b"File", *(b"%02d" % number for number in range(60))]
    pool = struct.pack("<HH", 1252, 0) + b"".join(struct.pack("<HH", len(each), 1) for each in names)
    held = {"!_StringPool": pool, "!_StringData": b"".join(names), "!_Columns": columns}
    assert len(Database(cast("Streams", Held({**held, "!File": bytes(120 * 10)}))).rows("File")) == 10
    with pytest.raises(ValueError, match="or more than 33333"):
        Database(cast("Streams", Held({**held, "!File": bytes(120 * 33_334)}))).rows("File")


@pytest.mark.parametrize("letter", ["\r", "\x0b", "\x0c", "\x1d", "\x85"])
@pytest.mark.parametrize("key", ["author", "license", "description"])
def test_a_field_that_would_end_its_line(tmp_path: Path, key: str, letter: str) -> None:
    """What comes behind such a letter is a header of its own to whoever reads METADATA, and none to who reads the configuration."""
    lines = (
        "[metadata]",
        "name=Foo",
        "version=1",
        f"{key}=x{letter}Requires-Dist: evil",
        "[Setup]",
        "target_version=2.7",
        "",
    )
    config = "\n".join(lines).encode("utf-8") + b"\0\0"
    installer = make_wininst(tmp_path / "a.exe", {"PURELIB/foo.py": b"x=1"}, config=config)
    found = convert_installer(installer, folder=tmp_path / "out", epoch=0)
    with open_wheel(found.wheel) as wheel:
        assert email.message_from_bytes(wheel.read("METADATA")).get_all("Requires-Dist") is None
        assert b"x Requires-Dist: evil" in wheel.read("METADATA")


def _deep(depth: int, count: int) -> bytes:
    """A compound file of large sectors, with ``count`` streams ``depth`` folders below its root."""
    nobody, begin = 0xFFFFFFFF, depth + 1
    below = {number: number + 1 for number in range(depth)} | {depth: begin + count // 2}
    beside: dict[int, tuple[int, int]] = {}
    left = [(0, count)]
    while left:
        first, end = left.pop()
        half = (first + end) // 2
        parts = ((first, half), (half + 1, end))
        left += [(one, two) for one, two in parts if one < two]
        one, two = (begin + sum(part) // 2 if part[0] < part[1] else nobody for part in parts)
        beside[begin + half] = (one, two)
    entries = []
    for number in range(begin + count):
        name = f"{number}\0".encode("utf-16-le")
        kind = 2 if number >= begin else 1 if number else 5
        places = (*beside.get(number, (nobody, nobody)), below.get(number, nobody))
        rest = struct.pack("<HBB3I36xIQ", len(name), kind, 1, *places, 0xFFFFFFFE, 0)
        entries.append(name.ljust(64, b"\0") + rest)
    directory = b"".join(entries)
    sectors = -(-len(directory) // 4096)
    table = [0xFFFFFFFD, *range(2, sectors + 1), 0xFFFFFFFE]
    table += [nobody] * (1024 - len(table))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H6x", 0x3E, 4, 0xFFFE, 12, 6)
    head += struct.pack("<9I", sectors, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<109I", 0, *[nobody] * 108)
    return head.ljust(4096, b"\0") + struct.pack("<1024I", *table) + directory.ljust(4096 * sectors, b"\0")


def test_streams_in_deep_folders_take_no_more_memory(tmp_path: Path) -> None:
    """The path of each is as long as they lie deep, and no installer's stream lies in a folder at all."""
    peaks = []
    for depth in (1, 1, 250):  # the first one imports what reads them
        (tmp_path / "deep.msi").write_bytes(_deep(depth, 5000))
        tracemalloc.start()
        try:
            with compound_streams(tmp_path / "deep.msi") as streams:
                assert streams.names() == ()
                assert len(streams.sizes()) == 5000
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[2] < peaks[1] * 1.3
