from __future__ import annotations

import sys
from typing import Any

import pytest
from asn1crypto.core import Integer
from asn1crypto.keys import DSAParams, PublicKeyInfo, RSAPublicKey
from Cryptodome.Hash import MD5, SHA1, SHA256, SHA384
from Cryptodome.PublicKey import DSA, ECC, RSA
from Cryptodome.Signature import DSS, pkcs1_15
from oscrypto.errors import SignatureError

from bundler.formats import signature_math
from bundler.formats.signature_math import (
    PublicKey,
    dsa_verify,
    ecdsa_verify,
    load_certificate,
    load_public_key,
    rsa_pkcs1v15_verify,
)

DATA = b"what was signed"


@pytest.fixture(scope="module")
def rsa() -> RSA.RsaKey:
    return RSA.generate(2048)


def public(key: Any) -> PublicKey:
    exported = key.public_key().export_key(format="DER")
    return load_public_key(PublicKeyInfo.load(exported))


@pytest.mark.parametrize(("hashing", "name"), [(SHA256, "sha256"), (SHA384, "sha384"), (SHA1, "sha1"), (MD5, "md5")])
def test_rsa(hashing: Any, name: str, rsa: RSA.RsaKey) -> None:
    signature = pkcs1_15.new(rsa).sign(hashing.new(DATA))
    key = public(rsa)
    assert key.algorithm == "rsa"
    rsa_pkcs1v15_verify(key, signature, DATA, name)
    with pytest.raises(SignatureError):
        rsa_pkcs1v15_verify(key, signature, DATA + b"!", name)
    with pytest.raises(SignatureError):
        rsa_pkcs1v15_verify(key, signature[:-1], DATA, name)
    with pytest.raises(SignatureError):
        rsa_pkcs1v15_verify(key, signature, DATA, "sha512")


def raw_signature(key: RSA.RsaKey, block: bytes) -> bytes:
    return pow(int.from_bytes(block, "big"), key.d, key.n).to_bytes(key.size_in_bytes(), "big")


def test_rsa_over_a_bare_digest(rsa: RSA.RsaKey) -> None:
    digest = SHA1.new(DATA).digest()
    size = rsa.size_in_bytes()
    good = b"\0\1" + b"\xff" * (size - 3 - len(digest)) + b"\0" + digest
    rsa_pkcs1v15_verify(public(rsa), raw_signature(rsa, good), digest, "raw")
    for wrong in (
        good[:-1] + b"?",
        b"\0\2" + good[2:],
        b"\0\1\xff\0" + digest + bytes(size - 4 - len(digest)),  # what a lax reader of the padding takes
        good[:20] + b"\xfe" + good[21:],
    ):
        with pytest.raises(SignatureError):
            rsa_pkcs1v15_verify(public(rsa), raw_signature(rsa, wrong), digest, "raw")
    with pytest.raises(SignatureError):
        rsa_pkcs1v15_verify(public(rsa), raw_signature(rsa, good)[1:], digest, "raw")
    with pytest.raises(SignatureError):
        rsa_pkcs1v15_verify(public(rsa), raw_signature(rsa, good), bytes(size - 4), "raw")


@pytest.mark.parametrize("curve", ["P-256", "P-384", "P-521"])
def test_ecdsa(curve: str) -> None:
    key = ECC.generate(curve=curve)
    signature = DSS.new(key, "fips-186-3", encoding="der").sign(SHA384.new(DATA))
    info = PublicKeyInfo.load(key.public_key().export_key(format="DER"))
    assert load_public_key(info).algorithm == "ec"
    ecdsa_verify(load_public_key(info), signature, DATA, "sha384")
    for wrong in (signature[:-1] + bytes([signature[-1] ^ 1]), b"", b"\x30\x00"):
        with pytest.raises(SignatureError):
            ecdsa_verify(load_public_key(info), wrong, DATA, "sha384")


def test_dsa() -> None:
    key = DSA.generate(1024)  # noqa: S505 - old code was signed so, and a larger one takes long to make
    signature = DSS.new(key, "fips-186-3", encoding="der").sign(SHA256.new(DATA))
    assert public(key).algorithm == "dsa"
    dsa_verify(public(key), signature, DATA, "sha256")
    with pytest.raises(SignatureError):
        dsa_verify(public(key), signature, DATA + b"!", "sha256")


def test_what_is_not_supported(rsa: RSA.RsaKey) -> None:
    with pytest.raises(SignatureError, match="shake"):
        rsa_pkcs1v15_verify(public(rsa), b"", DATA, "shake")
    edwards = ECC.generate(curve="ed25519").public_key().export_key(format="DER")
    with pytest.raises(ValueError, match="ed25519"):
        load_public_key(PublicKeyInfo.load(edwards))


def test_a_certificate_gives_its_key(rsa: RSA.RsaKey) -> None:
    class Certificate:
        public_key = PublicKeyInfo.load(rsa.public_key().export_key(format="DER"))

    assert load_certificate(Certificate()).public_key.key.n == rsa.n


def test_it_stands_in_once() -> None:
    signature_math.stand_in()
    there = sys.modules["oscrypto.asymmetric"]
    signature_math.stand_in()
    assert sys.modules["oscrypto.asymmetric"] is there is signature_math


def rsa_key(modulus: int, exponent: int) -> PublicKeyInfo:
    return PublicKeyInfo.wrap(RSAPublicKey({"modulus": modulus, "public_exponent": exponent}), "rsa")


def dsa_key(p: int, q: int, g: int, y: int) -> PublicKeyInfo:
    parameters = DSAParams({"p": p, "q": q, "g": g})
    return PublicKeyInfo({"algorithm": {"algorithm": "dsa", "parameters": parameters}, "public_key": Integer(y)})


MERSENNE = (1 << 216091) - 1
"""A prime."""


@pytest.mark.parametrize(
    "info",
    [
        rsa_key(MERSENNE, 65537),
        rsa_key((1 << 16384) + 1, 3),
        rsa_key((1 << 4253) - 1, (1 << 4251) + 1),
        rsa_key((1 << 2203) - 1, (1 << 64) + 1),
        dsa_key(MERSENNE, (1 << 127) - 1, 2, 3),
        dsa_key((1 << 3217) - 1, (1 << 127) - 1, 2, 3),
        dsa_key((1 << 2203) - 1, (1 << 127) - 1, 2, MERSENNE),
        dsa_key((1 << 2203) - 1, MERSENNE, 2, 3),
    ],
    ids=lambda each: f"{each.algorithm}-{len(each.dump())}",
)
def test_keys_by_which_a_check_takes_days(info: PublicKeyInfo) -> None:
    with pytest.raises(ValueError, match=r"of more than [0-9]+ bits"):
        load_public_key(PublicKeyInfo.load(info.dump()))


def test_the_largest_keys_that_there_are(rsa: RSA.RsaKey) -> None:
    assert public(rsa).key.n == rsa.n
    largest = load_public_key(rsa_key((1 << 16383) + 1, (1 << 61) - 1))
    assert largest.key.size_in_bits() == 16384
