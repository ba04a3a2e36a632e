"""Wheels that are small and become large, or are damaged or strangely packed: both halves say so in words, and hold little of them."""

from __future__ import annotations

import io
import json
import struct
import tracemalloc
import zipfile
import zlib
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bundler import foreign
from bundler.errors import IntegrityError
from bundler.formats import wheel_limits
from bundler.formats.archives.unpacking import unpack
from bundler.formats.bounded_zip import LARGEST_DIRECTORY
from bundler.formats.core_metadata import MalformedMetadataError
from bundler.formats.wheel_limits import LARGEST_SOURCE, LARGEST_TEXT, MEMBERS, MOST_LINES
from bundler.formats.wheel_reader import open_wheel
from bundler.model.target import Target
from bundler.pack.wheels import read_wheel
from bundler.runtime.dlls.wheel_programs import wheel_programs
from bundler.target import archives as on_target
from bundler.target.errors import InstallError
from bundler.target.state.inventory import read_spare
from bundler.target.steps.bundle_contents import content_of, contents_of
from bundler.target.wheels import wheel_file as target_reader
from bundler.target.wheels.unpacking import SCRIPT, Unpacker
from bundler.trust.file_papers import wheel_papers
from bundler.trust.foreign_bill import MOST_COMPONENTS
from tests.support.bundles import wheel_file
from tests.support.packages import make_wheel
from tests.target.forks import TARGET as PROGRAM

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TARGET = Target.of("3.11.9", "win_amd64")
INFO = "demo-1.0.dist-info"
MEBIBYTE = 1 << 20
DETAILS = b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"
STARTS = {
    "METADATA": DETAILS + b"\n",
    "WHEEL": b"Wheel-Version: 1.0\n\n",
    "RECORD": b"",
    "entry_points.txt": b"[console_scripts]\n#",
}


class NoCache:
    """A cache that remembers nothing."""

    def load(self, *_: object) -> None: ...

    def save(self, *_: object) -> None: ...


def spread(path: Path, name: str, start: bytes, size: int, fill: bytes = b" ") -> Path:
    """Add a member of ``size`` bytes, or put it in another's place, without ever having it in memory."""
    with zipfile.ZipFile(path) as old:
        rest = [(each.filename, old.read(each)) for each in old.infolist() if each.filename != name]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, content in rest:
            archive.writestr(each, content)
        with archive.open(name, "w", force_zip64=True) as out:
            out.write(start)
            left = size - len(start)
            while left > 0:
                left -= out.write((fill * MEBIBYTE)[: min(left, MEBIBYTE)])
    return path


def refused_by_both(path: Path, words: str) -> None:
    with pytest.raises(IntegrityError, match=words) as caught:
        read_wheel(wheel_file(path), TARGET)
    assert caught.value.reference == "wheel-malformed"
    refused_on_target(path, words)


def refused_on_target(path: Path, words: str) -> None:
    with pytest.raises(InstallError, match=words) as refused:
        target_reader.read_wheel(str(path), "demo")
    assert refused.value.code == 1603


def peak(work: Callable[[], object]) -> int:
    """The most memory that Python's own allocations took meanwhile, in bytes."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", STARTS)
def test_texts_that_are_far_too_large(tmp_path: Path, name: str) -> None:
    wheel = spread(make_wheel(tmp_path), f"{INFO}/{name}", STARTS[name], 60 * MEBIBYTE)
    assert wheel.stat().st_size < MEBIBYTE
    if name == "METADATA":  # the target has no use for it
        with pytest.raises(IntegrityError, match=r"and at most \d+ are read"):
            read_wheel(wheel_file(wheel), TARGET)
    elif name in {"WHEEL", "RECORD"}:  # which the build host looks at elsewhere
        with pytest.raises(MalformedMetadataError, match="are read"):
            all_texts(wheel)
        refused_on_target(wheel, "are read")
    else:
        refused_by_both(wheel, r"and at most \d+ are read")


def all_texts(path: Path) -> None:
    with open_wheel(path) as wheel:
        wheel.fields()
        wheel.record()


def test_their_content_is_never_held(tmp_path: Path) -> None:
    wheel = spread(make_wheel(tmp_path), f"{INFO}/RECORD", b"", 60 * MEBIBYTE)
    assert peak(lambda: refused_on_target(wheel, "are read")) < 8 * MEBIBYTE
    wheel = spread(make_wheel(tmp_path), f"{INFO}/METADATA", STARTS["METADATA"], 60 * MEBIBYTE)

    def read() -> None:
        with pytest.raises(IntegrityError, match="are read"):
            read_wheel(wheel_file(wheel), TARGET)

    assert peak(read) < 8 * MEBIBYTE


def test_a_text_that_hides_its_size(tmp_path: Path) -> None:
    """The directory says a few bytes, what is packed would be 60 MB."""
    wheel = spread(make_wheel(tmp_path), f"{INFO}/RECORD", b"", 60 * MEBIBYTE)
    content = wheel.read_bytes()
    size, crc = (60 * MEBIBYTE).to_bytes(4, "little"), zlib.crc32(b" ").to_bytes(4, "little")
    with zipfile.ZipFile(wheel) as archive:
        real = archive.getinfo(f"{INFO}/RECORD").CRC.to_bytes(4, "little")
    wheel.write_bytes(content.replace(size, (1).to_bytes(4, "little")).replace(real, crc))

    def both() -> None:
        target_reader.read_wheel(str(wheel), "demo")
        with open_wheel(wheel) as opened:
            opened.record()

    assert peak(both) < 8 * MEBIBYTE


def test_licences_count_together(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path)
    for number in range(5):
        spread(wheel, f"{INFO}/licenses/LICENSE-{number}", b"free", LARGEST_TEXT // 4)
    with pytest.raises(IntegrityError, match="are read"):
        read_wheel(wheel_file(wheel), TARGET)


@pytest.mark.parametrize("name", ["METADATA", "RECORD", "entry_points.txt"])
def test_texts_of_millions_of_lines(tmp_path: Path, name: str) -> None:
    """Each would be an object."""
    for fill in (b"\n", b"a=\n", b"\r", b"\x0c", "\u2028".encode()):
        size = (MOST_LINES + 10) * len(fill)
        wheel = spread(make_wheel(tmp_path / fill.hex()), f"{INFO}/{name}", b"", size, fill)
        if name != "METADATA":
            refused_on_target(wheel, "lines")
        if name != "RECORD":
            with pytest.raises(IntegrityError, match="lines"):
                read_wheel(wheel_file(wheel), TARGET)


def test_what_unpacks_to_far_more_than_it_takes_up(tmp_path: Path) -> None:
    wheel = spread(make_wheel(tmp_path), "demo/big.dll", b"MZ", 200 * MEBIBYTE)
    refused_by_both(wheel, "unpack to")
    with pytest.raises(IntegrityError, match="unpack to") as caught:
        wheel_programs(wheel_file(wheel), NoCache())
    assert caught.value.reference == "wheel-malformed"


def test_a_large_model_is_legal(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path)
    with zipfile.ZipFile(wheel, "a", zipfile.ZIP_STORED) as archive, archive.open("demo/model.bin", "w") as out:
        for _ in range(70):
            out.write(bytes(MEBIBYTE))
    assert read_wheel(wheel_file(wheel), TARGET).info.size > 70 * MEBIBYTE
    assert target_reader.read_wheel(str(wheel), "demo").members


def test_a_module_that_no_compiler_takes(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path)
    with zipfile.ZipFile(wheel, "a", zipfile.ZIP_STORED) as archive, archive.open("demo/large.py", "w") as out:
        for _ in range(LARGEST_SOURCE // MEBIBYTE + 1):
            out.write(b"#" * MEBIBYTE)
    refused_by_both(wheel, "too many for a module")


def test_a_script_that_is_too_large_to_be_given_its_python(tmp_path: Path) -> None:
    """It is copied as programs are: refused, it would take the installation back in its midst."""
    size = LARGEST_SOURCE + MEBIBYTE
    for start in (b"MZ", b"#!python\n"):
        wheel = tmp_path / "a.whl"
        with zipfile.ZipFile(wheel, "w") as archive, archive.open("x", "w") as out:
            out.write(start + bytes(size - len(start)))
        with zipfile.ZipFile(wheel) as archive:
            crc = archive.getinfo("x").CRC
        piece = {
            "wheel": str(wheel),
            "start": 0,
            "length": 0,
            "folders": [str(tmp_path)],
            "items": [[0, "script", 0, size, size, 0, crc, None, SCRIPT]],
        }
        answer = Unpacker({"shebang": "#!x\n", "compile": True}).piece(piece)
        assert answer == {"failed": [], "changed": []}
        with (tmp_path / "script").open("rb") as stream:
            assert stream.read(len(start)) == start
        assert (tmp_path / "script").stat().st_size == size


def raised(path: Path, change: Callable[[zipfile.ZipInfo], None]) -> Path:
    """What the directory says of a module becomes something else."""
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("demo/last.py", b"")
        change(archive.getinfo("demo/last.py"))
    return path


def test_more_members_than_any_wheel_has(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path)
    with zipfile.ZipFile(wheel, "a") as archive:
        info = archive.infolist()[0]
        archive.filelist.extend([info] * (MEMBERS.entries + 1))
        archive._didModify = True  # type: ignore[attr-defined]
    refused_by_both(wheel, "members|entries|at once")


def test_a_directory_of_a_gigabyte(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path)
    with wheel.open("r+b") as stream:
        stream.seek(0, 2)
        stream.truncate(stream.tell() + (1 << 30))  # a hole, which takes no room on the disk
        stream.seek(0, 2)
        stream.write(b"PK\5\6" + bytes(4) + b"\1\0\1\0" + (1 << 30).to_bytes(4, "little") + bytes(6))
    refused_by_both(wheel, "read at once")
    assert peak(lambda: refused_on_target(wheel, "read at once")) < 8 * MEBIBYTE


def method(number: int) -> Callable[[zipfile.ZipInfo], None]:
    return lambda info: setattr(info, "compress_type", number)


@pytest.mark.parametrize("number", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, 93, 99])
def test_methods_that_installers_do_not_know(tmp_path: Path, number: int) -> None:
    wheel = make_wheel(tmp_path)
    raised(wheel, method(number))
    refused_by_both(wheel, f"packed by method {number}")


def test_damaged_lzma_and_bzip2(tmp_path: Path) -> None:
    for number in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        wheel = make_wheel(tmp_path / str(number))
        with zipfile.ZipFile(wheel) as old:
            rest = [(each.filename, old.read(each)) for each in old.infolist()]
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", number) as archive:
            for name, content in rest:
                archive.writestr(name, content)
        damaged = bytearray(buffer.getvalue())
        damaged[60:100] = bytes(40)
        wheel.write_bytes(damaged)
        refused_by_both(wheel, "packed by method")


def test_an_encrypted_member(tmp_path: Path) -> None:
    wheel = raised(make_wheel(tmp_path), lambda info: setattr(info, "flag_bits", 1))
    refused_by_both(wheel, "is encrypted")


def test_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    wheel = raised(make_wheel(tmp_path), lambda info: setattr(info, "filename", "demo/\u00e9.py"))
    content = wheel.read_bytes()
    assert content.count("\u00e9".encode()) == 1
    wheel.write_bytes(content.replace("\u00e9".encode(), b"\xff\xfe"))
    refused_by_both(wheel, "utf-8|decode")


def test_both_halves_have_the_same_bounds() -> None:
    assert MEMBERS.entries == on_target.MOST_MEMBERS
    assert (MEMBERS.size, MEMBERS.ratio, MEMBERS.small) == (on_target.LARGEST_SIZE, on_target.RATIO, on_target.SMALL)
    assert on_target.LARGEST_DIRECTORY == LARGEST_DIRECTORY
    for name in ("LARGEST_TEXT", "MOST_LINES", "LARGEST_SOURCE"):
        assert getattr(on_target, name) == getattr(wheel_limits, name)
    for name in ("_LINE_ENDS", "_WIDE_LINE_ENDS"):
        assert getattr(on_target, name) == getattr(foreign, name)


# -- every zip that the target opens


def bomb(path: Path, *, claimed: int = 100 << 20) -> Path:
    """100 MB of nothing in 100 kB."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/b.py", bytes(claimed))
    return path


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "C:/x", "a/b.py:x", "a\\x", "a/.. /x", "a./x"])
def test_seeds_stay_in_their_folder(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("placeholder")
        info.filename = name
        archive.writestr(info, "x")
    place = tmp_path / "place"
    place.mkdir()
    with pytest.raises(on_target.DAMAGED, match="would lie outside"):
        on_target.unpack(str(path), str(place))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["place", "x.zip"]
    assert list(place.iterdir()) == []


def test_seeds_have_bounds(tmp_path: Path) -> None:
    with pytest.raises(zipfile.BadZipfile, match="unpack to"):
        on_target.unpack(str(bomb(tmp_path / "x.zip")), str(tmp_path / "place"))
    assert not (tmp_path / "place").exists()


@pytest.mark.parametrize("size", [10, MEBIBYTE + 1])
def test_a_member_gives_no_more_than_its_directory_says(tmp_path: Path, size: int) -> None:
    sink = io.BytesIO()
    with on_target.opened(str(bomb(tmp_path / "x.zip", claimed=MEBIBYTE))) as archive:
        archive.getinfo("a/b.py").file_size = size
        with pytest.raises(on_target.DAMAGED):
            on_target.copy_member(archive, "a/b.py", sink)
    assert len(sink.getvalue()) <= size


def test_spares_have_bounds(tmp_path: Path) -> None:
    class Own:
        spares = str(bomb(tmp_path / "spares.zip"))

    layout: Any = Own()
    assert read_spare(layout, "a/b.py") is None
    bomb(tmp_path / "spares.zip", claimed=1 << 20)
    assert read_spare(layout, "a/b.py") == bytes(1 << 20)
    assert read_spare(layout, "other") is None


def test_what_a_bundle_can_put_back_has_bounds(tmp_path: Path) -> None:
    class Own:
        manifest = SimpleNamespace(members=[], packages=[SimpleNamespace(file="x.whl")])

        def path(self, name: str) -> str:
            return str(tmp_path / name)

        @property
        def origin(self) -> Own:
            return self

    bundle: Any = Own()
    bomb(tmp_path / "x.whl")
    with pytest.raises(InstallError, match=r"x\.whl can't be read: its [0-9]+ bytes unpack to"):
        contents_of(bundle)
    with pytest.raises(InstallError, match=r"x\.whl can't be read"):
        content_of(bundle, ("x.whl", "a/b.py"))


def test_no_zip_is_opened_elsewhere() -> None:
    """What isn't opened to be written is opened behind the guard."""
    found = {
        module.name: [line.strip() for line in module.read_text("utf-8").splitlines() if "ZipFile(" in line]
        for module in PROGRAM.rglob("*.py")
    }
    reading = {name: lines for name, lines in found.items() if any(', "w"' not in each for each in lines)}
    assert list(reading) == ["archives.py"]


@pytest.mark.parametrize("place", [1 << 40, 1 << 48, 1 << 62, (1 << 63) + 5, (1 << 64) - 1], ids=hex)
def test_an_entry_behind_the_end(tmp_path: Path, place: int) -> None:
    """ZIP64 has room for places to which no system seeks."""
    wheel = make_wheel(tmp_path)
    content = wheel.read_bytes()
    entry, end = content.rindex(b"PK\1\2", 0, content.rindex(b"/METADATA")), content.rindex(b"PK\5\6")
    name = struct.unpack_from("<H", content, entry + 28)[0]
    behind = entry + 46 + name
    field = struct.pack("<HHQ", 1, 8, place)
    moved = (
        content[:entry] + content[entry : entry + 30] + struct.pack("<H", len(field)) + content[entry + 32 : entry + 42]
    )
    moved += b"\xff\xff\xff\xff" + content[entry + 46 : behind] + field + content[behind : end + 12]
    moved += struct.pack("<I", struct.unpack_from("<I", content, end + 12)[0] + len(field)) + content[end + 16 :]
    wheel.write_bytes(moved)
    with pytest.raises(IntegrityError) as caught:
        read_wheel(wheel_file(wheel), TARGET)
    assert caught.value.reference == "wheel-malformed"
    with pytest.raises(IntegrityError, match="behind its end"):
        unpack(wheel, tmp_path / "unpacked")
    with pytest.raises(InstallError, match="behind its end"):
        target_reader.read_wheel(str(wheel), "demo")


@pytest.mark.parametrize(("bills", "components"), [(3, 5000), (100, 3000), (1001, 1)])
def test_bills_count_together(tmp_path: Path, bills: int, components: int) -> None:
    """Each is as large as one may be, and a zip packs thousands that are nearly the same: 15 MB of them took 4 GB of memory."""
    text = json.dumps({"bomFormat": "CycloneDX", "components": [{"name": f"part{n}"} for n in range(components)]})
    files: dict[str, str | bytes] = {f"{INFO}/sboms/{n}.json": text.replace("part", f"p{n}-") for n in range(bills)}
    found = wheel_papers(wheel_file(make_wheel(tmp_path, "demo", files=files)), NoCache())
    assert len(found.components) <= MOST_COMPONENTS
    assert found.unread
    assert any(words in found.unread[-1] for words in ("more than 5000 components", "at most"))
