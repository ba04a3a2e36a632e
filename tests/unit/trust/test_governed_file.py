"""Who counts as a known publisher: only one whose rule is sure to mean the same on Windows."""

from __future__ import annotations

import dataclasses

import pytest

from bundler.formats.signature import Signature
from bundler.trust.governed_file import GovernedFile, publisher_of

SIGNED = Signature(
    subject_common_name="Python Software Foundation",
    organization="Python Software Foundation",
    issuer="DigiCert Trusted G4",
    timestamp=None,
    digest="sha256",
    subject=(("O", "Python Software Foundation"), ("L", "Beaverton"), ("ST", "Oregon"), ("C", "US")),
    issuer_digest="ab" * 48,
)


def test_the_name_is_spelled_as_applocker_does() -> None:
    found = publisher_of(SIGNED, "Python")
    assert found is not None
    assert found.name == "O=PYTHON SOFTWARE FOUNDATION, L=BEAVERTON, S=OREGON, C=US"
    assert (found.common_name, found.product) == ("Python Software Foundation", "Python")


@pytest.mark.parametrize(
    ("change", "product"),
    [
        ({}, ""),
        ({}, "Python\n"),
        ({}, "P" * 300),
        ({}, "*"),
        ({}, "Python *"),
        ({"subject_common_name": "*"}, "Python"),
        ({"distrust": "nobody vouches for it"}, "Python"),
        ({"issuer_digest": ""}, "Python"),
        ({"subject": ()}, "Python"),
        ({"subject": (("L", "Beaverton"),)}, "Python"),
        ({"subject": (("O", "Example, Inc."),)}, "Python"),
        ({"subject_common_name": ""}, "Python"),
    ],
)
def test_else_its_files_are_known_by_hash(change: dict[str, object], product: str) -> None:
    assert publisher_of(dataclasses.replace(SIGNED, **change), product) is None  # type: ignore[arg-type]


def test_what_a_file_is_called_and_comes_with() -> None:
    plain = GovernedFile(owner="target/shim.exe", path="", collection="Exe", size=1, sha256="", hashes=())
    assert (plain.name, plain.group) == ("shim.exe", "target/")
    assert dataclasses.replace(plain, owner="bootstrap.bat").group == "bootstrap.bat"
    inside = dataclasses.replace(plain, owner="wheels/a.whl", path="a/b.dll")
    assert (inside.name, inside.group) == ("b.dll", "wheels/a.whl")
