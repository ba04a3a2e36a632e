from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from bundler.errors import SignatureError
from bundler.formats.dsse import (
    LARGEST_ENVELOPE,
    MOST_SIGNATURES,
    Envelope,
    EnvelopeSignature,
    read_envelope,
    write_envelope,
)

KEY = "0" * 64
WHOLE = Envelope(
    payload_type="application/vnd.in-toto+json",
    payload=b'{"a": 1}\n',
    signatures=(EnvelopeSignature(key_id=KEY, content=b"\x00signature"),),
)


def changed(**keys: Any) -> bytes:
    return json.dumps(json.loads(write_envelope(WHOLE)) | keys, separators=(",", ":")).encode() + b"\n"


def test_what_is_signed_is_what_the_protocol_says() -> None:
    # the example of the protocol itself (DSSE v1.0, protocol.md)
    said = Envelope(payload_type="http://example.com/HelloWorld", payload=b"hello world")
    assert said.signed_bytes == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"


def test_an_envelope_is_read_as_it_was_written() -> None:
    assert read_envelope(write_envelope(WHOLE)) == WHOLE
    bare = Envelope(payload_type="x", payload=b"")
    assert read_envelope(write_envelope(bare)) == bare


def test_another_library_reads_it_and_signs_the_same_bytes() -> None:
    pytest.importorskip("securesystemslib", reason="needs securesystemslib")
    from securesystemslib import dsse

    found = dsse.Envelope.from_dict(json.loads(write_envelope(WHOLE)))
    assert (found.payload, found.payload_type) == (WHOLE.payload, WHOLE.payload_type)
    assert found.pae() == WHOLE.signed_bytes
    assert found.signatures[KEY].signature == b"\x00signature".hex()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "Expecting value"),
        (b"[]\n", "no envelope"),
        (b"\xff\n", "ascii"),
        (b"[" * 100_000, "nested"),
        (changed(signatures=None), "no envelope"),
        (changed(signatures=[{"keyid": KEY, "sig": ""}] * (MOST_SIGNATURES + 1)), "more than"),
        (changed(signatures=[1]), "which key"),
        (changed(signatures=[{"keyid": "0", "sig": ""}]), "which key"),
        (changed(signatures=[{"keyid": KEY}]), "a text is missing"),
        (changed(payload=1), "a text is missing"),
        (changed(payload="YQ"), "padding"),
        (changed(payload="YR=="), "one form"),
        (changed(payload="Y\n=="), ""),
        (changed(payloadType=None), "what it holds"),
        (changed(payloadType="\ud800"), "what it holds"),
        (changed(more=1), "one form"),
        (write_envelope(WHOLE).rstrip(), "one form"),
        (write_envelope(WHOLE) * 2, "Extra data"),
        (b" " + write_envelope(WHOLE), "one form"),
        (b" " * (LARGEST_ENVELOPE + 1), "larger"),
    ],
)
def test_anything_else_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(SignatureError) as caught:
        read_envelope(content)
    assert caught.value.reference == "statement-malformed"
    assert why in caught.value.message


def test_the_payload_may_be_any_bytes() -> None:
    said = Envelope(payload_type="x", payload=bytes(range(256)))
    assert base64.b64decode(json.loads(write_envelope(said))["payload"]) == said.payload
    assert read_envelope(write_envelope(said)).payload == said.payload
