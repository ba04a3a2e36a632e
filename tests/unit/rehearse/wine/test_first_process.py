"""The first process of a session's namespaces, with a stand-in that ends when it likes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import HostError
from bundler.rehearse.wine.first_process import FirstProcess, Seen
from tests.support import only_linux

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = only_linux.NAMESPACES
_ANSWER = """read line; printf '%s\\n' '{"attempts": [["tcp 192.0.2.1:80", null]], "peak": 5, "exceeded": null, "ends": 0, "alone": false}'"""


def started(folder: Path, script: str) -> FirstProcess:
    return FirstProcess(("sh", "-c", script), folder / "log")


def test_it_answers(tmp_path: Path) -> None:
    first = started(tmp_path, f"echo 42; {_ANSWER}; read line")
    try:
        seen = first.seen()
        assert (first.number, [each.address for each in seen.attempts], seen.peak) == (42, ["tcp 192.0.2.1:80"], 5)
        assert isinstance(seen, Seen)
    finally:
        first.close()


@pytest.mark.parametrize(
    "script",
    [
        "echo 42; read line",
        pytest.param("exec 0</dev/null; echo 42; while test ! -e $0/over; do sleep 0.1; done", id="nobody reads"),
    ],
)
def test_one_that_ends_while_it_is_asked(tmp_path: Path, script: str) -> None:
    """Such as one that the kernel ended for want of memory."""
    first = started(tmp_path, script.replace("$0", str(tmp_path)))
    try:
        with pytest.raises(HostError) as caught:
            first.seen()
        assert caught.value.reference == "session-ended"
    finally:
        (tmp_path / "over").touch()
        first.close()


def test_one_that_does_not_begin_says_why(tmp_path: Path) -> None:
    with pytest.raises(HostError) as caught:
        started(tmp_path, "echo no room >&2; exit 1")
    assert (caught.value.reference, caught.value.context) == ("session-not-made", ("no room",))


@pytest.mark.parametrize("alone", ["true", "false"])
def test_all_others_are_ended_by_it(tmp_path: Path, alone: str) -> None:
    answer = f"""printf '%s\\n' '{{"attempts": [], "peak": 5, "exceeded": null, "ends": 0, "alone": {alone}}}'"""
    first = started(tmp_path, f'echo 42; read line; echo "$line" >{tmp_path}/asked; {answer}; read line')
    try:
        if alone == "true":
            first.end_all()
        else:
            with pytest.raises(HostError) as caught:
                first.end_all()
            assert caught.value.reference == "session-ended"
    finally:
        first.close()
    assert (tmp_path / "asked").read_text() == "end\n"
