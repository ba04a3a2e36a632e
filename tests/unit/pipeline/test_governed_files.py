"""What is found in wheels and installers, and by what it is known."""

from __future__ import annotations

import hashlib
import zipfile
from typing import TYPE_CHECKING

import pytest
from asn1crypto import pem, x509

from bundler.errors import IntegrityError
from bundler.formats.authenticode import Roots, installer_hash
from bundler.formats.pe.image_hashes import image_hashes
from bundler.pipeline.governed_files import GovernedFiles
from tests.support import only_linux
from tests.support.msi import make_python_msi
from tests.support.packages import make_wheel
from tests.support.programs import make_msi, make_program
from tests.support.signing import CA, PSF, CertifiedKey, make_ca, sign

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.trust.governed_file import GovernedFile

BAT = b"@echo off\r\n"


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> CA:
    only_linux.require(only_linux.SIGNING)
    return make_ca(tmp_path_factory.mktemp("signing") / "ca")


def wheel(folder: Path, files: dict[str, bytes]) -> Path:
    return make_wheel(folder, "alpha", "1.0", tag="cp311-cp311-win_amd64", files=files)


def in_wheel(folder: Path, files: dict[str, bytes], roots: Roots | None = None) -> dict[str, GovernedFile]:
    made = wheel(folder / "wheels", files)
    (folder / "scratch").mkdir(exist_ok=True)
    return {each.path: each for each in GovernedFiles(folder / "scratch", roots).wheel(made, f"wheels/{made.name}")}


def test_what_a_wheel_holds(tmp_path: Path) -> None:
    files = {
        "alpha/one.pyd": make_program(dll=True),
        "alpha/two.EXE": make_program(),
        "alpha/three.dll": b"MZ" * 500,
        "alpha/four.py": b"print(1)\n",
        "alpha/empty.dll": b"",
        "alpha-1.0.data/scripts/run.bat": BAT,
        "alpha-1.0.data/scripts/run.ps1": b"exit\r\n",
        "alpha/setup.msi": make_msi(),
        "alpha/broken.msi": b"nothing",
    }
    found = in_wheel(tmp_path, files)
    assert {path: each.collection for path, each in found.items()} == {
        "alpha/one.pyd": "Dll",
        "alpha/two.EXE": "Exe",
        "alpha-1.0.data/scripts/run.bat": "Script",
        "alpha-1.0.data/scripts/run.ps1": "Script",
        "alpha/setup.msi": "Msi",
    }
    flat = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    batch, shell = found["alpha-1.0.data/scripts/run.bat"], found["alpha-1.0.data/scripts/run.ps1"]
    assert (batch.sha256, batch.hashes) == (flat[batch.path], ())
    assert (shell.sha256, dict(shell.hashes)["Sha256"]) == (flat[shell.path], flat[shell.path])
    installer = found["alpha/setup.msi"]
    assert installer.sha256 != flat[installer.path] == dict(installer.hashes)["Sha256"]
    assert set(dict(found["alpha/one.pyd"].hashes)) == {"Sha1", "Sha256"}
    assert all(each.publisher is None and each.size == len(files[path]) for path, each in found.items())


def test_signed_programs_are_known_by_publisher_and_product(tmp_path: Path, ca: CA) -> None:
    file = tmp_path / "python.exe"
    file.write_bytes(make_program(product="Python"))
    bare = image_hashes(file)
    chain = tmp_path / "chain.pem"
    chain.write_bytes(ca.signer.pem.read_bytes() + ca.root.pem.read_bytes())
    sign(file, ca, signer=CertifiedKey(pem=chain, key=ca.signer.key))
    alone = tmp_path / "alone.exe"
    alone.write_bytes(make_program())
    sign(alone, ca)
    cut = bytearray(file.read_bytes())
    cut[0x200] ^= 1
    nameless = tmp_path / "nameless.exe"
    nameless.write_bytes(make_program(version=None))
    sign(nameless, ca)
    files = {"a/signed.exe": file.read_bytes(), "a/cut.exe": bytes(cut), "a/nameless.exe": nameless.read_bytes()}
    files["a/alone.exe"] = alone.read_bytes()
    found = in_wheel(tmp_path, files, Roots((ca.root.pem,)))
    publisher = found["a/signed.exe"].publisher
    assert publisher is not None
    assert (publisher.name, publisher.common_name, publisher.product) == (f"O={PSF.upper()}", PSF, "Python")
    issuer = x509.Certificate.load(pem.unarmor(ca.root.pem.read_bytes())[2])
    assert publisher.issuer_digest == hashlib.sha256(issuer["tbs_certificate"].dump()).hexdigest()
    assert found["a/alone.exe"].publisher is None  # it doesn't bring its issuer's certificate
    assert found["a/cut.exe"].publisher is None
    assert found["a/nameless.exe"].publisher is None
    assert bare is not None
    assert found["a/signed.exe"].sha256 == bare.sha256
    assert set(dict(found["a/nameless.exe"].hashes)) == {"Sha1", "Sha256", "Page Sha1", "Page Sha256"}
    assert in_wheel(tmp_path / "again", files)["a/signed.exe"].publisher is None


@pytest.mark.parametrize("is_first", [True, False])
def test_a_namesake_of_the_authority_that_somebody_put_into_a_signature_is_no_issuer(
    tmp_path: Path, ca: CA, is_first: bool
) -> None:
    """Certificates in a signature aren't signed: a rule by the digest of that one would let all run that its maker signs."""
    stranger = make_ca(tmp_path / "stranger").root.pem.read_bytes()
    chain, own = tmp_path / "chain.pem", ca.root.pem.read_bytes()
    chain.write_bytes(ca.signer.pem.read_bytes() + (stranger + own if is_first else own + stranger))
    file = tmp_path / "python.exe"
    file.write_bytes(make_program(product="Python"))
    sign(file, ca, signer=CertifiedKey(pem=chain, key=ca.signer.key))
    publisher = in_wheel(tmp_path, {"a.exe": file.read_bytes()}, Roots((ca.root.pem,)))["a.exe"].publisher
    issuer = x509.Certificate.load(pem.unarmor(own)[2])
    assert publisher is not None
    assert publisher.issuer_digest == hashlib.sha256(issuer["tbs_certificate"].dump()).hexdigest()


def test_signing_an_installer_changes_no_hash(tmp_path: Path, ca: CA) -> None:
    file = tmp_path / "a.msi"
    file.write_bytes(make_msi())
    before = installer_hash(file)
    sign(file, ca)
    assert installer_hash(file) == before


def test_whom_nobody_vouches_for_is_no_publisher(tmp_path: Path, ca: CA) -> None:
    file = tmp_path / "python.exe"
    file.write_bytes(make_program())
    sign(file, ca)
    assert in_wheel(tmp_path, {"a.exe": file.read_bytes()}, Roots())["a.exe"].publisher is None


def test_an_installer_and_what_it_installs(tmp_path: Path) -> None:
    content = {"python.exe": make_program(), "DLLs/a.pyd": make_program(dll=True), "Lib/os.py": b"print(1)\n"}
    made = make_python_msi(tmp_path / "python.msi", content)
    (tmp_path / "scratch").mkdir()
    read = GovernedFiles(tmp_path / "scratch", None)
    whole = tmp_path / "whole.msi"
    whole.write_bytes(make_msi())
    (itself,) = read.plain(whole, "prerequisites/whole.msi")
    assert (itself.collection, itself.path, itself.name) == ("Msi", "", "whole.msi")
    assert not list(read.plain(made, "runtime/python.msi"))  # a database that signing would refuse
    assert read.unknown == ["runtime/python.msi"]
    inside = list(read.installed(made, "runtime/python.msi"))
    assert [(each.path, each.collection) for each in inside] == [("DLLs/a.pyd", "Dll"), ("python.exe", "Exe")]
    assert not list((tmp_path / "scratch").iterdir())


def test_a_wheel_that_is_none(tmp_path: Path) -> None:
    broken = tmp_path / "alpha-1.0-py3-none-any.whl"
    broken.write_bytes(b"PK")
    with pytest.raises(IntegrityError, match="is not a valid wheel"):
        list(GovernedFiles(tmp_path, None).wheel(broken, f"wheels/{broken.name}"))
    whole = wheel(tmp_path, {"a.dll": make_program(dll=True)})
    with zipfile.ZipFile(whole) as archive:
        at = archive.getinfo("a.dll").header_offset
    content = bytearray(whole.read_bytes())
    content[at + 60 : at + 64] = b"\xff" * 4
    whole.write_bytes(content)
    with pytest.raises(IntegrityError, match="is not a valid wheel"):
        list(GovernedFiles(tmp_path, None).wheel(whole, f"wheels/{whole.name}"))
