"""A signed bundle with its papers, in each form: whatever byte is changed in it or beside it, it is refused.

What one check refuses isn't asked of the next one: each is tried alone, and the command as a whole with one byte of each kind.
"""

from __future__ import annotations

import dataclasses
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bundler.errors import InputError, IntegrityError, SignatureError
from bundler.model.bundle_files import BILL, MANIFEST, SUMS
from bundler.pack.reading import open_bundle
from bundler.pack.unpacked_bundle import unpack_bundle
from bundler.pack.verify import verify_bundle
from bundler.report import Reporter
from bundler.target.bundle.verification import verify as verify_there
from bundler.target.errors import InstallError
from bundler.trust.signature_check import SignaturePolicy, check_signatures
from bundler.trust.statement_file import check_statement
from tests.support.bare_keys import bare_file, line_of, make_bare_key
from tests.support.bundles import statement_path
from tests.support.commandline import STEM, Bench, make_bench
from tests.support.index import LocalIndex
from tests.support.ssh_keys import allow, make_key, needs_ssh_keygen, public

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


pytestmark = needs_ssh_keygen
_SEVEN_ZIP_START = 32
"""Bytes of a 7z's first header: mark, version, where the last header is, and checksums of both."""
_ZIP_HEADER, _ZIP_LISTED, _ZIP_END = 30, 46, 22
"""Bytes of a zip's structures, without names."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Signed:
    """``ssh`` and ``bare``: two signatures by two signers."""

    bench: Bench
    path: Path
    signers: Path
    ssh: Path
    bare: Path

    @property
    def policy(self) -> SignaturePolicy:
        return SignaturePolicy(allowed_signers=self.signers, threshold=2)

    @property
    def signed_file(self) -> Path:
        return self.path / SUMS if self.path.is_dir() else self.path

    def check_signers(self) -> None:
        check_signatures(self.path, self.policy, os.environ, Reporter())

    def check_bytes(self) -> None:
        verify_bundle(self.path, Reporter())

    def check_statement(self) -> None:
        check_statement(self.path, self.policy, os.environ, Reporter(), demanded=True)

    def check_there(self) -> None:
        verify_there(str(self.path), os.path.islink)

    def command(self) -> Any:
        arguments = ("--allowed-signers", self.signers, "--threshold", "2", "--provenance")
        return self.bench.run("verify", self.path, *arguments)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with LocalIndex() as index:
        yield make_bench(tmp_path_factory.mktemp("tampering"), index)


@pytest.fixture(scope="module", params=["zip", "7z", "dir"])
def signed(request: pytest.FixtureRequest, bench: Bench) -> Signed:
    form = request.param
    key, other = bench.root / "key", make_bare_key(bench.root / "other.key")
    if not key.exists():
        make_key(key)
    done = bench.build("--format", form, "--sign-with", key)
    assert done.code == 0, done.err
    path = bench.output / (STEM if form == "dir" else f"{STEM}.{form}")
    name = f"{STEM}.{SUMS}" if form == "dir" else path.name
    (ssh,) = bench.output.glob(f"{name}.*.sig")
    bare = bench.output / f"{name}.other.sig"
    found = Signed(
        bench=bench,
        path=path,
        signers=allow(bench.root / f"{form}.signers", f"build@x {public(key)}", f"review@x {line_of(other)}"),
        ssh=ssh,
        bare=bare,
    )
    bare.write_bytes(bare_file(other, found.signed_file.read_bytes()))
    assert found.command().code == 0
    return found


def unnoticed(path: Path, places: Iterable[int], check: Callable[[], None], *errors: type[Exception]) -> list[int]:
    """Places at which a changed byte isn't refused with one of the errors."""
    found = []
    with path.open("r+b", buffering=0) as stream:

        def put(place: int, byte: int) -> None:
            stream.seek(place)
            stream.write(bytes([byte]))

        for place in places:
            stream.seek(place)
            (byte,) = stream.read(1)
            put(place, byte ^ 1)
            try:
                check()
            except errors:
                pass
            else:
                found.append(place)
            finally:
                put(place, byte)
    return found


def spread(path: Path, number: int) -> list[int]:
    """Places all over a file, its ends among them."""
    size = path.stat().st_size
    return sorted({*range(0, size, max(1, size // number)), size - 1})


def archive_places(path: Path) -> list[int]:
    """In each member's bytes, and in the structures around them: of each member in one of its own, in turns."""
    data = path.read_bytes()
    if path.suffix == ".7z":
        header = _SEVEN_ZIP_START + int.from_bytes(data[12:20], "little")
        places, place = [*range(_SEVEN_ZIP_START), *range(header, len(data), 61), len(data) - 1], _SEVEN_ZIP_START
        for each in open_bundle(path).form.listed:
            places.append(place + each.size // 2)
            place += each.size
        assert place == header
        return places
    places = [*range(len(data) - _ZIP_END, len(data))]
    with zipfile.ZipFile(path) as archive:
        listed = archive.start_dir
        for number, info in enumerate(archive.infolist()):
            name = len(info.filename.encode())
            content = info.header_offset + _ZIP_HEADER + name
            around = (info.header_offset + number % _ZIP_HEADER, content - 1, listed + number % _ZIP_LISTED)
            places += [around[number % 3], content + info.file_size // 2]
            listed += _ZIP_LISTED + name + len(info.extra)
    return places


def test_each_member_and_each_header(signed: Signed) -> None:
    """Sums and form alone, whoever signed."""
    if signed.path.is_dir():
        for each in sorted(signed.path.rglob("*")):
            if each.is_file():
                places = [each.stat().st_size // 2]
                assert not unnoticed(each, places, signed.check_bytes, IntegrityError), each
    else:
        places = archive_places(signed.path)
        assert not unnoticed(signed.path, places, signed.check_bytes, IntegrityError, InputError)
    signed.check_bytes()


def test_each_member_on_the_target(signed: Signed, tmp_path: Path) -> None:
    """By the bundle's own program, on what was unpacked: of archives that is the same as the folder, so few members will do."""
    copy = tmp_path / "copy"
    copy.mkdir()
    unpack_bundle(signed.path, copy, Reporter())
    there = dataclasses.replace(signed, path=copy)
    there.check_there()
    files = sorted(each for each in copy.rglob("*") if each.is_file())
    for each in files if signed.path.is_dir() else files[::20]:
        places = [each.stat().st_size // 2]
        assert not unnoticed(each, places, there.check_there, InstallError), each


def test_each_signature(signed: Signed) -> None:
    """Two are asked for, so each counts."""
    for path, number in ((signed.ssh, 15), (signed.bare, 30)):
        assert not unnoticed(path, spread(path, number), signed.check_signers, SignatureError), path
    assert not unnoticed(signed.signed_file, spread(signed.signed_file, 2), signed.check_signers, SignatureError)
    signed.check_signers()


def test_the_statement(signed: Signed) -> None:
    path = statement_path(signed.path)
    assert not unnoticed(path, spread(path, 60), signed.check_statement, SignatureError)
    signed.check_statement()


def test_the_command_refuses_each_kind(signed: Signed) -> None:
    """Of each form some, since a process takes its time."""
    kinds = {
        ".zip": [(signed.ssh, 10), (statement_path(signed.path), 10), (signed.path, 10)],
        ".7z": [(signed.bare, 10)],
        "": [(signed.path / SUMS, 10), *((signed.path / each, 5) for each in (MANIFEST, BILL, "README.txt"))],
    }
    for each, code in kinds["" if signed.path.is_dir() else signed.path.suffix]:
        content = each.read_bytes()
        place = len(content) // 2
        each.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        done = signed.command()
        each.write_bytes(content)
        assert done.code == code, (each, done.out + done.err)
