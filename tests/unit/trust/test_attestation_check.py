"""What the library says of attestations, and what is said where it isn't installed; the library itself is played."""

from __future__ import annotations

import dataclasses
import importlib.util
from types import SimpleNamespace
from typing import Any

import pytest

from bundler.errors import HostError
from bundler.trust.attestation_check import LibraryCheck, attestation_check, demanded_check


@dataclasses.dataclass
class Attestation:
    error: Exception | None = None
    asked: list[tuple[object, object, bool]] = dataclasses.field(default_factory=list)

    def verify(self, publisher: object, file: object, *, offline: bool) -> None:
        self.asked.append((publisher, file, offline))
        if self.error is not None:
            raise self.error


def library(*attestations: Attestation) -> Any:
    bundle = SimpleNamespace(publisher="who", attestations=list(attestations))

    def read(content: bytes) -> object:
        if content != b"document":
            raise ValueError("no document")
        return SimpleNamespace(attestation_bundles=[bundle])

    return SimpleNamespace(
        Provenance=SimpleNamespace(model_validate_json=read),
        Distribution=lambda *, name, digest: (name, digest),
    )


def test_each_attestation_is_verified_offline_for_its_file() -> None:
    good, bad = Attestation(), Attestation(ValueError("bad\nsignature"))
    check = LibraryCheck(library(good, good))
    assert check(b"document", "demo-1.0.tar.gz", "ab") == ""
    assert good.asked == [("who", ("demo-1.0.tar.gz", "ab"), True)] * 2
    assert LibraryCheck(library(good, bad))(b"document", "demo-1.0.tar.gz", "ab") == "bad signature"


def test_whatever_the_library_raises_is_a_reason() -> None:
    assert LibraryCheck(library(Attestation()))(b"other", "x.whl", "") == "no document"
    assert LibraryCheck(library(Attestation(RecursionError())))(b"document", "x.whl", "") == "RecursionError"
    assert "nothing" in LibraryCheck(library())(b"document", "x.whl", "")


@pytest.mark.skipif(importlib.util.find_spec("pypi_attestations") is not None, reason="it is installed here")
def test_without_the_library() -> None:
    assert attestation_check() is None
    with pytest.raises(HostError, match="not installed") as caught:
        demanded_check()
    assert caught.value.reference == "attestations-need-package"
