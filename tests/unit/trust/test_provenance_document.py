"""Documents of indexes about who published a file: their one form, and what isn't one."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from bundler.model.attestation import Publisher
from bundler.trust.provenance_document import LARGEST, MalformedProvenanceError, read_provenance
from tests.support.attestations import GITHUB, make_provenance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "demo-1.0.tar.gz"
    path.write_bytes(b"an sdist")
    return path


def test_who_and_what(file: Path) -> None:
    other = {"kind": "Google", "email": "a@b.example"}
    found = read_provenance(make_provenance(file, other, GITHUB))
    assert found.publishers == (Publisher.read(GITHUB), Publisher.read(other))
    assert found.subjects == {hashlib.sha256(b"an sdist").hexdigest()}


def test_one_form_whatever_an_index_writes(file: Path) -> None:
    plain = read_provenance(make_provenance(file))
    turned = json.dumps(dict(reversed(json.loads(make_provenance(file)).items())), indent=3).encode()
    assert read_provenance(turned) == plain
    assert read_provenance(plain.content) == plain
    assert json.loads(plain.content) == json.loads(make_provenance(file))


def damaged(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    def make(content: bytes) -> bytes:
        data = json.loads(content)
        change(data)
        return json.dumps(data).encode()

    return make


def envelope(data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = data["attestation_bundles"][0]["attestations"][0]["envelope"]
    return found


def statement(said: object) -> Callable[[bytes], bytes]:
    text = base64.b64encode(json.dumps(said).encode()).decode()
    return damaged(lambda data: envelope(data).update(statement=text))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda _: b"\xff", "not valid JSON"),
        (lambda _: b"[" * 100_000, "not valid JSON"),
        (lambda _: b"NaN", "not valid JSON"),
        (lambda _: b"[]", "version 1"),
        (lambda _: b" " * (LARGEST + 1), "more than"),
        (damaged(lambda data: data.update(version=2)), "version 1"),
        (lambda _: json.dumps({"more": "\u00fc" * (LARGEST // 4)}, ensure_ascii=False).encode(), "form that is kept"),
        (damaged(lambda data: data.update(attestation_bundles=[])), "1 to 32"),
        (damaged(lambda data: data.update(attestation_bundles=data["attestation_bundles"] * 33)), "1 to 32"),
        (damaged(lambda data: data["attestation_bundles"][0].update(publisher=None)), "no publisher"),
        (damaged(lambda data: data["attestation_bundles"][0].update(publisher={})), "no kind"),
        (damaged(lambda data: data["attestation_bundles"][0].update(attestations=[3])), "1 to 32"),
        (damaged(lambda data: envelope(data).update(statement=3)), "no statement"),
        (damaged(lambda data: envelope(data).update(statement="%")), "can't be read"),
        (statement([]), "one file"),
        (statement({"subject": []}), "one file"),
        (statement({"subject": [{"digest": {"sha256": "a"}}] * 2}), "one file"),
        (statement({"subject": [{"digest": {"md5": "a"}}]}), "which file"),
    ],
)
def test_what_is_no_such_document(file: Path, damage: Callable[[bytes], bytes], words: str) -> None:
    with pytest.raises(MalformedProvenanceError, match=words):
        read_provenance(damage(make_provenance(file)))
