from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import IntegrityError
from bundler.runtime.prerequisite_installer import check_prerequisite
from tests.support import only_linux
from tests.support.msi import make_python_msi
from tests.support.programs import make_program
from tests.support.signing import CA, PSF, make_ca, sign

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> CA:
    only_linux.require(only_linux.SIGNING)
    return make_ca(tmp_path_factory.mktemp("signing") / "ca")


def exe(folder: Path) -> Path:
    path = folder / "setup.exe"
    path.write_bytes(make_program())
    return path


def msi(folder: Path, **how: object) -> Path:
    return make_python_msi(folder / "setup.msi", {"driver.dll": b"a driver"}, **how)  # type: ignore[arg-type]


def test_who_signed_it(tmp_path: Path, ca: CA) -> None:
    path, roots = exe(tmp_path), (ca.root.pem,)
    assert check_prerequisite(path, "exe", signer=None) is None
    sign(path, ca)
    assert check_prerequisite(path, "exe", signer=PSF, extra_roots=roots) == PSF
    assert check_prerequisite(path, "exe", signer=None, extra_roots=roots) == PSF
    assert check_prerequisite(path, "exe", signer=None) is None


def refused(path: Path, kind: str, signer: str | None = None, roots: tuple[Path, ...] = ()) -> IntegrityError:
    with pytest.raises(IntegrityError) as caught:
        check_prerequisite(path, kind, signer=signer, extra_roots=roots)  # type: ignore[arg-type]
    assert caught.value.hint
    return caught.value


def test_an_unsigned_one_is_taken_only_where_that_is_written(tmp_path: Path) -> None:
    error = refused(exe(tmp_path), "exe", signer="Maker")
    assert error.reference == "signature-missing"
    assert "unsigned = true" in error.hint


def test_somebody_elses_signature(tmp_path: Path, ca: CA) -> None:
    path = exe(tmp_path)
    sign(path, ca)
    assert refused(path, "exe", signer="Maker", roots=(ca.root.pem,)).reference == "signature-other-signer"


def test_a_broken_signature_is_never_taken(tmp_path: Path, ca: CA) -> None:
    path = exe(tmp_path)
    sign(path, ca)
    content = bytearray(path.read_bytes())
    content[0x100] ^= 1
    path.write_bytes(content)
    assert refused(path, "exe", roots=(ca.root.pem,)).reference == "signature-broken"


@pytest.mark.parametrize(
    ("content", "kind", "hint"),
    [
        (b"MZ" * 100, "msi", "write kind = 'exe'"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 100, "exe", "write kind = 'msi'"),
        (b"<!doctype html>", "exe", "was a page of a web site saved in its place"),
        (b"M", "msi", "was a page of a web site saved in its place"),
    ],
)
def test_another_kind(tmp_path: Path, content: bytes, kind: str, hint: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    error = refused(path, kind)
    assert error.reference == "installer-other-kind"
    assert hint in error.hint


def test_an_msi_whose_files_lie_beside_it(tmp_path: Path) -> None:
    error = refused(msi(tmp_path, media=[(1, 1, "Data1.cab")], cabinets={}), "msi")
    assert (error.reference, "Data1.cab" in error.message) == ("installer-in-parts", True)
    loose = refused(msi(tmp_path, media=[(1, 1, "")], cabinets={}), "msi")
    assert "its files, uncompressed" in loose.message


def test_a_medium_that_holds_nothing_is_no_part(tmp_path: Path) -> None:
    assert (
        check_prerequisite(msi(tmp_path, media=[(1, 0, "gone.cab"), (2, 1, "#python.cab")]), "msi", signer=None) is None
    )


def test_a_damaged_msi(tmp_path: Path) -> None:
    path = msi(tmp_path)
    path.write_bytes(path.read_bytes()[:600])
    assert refused(path, "msi").reference == "installer-malformed"
