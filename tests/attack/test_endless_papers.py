"""Papers of strangers that are read by whoever decides about a bundle: work by the square of their length, or memory that no machine has.

Of the bundle's own (manifest, lock, bill of materials), of snapshots of advisories, and of what lies beside a bundle. Without its bound each of
these takes minutes to hours, or gigabytes.
"""

from __future__ import annotations

import dataclasses
import json
import os
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from bundler.cli.reviewing import ReviewOutput, write_review
from bundler.errors import InputError, IntegrityError
from bundler.model.artifact import Artifact
from bundler.model.lock import LockedPackage
from bundler.model.manifest import Manifest, Member
from bundler.model.manifest_encoding import decode_manifest, encode_manifest
from bundler.pack.comparison import compare
from bundler.pack.inspection import bundle_contents
from bundler.pack.names import path_faults, unique
from bundler.pack.reasons import ways_to
from bundler.pipeline import evidence_folder
from bundler.pipeline.review import ReviewWishes
from bundler.present.kept_rehearsal import read_rehearsal
from bundler.report import Reporter
from bundler.trust.audit import audit
from bundler.trust.bundle_parts import parts_of
from bundler.trust.findings import Finding, merged
from tests.support.bundles import make_inputs, write_made

if TYPE_CHECKING:
    from pathlib import Path

MANY = 10_000


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    return make_inputs(tmp_path / "inputs").lay_out().manifest


def test_many_packages_and_many_files(manifest: Manifest) -> None:
    """Texts of licences were looked for among all files, for each package."""
    more = tuple(Member(path=f"licenses/x-1/{number}", size=1, sha256="0" * 64) for number in range(MANY))
    large = dataclasses.replace(
        manifest,
        packages=manifest.packages[:1] * MANY,
        members=tuple(sorted((*manifest.members, *more), key=lambda each: each.path)),
    )
    found = bundle_contents(large)
    assert {each.license_files for each in found.packages} == {bundle_contents(manifest).packages[0].license_files}


def test_thousands_of_records_of_one_name(tmp_path: Path) -> None:
    made = write_made(make_inputs(tmp_path / "in").lay_out(), tmp_path, "dir").path
    path = made / "manifest.json"
    manifest = decode_manifest(path.read_bytes())
    path.write_bytes(encode_manifest(dataclasses.replace(manifest, packages=manifest.packages[:1] * MANY)))
    other = write_made(make_inputs(tmp_path / "in2").lay_out(), tmp_path / "other", "dir").path
    found = compare(made, other).differences
    assert f"{manifest.packages[0].name.lower()} ({MANY})" in {each.name for each in found}


def package(name: str, dependencies: tuple[str, ...], *, requested: bool = False) -> LockedPackage:
    file = Artifact(filename=f"{name}-1-py3-none-any.whl", url=f"https://index/{name}", sha256="0" * 64, size=1)
    return LockedPackage(
        name=name, version="1", kind="wheel", file=file, dependencies=dependencies, requested=requested
    )


@pytest.mark.parametrize("behind", [False, True])
def test_a_chain_of_packages_each_of_which_needs_the_same(behind: bool) -> None:
    """Each has a way of its own, as long as all that stand before it; or each such way leads through what is asked for."""
    names = [f"a{number:05}" for number in range(MANY)]
    last = (*names[1:], "z")
    packages = {
        name: package(name, (following, "z"), requested=not number and not behind)
        for number, (name, following) in enumerate(zip(names, last, strict=True))
    }
    packages["z"] = package("z", (names[0],) if behind else (), requested=behind)
    found = ways_to("z", packages)
    assert [len(each) for each in found] == ([] if behind else list(range(2, 52)))


def test_findings_that_share_nothing_and_findings_that_all_are_one() -> None:
    first = Finding(package="p", version="1", advisory="A-0", aliases=(), severity="low", summary="", fixed=())
    apart = [dataclasses.replace(first, advisory=f"A-{number:05}") for number in range(MANY)]
    assert len(list(merged(apart))) == MANY
    chained = [dataclasses.replace(each, aliases=(f"A-{number + 1:05}",)) for number, each in enumerate(apart)]
    (one,) = merged(reversed(chained))
    assert (one.advisory, len(one.aliases)) == ("A-00000", MANY)


def advisory(identity: str, **affected: Any) -> str:
    ranges = [{"type": "SEMVER", "events": [{"introduced": "0"}]}]
    return json.dumps({"id": identity, "affected": [{"ranges": ranges, **affected}]})


def test_a_bill_that_names_a_vulnerable_library_without_end(tmp_path: Path, manifest: Manifest) -> None:
    """The snapshot is an honest one."""
    with zipfile.ZipFile(tmp_path / "osv.zip", "w") as archive:
        for number in range(60):
            archive.writestr(
                f"{number}.json", advisory(f"CVE-{number}", package={"ecosystem": "OSS-Fuzz", "name": "openssl"})
            )
    parts = [
        {"name": "openssl", "version": f"1.{each}", "purl": f"pkg:generic/openssl@1.{each}"} for each in range(1000)
    ]
    bill = {"bomFormat": "CycloneDX", "components": [{"name": "owner", "components": parts}]}
    with pytest.raises(InputError, match="more than 50,000 known vulnerabilities") as caught:
        audit(manifest, [tmp_path / "osv.zip"], inside=parts_of(json.dumps(bill).encode()))
    assert caught.value.reference == "audit-endless"


def test_a_record_of_thousands_of_entries_and_one_of_thousands_of_names(tmp_path: Path, manifest: Manifest) -> None:
    data = json.loads(advisory("X-1", package={"ecosystem": "PyPI", "name": "alpha"}))
    (tmp_path / "1.json").write_text(json.dumps(data | {"affected": data["affected"] * MANY}))
    (tmp_path / "2.json").write_text(json.dumps(data | {"aliases": [f"A-{number}" for number in range(MANY)]}))
    found = audit(manifest, [tmp_path])
    assert [each.advisory for each in found.findings] == ["X-1"]
    assert [each.reason for each in found.unread] == ["aliases is not a list, or too long"]


@pytest.mark.parametrize("path", ["a/" * 100_000 + "b", "a" * 600, "a/" * 60 + "b"])
def test_a_path_of_thousands_of_folders(path: str) -> None:
    """Each folder above a file was remembered by its whole path: a name of 400 kB took 40 GB."""
    assert ["more than 500 characters or 50 folders" in each.message for each in path_faults([path, path])] == [
        True,
        True,
    ]


def test_thousands_of_texts_of_licences_of_one_name() -> None:
    taken: dict[str, int] = {}
    names = [unique("licenses/x-1/_", taken) for _ in range(MANY)]
    assert names[-1] == f"licenses/x-1/_-{MANY}"


def wrong(manifest: Manifest, **more: Any) -> list[str]:
    data = json.loads(encode_manifest(manifest)) | more
    with pytest.raises(IntegrityError) as caught:
        decode_manifest(json.dumps(data).encode())
    assert caught.value.reference == "manifest-malformed"
    return list(caught.value.context)


def test_faults_without_end_in_a_manifest(manifest: Manifest) -> None:
    """Each takes up a kilobyte."""
    assert wrong(manifest, members=[0] * 2 * MANY) == ["members[0]: must be a table"]
    assert wrong(manifest, members=[{}] * 2 * MANY, frozen=[1] * MANY) == [
        "frozen[0]: must be a string",
        "members[0].path: is missing",
        "members[0].size: is missing",
        "members[0].sha256: is missing",
    ]
    assert wrong(manifest, **{f"key{number}": 1 for number in range(2 * MANY)}) == ["a table has more than 10,000 keys"]
    assert len(wrong(manifest, frozen=["\0"] * 2 * MANY)) == 10_000
    assert len(wrong(manifest, frozen=[1] * 100)) == 100


def test_nor_in_the_result_of_a_rehearsal(tmp_path: Path) -> None:
    (tmp_path / "rehearsal.json").write_text(json.dumps({"steps": [0] * 2 * MANY}))
    with pytest.raises(InputError) as caught:
        read_rehearsal(tmp_path / "rehearsal.json")
    assert [each for each in caught.value.context if each.startswith("steps")] == [
        "steps[0]: must be a table (in their order)"
    ]


def test_what_lies_beside_a_bundle_is_not_taken_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files with holes in them take no room on the disk: all were read before the first was written."""
    monkeypatch.setattr(evidence_folder, "_LARGEST_TOGETHER", 10_000_000)
    made = write_made(make_inputs(tmp_path / "in").lay_out(), tmp_path / "out", "zip").path
    for number in range(3):
        with open(f"{made}.{number:02}.sig.txt", "wb") as stream:  # noqa: PTH123
            stream.truncate(5_000_000)
    with pytest.raises(InputError, match="with the files before it there are more than 10,000,000 bytes") as caught:
        write_review(made, ReviewWishes(), ReviewOutput(evidence=tmp_path / "papers"), Reporter())
    assert caught.value.reference == "evidence-unreadable"
    assert not (tmp_path / "papers").exists()
    monkeypatch.undo()
    write_review(made, ReviewWishes(), ReviewOutput(evidence=tmp_path / "papers"), Reporter())
    assert sum(each.stat().st_size for each in (tmp_path / "papers" / "statements").glob("*.txt")) == 15_000_000


def test_nor_are_there_thousands(tmp_path: Path) -> None:
    made = write_made(make_inputs(tmp_path / "in").lay_out(), tmp_path / "out", "zip").path
    for number in range(1001):
        os.close(os.open(f"{made}.{number}", os.O_CREAT))
    with pytest.raises(InputError, match="more than 1000 files"):
        write_review(made, ReviewWishes(), ReviewOutput(evidence=tmp_path / "papers"), Reporter())
