"""Windows itself: a bundle is rehearsed on this machine, beside what it has, and gone afterwards."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from bundler.rehearse.windows.guest.guest_programs import close_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.commandline import Bench
    from tests.support.native import Target

pytestmark = pytest.mark.windows


def test_on_this_machine(target: Target, build: Callable[..., Path], published: Bench) -> None:
    """It upgrades, is repaired and removed as on any machine; no step asks for a restart or another machine."""
    old, new = build("1.0"), build("2.0")
    arguments = ("--engine", "here", "--from", old, "--set", "port=81", "--json")
    done = published.run("rehearse", new, *arguments, index=None, timeout=1800)
    assert done.code == 0, done.out + done.err
    found = json.loads(done.out)
    outcomes = {each["name"]: each["outcome"] for each in found["steps"]}
    assert set(outcomes.values()) == {"passed", "skipped"}
    assert (outcomes["upgrade"], outcomes["purge"], outcomes["used-machine"]) == ("passed", "passed", "skipped")
    assert not list(target.root.rglob("*-rehearsal"))


@pytest.mark.real_windows("icacls does nothing in Wine, and ends with 0")
def test_a_folder_that_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    (folder / "file").write_text("x")
    close_folder(str(folder))
    try:
        with pytest.raises(PermissionError):
            (folder / "new").write_text("x")
        with pytest.raises(PermissionError):
            (folder / "file").write_text("y")
        with pytest.raises(PermissionError):
            (folder / "file").unlink()
        with pytest.raises(PermissionError):
            (folder / "below").mkdir()
        assert (folder / "file").read_text() == "x"
    finally:
        subprocess.run(["icacls", folder, "/remove:d", "*S-1-1-0", "/t"], check=True)
