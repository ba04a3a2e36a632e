"""What is found wrong with a Wine is said together, and what to do about it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bundler.errors import HostError
from bundler.rehearse.wine.fitness import demand_fit
from bundler.rehearse.wine.program import NotStartedError, TimedOutError
from tests.support import only_linux

pytestmark = only_linux.NAMESPACES


class Session:
    """A Wine that fails at batch files with one of ``words`` in them; ``narrow``: how 32-bit programs end."""

    def __init__(self, *words: str, narrow: int | HostError = 77) -> None:
        self._words, self._narrow = words, narrow

    def cmd(self, batch: str, *, timeout: float) -> Any:
        del timeout
        if "hang" in self._words and "sc create" in batch:
            raise TimedOutError("program-too-long", "it hangs")
        return SimpleNamespace(returncode=1 if any(each in batch for each in self._words) else 77)

    def run(self, command: list[str], *, timeout: float) -> Any:
        del command, timeout
        if isinstance(self._narrow, HostError):
            raise self._narrow
        return SimpleNamespace(returncode=self._narrow)

    def wine_version(self) -> str:
        return "8.0"


def said(session: Any) -> HostError:
    with pytest.raises(HostError) as caught:
        demand_fit(session, "of this host", "install another one")
    assert (caught.value.reference, caught.value.hint) == ("wine-unfit", "install another one")
    assert caught.value.context == ("Wine 8.0",)
    return caught.value


def test_a_good_one() -> None:
    session: Any = Session()
    demand_fit(session, "of this host", "")


def test_what_is_wrong_is_said_together() -> None:
    assert said(Session("findstr /c:xyz", "sc create")).message == (
        "the Wine of this host finds nothing by findstr and where and doesn't start services"
    )
    assert "doesn't start services" in said(Session("hang")).message


def test_without_programs_and_batch_files_nothing_else_is_tried() -> None:
    absent = NotStartedError("program-not-started", "there is none")
    assert said(Session("exit", narrow=absent)).message == (
        "the Wine of this host loses the exit code of a batch file and doesn't run 32-bit programs"
    )
