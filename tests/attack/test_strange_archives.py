"""Archives that hold more than a bundle, or that unpackers read differently: ``bundle verify`` accepts none of them."""

from __future__ import annotations

import hashlib
import io
import os
import random
import shutil
import string
import struct
import subprocess
import sys
import zipfile
import zlib
from typing import TYPE_CHECKING

import py7zr
import pytest
from filelock import FileLock

from bundler.errors import InputError, IntegrityError
from bundler.formats.seven_zip_records import (
    FRONT_SIZE,
    Copied,
    encode_front,
    encode_header,
    file_time,
    read_front,
)
from bundler.formats.zip_records import LOCAL_SIZE, Stored, central_record, dos_time, end_records, local_record
from bundler.pack.names import path_faults
from bundler.pack.verify import verify_bundle
from bundler.report import Reporter
from tests.support.bundles import CREATED, make_boot, make_inputs, write_made
from tests.support.cases import cases
from tests.support.strict_archives import strict_7z, strict_zip

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STARTER = "bootstrap.bat"
EXTRA_LENGTH, COMMENT_LENGTH = 30, 32
"""Where the lengths stand in a record of the directory; in a local header the first stands two bytes before."""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    return write_made(make_inputs(folder / "inputs").lay_out(), folder / "out", "zip").path


@pytest.fixture(scope="module")
def seven_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    return write_made(make_inputs(folder / "inputs").lay_out(), folder / "out", "7z").path


@pytest.fixture(scope="module")
def files(bundle: Path) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(bundle) as archive:
        return [(each.filename, archive.read(each)) for each in archive.infolist()]


def refused(content: bytes, path: Path) -> str:
    path.write_bytes(content)
    with pytest.raises((IntegrityError, InputError)) as caught:
        verify_bundle(path, Reporter())
    assert caught.value.reference in {"bundle-damaged", "bundle-unreadable"}
    return "\n".join(caught.value.context)


def test_the_form_itself_is_accepted(bundle: Path, files: list[tuple[str, bytes]], tmp_path: Path) -> None:
    again = tmp_path / "again.zip"
    again.write_bytes(strict_zip(files))
    assert again.read_bytes() == bundle.read_bytes()
    assert verify_bundle(again, Reporter()).members == len(files)


def with_field(field: bytes, *, at: int) -> Callable[[str, bytes], bytes]:
    """A record of the starter with a field; ``at``: where its length stands, -1: as it is."""

    def change(name: str, record: bytes) -> bytes:
        if name != STARTER or at < 0:
            return record
        return record[:at] + struct.pack("<H", len(field)) + record[at + 2 :] + field

    return change


def unicode_path(name: bytes) -> bytes:
    """Info-ZIP's field: another name, and the CRC of the one that it replaces."""
    body = struct.pack("<BI", 1, zlib.crc32(STARTER.encode())) + name
    return struct.pack("<HH", 0x7075, len(body)) + body


FIELDS = {
    "Unicode path": unicode_path(b"target/evil.py"),
    "Unicode comment": struct.pack("<HHB", 0x6375, 1, 1),
    "times": struct.pack("<HHBI", 0x5455, 5, 1, 0),
    "zip64": struct.pack("<HHQQ", 1, 16, 1, 1),
    "AES": struct.pack("<HH7s", 0x9901, 7, b"\2\0AE\1\0\0"),
    "no field": b"\0",
}


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
@pytest.mark.parametrize("where", ["local", "central", "both"])
def test_fields(files: list[tuple[str, bytes]], tmp_path: Path, field: bytes, where: str) -> None:
    local = with_field(field, at=EXTRA_LENGTH - 2 if where != "central" else -1)
    central = with_field(field, at=EXTRA_LENGTH if where != "local" else -1)
    assert refused(strict_zip(files, local=local, central=central), tmp_path / "bad.zip")


def test_comments(bundle: Path, files: list[tuple[str, bytes]], tmp_path: Path) -> None:
    assert refused(strict_zip(files, central=with_field(b"words", at=COMMENT_LENGTH)), tmp_path / "bad.zip")
    content = bundle.read_bytes()
    assert refused(content[:-2] + b"\5\0words", tmp_path / "bad.zip")
    assert refused(content[:-2] + struct.pack("<H", 22) + content[-22:], tmp_path / "bad.zip")


@pytest.mark.parametrize(
    "name",
    ["boot/", "boot/empty/", "/", "../x", "/x", "C:x", "a\\b", "\u00e9", "", "nul", "BOOTSTRAP.BAT", "x\0y", STARTER],
)
@pytest.mark.parametrize("content", [b"", b"body"])
def test_names_that_no_bundle_has(files: list[tuple[str, bytes]], tmp_path: Path, name: str, content: bytes) -> None:
    assert refused(strict_zip([*files, (name, content)]), tmp_path / "bad.zip")


@pytest.mark.parametrize("method", ["stored", "deflated", "streamed", "with folders"])
def test_what_other_programs_pack(files: list[tuple[str, bytes]], tmp_path: Path, method: str) -> None:
    buffer = io.BytesIO()
    if method == "streamed":
        buffer.seekable = lambda: False  # type: ignore[method-assign]
    kind = zipfile.ZIP_DEFLATED if method == "deflated" else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        if method == "with folders":
            archive.mkdir("boot")
        for name, content in files:
            archive.writestr(name, content)
    assert refused(buffer.getvalue(), tmp_path / "bad.zip")


def test_bytes_that_no_member_owns(bundle: Path, files: list[tuple[str, bytes]], tmp_path: Path) -> None:
    content = bundle.read_bytes()
    for bad in (content + b"x", content + bytes(22), b"x" + content, b"PK" + content, content + content):
        assert refused(bad, tmp_path / "bad.zip") or not bad.startswith(b"PK")
    assert "hidden bytes" in refused(strict_zip(files, behind=b"x"), tmp_path / "bad.zip")
    before_directory = strict_zip([*files, ("x", b"")])
    assert refused(before_directory, tmp_path / "bad.zip")


def test_two_directories(files: list[tuple[str, bytes]], tmp_path: Path) -> None:
    """One for who reads from the end, one for who reads from the front."""
    other = strict_zip([(name, b"evil" if name == STARTER else content) for name, content in files])
    whole = strict_zip(files)
    moved = bytearray(other + whole)
    assert refused(bytes(moved), tmp_path / "bad.zip")


def test_members_that_share_their_bytes(files: list[tuple[str, bytes]], tmp_path: Path) -> None:
    stamp, content = dos_time(CREATED), files[0][1]
    inner = Stored(name=b"inner", crc=zlib.crc32(content), size=len(content), offset=0)
    header = local_record(inner, stamp)
    body = header + content
    outer = Stored(name=b"outer", crc=zlib.crc32(body), size=len(body), offset=0)
    first = local_record(outer, stamp)
    inner = Stored(name=b"inner", crc=inner.crc, size=inner.size, offset=len(first))
    directory = central_record(outer, stamp) + central_record(inner, stamp)
    whole = first + body + directory + end_records(2, len(first + body), len(directory))
    assert "overlaps" in refused(whole, tmp_path / "bad.zip")


def test_a_checksum_that_only_unpackers_look_at(files: list[tuple[str, bytes]], tmp_path: Path) -> None:
    """The content is the manifest's; ``unzip`` and Explorer would end at a wrong CRC."""
    for wrong in (STARTER, "manifest.json", "SHA256SUMS"):

        def changed(name: str, record: bytes, *, at: int, wrong: str = wrong) -> bytes:
            return record[:at] + b"\1\2\3\4" + record[at + 4 :] if name == wrong else record

        content = strict_zip(
            files, local=lambda *each: changed(*each, at=14), central=lambda *each: changed(*each, at=16)
        )
        assert "CRC-32" in refused(content, tmp_path / "bad.zip")


def test_a_time_that_no_clock_shows(files: list[tuple[str, bytes]], tmp_path: Path) -> None:
    def changed(record: bytes, at: int) -> bytes:
        return record[:at] + b"\xff" * 4 + record[at + 4 :]

    content = strict_zip(files, local=lambda _, each: changed(each, 10), central=lambda _, each: changed(each, 12))
    assert "no clock" in refused(content, tmp_path / "bad.zip")


def record_bytes(content: bytes) -> list[int]:
    """The places of all bytes that belong to headers, the directory or the end."""
    if not content.startswith(b"PK"):
        total, _ = read_front(content)
        return [*range(FRONT_SIZE), *range(FRONT_SIZE + total, len(content))]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        infos, start = archive.infolist(), archive.start_dir
    places = list(range(start, len(content)))
    for each in infos:
        places += range(each.header_offset, each.header_offset + LOCAL_SIZE + len(each.filename))
    return places


@pytest.fixture(params=["zip", "7z"])
def either(request: pytest.FixtureRequest, bundle: Path, seven_zip: Path) -> Path:
    return bundle if request.param == "zip" else seven_zip


@pytest.mark.parametrize("seed", range(4))
def test_no_byte_of_a_header_can_be_another(either: Path, tmp_path: Path, seed: int) -> None:
    content = either.read_bytes()
    draw = random.Random(seed)  # noqa: S311
    places = record_bytes(content)
    for _ in range(cases(100)):
        bad = bytearray(content)
        for at in draw.sample(places, draw.choice((1, 1, 2, 4))):
            bad[at] ^= draw.randrange(1, 256)
        refused(bytes(bad), tmp_path / "bad.zip")


@pytest.mark.parametrize("seed", range(4))
def test_a_changed_7z_header_whose_checksums_are_right(seven_zip: Path, tmp_path: Path, seed: int) -> None:
    """Whoever changes it on purpose writes them anew."""
    content = seven_zip.read_bytes()
    total, _ = read_front(content)
    body, header = content[FRONT_SIZE : FRONT_SIZE + total], content[FRONT_SIZE + total :]
    draw = random.Random(seed)  # noqa: S311
    for _ in range(cases(100)):
        bad = bytearray(header)
        for at in draw.sample(range(len(bad)), draw.choice((1, 1, 2, 4))):
            bad[at] ^= draw.randrange(1, 256)
        refused(encode_front(bytes(bad), total) + body + bytes(bad), tmp_path / "bad.7z")


@pytest.mark.parametrize("seed", range(4))
def test_no_bytes_can_come_in_or_go_away(either: Path, tmp_path: Path, seed: int) -> None:
    content = either.read_bytes()
    draw = random.Random(seed)  # noqa: S311
    for _ in range(cases(50)):
        at, length = draw.randrange(len(content)), draw.randrange(1, 64)
        bad = content[:at] + (content[at + length :] if draw.random() < 0.5 else draw.randbytes(length) + content[at:])
        refused(bad, tmp_path / "bad.zip")


@pytest.mark.parametrize("name", ["boot/", "../x", "C:x", "a\\b", "\u00e9", "", "nul", "BOOTSTRAP.BAT", STARTER])
def test_names_that_no_7z_of_ours_has(files: list[tuple[str, bytes]], tmp_path: Path, name: str) -> None:
    assert refused(strict_7z([*files, (name, b"body")]), tmp_path / "bad.7z")


def test_links_folders_and_other_coders_in_a_7z(files: list[tuple[str, bytes]], tmp_path: Path) -> None:
    for filters in (None, [{"id": py7zr.FILTER_COPY}]):
        for more in ("folder", "empty file", "password", ""):
            out = io.BytesIO()
            password = "secret" if more == "password" else None
            with py7zr.SevenZipFile(
                out, "w", filters=filters if password is None else None, password=password
            ) as seven:
                for name, content in files:
                    seven.writestr(content, name)
                if more == "folder":
                    seven.write(tmp_path, "boot/empty")
                if more == "empty file":
                    seven.writestr(b"", "boot/empty")
            assert refused(out.getvalue(), tmp_path / "bad.7z")


def test_bytes_around_a_7z(seven_zip: Path, tmp_path: Path) -> None:
    content = seven_zip.read_bytes()
    assert "hidden bytes" in refused(content + b"x", tmp_path / "bad.7z")
    total, _ = read_front(content)
    body, header = content[FRONT_SIZE : FRONT_SIZE + total], content[FRONT_SIZE + total :]
    assert "hidden bytes" in refused(encode_front(header, total + 4) + body + b"more" + header, tmp_path / "bad.7z")


def test_a_checksum_in_a_7z_that_only_unpackers_look_at(files: list[tuple[str, bytes]], tmp_path: Path) -> None:
    members = [Copied(name=name, size=len(content), crc=1) for name, content in files]
    body = b"".join(content for _, content in files)
    header = encode_header(members, file_time(CREATED))
    assert "CRC-32" in refused(encode_front(header, len(body)) + body + header, tmp_path / "bad.7z")


PACKERS: dict[str, Callable[[list[tuple[str, bytes]]], bytes]] = {"zip": strict_zip, "7z": strict_7z}
TAR_SUM = slice(148, 156)
SUMS = {
    "octal": lambda block: b"%06o\0 " % sum(block),
    "a sign": lambda block: b"%06o\0 " % sum(each - 256 * (each > 127) for each in block),
    "binary": lambda block: b"\x80" + sum(block).to_bytes(7, "big"),
}


@pytest.mark.parametrize("kind", PACKERS)
@pytest.mark.parametrize("summed", SUMS.values(), ids=SUMS)
def test_a_tar_at_the_same_time(
    files: list[tuple[str, bytes]], tmp_path: Path, kind: str, summed: Callable[[bytes], bytes]
) -> None:
    """Windows' ``tar.exe`` unpacks the tar, whatever the archive's name. The checksum is in a checksum that it counts: some content fits."""
    pack, content = PACKERS[kind], bytearray(b"x" * 1000)
    before = pack([("a", bytes(content)), *files]).index(content)
    place = slice(TAR_SUM.start - before, TAR_SUM.stop - before)
    for number in range(100_000):
        content[:4], content[place] = struct.pack("<I", number), b" " * 8
        content[place] = said = summed(pack([("a", bytes(content)), *files])[:512])
        whole = pack([("a", bytes(content)), *files])
        if summed(whole[: TAR_SUM.start] + b" " * 8 + whole[TAR_SUM.stop : 512]) == said:
            break
    assert "of the format tar" in refused(whole, tmp_path / f"bad.{kind}")


@pytest.mark.parametrize("kind", PACKERS)
def test_an_image_of_a_cd_at_the_same_time(files: list[tuple[str, bytes]], tmp_path: Path, kind: str) -> None:
    pack, content = PACKERS[kind], b"x" * 40_000
    at = 16 * 2048 + 1 - pack([("a", content), *files]).index(content)
    with_mark = content[:at] + b"CD001" + content[at + 5 :]
    assert "of the format ISO 9660" in refused(pack([("a", with_mark), *files]), tmp_path / f"bad.{kind}")


OF_WINDOWS = {"tar.exe": ["-x", "-f", "{archive}", "-C", "{folder}"]}
OTHERS = {
    "unzip": ["-q", "{archive}", "-d", "{folder}"],
    "7z": ["x", "-o{folder}", "{archive}"],
    "bsdtar": ["-x", "-f", "{archive}", "-C", "{folder}"],
}
UNPACKERS = OF_WINDOWS if sys.platform == "win32" else OTHERS
PACKAGES = ("unzip", "p7zip-full", "libarchive-tools")
"""Debian's, in which these are."""


def demand(program: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The end-to-end tests' machine gets it by apt; where that can't be done the test is skipped with its reason."""
    if shutil.which(program):
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        pytest.skip(f"{program} is not on this machine")
    with FileLock(tmp_path_factory.getbasetemp().parent / "apt.lock"):
        if not shutil.which(program):
            subprocess.run(["apt-get", "-qq", "update"], check=True)
            words = ["apt-get", "-qq", "-y", "--no-install-recommends", "install", *PACKAGES]
            subprocess.run(words, check=True, stdout=subprocess.DEVNULL)


def unpacked(folder: Path) -> dict[str, str]:
    return {
        each.relative_to(folder).as_posix(): hashlib.sha256(each.read_bytes()).hexdigest()
        for each in folder.rglob("*")
        if each.is_file()
    }


def test_what_is_accepted_python_unpacks_as_it_was_meant(
    bundle: Path, seven_zip: Path, files: list[tuple[str, bytes]], tmp_path: Path
) -> None:
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(tmp_path / "zip")
    with py7zr.SevenZipFile(seven_zip) as seven:
        seven.extractall(tmp_path / "7z")
    meant = {name: hashlib.sha256(content).hexdigest() for name, content in files}
    assert unpacked(tmp_path / "zip") == unpacked(tmp_path / "7z") == meant


NAME_CHARACTERS = string.ascii_letters + string.digits + "._-+=@~!#$%&'()[]{},; ^`"


def drawn(draw: random.Random) -> dict[str, bytes]:
    """Files by names that a bundle can have, and that unpackers could understand in ways of their own."""
    found: dict[str, bytes] = {"python.exe": b"MZ"}
    while len(found) < 25:
        parts = ["".join(draw.choices(NAME_CHARACTERS, k=draw.randrange(1, 20))) for _ in range(draw.randrange(1, 5))]
        name = "/".join(parts)
        taken = {each.casefold() for each in found} | {
            "/".join(each.casefold().split("/")[:depth]) for each in found for depth in range(1, 5)
        }
        above = {"/".join(name.casefold().split("/")[:depth]) for depth in range(1, len(parts) + 1)}
        if not any(path_faults([f"boot/{name}"])) and not above & taken:
            found[name] = draw.randbytes(draw.choice((1, 2, 511, 70_000))) * draw.choice((1, 3))
    return found


@pytest.mark.parametrize("kind", ["zip", "7z"])
@pytest.mark.parametrize("seed", range(cases(3)))
def test_whatever_is_accepted_all_unpack_the_same(
    tmp_path: Path, kind: str, seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    inputs = make_inputs(tmp_path / "inputs")
    inputs.boot = make_boot(tmp_path / "boot", drawn(random.Random(seed)))  # noqa: S311
    layout = inputs.lay_out()
    path = write_made(layout, tmp_path / "out", kind).path
    verify_bundle(path, Reporter())
    meant = {each.path: each.sha256 for each in layout.entries}
    if kind == "zip":
        with zipfile.ZipFile(path) as archive:
            archive.extractall(tmp_path / "python")
    else:
        with py7zr.SevenZipFile(path) as seven:
            seven.extractall(tmp_path / "python")
    assert unpacked(tmp_path / "python") == meant
    for program, arguments in UNPACKERS.items():
        if program == "unzip" and kind == "7z":
            continue
        demand(program, tmp_path_factory)
        folder = tmp_path / program
        folder.mkdir()
        words = [each.format(archive=path, folder=folder) for each in arguments]
        subprocess.run([program, *words], check=True, stdout=subprocess.DEVNULL)
        assert unpacked(folder) == meant, program
    # what unpackers wrote is accepted as a folder too
    assert verify_bundle(tmp_path / "python", Reporter()).members == len(meant)


@pytest.mark.parametrize("program", UNPACKERS)
def test_what_is_accepted_others_unpack_the_same(
    either: Path, files: list[tuple[str, bytes]], tmp_path: Path, program: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if program == "unzip" and either.suffix == ".7z":
        return
    demand(program, tmp_path_factory)
    words = [each.format(archive=either, folder=tmp_path) for each in UNPACKERS[program]]
    subprocess.run([program, *words], check=True, stdout=subprocess.DEVNULL)
    assert unpacked(tmp_path) == {name: hashlib.sha256(content).hexdigest() for name, content in files}
