"""The machine stops before every single change that a run makes, one after the other until the run ends by itself.

Whatever the moment: the world uses the old release or the new one, wholly, and the next run brings things to an end. Upgrades, rollbacks
and uninstallations are ended in test_killed_commands.py, where more changes.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import zipfile
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.support import only_linux
from tests.support.icons import make_icon
from tests.target.bundles import Laid, bootstrap, demo_wheel, lay_bundle
from tests.target.interpreters import Interpreter, running
from tests.target.simulated.driver import KILLED

pytestmark = [only_linux.SIMULATED, pytest.mark.every_moment]

PASSWORD = "/set:password=secret-words"
ONE, TWO = "1.0-0a1b2c3d", "2.0-0a1b2c3d"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """A machine that a run can be repeated on: two bundles of one application, and what stood there before the run."""

    root: Path
    one: Laid
    two: Laid

    @property
    def machine(self) -> Path:
        return self.one.environment.parent

    def keep(self) -> None:
        shutil.rmtree(self.root / "before", ignore_errors=True)
        shutil.copytree(self.machine, self.root / "before", symlinks=True)
        if self._programs.exists():
            shutil.copy(self._programs, self.root / "programs before")

    def restore(self) -> None:
        shutil.rmtree(self.machine)
        shutil.copytree(self.root / "before", self.machine, symlinks=True)
        self._programs.unlink(missing_ok=True)
        if (self.root / "programs before").exists():
            shutil.copy(self.root / "programs before", self._programs)

    @property
    def _programs(self) -> Path:
        return self.one.temporary / "programs.json"

    def run(self, laid: Laid, *arguments: str, kill_at: int | None = None, **machine: Any) -> tuple[int, str]:
        python = running()
        ran = bootstrap(
            laid,
            *arguments,
            kill_at=kill_at,
            quick=str(python.path),
            minor=python.minor,
            identity=f"{python.version} 64",
            **machine,
        )
        return ran.code, ran.out + ran.err

    def state(self) -> dict[str, object]:
        """Everything on the machine; what tells the time of a run is left out."""
        found: dict[str, object] = {}
        for path in sorted(self.machine.rglob("*")):
            name = path.relative_to(self.machine).as_posix()
            if path.is_symlink() or path.is_dir():
                found[name] = None
            elif path.name in ("receipt.json", "release.json"):
                found[name] = {**json.loads(path.read_bytes()), "installed": None}
            elif path.name == "spares.zip":
                with zipfile.ZipFile(path) as archive:
                    found[name] = sorted(archive.namelist())
            elif path.suffix not in (".pyc", ".log"):
                found[name] = path.read_bytes()
        programs = json.loads(self._programs.read_bytes()) if self._programs.exists() else {}
        return {
            **found,
            "programs": {
                key: each if isinstance(each, str) else each["DisplayVersion"] for key, each in programs.items()
            },
        }

    def pointer(self) -> str | None:
        path = self.one.environment / "current"
        return path.read_text("ascii").strip() if path.exists() else None

    def use(self) -> str:
        shim = self.one.environment / "bin" / "demo"
        return subprocess.run([shim], capture_output=True, encoding="utf-8", check=True).stdout

    def must_be_whole(self, allowed: set[str | None]) -> None:
        """What is in use is one of these, and works."""
        pointer = self.pointer()
        assert pointer in allowed
        if pointer is not None:
            release = self.one.environment / "releases" / pointer
            assert not (release / ".incomplete").exists()
            assert self.use().startswith(f"demo {pointer.partition('-')[0]} ")


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return prepared(tmp_path, running())


def prepared(tmp_path: Path, boot: Interpreter, files: dict[str, tuple[str, str, bool]] | None = None) -> Ground:
    one = lay_bundle(tmp_path, boot=boot, files=files)
    one.folder.rename(tmp_path / "one")
    packages = [demo_wheel(tmp_path / "newer", "2.0", requires=["helper"]), *one.root.glob("made/helper*.whl")]
    two = lay_bundle(tmp_path, boot=boot, version="2.0", packages=packages)
    (two.folder / "files" / "data.txt").write_text("of the second\n")  # it lies beside the first's then
    (two.folder / "icon.ico").write_bytes(make_icon())  # of which the other release has none
    bundle = dataclasses.replace(two.manifest.bundle, display_name="Example", icon="icon.ico")
    two.rewrite(dataclasses.replace(two.manifest, bundle=bundle))
    return Ground(root=tmp_path, one=dataclasses.replace(one, folder=tmp_path / "one"), two=two)


def every_moment(ground: Ground, laid: Laid, *arguments: str, allowed: set[str | None], then: list[list[str]]) -> int:
    """Kill the run before its 1st, 2nd ... change, each time from the same beginning; afterwards do one of what ``then`` says,
    in turn, and compare with the same done without any interruption. How many moments there were.
    """
    ground.keep()
    code, shown = ground.run(laid, *arguments)
    assert code == 0, shown
    goals = {}
    for again in then:
        goals[tuple(again)] = finished(ground, laid, again, interrupted=False)
        ground.restore()
        assert ground.run(laid, *arguments)[0] == 0
    for moment in count(1):
        ground.restore()
        code, shown = ground.run(laid, *arguments, kill_at=moment)
        if code != KILLED:
            assert code == 0, shown
            return moment - 1
        ground.must_be_whole(allowed)
        again = then[moment % len(then)]
        assert finished(ground, laid, again, interrupted=True) == goals[tuple(again)], moment
    raise AssertionError


def finished(ground: Ground, laid: Laid, again: list[str], *, interrupted: bool) -> dict[str, object]:
    if interrupted or again != ["/rollback"]:
        code, shown = ground.run(laid, *again)
        assert code == 0, shown
    assert not (ground.one.environment / "journal").exists()
    return ground.state()


def test_a_first_installation(ground: Ground) -> None:
    moments = every_moment(
        ground, ground.one, PASSWORD, allowed={None, ONE}, then=[[PASSWORD], ["/uninstall", "/purge"]]
    )
    assert moments > 60


def test_the_plan_after_a_first_installation_that_was_killed(ground: Ground) -> None:
    """It has what the next run does: all of it, as long as that is taken back first."""
    the_plan_is_whole(ground, ground.one, PASSWORD)


def test_the_plan_after_an_upgrade_that_was_killed(ground: Ground) -> None:
    assert ground.run(ground.one, PASSWORD)[0] == 0
    the_plan_is_whole(ground, ground.two, "/set:port=9")


def the_plan_is_whole(ground: Ground, laid: Laid, argument: str) -> None:
    ground.keep()
    pointer, whole = ground.pointer(), planned(ground, laid, argument)
    for moment in range(1, 1000, 6):
        ground.restore()
        code, shown = ground.run(laid, argument, kill_at=moment)
        if code != KILLED:
            assert code == 0, shown
            break
        before = ground.state()
        assert planned(ground, laid, argument) == (whole if ground.pointer() == pointer else []), moment
        assert ground.state() == before
    assert moment > 60


def planned(ground: Ground, laid: Laid, argument: str) -> list[tuple[str, str]]:
    """Steps and words of a run's plan, but for what is said first."""
    report = ground.root / "plan.json"
    code, shown = ground.run(laid, argument, "/plan", f"/json:{report}")
    assert code == 0, shown
    return [(each["step"], each["text"]) for each in json.loads(report.read_bytes())["planned"]]


def test_an_uninstallation_that_the_operator_thinks_better_of(ground: Ground) -> None:
    """Whatever is left of it, another installation comes to its end."""
    assert ground.run(ground.one, PASSWORD)[0] == 0
    ground.keep()
    for moment in count(1):
        ground.restore()
        code, _ = ground.run(ground.one, "/uninstall", kill_at=moment)
        if code != KILLED:
            break
        code, shown = ground.run(ground.one, PASSWORD)
        assert code == 0, shown
        ground.must_be_whole({ONE})
    assert moment > 20


def test_a_broken_release_that_is_in_use_and_made_anew(ground: Ground) -> None:
    """As long as nothing of it was removed it is put back into use; afterwards nothing leads to what is left of it."""
    for laid, arguments in ((ground.one, [PASSWORD]), (ground.two, [])):
        assert ground.run(laid, *arguments)[0] == 0
    release = ground.one.environment / "releases" / TWO
    (release / "release.json").unlink()
    ground.keep()
    seen = set()
    for moment in range(1, 12):
        ground.restore()
        assert ground.run(ground.two, kill_at=moment)[0] == KILLED
        out_of_use, whole = ground.pointer() is None, not (release / ".incomplete").exists()
        assert out_of_use or whole, moment
        code, shown = ground.run(ground.two, "/rollback")
        if code == 0:
            assert ground.pointer() == ONE
            seen.add(out_of_use)
        else:
            assert "Nothing is installed in " in shown
            assert ground.pointer() is None
        code, shown = ground.run(ground.two)
        assert code == 0, shown
        ground.must_be_whole({TWO})
    assert seen == {False, True}
