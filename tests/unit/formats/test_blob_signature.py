from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from bundler.errors import SignatureError
from bundler.formats.blob_signature import LARGEST_SIGNATURE, BlobSignature, read_blob_signature, write_blob_signature

DER = b"\x30\x44 a signature"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def bundle(**changed: Any) -> dict[str, Any]:
    """As cosign 3.1 writes it."""
    return {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": b64(b"k" * 32)}},
        "messageSignature": {
            "messageDigest": {"algorithm": "SHA2_256", "digest": b64(b"h" * 32)},
            "signature": b64(DER),
        },
    } | changed


def test_the_forms_of_cosign_are_read() -> None:
    alone = BlobSignature(signature=DER)
    assert read_blob_signature(write_blob_signature(DER)) == alone
    for end in (b"\n", b"\r\n"):
        assert read_blob_signature(write_blob_signature(DER) + end) == alone
    assert read_blob_signature(json.dumps({"base64Signature": b64(DER), "cert": "x"}).encode()) == alone
    found = read_blob_signature(json.dumps(bundle()).encode())
    assert found == BlobSignature(signature=DER, key_digest=b"k" * 32, sha256=b"h" * 32)
    logged = bundle(verificationMaterial=bundle()["verificationMaterial"] | {"tlogEntries": [{}]})
    assert read_blob_signature(json.dumps(logged).encode()) == found


def message(**changed: Any) -> dict[str, Any]:
    return bundle(messageSignature=bundle()["messageSignature"] | changed)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "neither"),
        (b"nonsense!", "neither"),
        (b"\xff", "neither"),
        (write_blob_signature(DER) + b"\n\n", "neither"),
        (b"TWE=".replace(b"E", b"F"), "neither"),  # bits that nobody reads
        (b"{", ""),
        (b'{"a":' * 9_999, "nested"),
        (b'{"base64Signature": 1}', "signature isn't base64"),
        (b'{"base64Signature": ""}', "signature isn't base64"),
        (b"{}", "mediaType"),
        (json.dumps(bundle(mediaType="application/json")).encode(), "mediaType"),
        (json.dumps(bundle(verificationMaterial={"certificate": {}})).encode(), "publicKey"),
        (json.dumps(bundle(verificationMaterial={"publicKey": {}})).encode(), "name isn't base64"),
        (json.dumps(bundle(messageSignature=[])).encode(), "messageSignature"),
        (json.dumps(message(signature=None)).encode(), "signature isn't base64"),
        (json.dumps(message(messageDigest={"algorithm": "SHA2_512", "digest": b64(b"h" * 32)})).encode(), "hash"),
        (json.dumps(message(messageDigest={"algorithm": "SHA2_256", "digest": b64(b"h")})).encode(), "length"),
        (b"x" * (LARGEST_SIGNATURE + 1), "larger"),
    ],
)
def test_anything_else_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(SignatureError) as caught:
        read_blob_signature(content)
    assert caught.value.reference == "bundle-signature-malformed"
    assert why in caught.value.message
