"""The readers of what a review page shows: manifests all the way to the page, and results of rehearsals."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.model.manifest_encoding import decode_manifest, encode_manifest
from bundler.pack.inspection import bundle_contents
from bundler.pack.machine_changes import machine_changes
from bundler.pipeline.review import Provenance, Review, Signatures
from bundler.present.console import json_text
from bundler.present.evidence_tables import hashes_table, licences_table
from bundler.present.kept_rehearsal import read_rehearsal
from bundler.present.rehearsal_html import as_html as rehearsal_page
from bundler.present.rehearsal_json import rehearsal_output
from bundler.present.review_html import as_html as review_page
from tests.attack.parser import OutsideError, Parser
from tests.attack.text_parsers import json_values, manifests, named
from tests.support.html_seen import Page
from tests.support.rehearsals import FAILED, PASSED
from tests.support.reviews import full_manifest

if TYPE_CHECKING:
    from collections.abc import Sequence


def _quiet(page: str) -> None:
    """Whatever is in it, it is the page that was meant."""
    seen = Page(page)
    if seen.open or any(tag in ("script", "iframe", "object") for tag, _ in seen.tags):
        raise OutsideError(f"a page with more in it: {seen.open}")
    page.encode("utf-8")


def on_a_page(path: Path, _: Path) -> None:
    manifest = decode_manifest(path.read_bytes())
    contents = bundle_contents(manifest)
    review = Review(
        path=Path("x.zip"),
        sha256="",
        files=1,
        size=1,
        contents=contents,
        members=manifest.members,
        indexes={},
        changes=machine_changes(manifest),
        signatures=Signatures(verdicts=(), checked=False, signers=0, threshold=1),
        provenance=Provenance(statement=None, checked=False),
        audit=None,
        comparison=None,
        rehearsal=None,
        logs=None,
    )
    _quiet(review_page(review))
    hashes_table(manifest.members).encode("utf-8")
    licences_table(contents.packages).encode("utf-8")


def rehearsal(path: Path) -> None:
    _quiet(rehearsal_page(read_rehearsal(path), path.parent))


def whole_manifests(folder: Path) -> Sequence[bytes]:
    """Small ones: each case is shown as a page."""
    kept = [dataclasses.replace(decode_manifest(each), members=()) for each in manifests(folder)]
    return [encode_manifest(full_manifest(each)) for each in kept]


def results(_: Path) -> Sequence[bytes]:
    return [json_text(rehearsal_output(each, None)).encode() for each in (PASSED, FAILED)]


PAGES = (
    Parser(
        name="manifests on a review page",
        filename="manifest.json",
        whole=whole_manifests,
        broken=json_values,
        read=on_a_page,
        few=100,
        share=50,
    ),
    Parser(
        name="results of rehearsals",
        filename="rehearsal.json",
        whole=results,
        broken=json_values,
        read=named(rehearsal),
        few=200,
        share=100,
    ),
)
