"""``bundle audit`` from the snapshot's server to the verdict, with statements."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import TYPE_CHECKING

from tests.support.raw_server import RawServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.support.commandline import Bench


def record(name: str) -> str:
    events = [{"introduced": "0"}, {"fixed": "1.1"}]
    affected = [{"package": {"ecosystem": "PyPI", "name": name}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}]
    return json.dumps({"id": f"PYSEC-{name}", "aliases": ["CVE-1"], "affected": affected})


PYTHON = json.dumps({
    "id": "PSF-1",
    "affected": [
        {
            "ranges": [{"type": "GIT", "repo": "https://github.com/python/cpython", "events": [{"introduced": "0"}]}],
            "versions": ["v3.11.8"],
        }
    ],
})  # fmt: skip


def zipped(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for each in names:
            archive.writestr(f"{each}.json", record(each))
    return content.getvalue()


def serving(*contents: bytes) -> RawServer:
    """Each in turn, then the last again."""
    waiting = list(contents)

    def answer() -> Sequence[bytes]:
        content = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return [b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(content), content]

    return RawServer(answer)


def test_a_snapshot_is_fetched_and_replaced_as_a_whole(bench: Bench) -> None:
    place = bench.folder / "advisories"
    old, new = zipped("beta"), zipped("beta", "other")
    with serving(old, b"no zip", new) as server:
        arguments = ("audit", "--fetch", place, "--url", f"{server.url}PyPI/all.zip")
        first = bench.run(*arguments)
        assert first.code == 0, first.err
        file = place / "PyPI.zip"
        digest = hashlib.sha256(old).hexdigest()
        assert first.out.startswith(f"{file}: 1 record, ")
        assert file.read_bytes() == old
        assert (place / "PyPI.zip.sha256").read_text() == f"{digest}  PyPI.zip\n"
        refused = bench.run(*arguments)
        assert (refused.code, refused.reference) == (2, "snapshot-unreadable")
        assert file.read_bytes() == old
        told = bench.run(*arguments, "--json")
        assert told.json["snapshots"] == [
            {
                "path": str(file),
                "url": f"{server.url}PyPI/all.zip",
                "sha256": hashlib.sha256(new).hexdigest(),
                "size": len(new),
                "records": 2,
            }
        ]
        assert file.read_bytes() == new
    assert sorted(each.name for each in place.iterdir()) == ["PyPI.zip", "PyPI.zip.sha256"]
    assert not [each for each in bench.store.rglob("*") if each.is_file() and each.read_bytes() in (old, new)]


def test_a_download_that_is_cut_leaves_what_was_there(bench: Bench) -> None:
    place = bench.folder / "all.zip"
    place.write_bytes(b"before")

    def cut() -> Iterator[bytes]:
        yield b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"

    with RawServer(cut) as server:
        failed = bench.run("audit", "--fetch", place, "--url", f"{server.url}all.zip")
    assert failed.code == 4, failed.err
    assert place.read_bytes() == b"before"


def test_places_of_snapshots(bench: Bench) -> None:
    with serving(zipped("beta")) as server:
        both = ("--url", f"{server.url}a/all.zip", "--url", f"{server.url}b/all.zip")
        refused = bench.run("audit", "--fetch", "one.zip", *both)
        assert (refused.code, refused.reference) == (2, "snapshot-places")
        alike = bench.run("audit", "--fetch", "x", "--url", f"{server.url}A.zip", "--url", f"{server.url}a/all.zip")
        assert (alike.code, alike.reference) == (2, "snapshot-places")
        assert bench.run("audit", "--fetch", "x", *both).code == 0
        assert bench.run("audit", "--fetch", "one.zip", "--url", f"{server.url}..%2F..%2Fx.zip?y").code == 0
    assert sorted(each.name for each in (bench.folder / "x").iterdir()) == [
        "a.zip", "a.zip.sha256", "b.zip", "b.zip.sha256",
    ]  # fmt: skip
    assert (bench.folder / "one.zip").is_file()


def test_arguments_that_contradict_each_other(bench: Bench) -> None:
    for arguments in (
        ("audit",),
        ("audit", "x.zip"),
        ("audit", "x.zip", "--osv", "y", "--url", "https://example.com/all.zip"),
        ("audit", "x.zip", "--fetch", "y"),
        ("audit", "--fetch", "y", "--osv", "x"),
        ("audit", "--fetch", "y", "--url", "x.zip"),
    ):
        refused = bench.run(*arguments)
        assert (refused.code, refused.reference) == (2, "arguments-wrong"), arguments


def test_statements_decide_the_exit_code(bench: Bench) -> None:
    assert bench.build().code == 0
    snapshot = bench.folder / "all.zip"
    snapshot.write_bytes(zipped("beta"))
    statement = {
        "vulnerability": {"name": "CVE-1"},
        "products": [{"@id": "pkg:pypi/beta@1.0"}],
        "status": "not_affected",
        "justification": "vulnerable_code_not_in_execute_path",
    }
    document = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "timestamp": "2026-01-01T00:00:00Z",
        "statements": [statement],
    }
    vex = bench.folder / "vex.json"
    vex.write_text(json.dumps(document), encoding="utf-8")
    arguments = ("audit", bench.bundle, "--osv", snapshot)
    assert bench.run(*arguments).code == 9
    silent = bench.run(*arguments, "--vex", vex, "--json")
    assert (silent.code, silent.json["complete"]) == (9, False), "nothing is known of the Python"
    assert [each["name"] for each in silent.json["not-judged"] if not each["owner"]] == ["CPython"]
    (bench.folder / "more").mkdir()
    (bench.folder / "more" / "python.json").write_text(PYTHON, encoding="utf-8")
    both = (*arguments, "--osv", bench.folder / "more")
    settled = bench.run(*both, "--vex", vex, "--json", "--sarif", "found.sarif")
    assert settled.code == 0, settled.err
    assert settled.json["findings"][0]["vex"]["status"] == "not_affected"
    (run,) = json.loads((bench.folder / "found.sarif").read_bytes())["runs"]
    assert run["results"][0]["suppressions"][0]["status"] == "accepted"
    assert settled.json["complete"]
    refused = bench.run(*arguments, "--vex", snapshot)
    assert (refused.code, refused.reference) == (2, "vex-unreadable")


def test_a_report_replaces_nothing_that_it_is_made_from(bench: Bench) -> None:
    """Found out before anything is read: of many advisories that takes its time."""
    assert bench.build().code == 0
    (bench.folder / "advisories").mkdir()
    osv, vex = bench.folder / "advisories.zip", bench.folder / "said.json"
    for path, content in ((osv, zipped("beta")), (vex, b"{}")):
        path.write_bytes(content)
    kept = {each: each.read_bytes() for each in (bench.bundle, osv, vex)}
    wrong = {
        bench.bundle: "output-in-bundle",
        osv: "output-occupied",
        vex: "output-occupied",
        bench.folder / "advisories": "output-unwritable",
        bench.folder / "none" / "found.sarif": "output-unwritable",
    }
    for place, reference in wrong.items():
        done = bench.run("audit", bench.bundle, "--osv", osv, "--vex", vex, "--sarif", place)
        assert done.reference == reference, (place, done.err)
    assert {each: each.read_bytes() for each in kept} == kept
