from __future__ import annotations

import json

import pytest

from bundler.errors import IntegrityError
from bundler.trust.bill import Bill, Item, Party
from bundler.trust.bill_notes import read_bill_notes
from bundler.trust.cyclonedx_document import cyclonedx_document
from tests.support.bundles import CREATED


def document(epoch: str = "") -> bytes:
    notes = (("in-bundle", "wheels/a-1-cp311-cp311-win_amd64.whl"), ("compiled-with", "MSVC 14.44"))
    items = (
        Item(
            ref="package:a",
            kind="library",
            name="a",
            notes=notes,
            hashes=(("SHA-256", "a" * 64), ("SHA-512", "b" * 128)),
        ),
        Item(ref="package:b", kind="library", name="b", notes=(("in-bundle", "wheels/b.whl"),)),
    )
    said = (("source-date-epoch", epoch),) if epoch else ()
    subject = Item(ref="bundle", kind="application", name="x", version="1", notes=said, needs=("package:a",))
    bill = Bill(subject=subject, items=items, created=CREATED, creator=Party(name="x"), tool=("offline-bundler", "7.0"))
    return cyclonedx_document(bill)


def test_what_is_read_is_what_was_written() -> None:
    found = read_bill_notes(document("1700000000"))
    assert (found.version, found.epoch) == ("7.0", "1700000000")
    assert found.compiled_with == {"a-1-cp311-cp311-win_amd64.whl": "MSVC 14.44"}
    assert found.sha512 == {"a" * 64: "b" * 128}
    assert not read_bill_notes(document()).epoch


@pytest.mark.parametrize("content", [b"", b"\xff", b"[" * 100_000])
def test_what_is_no_json_is_one_error(content: bytes) -> None:
    with pytest.raises(IntegrityError) as caught:
        read_bill_notes(content)
    assert caught.value.reference == "bill-malformed"


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"metadata": 1, "components": {}},
        {"components": [1, {"properties": 1}, {"properties": [1, {"name": 1}]}]},
        {"components": [{"hashes": [1, {"alg": [], "content": "x"}, {"alg": "SHA-256", "content": "x"}]}]},
        {"components": [{"hashes": [{"alg": "SHA-256", "content": "x"}, {"alg": "SHA-512", "content": "x"}]}]},
    ],
)
def test_other_shapes_say_nothing(data: object) -> None:
    found = read_bill_notes(json.dumps(data).encode())
    assert (found.version, found.epoch, found.compiled_with, found.sha512) == ("", "", {}, {})
