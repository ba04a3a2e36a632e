"""The folder of all papers of a bundle has what the review was made of, whatever lies there by then."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from bundler.formats.dsse import write_envelope
from bundler.pipeline.evidence_folder import Papers, write_evidence
from bundler.pipeline.review import ReviewWishes, review_bundle
from bundler.report import Reporter
from bundler.trust.build_statement import write_statement
from bundler.trust.signature_check import SignaturePolicy
from bundler.trust.signing import Signer
from tests.support.bundles import make_inputs, statement_path, write_made
from tests.support.ssh_keys import allow, make_key, needs_ssh_keygen, public
from tests.unit.trust.test_statements import FACTS

if TYPE_CHECKING:
    from pathlib import Path

VEX = {"@context": "https://openvex.dev/ns/v0.2.0", "author": "Example Ltd", "version": 1, "statements": []}


def stated(name: str, sha256: str) -> bytes:
    return write_envelope(write_statement(FACTS, name=name, sha256=sha256))


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return write_made(make_inputs(tmp_path / "in").lay_out(), tmp_path / "out", "zip", statement=stated).path


def kept(bundle: Path, folder: Path, meanwhile: Any, vex: tuple[Path, ...] = (), **wishes: Any) -> dict[str, bytes]:
    """What lies beside a bundle, as the evidence has it; ``meanwhile`` is done between the review and the copying."""
    review = review_bundle(bundle, ReviewWishes(vex=vex, **wishes), os.environ, Reporter())
    meanwhile()
    write_evidence(folder, review, Papers(texts={}, vex=vex))
    places = [*(folder / "statements").glob("*"), *(folder / "vex").glob("*")]
    return {each.name: each.read_bytes() for each in places}


@needs_ssh_keygen
@pytest.mark.parametrize("exchange", ["written over", "removed"])
def test_signatures_and_statements_are_kept_as_they_were_judged(bundle: Path, tmp_path: Path, exchange: str) -> None:
    """They were read by their names again: the page named who signed, and the folder had what somebody put there since."""
    key = make_key(tmp_path / "key")
    signature = Signer(key, os.environ).sign(bundle, Reporter())
    judged = {each.name: each.read_bytes() for each in (signature, statement_path(bundle))}
    later = bundle.with_name(f"{bundle.name}.later.sig")

    def meanwhile() -> None:
        for name in judged:
            if exchange == "removed":
                (bundle.parent / name).unlink()
            else:
                (bundle.parent / name).write_bytes(b"another")
        later.write_bytes(b"of somebody")

    policy = SignaturePolicy(allowed_signers=allow(tmp_path / "signers", f"build@example.com {public(key)}"))
    found = kept(bundle, tmp_path / "papers", meanwhile, policy=policy)
    assert {name: found[name] for name in judged} == judged
    assert later.name not in found, "the page doesn't name it"
    assert f"{bundle.name}.build.json" in found


def test_a_statement_that_came_later_is_not_taken_along(bundle: Path, tmp_path: Path) -> None:
    """The page says that there is none."""
    path = statement_path(bundle)
    content = path.read_bytes()
    path.unlink()
    assert path.name not in kept(bundle, tmp_path / "papers", lambda: path.write_bytes(content))


@pytest.mark.parametrize("ending", ["html", "HTM", "xhtml", "svg", "mhtml"])
def test_a_page_that_lies_beside_a_bundle_is_not_taken_for_one_of_its_papers(
    bundle: Path, tmp_path: Path, ending: str
) -> None:
    path = bundle.with_name(f"{bundle.name}.review.{ending}")
    path.write_bytes(b"<p>all is good</p>")
    assert path.name not in kept(bundle, tmp_path / "papers", lambda: None)


def test_one_that_is_not_believed_is(bundle: Path, tmp_path: Path) -> None:
    path = statement_path(bundle)
    path.write_bytes(b"{")
    assert kept(bundle, tmp_path / "papers", lambda: None)[path.name] == b"{"


def test_what_an_audit_went_by_is_kept_as_it_was_read(bundle: Path, tmp_path: Path) -> None:
    said = tmp_path / "said.json"
    said.write_text(json.dumps(VEX))
    snapshot = tmp_path / "osv"
    snapshot.mkdir()
    (snapshot / "a.json").write_text(json.dumps({"id": "PYSEC-1", "affected": []}))
    found = kept(bundle, tmp_path / "papers", lambda: said.write_text("another"), (said,), snapshots=(snapshot,))
    assert json.loads(found["said.json"]) == VEX
