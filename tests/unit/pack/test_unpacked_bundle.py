"""A bundle is unpacked as it was verified, whoever exchanges it in between."""

from __future__ import annotations

import dataclasses
import shutil
from typing import TYPE_CHECKING

import pytest

from bundler.errors import IntegrityError
from bundler.model.bundle_files import MANIFEST, SUMS
from bundler.pack import unpacked_bundle
from bundler.pack.reading import open_bundle
from bundler.pack.unpacked_bundle import unpack_bundle
from bundler.pack.verify import verify_bundle
from bundler.report import Reporter
from tests.support.bundles import make_inputs, write_made
from tests.support.commandline import tree_of

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.pack.reading import Bundle
    from bundler.pack.verify import VerifyReport


@pytest.mark.parametrize("kind", ["zip", "7z", "dir"])
def test_all_of_it_lies_there(tmp_path: Path, kind: str) -> None:
    path = write_made(make_inputs(tmp_path / "work").lay_out(), tmp_path / "out", kind).path
    if kind == "dir":
        (path / "site.toml").write_text("[site]\n", encoding="utf-8")
    report = unpack_bundle(path, tmp_path / "there", Reporter())
    found = {name: sha256 for name, sha256 in tree_of(tmp_path / "there").items() if sha256}
    values = found.pop("site.toml", None)
    assert (values is not None) is (kind == "dir")
    assert found == report.contents
    assert {MANIFEST, SUMS} < found.keys()


def exchanged(monkeypatch: pytest.MonkeyPatch, path: Path, other: Path) -> None:
    """Once it is verified."""

    def verify(bundle: Path, reporter: Reporter, *, summed: bool) -> VerifyReport:
        report = verify_bundle(bundle, reporter, summed=summed)
        shutil.copy(other, path)
        return report

    monkeypatch.setattr(unpacked_bundle, "verify_bundle", verify)


def test_another_bundle_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, other = (
        write_made(make_inputs(tmp_path / kind, kind=kind).lay_out(), tmp_path / f"{kind}-out", "zip").path
        for kind in ("exe", "archive")
    )
    exchanged(monkeypatch, path, other)
    with pytest.raises(IntegrityError, match="changed") as caught:
        unpack_bundle(path, tmp_path / "there", Reporter())
    assert caught.value.reference == "bundle-damaged"
    assert any(each.startswith(MANIFEST) for each in caught.value.context)


def test_names_that_nobody_has_checked_are_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is opened the second time may list anything."""
    path = write_made(make_inputs(tmp_path / "work").lay_out(), tmp_path / "out", "dir").path
    (tmp_path / "outside").write_text("precious", encoding="utf-8")

    def opening(bundle: Path) -> Bundle:
        found = open_bundle(bundle)
        found.form.listed = (*found.form.listed, dataclasses.replace(found.form.listed[0], path="../outside"))
        return found

    monkeypatch.setattr(unpacked_bundle, "open_bundle", opening)
    unpack_bundle(path, tmp_path / "there", Reporter())
    assert (tmp_path / "outside").read_text(encoding="utf-8") == "precious"
