"""A check that runs beside the others: it is waited for, its lines stay together in the log, and what doesn't fit together is the better reason."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from bundler.target.steps import beside
from bundler.target.steps.beside import Beside
from tests.support import only_linux
from tests.target.bundles import bootstrap
from tests.target.interpreters import running
from tests.target.test_modes import PASSWORD, lay

if TYPE_CHECKING:
    from pathlib import Path


class Lines(list[str]):
    def write(self, text: str) -> None:
        self.append(text)

    def mask(self, text: str) -> str:
        return text.replace("secret", "***")


class Told:
    """As much of a context as a program needs: it begins, waits for a word, and ends or fails."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.log: Any = Lines()
        self.folders: list[str] = []
        self.word = threading.Event()
        self.begun = threading.Event()
        self.error = error

    def work(self, name: str) -> str:
        self.folders.append(name)
        return name

    def must(self, what: str, command: list[str], timeout: float | None = None) -> None:
        self.log.write(self.log.mask(f"> {what} secret {command} {timeout}"))
        self.begun.set()
        assert self.word.wait(60)
        self.log.write("< done")
        if self.error is not None:
            raise self.error


def test_its_lines_come_together_when_it_is_waited_for() -> None:
    told = Told()
    together = Beside(told, "look", ["x"], 5)  # type: ignore[arg-type]
    assert told.begun.wait(60)
    told.log.write("meanwhile")
    assert told.log == ["meanwhile"]
    assert told.folders == ["empty", "tmp"]  # made before there are two that would make them
    told.word.set()
    together.must()
    assert told.log == ["meanwhile", "> look *** ['x'] 5", "< done"]


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()])
def test_what_it_raised_comes_out_when_it_is_waited_for(error: BaseException) -> None:
    told = Told(error)
    together = Beside(told, "look", ["x"], 5)  # type: ignore[arg-type]
    told.word.set()
    together.wait()
    with pytest.raises(type(error)):
        together.must()
    assert told.log[-1] == "< done"


@pytest.mark.parametrize("old", [True, False])
def test_where_there_are_no_threads_it_ends_first(monkeypatch: pytest.MonkeyPatch, old: bool) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(beside, "PY2", old)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    told = Told()
    told.word.set()
    together = Beside(told, "look", ["x"], 5)  # type: ignore[arg-type]
    assert told.begun.is_set()
    together.must()
    assert told.log[-1] == "< done"


@only_linux.SIMULATED
def test_the_better_reason_is_told(tmp_path: Path) -> None:
    """Of a package whose requirement is missing, and a check that fails for it."""
    one = lay(tmp_path, 1, running())
    library = (
        one.release / "lib" / f"python{running().minor}" / "site-packages"
    )  # where it looks whether packages fit together
    failed = bootstrap(one, PASSWORD, fails=["helper", str(library)])
    assert failed.code == 1603
    assert "Checking that the packages fit together failed" in failed.err
    assert "Importing" not in failed.err
    failed = bootstrap(one, PASSWORD, fails=["helper"])
    assert "Importing demo, helper failed" in failed.err
