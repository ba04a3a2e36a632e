"""The public-key operations that ``signify`` needs, in pycryptodomex and not in the host's OpenSSL.

``signify`` and its chain validator reach them as ``oscrypto.asymmetric``. The last release of oscrypto (1.3.0) reads no
OpenSSL version with two digits in a row, such as 3.0.13, and then can't be imported at all: on most Linux hosts of
today. ``stand_in`` puts this module in that one's place, so that all hosts verify by the same code.
"""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from Cryptodome.Hash import MD2, MD5, SHA1, SHA224, SHA256, SHA384, SHA512
from Cryptodome.PublicKey import DSA, ECC, RSA
from Cryptodome.Signature import DSS, pkcs1_15
from oscrypto.errors import SignatureError

if TYPE_CHECKING:
    from collections.abc import Iterator

_HASHES: dict[str, Any] = {
    "md2": MD2,  # roots of the nineties
    "md5": MD5,
    "sha1": SHA1,
    "sha224": SHA224,
    "sha256": SHA256,
    "sha384": SHA384,
    "sha512": SHA512,
}


_MOST_BITS, _MOST_EXPONENT = {"rsa": 16384, "dsa": 3072}, 64
"""Of any number of a key (FIPS 186-4 has no larger ones for DSA, OpenSSL takes none for RSA), and of an RSA key's exponent. With others a check takes days."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PublicKey:
    """``algorithm`` is ``rsa``, ``dsa`` or ``ec``; ``key`` what pycryptodomex made of it."""

    algorithm: str
    key: Any

    @property
    def public_key(self) -> PublicKey:
        """A certificate's key; what stands for a certificate here is its key already."""
        return self


def stand_in() -> None:
    """Be ``oscrypto.asymmetric`` for whoever imports it from now on; changes nothing if somebody did already."""
    sys.modules.setdefault("oscrypto.asymmetric", sys.modules[__name__])


def load_public_key(info: Any) -> PublicKey:
    """Read an ``asn1crypto.keys.PublicKeyInfo``; raises ValueError when it is none that can be used, or what decoders raise for broken bytes."""
    try:
        algorithm = str(info.algorithm)
    except KeyError as error:  # one that asn1crypto doesn't know
        raise ValueError(f"keys of the kind {error} aren't supported") from None
    readers: dict[str, Any] = {"rsa": RSA.import_key, "dsa": DSA.import_key, "ec": ECC.import_key}
    if algorithm not in readers:
        raise ValueError(f"keys of the kind {algorithm} aren't supported")
    _demand_usual(algorithm, info)
    return PublicKey(algorithm=algorithm, key=readers[algorithm](info.dump()))


def _demand_usual(algorithm: str, info: Any) -> None:
    """Before the key is made: that it is one is tried by arithmetic with its numbers."""
    if algorithm == "rsa":
        key = info["public_key"].parsed
        numbers = (key["modulus"].native,)
        if key["public_exponent"].native.bit_length() > _MOST_EXPONENT:
            raise ValueError(f"an RSA key with an exponent of more than {_MOST_EXPONENT} bits")
    elif algorithm == "dsa":
        parameters = info["algorithm"]["parameters"].native or {}
        numbers = (*parameters.values(), info["public_key"].parsed.native)
    else:  # of a curve that has a name, the numbers are as long as it says
        return
    if any(each.bit_length() > _MOST_BITS[algorithm] for each in numbers):
        raise ValueError(f"a key with a number of more than {_MOST_BITS[algorithm]} bits")


def load_certificate(certificate: Any) -> PublicKey:
    """The key of an ``asn1crypto.x509.Certificate``."""
    return load_public_key(certificate.public_key)


def rsa_pkcs1v15_verify(key: PublicKey, signature: bytes, data: bytes, hash_algorithm: str) -> None:
    """RSASSA-PKCS1-v1_5 (RFC 8017, 8.2.2). ``raw``: ``data`` is the bare digest with no DigestInfo around it.

    Raises SignatureError when it doesn't fit.
    """
    rsa = key.public_key.key
    if hash_algorithm != "raw":
        with _mismatch():
            pkcs1_15.new(rsa).verify(_digest(data, hash_algorithm), signature)
        return
    size = rsa.size_in_bytes()
    padding = size - 3 - len(data)
    if len(signature) != size or padding < 8:  # noqa: PLR2004 - the least that RFC 8017 allows
        _refuse()
    opened = pow(int.from_bytes(signature, "big"), rsa.e, rsa.n).to_bytes(size, "big")
    if opened != b"\0\1" + b"\xff" * padding + b"\0" + data:
        _refuse()


def dsa_verify(key: PublicKey, signature: bytes, data: bytes, hash_algorithm: str) -> None:
    """DSA with a DER signature (FIPS 186-4); raises SignatureError when it doesn't fit."""
    with _mismatch():
        DSS.new(key.public_key.key, "fips-186-3", encoding="der").verify(_digest(data, hash_algorithm), signature)


ecdsa_verify = dsa_verify


def _digest(data: bytes, algorithm: str) -> Any:
    if algorithm not in _HASHES:
        raise ValueError(f"digests of the kind {algorithm} aren't supported")
    return _HASHES[algorithm].new(data)


@contextlib.contextmanager
def _mismatch() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise SignatureError(str(error)) from None


def _refuse() -> NoReturn:
    raise SignatureError("Signature is invalid")
