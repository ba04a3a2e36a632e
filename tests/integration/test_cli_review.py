"""`bundle inspect --html` and `--evidence` at the command line."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import json
import os
from typing import TYPE_CHECKING

import pytest

from bundler.model.manifest_encoding import decode_manifest
from bundler.pack.reading import open_bundle
from bundler.present.console import json_text
from bundler.present.rehearsal_json import rehearsal_output
from tests.support.commandline import tree_of
from tests.support.rehearsals import PASSED, PIXEL
from tests.support.ssh_keys import allow, make_key, needs_ssh_keygen, public

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.commandline import Bench


STATEMENT = {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "@id": "https://example.com/1",
    "author": "Example Ltd",
    "timestamp": "2026-01-08T18:02:03Z",
    "version": 1,
    "statements": [
        {
            "vulnerability": {"name": "PYSEC-1"},
            "products": [{"@id": "pkg:pypi/beta@1.0"}],
            "status": "not_affected",
            "justification": "component_not_present",
        }
    ],
}


@pytest.fixture
def built(bench: Bench) -> Bench:
    done = bench.build()
    assert done.code == 0, done.err
    return bench


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def rehearsed(bundle: Path, digest: str = "", **more: str) -> Path:
    """What a rehearsal leaves beside a bundle."""
    logs = bundle.with_name(f"{bundle.name}.rehearsal")
    logs.mkdir()
    found = dataclasses.replace(PASSED, sha256=digest or sha256(bundle), **more)  # type: ignore[arg-type]
    (logs / "rehearsal.json").write_text(json_text(rehearsal_output(found, None)))
    (logs / "01-plan.log").write_text("what was printed\n")
    (logs / "page.png").write_bytes(PIXEL)
    (logs / "somebody's.txt").write_text("not ours")
    return logs


def test_the_page_is_the_same_each_time_and_json_is_what_it_was(built: Bench) -> None:
    before = built.run("inspect", built.bundle, "--json").out
    first = built.run("inspect", built.bundle, "--html", "page.html")
    assert first.code == 0, first.err
    assert first.out.rstrip().endswith("review page: page.html")
    page = (built.folder / "page.html").read_text("utf-8")
    assert sha256(built.bundle) in page
    again = built.run("inspect", built.bundle, "--html", "again.html", "--json")
    assert again.out == before
    assert (built.folder / "again.html").read_text("utf-8") == page


@needs_ssh_keygen
def test_the_evidence_has_all_papers(built: Bench) -> None:
    bundle, folder = built.bundle, built.folder / "papers" / "evidence"
    old = built.folder / "old.zip"
    old.write_bytes(bundle.read_bytes())
    key = make_key(built.root / "keys" / "key")
    assert built.run("sign", bundle, "--key", key).code == 0
    signers = allow(built.root / "signers", f"build@example.com {public(key)}")
    snapshot = built.folder / "osv"
    snapshot.mkdir()
    affected = [{"package": {"ecosystem": "PyPI", "name": "beta"}, "versions": ["1.0"]}]
    (snapshot / "a.json").write_text(json.dumps({"id": "PYSEC-1", "affected": affected}))
    (built.folder / "statement.json").write_text(json.dumps(STATEMENT))
    rehearsed(bundle)
    (bundle.parent / f"{bundle.name}.old.html").write_text("a page")
    (bundle.parent / f"{bundle.name}.older.HTML").write_text("a page")
    arguments = ("--allowed-signers", signers, "--osv", snapshot, "--from", old, "--vex", "statement.json")
    done = built.run("inspect", bundle, "--evidence", folder, *arguments)
    assert done.code == 0, done.err
    files = sorted(name for name, content in tree_of(folder).items() if content)
    (signature,) = bundle.parent.glob("*.sig")
    assert files == sorted(
        [
            "audit.json",
            "differences.txt",
            f"{bundle.name}.sha256",
            "hashes.csv",
            "licences.csv",
            "licenses/alpha-1.0/LICENSE",
            "rehearsal/01-plan.log",
            "rehearsal/rehearsal.html",
            "rehearsal/rehearsal.json",
            "review.html",
            "sbom.cdx.json",
            f"statements/{bundle.name}.build.json",
            f"statements/{bundle.name}.intoto.jsonl",
            f"statements/{signature.name}",
            "vex/statement.json",
        ]
    )
    assert done.out.rstrip().endswith(f"{len(files)} files")
    page = (folder / "review.html").read_text("utf-8")
    for words in (
        "build@example.com",
        "PYSEC-1",
        "not affected (by statement.json",
        "Nothing differs.",
        "Its rehearsal passed",
    ):
        assert words in page, words
    assert (folder / "sbom.cdx.json").read_bytes() == open_bundle(bundle).read("sbom.cdx.json")
    assert (folder / "licenses/alpha-1.0/LICENSE").read_text() == "Do as you like."
    assert (folder / f"{bundle.name}.sha256").read_text() == f"{sha256(bundle)}  {bundle.name}\n"
    with (folder / "hashes.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    manifest = open_bundle(bundle).read("manifest.json")
    sums = {name: digest for name, _, digest in rows[1:]}
    assert sums["manifest.json"] == hashlib.sha256(manifest).hexdigest()
    assert set(sums) == {each.path for each in decode_manifest(manifest).members} | {"manifest.json", "SHA256SUMS"}
    with (folder / "licences.csv").open(encoding="utf-8", newline="") as stream:
        stated = {row[0]: row[2:] for row in csv.reader(stream)}
    assert stated["alpha"][1] == "licenses/alpha-1.0/LICENSE"
    assert stated["beta"][1] == ""
    again = built.run("inspect", bundle, "--evidence", "second", *arguments)
    assert again.code == 0, again.err
    assert tree_of(built.folder / "second") == tree_of(folder)


@needs_ssh_keygen
def test_a_signature_that_does_not_count_is_told_on_the_page(built: Bench) -> None:
    key, other = make_key(built.root / "keys" / "key"), make_key(built.root / "keys" / "other")
    assert built.run("sign", built.bundle, "--key", key).code == 0
    signers = allow(built.root / "signers", f"build@example.com {public(other)}")
    done = built.run("inspect", built.bundle, "--html", "page.html", "--allowed-signers", signers)
    assert done.code == 0, done.err
    page = (built.folder / "page.html").read_text("utf-8")
    assert "Signed by 0 allowed signers; 1 is asked for" in page
    assert "Nobody has signed the statement of how it was built" in page
    assert "its key isn&#x27;t one of an allowed signer" in page


@needs_ssh_keygen
def test_the_page_says_how_it_was_built_and_by_whose_word(built: Bench) -> None:
    key, other = make_key(built.root / "keys" / "key"), make_key(built.root / "keys" / "other")
    assert built.build("--sign-with", key, "--builder", "https://ci.example.com/1").code == 0
    signers = allow(built.root / "signers", f"build@example.com {public(key)}")

    def page(*arguments: str | Path) -> str:
        done = built.run("inspect", built.bundle, "--html", "page.html", *arguments)
        assert done.code == 0, done.err
        return (built.folder / "page.html").read_text("utf-8")

    asked = ("--allowed-signers", signers)
    assert "not checked: nobody said who may sign" in page()
    for words in ("How it was built is stated by build@example.com", "https://ci.example.com/1", "offline-bundler"):
        assert words in page(*asked)
    stranger = allow(built.root / "strangers", f"who@example.com {public(other)}")
    refused = page("--allowed-signers", stranger)
    assert "be believed: no allowed signer has signed the statement example-1.0-" in refused
    statement = built.bundle.with_name(f"{built.bundle.name}.intoto.jsonl")
    statement.write_bytes(statement.read_bytes()[:-9])
    broken = page(*asked)
    assert "be believed: the statement of how a bundle was built can&#x27;t be read" in broken
    assert str(built.folder) not in refused + broken
    statement.unlink()
    assert "No statement of how it was built lies beside it" in page(*asked)


def test_a_damaged_bundle_gets_no_page(built: Bench) -> None:
    content = bytearray(built.bundle.read_bytes())
    content[len(content) // 2] ^= 1
    built.bundle.write_bytes(content)
    done = built.run("inspect", built.bundle, "--html", "page.html", "--evidence", "papers")
    assert (done.code, done.reference) == (5, "bundle-damaged")
    assert not (built.folder / "page.html").exists()
    assert not (built.folder / "papers").exists()


def test_a_rehearsal_of_other_bytes_is_left_out_or_refused(built: Bench) -> None:
    logs = rehearsed(built.bundle, digest="0" * 64)
    done = built.run("inspect", built.bundle, "--html", "page.html")
    assert done.code == 0, done.err
    assert "[rehearsal-of-another]" in done.err
    assert "No result of a rehearsal was given" in (built.folder / "page.html").read_text("utf-8")
    named = built.run("inspect", built.bundle, "--html", "page.html", "--rehearsal", logs)
    assert (named.code, named.reference) == (2, "rehearsal-of-another")
    (logs / "rehearsal.json").write_text("{")
    broken = built.run("inspect", built.bundle, "--html", "page.html")
    assert (broken.code, broken.reference) == (2, "rehearsal-unreadable")


def test_of_a_folder(built: Bench) -> None:
    assert built.build("--format", "dir").code == 0
    folder = built.bundle.with_suffix("")
    done = built.run("inspect", folder, "--html", "page.html", "--evidence", "papers")
    assert done.code == 0, done.err
    assert built.run("verify", folder).code == 0
    for inside in (("--html", folder / "page.html"), ("--evidence", folder / "papers"), ("--html", folder)):
        for arguments in ((folder, *inside), (built.bundle, "--from", folder, *inside)):
            refused = built.run("inspect", *arguments)
            assert (refused.code, refused.reference) == (2, "output-in-bundle")
    assert built.run("verify", folder).code == 0


def test_a_rehearsal_of_a_folder_is_one_of_its_bytes(built: Bench) -> None:
    """Its release stood for them, which another folder can name as well. An archive and the folder that it unpacks to are one."""
    assert built.build("--format", "dir").code == 0
    folder = built.bundle.with_suffix("")
    release = open_bundle(folder).manifest.bundle.release
    sums = sha256(folder / "SHA256SUMS")
    others = rehearsed(folder, digest="0" * 64, release=release)
    refused = built.run("inspect", folder, "--html", "page.html", "--rehearsal", others)
    assert (refused.code, refused.reference) == (2, "rehearsal-of-another")
    for each in (rehearsed(built.bundle, sums=sums), rehearsed(built.output / "another", digest=sums)):
        done = built.run("inspect", folder, "--html", "page.html", "--rehearsal", each)
        assert done.code == 0, done.err


def test_wrong_input_is_one_error_and_leaves_nothing(built: Bench) -> None:
    bundle, before = built.bundle, built.bundle.read_bytes()
    (built.folder / "occupied").mkdir()
    (built.folder / "occupied" / "file").write_text("somebody's")
    (built.folder / "empty").mkdir()
    wrong = {
        ("--osv", "x"): "arguments-wrong",
        ("--threshold", "2", "--html", "p.html"): "arguments-wrong",
        ("--html", "p.html", "--vex", "x"): "arguments-wrong",
        ("--html", bundle): "output-in-bundle",
        ("--html", "no/folder/p.html"): "output-unwritable",
        ("--html", "empty"): "output-unwritable",
        ("--html", "advisories.zip", "--osv", "advisories.zip"): "output-occupied",
        ("--html", "said.json", "--osv", "advisories.zip", "--vex", "said.json"): "output-occupied",
        ("--html", "signers", "--allowed-signers", "signers"): "output-occupied",
        ("--html", "p.html", "--sbom", "1.7"): "arguments-wrong",
        ("--evidence", "papers", "--sbom", "1.7"): "arguments-wrong",
        ("--evidence", "occupied"): "evidence-occupied",
        ("--evidence", "papers", "--vex", "none.json"): "evidence-unreadable",
        ("--evidence", "papers", "--vex", "occupied"): "evidence-unreadable",
        ("--html", "p.html", "--osv", "none"): "snapshot-unreadable",
        ("--html", "p.html", "--from", "none.zip"): "bundle-unreadable",
        ("--html", "p.html", "--from", "example.toml"): "bundle-unreadable",
        ("--html", "p.html", "--rehearsal", "none"): "rehearsal-unreadable",
        ("--html", "p.html", "--rehearsal", "empty"): "rehearsal-unreadable",
        ("--html", "p.html", "--allowed-signers", "none"): "signers-unreadable",
    }
    if os.name == "posix":
        wrong["--html", os.devnull] = "output-unwritable"
    for arguments, reference in wrong.items():
        done = built.run("inspect", bundle, *arguments)
        assert done.reference == reference, (arguments, done.err)
        assert not (built.folder / "p.html").exists()
        assert not (built.folder / "papers").exists()
    assert bundle.read_bytes() == before
    assert sorted(each.name for each in built.folder.iterdir() if each.name.startswith(".evidence")) == []
    assert built.run("inspect", bundle, "--evidence", "empty").code == 0


def test_links_beside_a_bundle_are_not_taken_along(built: Bench) -> None:
    secret = built.root / "secret"
    secret.write_text("secret")
    try:
        (built.bundle.parent / f"{built.bundle.name}.statement.json").symlink_to(secret)
    except OSError:
        pytest.skip("this account can't make links")
    done = built.run("inspect", built.bundle, "--evidence", "papers")
    assert done.code == 0, done.err
    assert not (built.folder / "papers" / "statements" / f"{built.bundle.name}.statement.json").exists()
