"""Who published a package, in a lock: identities where PEP 751 has them, and the document beside."""

from __future__ import annotations

import dataclasses
import tomllib
from typing import TYPE_CHECKING

import pytest

from bundler.errors import InputError
from bundler.model.artifact import Artifact
from bundler.model.attestation import Attested, Publisher
from bundler.model.lock_encoding import encode_lock
from bundler.model.lock_file import load_lock
from tests.support.attestations import GITHUB
from tests.unit.model.test_lock import PATH, lock, wheel

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.model.lock import Lock

ATTESTED = Attested(
    url="https://index.example/integrity/attrs", sha256="c" * 64, size=9000, publishers=(Publisher.read(GITHUB),)
)


SEED = dataclasses.replace(
    wheel("virtualenv"),
    index=None,
    upload_time=None,
    attested=dataclasses.replace(
        ATTESTED, url="https://index.example/integrity/virtualenv", size=9001, sha256="d" * 64
    ),
)


def attested() -> Lock:
    return lock(packages=(wheel("attrs", attested=ATTESTED), wheel("six")), seeds=(wheel("pip", "26.1"), SEED))


def read_again(folder: Path, old: str = "lock-version", new: str = "lock-version") -> Lock:
    path = folder / PATH.name
    text = encode_lock(attested(), path)
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return load_lock(path)


def test_round_trip(tmp_path: Path) -> None:
    assert read_again(tmp_path) == attested()


def test_the_standard_has_the_identities() -> None:
    packages = tomllib.loads(encode_lock(attested(), PATH))["packages"]
    assert packages[0]["attestation-identities"] == [
        {"kind": "GitHub", "repository": "example/demo", "workflow": "release.yml"}
    ]
    assert "attestation-identities" not in packages[1]


def test_a_seed_has_both_in_its_own_table() -> None:
    pip, virtualenv = tomllib.loads(encode_lock(attested(), PATH))["tool"]["bundle"]["seeds"]
    assert virtualenv["attestation-identities"] == [
        {"kind": "GitHub", "repository": "example/demo", "workflow": "release.yml"}
    ]
    assert virtualenv["attestation"] == {
        "url": "https://index.example/integrity/virtualenv",
        "size": 9001,
        "sha256": "d" * 64,
    }
    assert not {"attestation", "attestation-identities"} & pip.keys()


def test_the_document_is_a_file_to_fetch() -> None:
    package = attested().packages[0]
    assert package.document == Artifact(
        filename="attrs-1.0.json", url=ATTESTED.url, size=ATTESTED.size, sha256=ATTESTED.sha256
    )
    assert dataclasses.replace(package, attested=None).document is None


def test_identities_without_a_document_are_another_tools(tmp_path: Path) -> None:
    found = read_again(
        tmp_path, '[[tool.bundle.attestations]]\nname = "attrs"', '[[tool.bundle.attestations]]\nname = "six"'
    )
    assert found.packages[0].attested is None


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("size = 9000", "size = 0", "tool.bundle.attestations[0].size"),
        (f'"{"c" * 64}"', '"c"', "tool.bundle.attestations[0].sha256"),
        ('"release.yml"', '"a\\tb"', "attrs.attestation-identities"),
        ("size = 9001", "size = 0", "tool.bundle.seeds[1].attestation.size"),
        (
            'name = "virtualenv"\nversion = "1.0"\nattestation-identities = [\n    { kind = "GitHub"',
            'name = "virtualenv"\nversion = "1.0"\nattestation-identities = [\n    { kind = ""',
            "tool.bundle.seeds.virtualenv.attestation-identities",
        ),
    ],
)
def test_what_makes_no_sense_is_a_fault_of_the_lock(tmp_path: Path, old: str, new: str, where: str) -> None:
    with pytest.raises(InputError) as caught:
        read_again(tmp_path, old, new)
    assert caught.value.reference == "lock-invalid"
    assert [each.where for each in caught.value.faults] == [where]
