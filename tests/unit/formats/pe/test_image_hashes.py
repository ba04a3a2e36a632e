"""Against signify and osslsigncode, of programs that others made too."""

from __future__ import annotations

import hashlib
import re
import shutil
import struct
import subprocess
from pathlib import Path

import pip
import pytest

from bundler.formats import authenticode_checks  # noqa: F401 - makes signify importable on this host
from bundler.formats.pe.image_hashes import image_hashes
from bundler.pack.shipped import target_folder
from tests.support import only_linux
from tests.support.programs import make_program
from tests.support.signing import make_ca, sign

from signify.authenticode import AuthenticodeFile  # isort: skip
from signify.authenticode.indirect_data import PeImageData  # isort: skip
from signify.authenticode.signed_file.pe import SignedPEFile  # isort: skip

REAL = sorted(
    [
        *(Path(pip.__file__).parent / "_vendor" / "distlib").glob("*.exe"),
        *(target_folder() / "shims").rglob("*.exe"),
    ]
)


def by_signify(file: Path) -> dict[str, bytes]:
    with file.open("rb") as stream:
        return AuthenticodeFile.from_stream(stream).get_fingerprints(hashlib.sha1, hashlib.sha256)


@pytest.mark.parametrize("file", REAL, ids=lambda each: f"{each.parent.name}-{each.name}")
def test_real_programs_have_the_hashes_that_others_compute(file: Path) -> None:
    found = image_hashes(file)
    assert found is not None
    assert not found.dll
    assert {"sha1": found.sha1, "sha256": found.sha256} == {name: each.hex() for name, each in by_signify(file).items()}


@pytest.mark.parametrize("platform", ["win32", "win_amd64", "win_arm64"])
@pytest.mark.parametrize("dll", [True, False])
def test_made_ones_too(platform: str, dll: bool, tmp_path: Path) -> None:
    file = tmp_path / "a.bin"
    file.write_bytes(make_program(platform=platform, dll=dll))
    found = image_hashes(file)
    assert found is not None
    assert (found.sha256, found.dll) == (by_signify(file)["sha256"].hex(), dll)


@pytest.mark.parametrize("odd", [0, 3])
def test_signing_changes_no_hash(odd: int, tmp_path: Path) -> None:
    """What is appended to a file, as to launchers, leaves it with a size that signing pads."""
    only_linux.require(only_linux.SIGNING)
    file = tmp_path / "a.exe"
    file.write_bytes(make_program() + b"x" * odd)
    before = image_hashes(file)
    sign(file, make_ca(tmp_path / "ca"))
    assert image_hashes(file) == before
    assert before is not None
    assert before.sha256 == by_signify(file)["sha256"].hex()


def test_the_first_page_is_the_one_that_a_page_hash_signs(tmp_path: Path) -> None:
    only_linux.require(only_linux.SIGNING)
    ca = make_ca(tmp_path / "ca")
    file, signed = tmp_path / "a.exe", tmp_path / "signed.exe"
    shutil.copyfile(target_folder() / "shims" / "win_amd64" / "shim.exe", file)
    command = ["osslsigncode", "sign", "-h", "sha256", "-ph", "-certs", ca.signer.pem, "-key", ca.signer.key]
    subprocess.run([*map(str, command), "-in", str(file), "-out", str(signed)], check=True, capture_output=True)
    shown = subprocess.run(["osslsigncode", "verify", "-in", str(signed)], check=False, capture_output=True, text=True)
    with signed.open("rb") as stream:
        opened = SignedPEFile(stream)
        (signature,) = opened.iter_embedded_signatures()
        image = signature.indirect_data.content
    assert isinstance(image, PeImageData)
    first = next(iter(image.page_hashes))
    found = image_hashes(file)
    assert found is not None
    assert found.page_sha256 == first[2].hex()
    assert image_hashes(signed) == found
    assert re.search(r"Calculated message digest\s*:\s*([0-9A-F]+)", shown.stdout).group(1).lower() == found.sha256  # type: ignore[union-attr]


def test_what_is_no_program(tmp_path: Path) -> None:
    whole = make_program()
    optional = struct.unpack_from("<I", whole, 60)[0] + 24
    broken = bytearray(whole)
    struct.pack_into("<II", broken, optional + 112 + 32, len(whole), 8)  # signatures behind the end
    inside = bytearray(whole)
    struct.pack_into("<II", inside, optional + 112 + 32, 8, 64)  # signatures in the headers
    for number, content in enumerate(
        (b"", b"MZ", b"MZ" * 500, whole[:100], whole[: optional + 90], bytes(broken), bytes(inside))
    ):
        file = tmp_path / str(number)
        file.write_bytes(content)
        assert image_hashes(file) is None, number
