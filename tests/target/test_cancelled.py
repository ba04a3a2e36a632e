"""Ctrl-C, or a failure that nobody thought of, before every change of a run: what is said of it then is true."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING

import pytest

from tests.support import only_linux
from tests.target.interpreters import running
from tests.target.test_killed import ONE, PASSWORD, TWO, Ground, prepared

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = only_linux.SIMULATED

OUTLOOK = re.compile(
    r"^(Nothing|\S+) is in use now\. The (\w+) isn't over: the next run of .*, (finishes|takes back)", re.MULTILINE
)


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    made = prepared(tmp_path, running())
    for laid, arguments in ((made.one, [PASSWORD]), (made.two, [])):
        code, shown = made.run(laid, *arguments)
        assert code == 0, shown
    made.keep()
    return made


@pytest.mark.parametrize(
    ("mode", "after", "how", "ends"),
    [
        ("/rollback", ONE, "interrupt_at", 1602),
        ("/rollback", ONE, "fail_at", 1603),
        ("/uninstall", None, "interrupt_at", 1602),
    ],
)
def test_what_is_said_of_a_run_that_ended_early(
    ground: Ground, mode: str, after: str | None, how: str, ends: int
) -> None:
    seen = set()
    for moment in count(1):
        ground.restore()
        code, shown = ground.run(ground.two, mode, **{how: moment})
        if code == 0:
            break
        assert code == ends, (moment, shown)
        pointer, told = ground.pointer(), OUTLOOK.search(shown)
        journal = ground.one.environment / "journal"
        assert (told is not None) == journal.exists(), (moment, shown)
        if told is None:
            assert pointer in {TWO, after}
            words = (
                "Nothing was begun|What was begun has been taken back" if pointer == TWO else "It had been done already"
            )
            assert how == "fail_at" or re.search(rf"Cancelled\. ({words})\.", shown), (moment, shown)
            in_use = f"{pointer} is in use, as before.\nThe log is " in shown
            assert in_use or "been taken back" not in shown, (moment, shown)
            seen |= {"said"} if in_use else set()
            seen.add("taken back")
            continue
        assert told.group(1) == (pointer or "Nothing")
        assert "has been taken back" not in shown
        seen.add(told.group(3))
        _, shown = ground.run(ground.two, "/verify")
        assert ("finishes it." if told.group(3) == "finishes" else "takes back what of it was done.") in shown
    assert ground.pointer() == after
    assert {"taken back", "finishes", "said"} <= seen
