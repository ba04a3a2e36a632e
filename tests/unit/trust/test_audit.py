"""What is known to be vulnerable, by the rules of the OSV schema and of PEP 440; and what hostile or broken snapshots do."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bundler.errors import InputError
from bundler.present.audit_sarif import audit_sarif
from bundler.present.audit_text import audit_lines
from bundler.trust.audit import audit
from bundler.trust.bundle_parts import Parts, parts_of
from bundler.trust.cvss import base_score, level
from bundler.trust.osv_record import MalformedRecordError, read_record
from tests.support.bundles import make_inputs
from tests.support.packages import make_wheel

if TYPE_CHECKING:
    from bundler.model.manifest import Manifest
    from bundler.trust.findings import Audit

HIGH = [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}]


def record(identity: str = "PYSEC-1", name: str = "alpha", events: Any = None, **more: Any) -> dict[str, Any]:
    """Of all versions of ``alpha``, unless something else is said."""
    affected = {
        "package": {"ecosystem": "PyPI", "name": name},
        "ranges": [{"type": "ECOSYSTEM", "events": events if events is not None else [{"introduced": "0"}]}],
    }
    return {
        "schema_version": "1.6.0",
        "id": identity,
        "modified": "2026-01-01T00:00:00Z",
        "affected": [affected],
        **more,
    }


def snapshot(folder: Path, *records: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for number, each in enumerate(records):
        content = each if isinstance(each, bytes) else json.dumps(each).encode()
        (folder / f"{number}.json").write_bytes(content)
    return folder


def zipped(path: Path, *records: object) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", "no record")
        for number, each in enumerate(records):
            archive.writestr(f"vulns/{number}.json", each if isinstance(each, bytes) else json.dumps(each))
    return path


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    """``Alpha_One`` 2.5, ``pip`` 24.0, Python 3.11.9."""
    inputs = make_inputs(tmp_path / "inputs", wheels=[make_wheel(tmp_path / "wheels", "Alpha_One", "2.5")])
    return inputs.lay_out().manifest


def found(manifest: Manifest, *snapshots: Path) -> Audit:
    return audit(manifest, snapshots)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([{"introduced": "0"}], True),
        ([{"introduced": "0"}, {"fixed": "2.5"}], False),
        ([{"introduced": "0"}, {"fixed": "2.5.post1"}], True),
        ([{"introduced": "0"}, {"fixed": "2.5rc1"}], False),
        ([{"introduced": "2.5.0"}], True),
        ([{"introduced": "2.5.post1"}], False),
        ([{"introduced": "1"}, {"last_affected": "2.5"}], True),
        ([{"introduced": "1"}, {"last_affected": "2.4.99"}], False),
        ([{"introduced": "1"}, {"fixed": "2"}, {"introduced": "2.4"}, {"fixed": "2.6"}], True),
        ([{"fixed": "2.6"}, {"introduced": "2.4"}, {"fixed": "2"}, {"introduced": "1"}], True),
        ([{"introduced": "1"}, {"fixed": "2"}, {"introduced": "2.6"}], False),
        ([{"introduced": "1!0"}], False),
        ([{"fixed": "9"}], False),
        ([{"introduced": "0"}, {"limit": "2.5"}], False),
        ([{"introduced": "0"}, {"limit": "2.6"}], True),
        ([{"introduced": "0"}, {"limit": "1"}, {"limit": "*"}], True),
        ([], False),
    ],
)
def test_ranges(tmp_path: Path, manifest: Manifest, events: list[dict[str, str]], expected: bool) -> None:
    place = snapshot(tmp_path / "osv", record(name="alpha-one", events=events))
    assert bool(found(manifest, place).findings) is expected


def test_listed_versions_count_beside_ranges(tmp_path: Path, manifest: Manifest) -> None:
    listed = record(name="alpha.one", events=[{"introduced": "9"}])
    listed["affected"][0]["versions"] = ["1.0", "not a version", "2.5.0"]
    assert found(manifest, snapshot(tmp_path / "osv", listed)).findings


@pytest.mark.parametrize("change", [{"withdrawn": "2026-01-01T00:00:00Z"}, {"affected": []}])
def test_what_concerns_nobody(tmp_path: Path, manifest: Manifest, change: dict[str, object]) -> None:
    assert not found(manifest, snapshot(tmp_path / "osv", record(name="alpha-one") | change)).findings


@pytest.mark.parametrize("ecosystem", ["npm", "Debian:12", None])
def test_packages_of_other_ecosystems(tmp_path: Path, manifest: Manifest, ecosystem: object) -> None:
    other = record(name="alpha-one")
    other["affected"][0]["package"]["ecosystem"] = ecosystem
    assert not found(manifest, snapshot(tmp_path / "osv", other)).findings


def test_names_are_compared_normalized_and_however_they_are_written(tmp_path: Path, manifest: Manifest) -> None:
    for number, text in enumerate(("ALPHA.one", "alpha_-One")):
        assert found(manifest, snapshot(tmp_path / str(number), record(name=text))).findings
    escaped = json.dumps(record(name="alpha-one")).replace("alpha", "\\u0061lpha").encode()
    assert found(manifest, snapshot(tmp_path / "escaped", escaped)).findings


def test_what_makes_the_environment_is_looked_at_too(tmp_path: Path, manifest: Manifest) -> None:
    (finding,) = found(manifest, snapshot(tmp_path / "osv", record(name="pip"))).findings
    assert (finding.package, finding.version) == ("pip", "24.0")


def python_record(**affected: object) -> dict[str, Any]:
    ranges = [
        {
            "type": "GIT",
            "repo": "https://github.com/python/cpython",
            "events": [{"introduced": "0"}, {"fixed": "a" * 40}],
        }
    ]
    return {"id": "PSF-2026-1", "affected": [{"ranges": ranges, **affected}], "summary": "a fault of the library"}


SOUND = (record("PYSEC-2", name="other"), python_record(versions=["v3.11.8"]))
"""Something is known of packages and Pythons, and of none of a bundle's."""


def by_bitnami(name: str, fixed: str) -> dict[str, Any]:
    events = [{"introduced": "0"}, {"fixed": fixed}]
    return {"package": {"ecosystem": "Bitnami", "name": name}, "ranges": [{"type": "SEMVER", "events": events}]}


def test_what_the_snapshots_are_silent_about_is_said(tmp_path: Path, manifest: Manifest) -> None:
    packages = found(manifest, snapshot(tmp_path / "one", record(name="other")))
    assert [each.name for each in packages.not_judged] == ["CPython"]
    *lines, last = audit_lines(packages)
    assert any(line.startswith("not judged: CPython 3.11.9: ") for line in lines)
    assert "the Python not among them" in last
    python = found(manifest, snapshot(tmp_path / "two", python_record(versions=["v3.11.8"])))
    assert [each.name for each in python.not_judged] == ["all packages"]
    assert list(audit_lines(python))[-1].startswith("nothing known in 1 package, the Python among them")
    for each in (packages, python):  # it ended with exit code 0, as if all were sound
        assert (each.is_complete, each.reaches("critical")) == (False, True)
        assert any(line.startswith("incomplete: ") for line in audit_lines(each))
    both = found(manifest, tmp_path / "one", tmp_path / "two")
    assert both.not_judged == ()
    assert (both.is_complete, both.reaches("low")) == (True, False)
    assert [(each.audited, each.with_python) for each in (packages, python, both)] == [(2, False), (1, True), (3, True)]
    for each, words in (
        (packages, "nothing known in 2 packages, the Python not among them, by 1 record"),
        (python, "nothing known in 1 package, the Python among them, by 1 record"),
        (both, "nothing known in 3 packages, the Python among them, by 2 records"),
    ):
        assert list(audit_lines(each))[-1] == words


@pytest.mark.parametrize(
    ("inside", "complete"),
    [(Parts(fault="the bundle has none", is_missing=True), True), (parts_of(b"{"), False)],
)
def test_a_bill_that_can_not_be_read_is_no_sign_that_all_is_sound(
    tmp_path: Path, manifest: Manifest, inside: Parts, *, complete: bool
) -> None:
    """What was built before there were any has none."""
    records = snapshot(tmp_path / "osv", record(name="other"), python_record(versions=["v3.11.8"]))
    assert audit(manifest, [records], inside=inside).is_complete is complete


def test_a_snapshot_of_another_ecosystem_isnt_one_of_packages_of_python(tmp_path: Path, manifest: Manifest) -> None:
    """Crates and packages that are made of them have records in common."""
    both = record(name="other")
    both["affected"].append({"package": {"ecosystem": "crates.io", "name": "openssl-src"}, "versions": ["1.0.0"]})
    crates = found(manifest, snapshot(tmp_path / "crates", both))
    assert [each.name for each in crates.not_judged] == ["all packages", "CPython"]
    assert (crates.audited, list(audit_lines(crates))[-1]) == (0, "nothing known in 0 packages, by 1 record")
    packages = found(manifest, snapshot(tmp_path / "both", both, record(name="third")))
    assert [each.name for each in packages.not_judged] == ["CPython"]


def test_a_package_that_is_named_by_commits_alone_is_not_judged(tmp_path: Path, manifest: Manifest) -> None:
    commits = record(name="alpha-one")
    commits["affected"][0]["ranges"] = [
        {"type": "GIT", "repo": "https://example.com/x", "events": [{"introduced": "0"}]}
    ]
    assert found(manifest, snapshot(tmp_path / "osv", commits)).unjudged == ("PYSEC-1",)


def test_the_owner_of_a_repository_in_another_case(tmp_path: Path, manifest: Manifest) -> None:
    content = json.dumps(python_record(versions=["v3.11.9"])).replace("python/cpython", "Python/CPython").encode()
    assert found(manifest, snapshot(tmp_path / "osv", content)).findings


def test_advisories_of_cpython_by_its_tags(tmp_path: Path, manifest: Manifest) -> None:
    (finding,) = found(manifest, snapshot(tmp_path / "one", python_record(versions=["v3.11.8", "v3.11.9"]))).findings
    assert (finding.package, finding.version, finding.advisory) == ("CPython", "3.11.9", "PSF-2026-1")
    assert not found(manifest, snapshot(tmp_path / "two", python_record(versions=["v3.11.8"]))).findings
    unjudged = found(manifest, snapshot(tmp_path / "three", python_record()))
    assert (unjudged.findings, unjudged.unjudged) == ((), ("PSF-2026-1",))
    assert not found(manifest, tmp_path / "three", snapshot(tmp_path / "sound", *SOUND)).reaches("low")
    assert any("name commits and no versions" in line for line in audit_lines(unjudged))
    rated = {"id": "BIT-python-1", "aliases": ["CVE-1"], "affected": [by_bitnami("python", "3.11.10")]}
    judged = found(manifest, snapshot(tmp_path / "rated", python_record() | {"aliases": ["CVE-1"]}, rated))
    assert (judged.findings[0].advisory, judged.findings[0].fixed, judged.unjudged) == (
        "BIT-python-1",
        ("3.11.10",),
        (),
    )
    named = record(name="cpython")  # a package of the index
    assert not found(manifest, snapshot(tmp_path / "four", named)).findings


def test_records_of_the_same_are_one_finding(tmp_path: Path, manifest: Manifest) -> None:
    place = snapshot(
        tmp_path / "osv",
        record("PYSEC-2026-1", "alpha-one", [{"introduced": "0"}, {"fixed": "3"}], aliases=["CVE-2026-1"]),
        record(
            "GHSA-x",
            "alpha-one",
            [{"introduced": "0"}, {"fixed": "2.9"}],
            aliases=["CVE-2026-1"],
            severity=HIGH,
            summary="words",
        ),
        record("PYSEC-2026-2", "alpha-one"),
    )
    first, second = found(manifest, place).findings
    assert (first.advisory, first.severity) == ("PYSEC-2026-2", "unknown")
    assert (second.advisory, second.severity, second.summary) == ("GHSA-x", "high", "words")
    assert second.aliases == ("CVE-2026-1", "PYSEC-2026-1")
    assert second.fixed == ("2.9", "3")


@pytest.mark.parametrize(
    ("more", "severity"),
    [
        ({"severity": HIGH}, "high"),
        ({"database_specific": {"severity": "MODERATE"}, "severity": HIGH}, "medium"),
        ({"severity": [{"type": "CVSS_V4", "score": "CVSS:4.0/AV:N"}]}, "unknown"),
        ({"severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"}]}, "unknown"),
        ({"database_specific": {"severity": "whatever"}}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_how_grave_it_is(tmp_path: Path, manifest: Manifest, more: dict[str, Any], severity: str) -> None:
    result = found(manifest, snapshot(tmp_path / "osv", record(name="alpha-one", **more), *SOUND))
    assert result.findings[0].severity == severity
    assert result.reaches("critical") is (severity == "unknown")
    assert result.reaches("low")


def test_malware_is_as_grave_as_can_be(tmp_path: Path, manifest: Manifest) -> None:
    assert (
        found(manifest, snapshot(tmp_path / "osv", record("MAL-2026-1", "alpha-one"))).findings[0].severity
        == "critical"
    )


@pytest.mark.parametrize(
    ("vector", "score"),
    [  # examples that FIRST publishes for version 3.1
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N", 6.4),
        ("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1),
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 9.9),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", 7.5),
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10.0),
        ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 7.8),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0.0),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N/E:P/RL:O", 7.5),
        ("CVSS:2.0/AV:N/AC:L/Au:N/C:P/I:P/A:P", None),
        ("CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", None),
        ("", None),
    ],
)
def test_scores(vector: str, score: float | None) -> None:
    assert base_score(vector) == score


def test_what_a_score_is_called() -> None:
    assert [level(each) for each in (0.0, 0.1, 3.9, 4.0, 6.9, 7.0, 8.9, 9.0, 10.0)] == [
        "none", "low", "low", "medium", "medium", "high", "high", "critical", "critical",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        b'{"id": "X", "affected": [{"package": {"ecosystem": "PyPI", "name": "alpha-one"}, "ranges": 5}]}',
        b'{"affected": [{"package": {"ecosystem": "PyPI", "name": "alpha-one"}}]}',
        b'{"id": "X", "affected": [{"package": {"name": "alpha-one", "ecosystem": "PyPI"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "x y"}]}]}]}',
        b'{"id": "X", "name": "alpha-one"',
        b'"name": "alpha-one" \xff',
        b'["name", {"name": "alpha-one"}]',
        b'{"name": "alpha-one", "x": ' + b"[" * 100_000,
    ],
)
def test_a_record_that_can_not_be_read_counts(tmp_path: Path, manifest: Manifest, content: bytes) -> None:
    for place in (snapshot(tmp_path / "osv", content), zipped(tmp_path / "osv.zip", content)):
        result = found(manifest, place)
        assert len(result.unread) == 1
        assert result.reaches("critical")
        assert any("can't be read, and may concern the bundle" in line for line in audit_lines(result))


def test_a_broken_record_of_somebody_else_is_nothing(tmp_path: Path, manifest: Manifest) -> None:
    assert not found(manifest, snapshot(tmp_path / "osv", b'{"name": "other", ')).unread


def test_a_zip_and_several_snapshots(tmp_path: Path, manifest: Manifest) -> None:
    one = zipped(tmp_path / "all.zip", record("PYSEC-1", "alpha-one"), record("PYSEC-2", "other"))
    two = snapshot(tmp_path / "psf" / "advisories", python_record(versions=["v3.11.9"])).parent
    result = found(manifest, one, two)
    assert [each.advisory for each in result.findings] == ["PSF-2026-1", "PYSEC-1"]
    assert (result.records, result.audited) == (3, 3)
    zipped(tmp_path / "psf" / "all.zip", record("PYSEC-3", "alpha-one"))  # as --fetch leaves it
    assert len(found(manifest, two).findings) == 2


def broken_zips(folder: Path) -> dict[str, Path]:
    whole = zipped(folder / "whole.zip", record(name="alpha-one"), record("PYSEC-2", "alpha-one")).read_bytes()
    at = whole.index(b"vulns/0.json") + 40
    bomb = folder / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20):
            archive.writestr(f"{number}.json", bytes(15 << 20))
    made = {"bomb": bomb}
    for name, content in {
        "cut": whole[:-30],
        "none": b"no zip",
        "flipped": whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :],
        "empty": b"",
    }.items():
        made[name] = folder / f"{name}.zip"
        made[name].write_bytes(content)
    zipped(folder / "nothing.zip")
    return {**made, "nothing": folder / "nothing.zip"}


@pytest.mark.parametrize("kind", ["bomb", "cut", "none", "empty", "nothing", "flipped"])
def test_a_zip_that_can_not_be_read(tmp_path: Path, manifest: Manifest, kind: str) -> None:
    with pytest.raises(InputError) as caught:
        found(manifest, broken_zips(tmp_path)[kind])
    assert caught.value.reference == "snapshot-unreadable"


def test_places_that_are_no_snapshots(tmp_path: Path, manifest: Manifest) -> None:
    (tmp_path / "empty").mkdir()
    for place in (tmp_path / "empty", tmp_path / "missing.zip"):
        with pytest.raises(InputError, match="the advisories in"):
            found(manifest, place)


def test_a_record_that_is_too_large(tmp_path: Path, manifest: Manifest) -> None:
    result = found(manifest, snapshot(tmp_path / "osv", b" " * (17 << 20)))
    assert "the most that are read" in result.unread[0].reason


@pytest.mark.parametrize("data", [None, [], {}, {"id": 5}, {"id": "X", "affected": {}}, {"id": "X", "affected": [5]}])
def test_what_is_no_record(data: object) -> None:
    with pytest.raises(MalformedRecordError):
        read_record(data)


def test_words_of_strangers_are_shown_in_one_line(tmp_path: Path, manifest: Manifest) -> None:
    bad = record("X\x1b[2J\n", "alpha-one", summary="a\nb\x07", aliases=["\u202eC"])
    lines = list(audit_lines(found(manifest, snapshot(tmp_path / "osv", bad))))
    assert lines[0] == "unknown: alpha-one 2.5: X [2J (C)"
    assert lines[1] == "  a"


def test_sarif(tmp_path: Path, manifest: Manifest) -> None:
    place = snapshot(
        tmp_path / "osv",
        record("PYSEC-1", "alpha-one", [{"introduced": "0"}, {"fixed": "3"}], severity=HIGH),
        b'"name": "alpha-one"',
    )
    document = json.loads(audit_sarif(Path("x/y.zip"), found(manifest, place)))
    (run,) = document["runs"]
    assert document["version"] == "2.1.0"
    assert [each["id"] for each in run["tool"]["driver"]["rules"]] == ["PYSEC-1"]
    assert run["tool"]["driver"]["rules"][0]["properties"]["security-severity"] == "8.9"
    (result,) = run["results"]
    assert (result["ruleId"], result["level"]) == ("PYSEC-1", "error")
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "y.zip"
    assert run["invocations"][0]["executionSuccessful"] is False


def test_sarif_of_strangers_words(tmp_path: Path, manifest: Manifest) -> None:
    """A bundle's file may have any name, and an advisory says what its author wants: neither becomes a link elsewhere."""
    place = snapshot(tmp_path / "osv", record("PYSEC-1", "alpha-one", summary="see [the fix](https://evil.invalid)"))
    (run,) = json.loads(audit_sarif(Path("x/https:y%2f z.zip"), found(manifest, place)))["runs"]
    (result,) = run["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "https%3Ay%252f%20z.zip"
    assert "](" not in json.dumps(run)


def test_a_version_that_no_build_writes(tmp_path: Path, manifest: Manifest) -> None:
    strange = dataclasses.replace(manifest.packages[0], version="what")
    manifest = dataclasses.replace(manifest, packages=(strange,))
    assert found(manifest, snapshot(tmp_path / "osv", record(name="alpha-one"))).findings


def test_a_package_without_a_name_has_no_purl(tmp_path: Path, manifest: Manifest) -> None:
    """A manifest of strangers may call it a blank: that was an internal error."""
    blank = tuple(dataclasses.replace(each, name=" ") for each in manifest.seeds)
    assert found(dataclasses.replace(manifest, seeds=blank), snapshot(tmp_path, record()))
