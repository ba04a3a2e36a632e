"""The result of a rehearsal, written and read again; and files that are none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bundler.errors import InputError
from bundler.present.console import json_text
from bundler.present.kept_rehearsal import read_rehearsal
from bundler.present.rehearsal_json import rehearsal_output
from tests.support.rehearsals import ATTACK, FAILED, PASSED

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.rehearse.results import Rehearsal


@pytest.mark.parametrize("found", [PASSED, FAILED, ATTACK], ids=["passed", "failed", "hostile"])
def test_what_was_written_is_read_again(found: Rehearsal, tmp_path: Path) -> None:
    path = tmp_path / "rehearsal.json"
    path.write_text(json_text(rehearsal_output(found, None)), encoding="ascii")
    assert json.loads(path.read_text())["passed"] is found.passed
    assert read_rehearsal(path) == found


def test_the_word_passed_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "rehearsal.json"
    path.write_text(json_text(rehearsal_output(FAILED, None)).replace('"passed": false', '"passed": true', 1))
    assert not read_rehearsal(path).passed


def step(**changes: Any) -> str:
    data = json.loads(json_text(rehearsal_output(PASSED, None)))
    data["steps"][0] |= changes
    return json.dumps(data)


@pytest.mark.parametrize("outcomes", [(), ("skipped",), ("skipped", "skipped")])
def test_nothing_has_passed_where_no_step_was_taken(outcomes: tuple[str, ...], tmp_path: Path) -> None:
    data = json.loads(json_text(rehearsal_output(PASSED, None)))
    data["steps"] = [data["steps"][0] | {"outcome": each} for each in outcomes]
    path = tmp_path / "rehearsal.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_rehearsal(path)
    assert error.value.context == ("steps: none was taken, so that nothing passed",)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        "null",
        "[" * 100_000,
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
        step(outcome="won"),
        step(seconds=float("inf")),
        step(seconds=float("nan")),
        step(seconds=-1),
        step(seconds=1e300),
        step(attempts=[{}]),
        step().replace('"disk": 1200000000', '"disk": 1' + "0" * 400),
        step().replace('"disk": 1200000000', '"disk": -1'),
    ],
)
def test_what_is_none_is_one_error(content: str, tmp_path: Path) -> None:
    path = tmp_path / "rehearsal.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as error:
        read_rehearsal(path)
    assert error.value.reference == "rehearsal-unreadable"
    assert str(path) in error.value.message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be read"):
        read_rehearsal(tmp_path / "none.json")
    with pytest.raises(InputError, match="can't be read"):
        read_rehearsal(tmp_path)
