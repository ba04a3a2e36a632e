"""The profile of builds where there is no room for them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bundler.isolation.room import Limits
from bundler.isolation.watching import before_others, wait_watching
from bundler.isolation.without_room import own_profile


def test_a_developers_profile_is_not_seen(tmp_path: Path) -> None:
    developer = tmp_path / "developer"
    (developer / ".rustup").mkdir(parents=True)
    (developer / "pydistutils.cfg").write_text("[build]\ncompiler = mingw32\n", encoding="utf-8")
    given = {
        "UserProfile": str(developer),
        "APPDATA": str(developer / "Roaming"),
        "HOMEPATH": "\\Users\\developer",
        "HOMEDRIVE": "C:",
        "TEMP": "C:\\T",
        "PATH": "x",
    }
    seen = own_profile(given, tmp_path / "room")
    for name in ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA"):
        folder = Path(seen[name])
        assert folder.is_relative_to(tmp_path / "room")
        assert folder.is_dir()
    assert not list((tmp_path / "room").rglob("*.cfg"))
    assert {"UserProfile", "HOMEPATH", "HOMEDRIVE"}.isdisjoint(seen)
    assert (seen["TEMP"], seen["PATH"]) == ("C:\\T", "x"), "short paths for compilers"
    assert seen["RUSTUP_HOME"] == str(developer / ".rustup"), "compilers that lie there stay"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere subprocess waits well by itself, or not at all")
def test_the_end_of_a_program_is_seen_when_it_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pause(_: float) -> None:
        raise AssertionError("it may have ended meanwhile")

    monkeypatch.setattr(time, "sleep", pause)
    for code in (0, 3):
        process = subprocess.Popen(["/bin/sh", "-c", f"read line; exit {code}"], stdin=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.close()
        assert wait_watching(process, ["sh"], Limits(), tmp_path) == code


def test_a_profile_without_compilers(tmp_path: Path) -> None:
    assert "RUSTUP_HOME" not in own_profile({"USERPROFILE": str(tmp_path)}, tmp_path / "room")
    assert own_profile({"RUSTUP_HOME": "R:\\"}, tmp_path / "another")["RUSTUP_HOME"] == "R:\\"


@pytest.mark.skipif("os.name == 'nt' or os.geteuid() != 0", reason="only root's may run before all others")
def test_who_watches_runs_before_all_others_and_what_it_starts_does_not() -> None:
    was = os.sched_getscheduler(0)
    with before_others():
        assert os.sched_getscheduler(0) & os.SCHED_RR
        started = subprocess.run(
            [sys.executable, "-c", "import os; print(os.sched_getscheduler(0))"], capture_output=True, check=True
        )
    assert int(started.stdout) == os.SCHED_OTHER
    assert os.sched_getscheduler(0) == was
