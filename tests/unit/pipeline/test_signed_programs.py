"""Programs that a build signs: ours, and those in wheels that nobody has signed; and telling them apart from others again."""

from __future__ import annotations

import base64
import csv
import hashlib
import itertools
import os
import zipfile
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from bundler.errors import BundleError
from bundler.model.artifact import StoredFile, WheelFile
from bundler.model.target import Target
from bundler.pack.shipped import target_folder
from bundler.pipeline.signatures_apart import signed_in_wheel, signer_of
from bundler.pipeline.signed_programs import refuse_exposed, sign_in_wheels, sign_own_programs
from bundler.pipeline.time_stamps import TimeStamps
from bundler.trust.code_key import CodeKey
from bundler.trust.code_signer import CodeSigner, SigningWish, code_tool
from tests.support import only_linux
from tests.support.forged import forged
from tests.support.packages import make_wheel
from tests.support.programs import make_program
from tests.support.reporters import Remembering
from tests.support.shelf import MemoryCache
from tests.support.signing import CA, make_ca, make_pfx, sign, verify
from tests.unit.trust.test_code_signer import NOW

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.pipeline.session import Session

pytestmark = only_linux.SIGNING

TARGET = Target(python="3.11.9", platform="win_amd64", abi="cp311")
FILES = {
    "alpha/one.pyd": make_program(dll=True),
    "alpha/two.EXE": make_program(filler=b"two"),
    "alpha/data.dll": b"MZ but no program",
    "alpha/__init__.py": b"VALUE = 1\n",
    "alpha-1.0.data/scripts/run.py": b"#!python\n",
}


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> CA:
    only_linux.require(only_linux.SIGNING)
    made = make_ca(tmp_path_factory.mktemp("signing") / "ca", signer="Example GmbH")
    make_pfx(made.signer, made.folder / "one.pfx", authority=made.root)
    return made


def signer(ca: CA) -> CodeSigner:
    wish = SigningWish(key=CodeKey(kind="file", name=str(ca.folder / "one.pfx")), passphrase=lambda: None)
    return CodeSigner(code_tool(wish, os.environ, windows=False), stamps=TimeStamps(), now=NOW)


def session(folder: Path) -> Session:
    numbers = itertools.count()

    def made(name: str) -> Path:
        place = folder / name / str(next(numbers))
        place.mkdir(parents=True)
        return place

    return cast("Session", SimpleNamespace(folder=made, reporter=Remembering(), cache=MemoryCache()))


def wheel(folder: Path, files: dict[str, bytes], name: str = "alpha") -> WheelFile:
    made = make_wheel(folder, name, "1.0", tag="cp311-cp311-win_amd64", files=files)
    return WheelFile(filename=made.name, file=StoredFile.of(made), origin="https://example.com/x.whl", requested=True)


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {each: archive.read(each) for each in archive.namelist()}


def test_ours_are_signed_beneath_which_they_are_the_same(tmp_path: Path, ca: CA) -> None:
    found = sign_own_programs(session(tmp_path), signer(ca), "win_amd64", services=True)
    assert sorted(found) == ["service.exe", "shim.exe", "shimw.exe"]
    for name, each in found.items():
        (tmp_path / name).write_bytes(each.content)
        assert each.by == "Example GmbH"
        verify(tmp_path / name, ca.root.pem)
        assert signer_of(target_folder() / "shims" / "win_amd64" / name, tmp_path / name) == "Example GmbH"
    assert sorted(sign_own_programs(session(tmp_path / "narrow"), signer(ca), "win32", services=False)) == [
        "shim.exe",
        "shimw.exe",
    ]


def test_record_follows_what_was_signed(tmp_path: Path, ca: CA) -> None:
    before = wheel(tmp_path / "made", FILES)
    after, plain = sign_in_wheels(
        session(tmp_path),
        signer(ca),
        [before, wheel(tmp_path / "made", {"beta.py": b""}, "beta")],
        TARGET,
        epoch=1700000000,
    )
    assert (plain.made_from, plain.signed_by) == (None, "")
    assert (after.made_from, after.signed_by, after.requested) == ("wheel", "Example GmbH", True)
    assert (after.filename, after.origin) == (before.filename, before.origin)
    old, new = contents(before.file.path), contents(after.file.path)
    assert old.keys() == new.keys()
    changed = {name for name in old if old[name] != new[name]}
    assert changed == {"alpha/one.pyd", "alpha/two.EXE", "alpha-1.0.dist-info/RECORD"}
    rows = {row[0]: row[1:] for row in csv.reader(new["alpha-1.0.dist-info/RECORD"].decode().splitlines())}
    for name, content in new.items():
        if not name.endswith("RECORD"):
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            assert rows[name] == [f"sha256={digest}", str(len(content))]
    for name in ("alpha/one.pyd", "alpha/two.EXE"):
        (tmp_path / "program").write_bytes(new[name])
        verify(tmp_path / "program", ca.root.pem)
    assert signed_in_wheel(before.file.path, after.file.path, after.filename) == dict.fromkeys(
        ("alpha/one.pyd", "alpha/two.EXE"), "Example GmbH"
    )


def test_what_is_not_as_its_record_says_is_not_signed(tmp_path: Path, ca: CA) -> None:
    """Nor gets a RECORD that says it is."""
    made = make_wheel(tmp_path / "made", "alpha", "1.0", tag="cp311-cp311-win_amd64", files=FILES, record="wrong")
    wrong = WheelFile(filename=made.name, file=StoredFile.of(made), origin="https://example.com/x.whl")
    with pytest.raises(BundleError) as caught:
        sign_in_wheels(session(tmp_path), signer(ca), [wrong], TARGET, epoch=1700000000)
    assert caught.value.reference == "wheel-unfit"
    assert not list(tmp_path.glob("signed/**/*.whl"))


def test_what_somebody_signed_stays_theirs(tmp_path: Path, ca: CA) -> None:
    program = tmp_path / "signed.exe"
    program.write_bytes(make_program())
    sign(program, ca)
    before = wheel(tmp_path / "made", {"alpha/signed.exe": program.read_bytes()})
    (after,) = sign_in_wheels(session(tmp_path), signer(ca), [before], TARGET, epoch=0)
    assert after == before


def test_another_program_beneath_a_signature_is_found(tmp_path: Path, ca: CA) -> None:
    plain, other = tmp_path / "plain.exe", tmp_path / "other.exe"
    plain.write_bytes(make_program())
    other.write_bytes(make_program(filler=b"other"))
    assert signer_of(plain, plain) is None
    sign(other, ca)
    assert signer_of(plain, other) is None
    good = tmp_path / "good.exe"
    good.write_bytes(plain.read_bytes())
    sign(good, ca)
    assert signer_of(plain, good) == "Example GmbH"
    assert signer_of(good, plain) is None, "a signature that was taken away is another thing"
    broken = bytearray(good.read_bytes())
    broken[-40] ^= 0xFF  # among the last is the signed digest
    (tmp_path / "broken.exe").write_bytes(broken)
    assert signer_of(plain, tmp_path / "broken.exe") is None


@pytest.mark.parametrize("change", ["alpha/__init__.py", "alpha/more.py", "alpha/one.pyd"])
def test_a_wheel_with_another_file_is_another(tmp_path: Path, ca: CA, change: str) -> None:
    before = wheel(tmp_path / "made", FILES)
    content = make_program(dll=True, filler=b"more") if change.endswith(".pyd") else b"VALUE = 2\n"
    other = wheel(tmp_path / "other", {**FILES, change: content})
    (after,) = sign_in_wheels(session(tmp_path), signer(ca), [other], TARGET, epoch=0)
    assert signed_in_wheel(before.file.path, after.file.path, after.filename) is None
    assert signed_in_wheel(before.file.path, before.file.path, before.filename) is None
    assert signed_in_wheel(before.file.path, tmp_path / "nothing.whl", before.filename) is None


def test_a_file_that_only_looks_the_same_beside_what_was_signed(tmp_path: Path, ca: CA) -> None:
    """Whoever signs a bundle can give any file the size and the CRC-32 of another one."""
    before = wheel(tmp_path / "made", {**FILES, "alpha/more.py": b"def check(word):\n    return word == SECRET\n"})
    evil = forged(b"def check(word):\n    return True\n#", b"def check(word):\n    return word == SECRET\n")
    other = wheel(tmp_path / "other", {**FILES, "alpha/more.py": evil})
    (after,) = sign_in_wheels(session(tmp_path), signer(ca), [other], TARGET, epoch=0)
    assert signed_in_wheel(before.file.path, after.file.path, after.filename) is None


def test_a_file_that_is_there_twice_beside_what_was_signed(tmp_path: Path, ca: CA) -> None:
    """Readers take the last, the target's may be another one."""
    before = wheel(tmp_path / "made", FILES)
    (after,) = sign_in_wheels(session(tmp_path), signer(ca), [before], TARGET, epoch=0)
    with zipfile.ZipFile(after.file.path) as whole:
        members = [(each, whole.read(each)) for each in whole.infolist()]
    twice = tmp_path / "twice.whl"
    with zipfile.ZipFile(twice, "w") as made:
        for each, content in members:
            made.writestr(each, content)
        with pytest.warns(UserWarning, match="Duplicate"):
            made.writestr("alpha/__init__.py", b"VALUE = 1\n")
    assert signed_in_wheel(before.file.path, twice, after.filename) is None


def test_a_key_in_a_project_is_refused(tmp_path: Path) -> None:
    project, beside = tmp_path / "project", tmp_path / "beside.pfx"
    (project / "keys").mkdir(parents=True)
    inside = project / "keys" / "release.pfx"
    for each in (inside, beside):
        each.write_bytes(b"x")
    refuse_exposed([beside], [project])
    with pytest.raises(BundleError) as caught:
        refuse_exposed([beside, inside], [tmp_path / "other", project])
    assert caught.value.reference == "authenticode-key-exposed"
    assert str(inside) in caught.value.message
