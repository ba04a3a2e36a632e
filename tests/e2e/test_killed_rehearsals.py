"""Rehearsals that are broken off: by Ctrl-C and by SIGKILL, at many moments. Nothing is left, and the next one works."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from bundler.rehearse.wine import host_tools
from bundler.rehearse.wine.host_wine import find_host_wine
from tests.support.bundles import make_inputs, write_made
from tests.support.played_wine import PlayedContainerWine, PlayedHostWine, PlayedWine
from tests.support.recipes import large_ones_too
from tests.support.rehearse import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.e2e
CTRL_C, KILL = signal.SIGINT, signal.SIGKILL
MOMENTS = [
    *((moment, "", CTRL_C) for moment in (1, 2, 3, 4, 6, 8, 10, 12)),
    *((moment, "reg.exe", CTRL_C) for moment in (1, 5)),
    *((moment, "", KILL) for moment in (1, 2, 3, 5, 7, 9, 11, 13)),
    *((moment, "reg.exe", KILL) for moment in (2, 8)),
]
"""Which program on a machine: the first starts Windows, the others are those of the steps; reg.exe runs on the second one only."""
KINDS = (PlayedWine, PlayedHostWine, PlayedContainerWine)


class Killed:
    def __init__(self, folder: Path, kind: type[PlayedWine]) -> None:
        host_tools.require_namespaces()
        self.wine = kind(folder)
        self.bundle = write_made(make_inputs(folder / "made").lay_out(), folder, "zip").path
        self.temporary = folder / "tmp"
        self.temporary.mkdir()

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        asked = [*map(str, arguments), "--quiet", "--wine", self.wine.source]
        command = self.wine.started([sys.executable, "-m", "bundler", "rehearse", *asked])
        environ = {**self.wine.variables, "TMPDIR": str(self.temporary)}
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def end(self, process: subprocess.Popen[str], how: signal.Signals) -> str:
        """As a terminal does it for Ctrl-C: to all programs in front. What the command said on standard error."""
        assert not self.nothing_runs()
        if how is CTRL_C:
            os.killpg(process.pid, how)
        else:
            process.send_signal(how)
        _, said = process.communicate()
        return said

    def rehearse(self) -> subprocess.Popen[str]:
        return self.start(self.bundle, "--set", "dsn=x")

    def until(self, done: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
        """Wait for something; a process that ends first is an error."""
        while not done():
            assert process is None or process.poll() is None, process.communicate()
            time.sleep(0.01)

    def nothing_runs(self) -> bool:
        return not self.wine.processes()

    def left(self) -> list[str]:
        return [*self.wine.folders(), *(each.name for each in self.temporary.iterdir())]


@pytest.fixture(scope="module", params=KINDS, ids=lambda each: each.source)
def killed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killed]:
    kind: type[PlayedWine] = request.param
    if kind is not PlayedWine and not large_ones_too():
        pytest.skip("each way to a Wine takes its minutes: --long")
    if kind is PlayedHostWine and find_host_wine() is not None:
        pytest.skip("this host has a Wine of its own")
    made = Killed(tmp_path_factory.mktemp("killed"), kind)
    made.wine.make()
    with made.start("--prepare") as process:
        said = process.communicate()
    assert process.returncode == 0, said
    yield made
    if isinstance(made.wine, PlayedContainerWine):
        made.wine.remove()


@pytest.mark.parametrize(("moment", "word", "how"), MOMENTS, ids=lambda each: getattr(each, "name", str(each)))
def test_nothing_is_left(killed: Killed, moment: int, word: str, how: signal.Signals) -> None:
    killed.wine.wait_at(moment, word)
    with killed.rehearse() as process:
        killed.until(killed.wine.reached, process)
        said = killed.end(process, how)
    if how is CTRL_C:
        assert (process.returncode, killed.nothing_runs(), killed.left()) == (130, True, [])
        assert "Traceback" not in said
    killed.until(killed.nothing_runs)
    # what was unpacked for the rehearsal lies there until the next one; the machine goes by itself, but for a container's
    assert not killed.wine.goes_by_itself or all(each.startswith("bundle-") for each in killed.left())


def test_the_next_one_works_and_tidies_up(killed: Killed) -> None:
    killed.wine.wait_at(1)
    with killed.rehearse() as process:
        killed.until(killed.wine.reached, process)
        killed.end(process, KILL)
    killed.until(killed.nothing_runs)
    killed.wine.wait_at(0)
    with killed.rehearse() as process:
        said = process.communicate()
    assert process.returncode == 0, said
    assert killed.left() == []


@pytest.mark.parametrize("how", [CTRL_C, KILL], ids=lambda each: each.name)
def test_making_the_bed_is_begun_again(tmp_path: Path, how: signal.Signals) -> None:
    killed = Killed(tmp_path, PlayedWine)
    killed.wine.wait_while_made(wait=True)
    with killed.start("--prepare") as process:
        killed.until(killed.wine.half_made, process)
        said = killed.end(process, how)
    killed.until(killed.nothing_runs)
    if how is CTRL_C:
        assert (process.returncode, killed.left()) == (130, []), said
    killed.wine.wait_while_made(wait=False)
    with killed.rehearse() as process:
        printed = process.communicate()
    assert process.returncode == 0, printed
    assert killed.left() == []
