"""The engine `wine` with a bed that only makes folders: what is kept of a machine."""

from __future__ import annotations

import contextlib
import os
import stat
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bundler.atomic import remove_tree
from bundler.rehearse.port import BARE
from bundler.rehearse.wine.chroot import Chroot
from bundler.rehearse.wine.wine_engine import WineEngine
from bundler.rehearse.wine.wine_system import PREFIX
from tests.support import only_linux
from tests.support.reporters import Remembering

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = only_linux.NAMESPACES


class FakeBed:
    """``fill``: makes drive C:, as programs on the machine left it."""

    def __init__(self, folder: Path, fill: Callable[[Path], None]) -> None:
        self.cache = SimpleNamespace(root=folder / "cache")
        self.version, self.source = "10.0", Chroot()
        self._fill = fill

    @contextlib.contextmanager
    def session(self, prefix: Path, bounds: object) -> Iterator[Any]:
        del bounds
        prefix.mkdir()
        self._fill(prefix / "drive_c")

        def seen_path(path: str) -> Path:
            assert path == PREFIX
            return prefix

        def end() -> None:
            """Programs that run put files there and take them away."""
            (prefix / "drive_c/running").unlink(missing_ok=True)

        def end_all() -> None:
            """Those of Linux don't end with Windows."""
            (prefix / "drive_c/running-on").unlink(missing_ok=True)

        namespace = SimpleNamespace(seen_path=seen_path, end_all=end_all)
        yield SimpleNamespace(prefix=prefix, namespace=namespace, end=end)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    program = tmp_path / "elsewhere" / "program"
    program.parent.mkdir()
    program.write_text("x")
    program.chmod(0o4755)
    return program


def test_programs_that_are_kept_run_with_nobody_elses_rights(tmp_path: Path, elsewhere: Path) -> None:
    def fill(drive: Path) -> None:
        (drive / "App").mkdir(parents=True)
        (drive / "App" / "x").write_text("x")
        (drive / "running").touch()
        (drive / "running-on").touch()
        (drive / "App" / "x").chmod(0o6755)
        (drive / "out").symlink_to(elsewhere.parent)

    bed: Any = FakeBed(tmp_path, fill)
    engine = WineEngine(bed, Remembering(), keep=tmp_path / "kept")
    assert engine.words == "Wine 10.0, in namespaces without a network"
    with engine.machine(BARE):
        pass
    kept = tmp_path / "kept" / BARE.name
    assert not (kept / "running").exists()
    assert not (kept / "running-on").exists()
    assert stat.S_IMODE((kept / "App" / "x").stat().st_mode) == 0o755
    assert os.readlink(kept / "out") == str(elsewhere.parent)  # noqa: PTH115
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o4755
    assert [each.name for each in bed.cache.root.glob("running/*")] == ["making.lock"]


def test_a_drive_that_became_a_link_is_kept_as_one(tmp_path: Path, elsewhere: Path) -> None:
    bed: Any = FakeBed(tmp_path, lambda drive: drive.symlink_to(elsewhere.parent))
    with WineEngine(bed, Remembering(), keep=tmp_path / "kept").machine(BARE):
        pass
    assert (tmp_path / "kept" / BARE.name).is_symlink()
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o4755


def test_paths_that_are_too_long_to_be_kept(tmp_path: Path) -> None:
    """The whole rehearsal ended with what `cp` says, and without its result and reports."""

    def fill(drive: Path) -> None:
        drive.mkdir()
        (drive / "file").write_text("x")
        inner = os.open(drive, os.O_RDONLY)
        for _ in range(30):
            os.mkdir("d" * 200, dir_fd=inner)
            outer, inner = inner, os.open("d" * 200, os.O_RDONLY, dir_fd=inner)
            os.close(outer)
        os.close(inner)

    bed: Any = FakeBed(tmp_path, fill)
    reporter = Remembering()
    with WineEngine(bed, reporter, keep=tmp_path / "kept").machine(BARE):
        pass
    assert (tmp_path / "kept" / BARE.name / "file").read_text() == "x"
    assert [each for each, _ in reporter.warnings] == ["keep-incomplete"]
    assert len(reporter.warnings[0][1]) < 1000
    remove_tree(tmp_path / "kept")
