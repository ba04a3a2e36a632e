"""Auditing 100 packages beside reading all records as JSON, which is done for those alone that may concern them; and beside the 2 seconds that it may take.

The snapshot is as large as PyPA's database was in 2024 (2,661 records), and as what OSV publishes for the index today (20,000), of the records
that ``tests/differential/audits`` has, under names of their own.
"""

from __future__ import annotations

import dataclasses
import itertools
import json
import tempfile
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bundler.trust.audit import audit
from tests.benchmarks.table import Row
from tests.differential.record_audits import RECORDED
from tests.support.bundles import make_inputs
from tests.support.packages import make_wheel

if TYPE_CHECKING:
    from collections.abc import Callable

    from bundler.model.manifest import Manifest

PACKAGES = 100
RECORDS = {2_661: 2.5, 20_000: 1.75}
"""How many there are: how much longer it may take."""
ALLOWED = 2.0
RUNS = 5


def rows() -> list[Row]:
    """Seconds of processor time, the best of five runs: one thread does it all, and waits for nothing."""
    with tempfile.TemporaryDirectory(prefix="auditing-") as name:
        folder = Path(name)
        manifest = _manifest(folder)
        found = []
        for number, limit in RECORDS.items():
            snapshot = _snapshot(folder / f"{number}.zip", number)
            ours, peer = [], []
            for _ in range(RUNS):
                ours.append(_timed(lambda snapshot=snapshot: audit(manifest, [snapshot])))  # type: ignore[misc]
                peer.append(_timed(lambda snapshot=snapshot: _read_all(snapshot)))  # type: ignore[misc]
            label = f"audit of {PACKAGES} packages, {number} records"
            found += [
                Row(label=label, ours=min(ours), peer=min(peer), peer_name="read all as JSON", limit=limit),
                Row(label=label, ours=min(ours), peer=ALLOWED, peer_name="allowed", limit=1.0),
            ]
        return found


def _manifest(folder: Path) -> Manifest:
    """The packages that the records are about, in versions that some of them concern."""
    made = make_inputs(folder / "inputs", wheels=[make_wheel(folder / "wheels", "some", "1.0")]).lay_out().manifest
    answers = json.loads((RECORDED / "answers.json").read_text(encoding="utf-8"))
    packages = [
        dataclasses.replace(made.packages[0], name=name, version=each["version"]) for name, each in answers.items()
    ]
    return dataclasses.replace(made, packages=tuple(packages[:PACKAGES]))


def _snapshot(path: Path, number: int) -> Path:
    """Each record with what a summary and references take; copies of them are about others."""
    records = json.loads((RECORDED / "records.json").read_text(encoding="utf-8"))
    every = {each["id"]: each for those in records.values() for each in those}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for count, record in enumerate(itertools.islice(itertools.cycle(list(every.values())), number)):
            copy = count // len(every)
            affected = [_renamed(each, copy) for each in record["affected"]]
            whole = record | {"id": f"{record['id']}-{copy}", "affected": affected, "details": "words " * 200}
            archive.writestr(f"{whole['id']}.json", json.dumps(whole))
    return path


def _renamed(affected: dict[str, Any], copy: int) -> dict[str, Any]:
    name = affected["package"]["name"] + (f"-{copy}" if copy else "")
    return affected | {"package": affected["package"] | {"name": name}}


def _read_all(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for each in archive.infolist():
            json.loads(archive.read(each))


def _timed(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun
