"""Advisories looked up package by package."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from packaging.version import Version

from bundler.errors import InputError
from bundler.pipeline.known_faults import KnownFaults
from bundler.trust.known_advisories import KnownAdvisories, is_malware
from tests.support.reporters import Remembering
from tests.unit.trust.test_audit import HIGH, record, snapshot, zipped

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.trust.cvss import Severity

ONE = Version("1.0")


def test_nothing_is_said_of_what_wasnt_looked_up_and_no_answer_is_kept_from_before(tmp_path: Path) -> None:
    known = KnownAdvisories([snapshot(tmp_path / "osv", record())])
    assert known.findings("alpha", ONE) == ()
    assert known.learn(["alpha"])
    assert [each.advisory for each in known.findings("alpha", ONE)] == ["PYSEC-1"]
    assert not known.learn(["alpha"])


def test_snapshots_are_put_together(tmp_path: Path) -> None:
    first = snapshot(tmp_path / "osv", record("GHSA-1", aliases=["CVE-1"]))
    second = zipped(tmp_path / "osv.zip", record("PYSEC-1", aliases=["CVE-1"], severity=HIGH))
    known = KnownAdvisories([first, second])
    known.learn({"alpha", "beta"})
    (finding,) = known.findings("alpha", ONE)
    assert {finding.advisory, *finding.aliases} == {"GHSA-1", "PYSEC-1", "CVE-1"}
    assert known.findings("beta", ONE) == ()
    assert finding.reaches("high")
    assert not finding.reaches("critical")
    assert not is_malware(finding)


def test_malware_is_refused_always_and_other_things_by_their_severity(tmp_path: Path) -> None:
    osv = snapshot(
        tmp_path / "osv",
        record("MAL-1", name="evil", aliases=["GHSA-9"]),
        record("GHSA-1", severity=HIGH, summary="a\u001b[31m leak", events=[{"introduced": "0"}, {"fixed": "2"}]),
        record("GHSA-2", name="unrated"),
    )
    for severity, refused in (
        (None, {"evil"}),
        ("critical", {"evil", "unrated"}),
        ("low", {"evil", "alpha", "unrated"}),
    ):
        faults = KnownFaults([osv], severity)  # type: ignore[arg-type]
        faults.learn({"evil", "alpha", "unrated"})
        assert {name for name in ("evil", "alpha", "unrated") if faults.refused(name, ONE)} == refused
        assert {name for name in ("evil", "alpha", "unrated") if faults.tolerated(name, ONE)} == {
            "evil",
            "alpha",
            "unrated",
        } - refused
        assert not faults.refused("alpha", Version("2"))
    (fault,) = faults.refused("alpha", ONE)
    assert fault.words == "GHSA-1 (severity high): a [31m leak; fixed in 2"
    (fault,) = faults.refused("evil", ONE)
    assert fault.words == "MAL-1 (malware)"
    assert fault.ids == {"MAL-1", "GHSA-9"}


@pytest.mark.parametrize(
    ("name", "identity", "severity", "refused"),
    [
        ("GHSA-1.json", "GHSA-1", None, False),
        ("MAL-2026-1.json", "GHSA-1", None, True),
        ("x.json", "MAL-2026-1", None, True),
        ("GHSA-1.json", "GHSA-1", "critical", True),
    ],
)
def test_what_can_not_be_read_is_no_pass(
    tmp_path: Path, name: str, identity: str, severity: Severity | None, refused: bool
) -> None:
    """Malware is never taken: whoever damages one record of a snapshot would have it taken."""
    broken = (
        f'{{"id": "{identity}", "affected": [{{"package": {{"ecosystem": "PyPI", "name": "alpha"}}, "ranges": 5}}]}}'
    )
    (tmp_path / "osv" / "alpha").mkdir(parents=True)
    (tmp_path / "osv" / "alpha" / name).write_text(broken)
    faults, told = KnownFaults([tmp_path / "osv"], severity), Remembering()
    faults.learn({"alpha"})
    if not refused:
        faults.tell_unread(told)
        assert len(told.warnings) == 1
        return
    with pytest.raises(InputError) as caught:
        faults.tell_unread(told)
    assert caught.value.reference == "snapshot-unreadable"
    assert f"alpha/{name}: ranges" in caught.value.message


def test_advisories_of_others_alone_are_no_pass(tmp_path: Path) -> None:
    """A package of Python that a record of another ecosystem names besides makes no snapshot of these."""
    bitnami = record(
        "BIT-1", affected=[{"package": {"ecosystem": each, "name": "beta"}} for each in ("Bitnami", "PyPI")]
    )
    others, own = snapshot(tmp_path / "others", bitnami), zipped(tmp_path / "own.zip", record(name="beta"))
    with pytest.raises(InputError) as caught:
        KnownAdvisories([others]).learn({"alpha"})
    assert (caught.value.reference, caught.value.context) == ("snapshot-of-others", (str(others),))
    assert KnownAdvisories([others, own]).learn({"alpha"})


def test_records_that_cant_be_read_are_told_of_and_a_snapshot_that_isnt_one_is_an_error(tmp_path: Path) -> None:
    broken = b'{"id": "GHSA-1", "affected": [{"package": {"ecosystem": "PyPI", "name": "alpha"}, "ranges": 5}]}'
    faults = KnownFaults([snapshot(tmp_path / "osv", broken)], None)
    told = Remembering()
    faults.tell_unread(told)
    assert told.warnings == []
    faults.learn({"alpha"})
    faults.tell_unread(told)
    assert [reference for reference, _ in told.warnings] == ["advisory-unread"]
    assert "0.json: ranges" in told.warnings[0][1]
    with pytest.raises(InputError) as caught:
        KnownFaults([tmp_path / "none.zip"], None).learn({"alpha"})
    assert caught.value.reference == "snapshot-unreadable"
