"""Damaged and lying archives at every reader: what comes is a value or an error of ours that names the file, whoever broke what.

A seeded generator breaks whole ones: bytes and runs, lengths, places and methods in the records of zips, headers of tars and 7z whose
checksums are made right again.
"""

from __future__ import annotations

import bz2
import contextlib
import functools
import gzip
import lzma
import random
import shutil
import zipfile
from typing import TYPE_CHECKING

import pytest

from bundler.build.source_tree import open_source
from bundler.errors import BundleError, HostError
from bundler.formats.archives.unpacking import list_files
from bundler.formats.core_metadata import MalformedMetadataError
from bundler.formats.seven_zip_records import FRONT_SIZE, encode_front, read_front
from bundler.formats.wheel_reader import open_wheel
from bundler.legacy.identify import identify
from bundler.model.target import Target
from bundler.pack.reading import open_bundle
from bundler.pack.verify import verify_bundle
from bundler.pack.wheels import read_wheel
from bundler.report import Reporter
from bundler.runtime.dlls.wheel_programs import wheel_programs
from bundler.target.errors import InstallError
from bundler.target.wheels import wheel_file as target_reader
from tests.support.archives import make_archive
from tests.support.bundles import make_inputs, wheel_file, write_made
from tests.support.cases import cases
from tests.support.packages import make_wheel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TARGET = Target.of("3.11.9", "win_amd64")
SEEDS = range(4)
EXTREMES = (0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF, 1 << 62, (1 << 64) - 1)
MARKS = (b"PK\1\2", b"PK\3\4", b"PK\5\6", b"PK\6\6", b"PK\6\7")
NAMES = ("", "/", "..", "a\0b", "\u00e9", "nul", "C:", "a/../../b", "x" * 300)
METHODS = (0, 8, 12, 14, 93, 99)


class NoCache:
    """A cache that remembers nothing."""

    def load(self, *_: object) -> None: ...

    def save(self, *_: object) -> None: ...


class Breaker:
    """Breaks bytes in some of all ways."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)  # noqa: S311

    def plain(self, content: bytes) -> bytes:
        draw, bad = self.draw, bytearray(content)
        for _ in range(draw.choice((1, 1, 2, 5))):
            at, length = draw.randrange(len(bad) + 1), draw.choice((1, 2, 4, 8, 30))
            way = draw.randrange(6)
            if way == 0:
                bad[at : at + length] = draw.randbytes(length)
            elif way == 1:
                bad[at : at + length] = b"\xff" * length
            elif way == 2:
                bad[at : at + length] = bytes(length)
            elif way == 3:
                del bad[at : at + length]
            elif way == 4:
                bad[at:at] = bad[: length * 3]
            else:
                del bad[max(at, 1) :]
        return bytes(bad)

    def zip(self, content: bytes) -> bytes:
        """A field of a record becomes one that no record has."""
        draw, bad = self.draw, bytearray(content)
        for _ in range(draw.choice((1, 1, 2, 3))):
            mark = draw.choice(MARKS)
            places = [at for at in range(len(bad)) if bad.startswith(mark, at)]
            if not places:
                return self.plain(content)
            at, width = draw.choice(places) + draw.randrange(4, 46), draw.choice((1, 2, 4, 8))
            value = draw.choice((*EXTREMES, *METHODS)) & ((1 << 8 * width) - 1)
            bad[at : at + width] = value.to_bytes(width, "little")
        return bytes(bad)

    def seven_zip(self, content: bytes) -> bytes:
        """A plain header is broken, and its checksums made right again."""
        total, length = read_front(content)
        header = self.plain(content[FRONT_SIZE + total :][:length])
        return encode_front(header, total) + content[FRONT_SIZE : FRONT_SIZE + total] + header

    def tar(self, content: bytes) -> bytes:
        """A field of a header, with its sum made right again."""
        draw, bad = self.draw, bytearray(content)
        blocks = [at for at in range(0, len(bad), 512) if bad[at + 257 : at + 262] == b"ustar"]
        at = draw.choice(blocks)
        start, end = draw.choice(((0, 100), (100, 108), (124, 136), (136, 148), (156, 157), (157, 257), (345, 500)))
        fill = draw.choice((b"\xff", b"9", b"7", b"\0", b"-", b"\x80", b"/", b"x", b"L", b"S", b"g", b"1", b"\xc3"))
        bad[at + start : at + end] = (fill * (end - start)) if draw.random() < 0.7 else draw.randbytes(end - start)
        bad[at + 148 : at + 156] = b" " * 8
        bad[at + 148 : at + 156] = b"%06o\0 " % sum(bad[at : at + 512])
        return bytes(bad)


def ours(work: Callable[[], object], broken: Path) -> None:
    """Do it: nothing but an error of ours may come, and never one that blames this machine."""
    try:
        work()
    except HostError as error:
        raise AssertionError(f"{broken} is called a fault of this machine: {error}") from error
    except (BundleError, MalformedMetadataError):
        pass


def on_target(path: Path) -> None:
    with contextlib.suppress(InstallError):
        target_reader.read_wheel(str(path), "demo")


def all_of(path: Path) -> None:
    with open_wheel(path) as wheel:
        wheel.metadata()
        wheel.record()
        wheel.fields()
        wheel.program_names()


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """By all methods, with licences, programs and entry points."""
    folder = tmp_path_factory.mktemp("wheels")
    made = make_wheel(
        folder,
        "demo",
        files={"demo/x.py": "1", "demo/y.pyd": b"MZ" + bytes(200)},
        licenses={"LICENSE": "words"},
        entry_points={"console_scripts": {"run": "demo.x:main"}},
    )
    found = [made.read_bytes()]
    with zipfile.ZipFile(made) as archive:
        rest = [(each.filename, archive.read(each)) for each in archive.infolist()]
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        with zipfile.ZipFile(folder / "other.whl", "w", method) as archive:
            for name, content in rest:
                archive.writestr(name, content)
        found.append((folder / "other.whl").read_bytes())
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_wheels(wheels: list[bytes], tmp_path: Path, seed: int) -> None:
    breaker, path = Breaker(seed), tmp_path / "demo-1.0-py3-none-any.whl"
    for number in range(cases(150)):
        content = breaker.draw.choice(wheels)
        path.write_bytes(breaker.zip(content) if number % 2 else breaker.plain(content))
        ours(functools.partial(all_of, path), path)
        on_target(path)
        file = wheel_file(path)
        ours(functools.partial(read_wheel, file, TARGET), path)
        ours(functools.partial(wheel_programs, file, NoCache()), path)


@pytest.mark.parametrize("name", NAMES)
def test_names_in_wheels(tmp_path: Path, name: str) -> None:
    path = make_wheel(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        info = zipfile.ZipInfo("x")
        info.filename = name
        archive.writestr(info, b"x")
    ours(lambda: all_of(path), path)
    on_target(path)
    ours(lambda: read_wheel(wheel_file(path), TARGET), path)


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("bundles")
    layout = make_inputs(folder / "inputs").lay_out()
    return {kind: write_made(layout, folder / kind, kind).path.read_bytes() for kind in ("zip", "7z")}


@pytest.mark.parametrize("kind", ["zip", "7z"])
@pytest.mark.parametrize("seed", SEEDS)
def test_bundles(bundles: dict[str, bytes], tmp_path: Path, kind: str, seed: int) -> None:
    breaker, path = Breaker(seed), tmp_path / f"bad.{kind}"
    own = breaker.zip if kind == "zip" else breaker.seven_zip
    for number in range(cases(60)):
        content = own(bundles[kind]) if number % 2 else breaker.plain(bundles[kind])
        if content == bundles[kind]:
            continue
        path.write_bytes(content)
        ours(lambda: open_bundle(path).manifest, path)
        with pytest.raises(BundleError) as caught:
            verify_bundle(path, Reporter())
        assert not isinstance(caught.value, HostError)


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "tar": bytes,
    "tar.gz": functools.partial(gzip.compress, mtime=0),
    "tar.bz2": bz2.compress,
    "tar.xz": lzma.compress,
}


def sdist_files() -> dict[str, bytes]:
    return {"demo-1.0/PKG-INFO": b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n", "demo-1.0/a/b.py": b"1\n" * 900}


def read_sdist(path: Path, folder: Path) -> None:
    """As a build does."""
    try:
        ours(lambda: list_files(path), path)
        ours(lambda: open_source(path, folder), path)
    finally:
        assert not list(folder.parent.glob(".unpack-*"))
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("kind", [*PACKERS, "zip", "7z"])
@pytest.mark.parametrize("seed", SEEDS)
def test_sources(tmp_path: Path, kind: str, seed: int) -> None:
    breaker, path = Breaker(seed), tmp_path / f"demo-1.0.{kind}"
    whole = make_archive(tmp_path / f"whole.{kind if kind not in PACKERS else 'tar'}", sdist_files()).read_bytes()
    for number in range(cases(40)):
        if kind == "zip":
            content = breaker.zip(whole) if number % 2 else breaker.plain(whole)
        elif kind == "7z":
            content = breaker.seven_zip(whole) if number % 2 else breaker.plain(whole)
        elif number % 3 == 0:
            content = breaker.plain(PACKERS[kind](whole))
        else:
            content = PACKERS[kind](breaker.tar(whole) if number % 3 == 1 else breaker.plain(whole))
        path.write_bytes(content)
        read_sdist(path, tmp_path / "source")


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_to_be_converted(wheels: list[bytes], tmp_path: Path, seed: int) -> None:
    """Files of which nobody has said yet what they are."""
    breaker = Breaker(seed)
    egg = make_archive(tmp_path / "egg.zip", {"EGG-INFO/PKG-INFO": b"Name: demo\n", "demo.py": b"1"}).read_bytes()
    for number in range(cases(60)):
        content = breaker.draw.choice([egg, *wheels])
        path = tmp_path / breaker.draw.choice(("demo-1.0-py2.7.egg", "demo.exe", "demo.msi", "demo.whl", "demo.zip"))
        start = breaker.draw.choice((b"", b"MZ" + bytes(300)))
        path.write_bytes(start + (breaker.zip(content) if number % 2 else breaker.plain(content)))
        ours(functools.partial(identify, path), path)
