from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from Cryptodome.PublicKey import ECC

from bundler.formats.p256_key import P256Key, key_of_pem, key_of_ssh
from tests.support.bare_keys import bare_signature, line_of, make_bare_key, public_of
from tests.support.ssh_keys import keygen, make_key, needs_ssh_keygen, public

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = b"PK some archive"
SHA256 = hashlib.sha256(CONTENT).digest()


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return make_bare_key(tmp_path_factory.mktemp("keys") / "k.key")


def test_both_forms_are_the_same_key(key: Any) -> None:
    found = public_of(key)
    assert key_of_ssh(base64.b64decode(line_of(key).split()[1])) == found
    assert found.info == key.public_key().export_key(format="DER")
    assert found.digest == hashlib.sha256(found.info).hexdigest()


@needs_ssh_keygen
def test_it_has_the_name_that_ssh_keygen_gives_it(key: Any, tmp_path: Path) -> None:
    (tmp_path / "k.pub").write_text(line_of(key), encoding="ascii")
    assert keygen("-lf", tmp_path / "k.pub").decode().split()[1] == public_of(key).fingerprint
    (tmp_path / "k.pem").write_text(key.public_key().export_key(format="PEM"), encoding="ascii")
    assert keygen("-i", "-m", "PKCS8", "-f", tmp_path / "k.pem").decode().split() == line_of(key).split()
    assert key_of_ssh(base64.b64decode(public(make_key(tmp_path / "other", "ecdsa")).split()[1])) is not None
    assert key_of_ssh(base64.b64decode(public(make_key(tmp_path / "third")).split()[1])) is None


def test_what_it_made_is_told_from_all_else(key: Any, tmp_path: Path) -> None:
    found, signature = public_of(key), bare_signature(key, CONTENT)
    assert found.made(signature, SHA256)
    assert not found.made(signature, hashlib.sha256(b"else").digest())
    assert not public_of(make_bare_key(tmp_path / "other.key")).made(signature, SHA256)
    for place in range(len(signature)):
        assert not found.made(signature[:place] + bytes([signature[place] ^ 1]) + signature[place + 1 :], SHA256)
    for wrong in (b"", signature + b"\0", signature[:-1], b"\x30\x06\x02\x01\x00\x02\x01\x00"):
        assert not found.made(wrong, SHA256)


def test_a_point_beside_the_curve_makes_nothing(key: Any) -> None:
    point = public_of(key).point
    assert not P256Key(point[:-1] + bytes([point[-1] ^ 1])).made(bare_signature(key, CONTENT), SHA256)
    assert not P256Key(b"\4" + bytes(64)).made(bare_signature(key, CONTENT), SHA256)


@pytest.mark.parametrize("curve", ["p384", "ed25519"])
def test_keys_of_other_kinds_are_none(curve: str) -> None:
    assert key_of_pem(ECC.generate(curve=curve).public_key().export_key(format="PEM")) is None


def test_what_is_no_key_is_none(key: Any) -> None:
    text = key.public_key().export_key(format="PEM")
    for wrong in (
        "",
        "-----BEGIN PUBLIC KEY-----",
        text.replace("PUBLIC", "PRIVATE"),
        text.replace("M", "!"),
        f"{text}\nx",
    ):
        assert key_of_pem(wrong) is None
    for data in (b"", public_of(key).ssh + b"x", public_of(key).ssh[:-1], public_of(key).ssh.replace(b"\4", b"\2")):
        assert key_of_ssh(data) is None


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_openssl_verifies_the_same(key: Any, tmp_path: Path) -> None:
    (tmp_path / "k.pem").write_text(key.public_key().export_key(format="PEM"), encoding="ascii")
    (tmp_path / "sig").write_bytes(bare_signature(key, CONTENT))
    command = ["openssl", "dgst", "-sha256", "-verify", str(tmp_path / "k.pem"), "-signature", str(tmp_path / "sig")]
    assert b"Verified OK" in subprocess.run(command, input=CONTENT, capture_output=True, check=True).stdout
