"""Public keys of ECDSA on the curve P-256, in the forms of OpenSSH and of PEM files, and whether a signature is one of theirs over a SHA-256."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib

_KIND, _CURVE = b"ecdsa-sha2-nistp256", b"nistp256"
_POINT = 65
_UNCOMPRESSED = 4
_BEFORE_POINT = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
"""Of a SubjectPublicKeyInfo (RFC 5480): a key of this curve has this before its point, and nothing behind it."""
_BEGIN, _END = "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"


def _text(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


_BEFORE_SSH_POINT = _text(_KIND) + _text(_CURVE) + _POINT.to_bytes(4, "big")


@dataclasses.dataclass(frozen=True, slots=True)
class P256Key:
    """``point``: 65 bytes, uncompressed. Whether it lies on the curve is found out when it is used."""

    point: bytes

    @property
    def ssh(self) -> bytes:
        """As OpenSSH encodes it."""
        return _BEFORE_SSH_POINT + self.point

    @property
    def info(self) -> bytes:
        """As a SubjectPublicKeyInfo (DER)."""
        return _BEFORE_POINT + self.point

    @property
    def digest(self) -> str:
        """The sha256 by which others than OpenSSH name it, in hexadecimal digits."""
        return hashlib.sha256(self.info).hexdigest()

    @property
    def fingerprint(self) -> str:
        """As ssh-keygen prints it: the same key has the same, whichever program signs with it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.ssh).digest()).decode("ascii").rstrip("=")

    def made(self, signature: bytes, sha256: bytes) -> bool:
        """Whether ``signature`` (DER) is one by this key over content with this hash."""
        from Cryptodome.PublicKey import ECC
        from Cryptodome.Signature import DSS

        try:
            DSS.new(ECC.import_key(self.info), "fips-186-3", encoding="der").verify(_Hashed(sha256), signature)
        except ValueError:
            return False
        return True


def key_of_ssh(data: bytes) -> P256Key | None:
    """None: a key of another kind, or none at all."""
    return _with_point(data, _BEFORE_SSH_POINT)


def key_of_pem(text: str) -> P256Key | None:
    """None: a key of another kind, or none at all."""
    lines = text.split()
    begin, end = _BEGIN.split(), _END.split()
    if lines[: len(begin)] != begin or lines[-len(end) :] != end:
        return None
    try:
        return _with_point(base64.b64decode("".join(lines[len(begin) : -len(end)]), validate=True), _BEFORE_POINT)
    except (binascii.Error, ValueError):
        return None


def _with_point(data: bytes, before: bytes) -> P256Key | None:
    if len(data) != len(before) + _POINT or not data.startswith(before) or data[len(before)] != _UNCOMPRESSED:
        return None
    return P256Key(data[len(before) :])


class _Hashed:
    """A SHA-256 that was taken already, in the shape in which pycryptodomex wants it: its own takes several times as long."""

    oid = "2.16.840.1.101.3.4.2.1"

    def __init__(self, value: bytes) -> None:
        self._value = value

    def digest(self) -> bytes:
        return self._value
