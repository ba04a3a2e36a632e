"""How a session ends; tests/e2e/test_bed.py has the rest, in real namespaces."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from bundler.errors import HostError
from bundler.rehearse.wine import wine_session
from bundler.rehearse.wine.first_process import Seen
from bundler.rehearse.wine.wine_session import Session
from bundler.rehearse.wine.wine_system import Bounds
from tests.support import only_linux

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = only_linux.NAMESPACES


class Ending:
    """A system, and its namespace, in which every program is ended at once."""

    server, wine = "wineserver", "wine"

    def __init__(self, exceeded: str | None) -> None:
        self.exceeded = exceeded

    def inside(self, *command: str, env: object) -> tuple[str, ...]:
        del command, env
        return ("sh", "-c", "kill -KILL $$")

    def seen(self) -> Seen:
        return Seen(attempts=(), peak=0, exceeded=self.exceeded, ends=1)


@pytest.mark.parametrize("exceeded", [None, "disk"])
def test_programs_that_are_ended_for_what_they_used_have_ended(tmp_path: Path, exceeded: str | None) -> None:
    """A disk that they filled stays full, and Wine's own program for ending them is ended too: the rehearsal was lost by that."""
    system: Any = Ending(exceeded)
    session = Session(system, tmp_path)
    session.namespace = system
    if exceeded is not None:
        session.end()
        return
    with pytest.raises(HostError) as caught:
        session.end()
    assert caught.value.reference == "session-not-made"


class Telling(Ending):
    """One whose programs write down in which group of processes they are."""

    def __init__(self, told: Path) -> None:
        super().__init__(None)
        self._told = told

    def inside(self, *command: str, env: object) -> tuple[str, ...]:
        del command, env
        code = "import os, sys; open(sys.argv[1], 'a').write(f'{os.getpgrp()} ')"
        return (sys.executable, "-c", code, str(self._told))


def test_signals_to_the_group_of_a_program_do_not_reach_this_one(tmp_path: Path) -> None:
    """What starts Windows again was in the group of `bundle`, and of the script that it was called by: a rehearsed program in the place of cmd.exe ended, or stopped, all of them."""
    system: Any = Telling(tmp_path / "groups")
    session = Session(system, tmp_path)
    session.namespace = system
    session.begin()
    session.end()
    session.wine_version()
    groups = (tmp_path / "groups").read_text(encoding="ascii").split()
    assert len(groups) == 5
    assert str(os.getpgrp()) not in groups


class Entered(Ending):
    """One whose programs end well; ``asked``: in which of its namespaces a program of this host is to be."""

    def __init__(self) -> None:
        super().__init__(None)
        self.asked: tuple[str, ...] = ()

    def isolated(self, *_: object) -> Entered:
        return self

    def inside(self, *command: str, env: object) -> tuple[str, ...]:
        del command, env
        return ("true",)

    def entering(self, *namespaces: str) -> tuple[str, ...]:
        self.asked = namespaces
        return ()

    def close(self) -> None:
        """There is nothing."""


def test_the_screen_shares_no_memory_with_this_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rehearsed programs read and wrote to what this host's programs share, by its number (shmat(2)): an X server does that for its clients."""

    class NoScreen:
        works = False

        def __init__(self, entering: object) -> None:
            """It isn't started."""

        def close(self) -> None:
            """It wasn't."""

    monkeypatch.setattr(wine_session, "has_screens", lambda: True)
    monkeypatch.setattr(wine_session, "Screen", NoScreen)
    system: Any = Entered()
    with Session(system, tmp_path, Bounds(screen=True)):
        assert set(system.asked) == {"net", "pid", "ipc"}
