"""What we find in 200 packages of PyPA's advisory database beside what pip-audit answered, by each of its two services: no network.

pip-audit 2.10.1; the database of 10 October 2024 (commit 3ccb612573e2), CC-BY 4.0.
"""

from __future__ import annotations

import dataclasses
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from bundler.trust.audit import audit
from tests.differential.record_audits import PAIRS, RECORDED
from tests.support.bundles import make_inputs
from tests.support.packages import make_wheel

if TYPE_CHECKING:
    from pathlib import Path

LISTED_BY_NO_INDEX = {
    "koji": "1.15.1 fixes one and has another by its range; the index has no such release, and the database lists none",
    "setuptools": "0.7: the same",
}
"""Where pip-audit's answer by the index has fewer than its answer by OSV, and why."""


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """By package: the ids of all that was found."""
    folder = tmp_path_factory.mktemp("audits")
    return audited(folder, recorded("records"))


def audited(folder: Path, records: dict[str, list[dict[str, Any]]]) -> dict[str, set[str]]:
    answers = recorded("answers")
    manifest = make_inputs(folder / "inputs", wheels=[make_wheel(folder / "wheels", "some", "1.0")]).lay_out().manifest
    one = manifest.packages[0]
    packages = tuple(dataclasses.replace(one, name=name, version=answers[name]["version"]) for name in answers)
    snapshot = folder / "all.zip"
    with zipfile.ZipFile(snapshot, "w") as archive:
        for record in {each["id"]: each for those in records.values() for each in those}.values():
            archive.writestr(f"{record['id']}.json", json.dumps(record))
    result = audit(dataclasses.replace(manifest, packages=packages, seeds=()), [snapshot])
    assert not result.unread
    told: dict[str, set[str]] = {name: set() for name in answers}
    for each in result.findings:
        told[each.package] |= {one for one in (each.advisory, *each.aliases) if one.startswith("PYSEC-")}
    return told


def test_all_packages_were_asked_about() -> None:
    answers = recorded("answers")
    assert len(answers) == PAIRS
    assert (
        min(sum(bool(each["osv"]) for each in answers.values()), sum(not each["osv"] for each in answers.values())) > 30
    )


def test_there_is_no_difference_to_its_answers_by_osv(found: dict[str, set[str]]) -> None:
    theirs = {name: set(each["osv"]) for name, each in recorded("answers").items()}
    assert found == theirs


def test_differences_to_its_answers_by_the_index_are_explained(found: dict[str, set[str]]) -> None:
    theirs = {name: set(each["index"]) for name, each in recorded("answers").items()}
    assert not {name for name in found if theirs[name] - found[name]}
    assert {name for name in found if found[name] - theirs[name]} == set(LISTED_BY_NO_INDEX)


def test_ranges_alone_say_the_same(tmp_path: Path, found: dict[str, set[str]]) -> None:
    """But where a record has none, or the database lists a version that its range doesn't have."""
    records = recorded("records")
    for those in records.values():
        for record in those:
            for each in record["affected"]:
                if each.get("ranges"):
                    each.pop("versions", None)
    alone = audited(tmp_path, records)
    assert {name for name in found if alone[name] != found[name]} == set()
