"""Signatures over bare bytes, as cosign writes them to files: base64 of the signature alone, or JSON around it (Sigstore's bundles, an older one and v0.3).

Nothing is verified here.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
from typing import Any

from bundler.errors import SignatureError
from bundler.foreign import MalformedJsonError, read_json

LARGEST_SIGNATURE = 64 * 1024
_MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
_ALGORITHM = "SHA2_256"
_SHA256_BYTES = 32
_NEITHER = "it is neither one of ssh-keygen nor one of cosign"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BlobSignature:
    """``signature``: in DER. ``key_digest`` and ``sha256``: what the file says of the key and of what was signed, as bytes; empty: nothing."""

    signature: bytes
    key_digest: bytes = b""
    sha256: bytes = b""


def write_blob_signature(signature: bytes) -> bytes:
    """The form that every version of cosign reads, and OpenSSL once it is decoded."""
    return base64.b64encode(signature)


def read_blob_signature(content: bytes) -> BlobSignature:
    """Read a signature's file; raises SignatureError (``bundle-signature-malformed``)."""
    if len(content) > LARGEST_SIGNATURE:
        raise _malformed(f"it is larger than {LARGEST_SIGNATURE:,} bytes")
    try:
        text = content.decode("ascii")
    except UnicodeDecodeError:
        raise _malformed(_NEITHER) from None
    if not text.startswith("{"):
        return BlobSignature(signature=_decoded(text.removesuffix("\n").removesuffix("\r"), _NEITHER))
    try:
        data = read_json(text)
    except MalformedJsonError as error:
        raise _malformed(str(error)) from None
    if not isinstance(data, dict):
        raise _malformed("it holds no signature")
    if "base64Signature" in data:
        return BlobSignature(signature=_decoded(data["base64Signature"], "its signature isn't base64"))
    return _of_bundle(data)


def _of_bundle(data: dict[str, Any]) -> BlobSignature:
    if data.get("mediaType") != _MEDIA_TYPE:
        raise _malformed(f"its mediaType isn't {_MEDIA_TYPE}")
    message, key = _table(data, "messageSignature"), _table(_table(data, "verificationMaterial"), "publicKey")
    digest = _table(message, "messageDigest")
    if digest.get("algorithm") != _ALGORITHM:
        raise _malformed(f"its hash isn't {_ALGORITHM}")
    found = BlobSignature(
        signature=_decoded(message.get("signature"), "its signature isn't base64"),
        key_digest=_decoded(key.get("hint"), "its key's name isn't base64"),
        sha256=_decoded(digest.get("digest"), "its hash isn't base64"),
    )
    if len(found.sha256) != _SHA256_BYTES:
        raise _malformed("its hash has another length")
    return found


def _table(data: dict[str, Any], key: str) -> dict[str, Any]:
    found = data.get(key)
    if not isinstance(found, dict):
        raise _malformed(f"it has no {key}: only signatures by keys in files are read")
    return found


def _decoded(text: Any, why: str) -> bytes:
    """In the one form that base64 has: bits that nobody reads could be changed otherwise."""
    try:
        found = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        found = b""
    if not found or base64.b64encode(found).decode("ascii") != text:
        raise _malformed(why)
    return found


def _malformed(why: str) -> SignatureError:
    return SignatureError(
        "bundle-signature-malformed",
        f"a signature can't be read: {why}",
        hint="take it from whoever signed again",
    )
