"""Signed statements in envelopes (DSSE 1.0), one in a file, in the one form in which we write it.

Nothing is verified here: a signature is bytes, and what it signs is ``signed_bytes``.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
import re
from typing import Any

from bundler.errors import SignatureError
from bundler.foreign import MalformedJsonError, read_json

LARGEST_ENVELOPE = 32 * 1024 * 1024
"""Bytes of an envelope's file: 500 packages take half a megabyte."""
MOST_SIGNATURES = 32
_KEY_ID = re.compile(r"[0-9a-f]{64}")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class EnvelopeSignature:
    """``key_id``: the sha256 of the public key, in hexadecimal digits; a hint, that nobody has signed."""

    key_id: str
    content: bytes


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """``payload_type``: what ``payload`` is, as a media type; ``signatures``: none while nobody has signed it."""

    payload_type: str
    payload: bytes
    signatures: tuple[EnvelopeSignature, ...] = ()

    @property
    def signed_bytes(self) -> bytes:
        """What a signature is made over: DSSE's pre-authentication encoding (PAE) of type and payload."""
        kind = self.payload_type.encode("utf-8")
        return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(self.payload), self.payload)


def write_envelope(envelope: Envelope) -> bytes:
    """One line of JSON."""
    content = {
        "payload": base64.b64encode(envelope.payload).decode("ascii"),
        "payloadType": envelope.payload_type,
        "signatures": [
            {"keyid": each.key_id, "sig": base64.b64encode(each.content).decode("ascii")}
            for each in envelope.signatures
        ],
    }
    return json.dumps(content, separators=(",", ":")).encode("ascii") + b"\n"


def read_envelope(content: bytes) -> Envelope:
    """Read an envelope's file; raises SignatureError (``statement-malformed``)."""
    if len(content) > LARGEST_ENVELOPE:
        raise malformed_statement(f"it is larger than {LARGEST_ENVELOPE:,} bytes")
    try:
        data = read_json(content.decode("ascii"))
    except (UnicodeDecodeError, MalformedJsonError) as error:
        raise malformed_statement(str(error)) from None
    listed = data.get("signatures") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(listed, list):
        raise malformed_statement("it is no envelope of a signed statement (DSSE)")
    if len(listed) > MOST_SIGNATURES:
        raise malformed_statement(f"it has more than {MOST_SIGNATURES} signatures")
    kind = data.get("payloadType")
    if not isinstance(kind, str) or not kind.isascii():
        raise malformed_statement("it doesn't say what it holds")
    envelope = Envelope(
        payload_type=kind,
        payload=_decoded(data.get("payload")),
        signatures=tuple(map(_signature, listed)),
    )
    if write_envelope(envelope) != content:
        raise malformed_statement("it is not in the one form that it has: one line, three keys, no spaces")
    return envelope


def malformed_statement(why: str) -> SignatureError:
    return SignatureError(
        "statement-malformed",
        f"the statement of how a bundle was built can't be read: {why}",
        hint="take it again from where the bundle came from; the bundle itself may be checked without it: move it away",
    )


def _signature(data: Any) -> EnvelopeSignature:
    key = data.get("keyid") if isinstance(data, dict) else None
    if not isinstance(key, str) or not _KEY_ID.fullmatch(key):
        raise malformed_statement("a signature doesn't say which key made it")
    return EnvelopeSignature(key_id=key, content=_decoded(data.get("sig")))


def _decoded(text: Any) -> bytes:
    if not isinstance(text, str):
        raise malformed_statement("a text is missing in it")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise malformed_statement(str(error)) from None
