"""The machine stops at every single file operation inside a release that is being made, or removed again: no half release is ever
taken for a whole one, and the next run makes it as if nothing had happened.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import only_linux
from tests.target.bundles import Laid, bootstrap, lay_bundle
from tests.target.interpreters import running
from tests.target.simulated.driver import KILLED

if TYPE_CHECKING:
    from tests.target.bundles import Ran

pytestmark = [only_linux.SIMULATED, pytest.mark.every_moment]

PASSWORD = "/set:password=secret-words"


class Machine:
    """A machine on which a small bundle is installed, over and over."""

    def __init__(self, laid: Laid) -> None:
        self.laid = laid
        self._before = laid.root / "before"

    def install(self, **options: Any) -> Ran:
        python = running()
        quick = {"quick": str(python.path), "minor": python.minor, "identity": f"{python.version} 64"}
        return bootstrap(self.laid, PASSWORD, within=str(self.laid.release), **{**quick, **options})

    def keep(self) -> None:
        shutil.rmtree(self._before, ignore_errors=True)
        shutil.copytree(self.laid.environment.parent, self._before, symlinks=True)

    def restore(self) -> None:
        shutil.rmtree(self.laid.environment.parent)
        shutil.copytree(self._before, self.laid.environment.parent, symlinks=True)

    def state(self) -> dict[str, object]:
        """Everything in the environment; what tells the time of a run is left out, and byte code holds the times of its sources."""
        found: dict[str, object] = {}
        for path in sorted(self.laid.environment.rglob("*")):
            name = path.relative_to(self.laid.environment).as_posix()
            if path.is_symlink() or path.is_dir() or path.suffix in (".pyc", ".log"):
                found[name.partition("logs/")[0]] = path.readlink() if path.is_symlink() else None
            elif path.name in ("receipt.json", "release.json"):
                found[name] = {**json.loads(path.read_bytes()), "installed": None, "size": None}
            elif path.name == "spares.zip":
                with zipfile.ZipFile(path) as archive:
                    found[name] = {each: archive.read(each) for each in archive.namelist()}
            else:
                found[name] = (path.stat().st_mode, path.read_bytes())
        return found

    def nothing_is_in_use(self) -> None:
        assert not (self.laid.environment / "current").exists()
        whole = (self.laid.release / "release.json").exists() and not (self.laid.release / ".incomplete").exists()
        assert not whole or (self.laid.environment / "journal").exists()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(lay_bundle(tmp_path))


def test_a_release_that_is_being_made(machine: Machine) -> None:
    machine.keep()
    done = machine.install()
    assert done.code == 0, done.err
    goal = machine.state()
    for moment in count(1):
        machine.restore()
        done = machine.install(stop_at=moment)
        if done.code != KILLED:
            break
        machine.nothing_is_in_use()
        done = machine.install()
        assert done.code == 0, (moment, done.err)
        assert machine.state() == goal, moment
    assert done.code == 0, done.err
    assert moment > 40


def test_half_a_release_that_is_being_removed(machine: Machine) -> None:
    """By the run that takes back what the one before was stopped in."""
    machine.keep()
    done = machine.install()
    assert done.code == 0, done.err
    goal = machine.state()
    machine.restore()
    for moment in count(1):
        machine.restore()
        if machine.install(stop_at=moment).code != KILLED:
            break
    machine.restore()
    assert machine.install(stop_at=moment - 1).code == KILLED  # all is there, and only the mark is left to be removed
    assert (machine.laid.release / "release.json").exists()
    machine.keep()
    # the mark is written again, then each file and folder goes
    removals = 2 + len(list(machine.laid.release.rglob("*")))
    for moment in range(1, removals + 1):
        machine.restore()
        assert machine.install(stop_at=moment).code == KILLED
        machine.nothing_is_in_use()
        done = machine.install()
        assert done.code == 0, (moment, done.err)
        assert machine.state() == goal, moment


STOPPING = """#!/bin/sh
case "$*" in
*worker.py) for last; do :; done; test -z "$STOP_AT" || exec "{python}" -E -s -S -B -c '
import runpy, sys
sys.path.append("{tests}")
import forking
forking.stop_at(sys.argv[2], int(sys.argv[1]), 1)
runpy.run_path(sys.argv[3], run_name="__main__")
' "$STOP_AT" "$WITHIN" "$last";;
esac
exec "{python}" "$@"
"""


def test_a_worker_that_ends_at_any_file(tmp_path: Path) -> None:
    """Then all is taken back: what the others have written, too."""
    laid = lay_bundle(tmp_path)
    program = STOPPING.format(python=running().path, tests=Path(__file__).with_name("simulated"))
    (laid.folder / "boot" / "python.exe").write_text(program)
    laid.rewrite()
    before = laid.tree()
    machine = Machine(laid)
    for moment in count(1):
        environ = {"STOP_AT": str(moment), "WITHIN": str(laid.release)}
        done = machine.install(processors=2, environ=environ)
        if done.code == 0:
            break
        assert done.code == 1603
        assert "ended before its work was done" in done.err
        assert laid.tree() == before
    assert moment > 4
