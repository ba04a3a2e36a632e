"""What is said of a bundle is about the bytes that were verified: its archive's sum, its signatures, and what is read of it later."""

from __future__ import annotations

import hashlib
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from bundler.errors import IntegrityError, SignatureError
from bundler.model.bundle_files import MANIFEST, SUMS
from bundler.pack.reading import EXCHANGED, open_bundle
from bundler.pack.verify import VerifyReport, verify_bundle
from bundler.pipeline import review
from bundler.pipeline.review import ReviewWishes, review_bundle
from bundler.report import Reporter
from bundler.trust.signature_check import SignaturePolicy, Verdict, demand_of
from tests.support.bundles import make_inputs, write_made

if TYPE_CHECKING:
    from pathlib import Path


def bundle(folder: Path, kind: str = "zip", runtime: str = "exe") -> Path:
    return write_made(make_inputs(folder / "work", kind=runtime).lay_out(), folder / "out", kind).path


@pytest.mark.parametrize("kind", ["zip", "7z", "dir"])
def test_it_is_the_sum_of_the_file(tmp_path: Path, kind: str) -> None:
    path = bundle(tmp_path, kind)
    report = verify_bundle(path, Reporter(), summed=True)
    signed = path / SUMS if kind == "dir" else path
    assert report.signed_sha256 == hashlib.sha256(signed.read_bytes()).hexdigest()
    assert report.sha256 == ("" if kind == "dir" else report.signed_sha256)
    assert verify_bundle(path, Reporter()).sha256 == ""


def test_what_is_read_later_is_what_was_checked(tmp_path: Path) -> None:
    path, other = bundle(tmp_path / "a"), bundle(tmp_path / "b", runtime="archive")
    report = verify_bundle(path, Reporter())
    assert open_bundle(path, report.contents).manifest == report.manifest
    shutil.copy(other, path)
    later = open_bundle(path, report.contents)
    for name in (MANIFEST, SUMS):
        with pytest.raises(IntegrityError) as caught:
            later.read(name)
        assert caught.value.reference == "bundle-damaged"
        assert caught.value.context == (f"{name}: {EXCHANGED}",)


def test_a_review_is_about_one_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, other = bundle(tmp_path / "a"), bundle(tmp_path / "b", runtime="archive")

    def exchanging(given: Path, reporter: Reporter, *, summed: bool = False) -> VerifyReport:
        report = verify_bundle(given, reporter, summed=summed)
        shutil.copy(other, path)
        return report

    monkeypatch.setattr(review, "verify_bundle", exchanging)
    with pytest.raises(IntegrityError) as caught:
        review_bundle(path, ReviewWishes(), os.environ, Reporter())
    assert caught.value.reference == "bundle-damaged"


def test_a_good_signature_of_what_lay_there_before(tmp_path: Path) -> None:
    good = Verdict(file=tmp_path / "x.sig", identities=("build@example.com",), key="SHA256:abc", sha256="aa")
    bad = Verdict(file=tmp_path / "y.sig", why="it is wrong")
    demand_of((good, bad), tmp_path / "x.zip", "aa")
    with pytest.raises(SignatureError) as caught:
        demand_of((bad, good), tmp_path / "x.zip", "bb")
    assert caught.value.reference == "bundle-signature-refused"


def test_a_page_says_no_good_of_a_signature_of_other_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = bundle(tmp_path)
    good = Verdict(file=tmp_path / "x.sig", identities=("build@example.com",), key="SHA256:abc", sha256="aa")
    monkeypatch.setattr(review, "judge_signatures", lambda *_: (good,))
    with pytest.raises(SignatureError, match="when its signatures were checked"):
        review_bundle(path, ReviewWishes(policy=SignaturePolicy(allowed_signers=tmp_path)), os.environ, Reporter())
