"""What is kept of the programs that a step runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.rehearse import bench as benches
from bundler.rehearse.bench import Bench
from bundler.rehearse.port import BARE
from tests.support.rehearsed import FakeEngine, make_subject, ran

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_of_endless_outputs_of_one_step_the_ends_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger's bundle may have thousands of checks, and each may print 32 MB."""
    monkeypatch.setattr(benches, "_MOST_SAID", 2_500)
    subject = make_subject(tmp_path)
    engine = FakeEngine(subject)
    engine.spoilt.append(lambda _, __: ran(output="line\n" * 200))
    with engine.machine(BARE) as machine:
        bench = Bench(machine, subject, {}, "C:\\x")
        for _ in range(4):
            assert bench.run(["app.exe"], timeout=1).output == "line\n" * 200
        assert [each.count("line\n") for each in bench.taken()] == [200, 200, 30, 30]
        bench.run(["app.exe"], timeout=1)
        assert [each.count("line\n") for each in bench.taken()] == [200]
