"""Detached signatures of OpenSSH (PROTOCOL.sshsig): base64 between two lines, in the one form in which ssh-keygen writes it.

Nothing is verified here: ssh-keygen does that.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib

from bundler.errors import SignatureError

LARGEST_SIGNATURE = 64 * 1024
"""Bytes of a signature's file: an RSA key of 16,384 bits with a certificate takes a fifth of it."""
_BEGIN, _END = b"-----BEGIN SSH SIGNATURE-----", b"-----END SSH SIGNATURE-----"
_WIDTH = 70
_MAGIC, _VERSION = b"SSHSIG", 1
_LENGTH = 4


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SshSignature:
    """``namespace``: what it was made for; ``key``: the public key or certificate, as OpenSSH encodes it; ``content``: the file's bytes."""

    namespace: str
    key: bytes
    content: bytes

    @property
    def key_digest(self) -> str:
        """The sha256 of the key, in hexadecimal digits."""
        return hashlib.sha256(self.key).hexdigest()


def is_ssh_signature(content: bytes) -> bool:
    """By how it begins."""
    return content.startswith(_BEGIN)


def read_ssh_signature(content: bytes) -> SshSignature:
    """Read a signature's file; raises SignatureError (``bundle-signature-malformed``)."""
    if len(content) > LARGEST_SIGNATURE:
        raise _malformed(f"it is larger than {LARGEST_SIGNATURE:,} bytes")
    lines = content.replace(b"\r\n", b"\n").split(b"\n")
    if lines[0] != _BEGIN or lines[-2:] != [_END, b""]:
        raise _malformed("it doesn't begin and end as one of ssh-keygen does")
    try:
        record = base64.b64decode(b"".join(lines[1:-2]), validate=True)
    except binascii.Error as error:
        raise _malformed(str(error)) from None
    whole = _armoured(record)
    if whole.split(b"\n") != lines:
        raise _malformed("its lines aren't as ssh-keygen writes them")
    if record[: len(_MAGIC)] != _MAGIC:
        raise _malformed("it is of another kind")
    rest = record[len(_MAGIC) :]
    if int.from_bytes(rest[:_LENGTH], "big") != _VERSION:
        raise _malformed("its version is unsupported")
    fields, rest = [], rest[_LENGTH:]
    for _ in ("key", "namespace", "reserved", "hash", "signature"):
        field, rest = _field(rest)
        fields.append(field)
    key, namespace, reserved, _, signature = fields
    if rest or reserved or not key or not signature:
        raise _malformed("its fields are wrong")
    return SshSignature(namespace=namespace.decode("utf-8", "backslashreplace"), key=key, content=whole)


def nameless_signature(key: bytes, namespace: str) -> bytes:
    """The file of a signature that isn't one, by which ssh-keygen can be asked whose a key is."""
    fields = (key, namespace.encode("ascii"), b"", b"sha512", key)
    return _armoured(_MAGIC + _VERSION.to_bytes(_LENGTH, "big") + b"".join(map(_text, fields)))


def _text(data: bytes) -> bytes:
    return len(data).to_bytes(_LENGTH, "big") + data


def _armoured(record: bytes) -> bytes:
    text = base64.b64encode(record)
    lines = [text[start : start + _WIDTH] for start in range(0, len(text), _WIDTH)]
    return b"\n".join([_BEGIN, *lines, _END, b""])


def _field(data: bytes) -> tuple[bytes, bytes]:
    """The text at the front, whose length stands before it, and what follows."""
    end = _LENGTH + int.from_bytes(data[:_LENGTH], "big")
    if len(data) < max(end, _LENGTH):
        raise _malformed("it was cut short")
    return data[_LENGTH:end], data[end:]


def _malformed(why: str) -> SignatureError:
    return SignatureError(
        "bundle-signature-malformed",
        f"a signature can't be read: {why}",
        hint="take it from whoever signed again",
    )
