"""Pages of an index that would take minutes, or the machine's memory: what is made of them is counted, not timed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bundler.build.wheel_gate import check_wheel
from bundler.errors import BuildError
from bundler.foreign import MOST_TAGS
from bundler.model.ports import Response
from bundler.model.target import Target
from bundler.resolve import FileJudge, IndexRoute, Rejected, explain_files
from tests.support.packages import make_wheel
from tests.support.shelf import ROOT, Shelf, answer, pins

if TYPE_CHECKING:
    from pathlib import Path

WINDOWS = Target.of("3.11.9", "win_amd64")
PART = ".".join(f"a{number}" for number in range(250))
BOMB = f"demo-2.0-py3.{PART}-none.{PART}-any.{PART}.whl"
"""3.5 kB that stand for 16 million tags."""


def renamed(wheel: Path, name: str) -> Path:
    return wheel.rename(wheel.with_name(name))


def test_a_name_of_millions_of_tags_is_no_wheel(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path)
    shelf = Shelf(wheel)
    names = (BOMB, wheel.name)
    page = {"files": [{"filename": each, "url": shelf.file_url(each), "hashes": {}} for each in names]}
    headers = {"content-type": "application/vnd.pypi.simple.v1+json"}
    url = ROOT + "demo/"
    shelf.answers[url] = Response(url=url, status=200, headers=headers, content=json.dumps(page).encode())
    assert pins(answer(shelf, "demo", folder=tmp_path)) == {"demo": "1.0"}
    verdicts = explain_files("demo", FileJudge(WINDOWS), (IndexRoute(ROOT),), shelf)
    (bomb,) = (each for each in verdicts if isinstance(each, Rejected))
    assert f"more than {MOST_TAGS} tags" in bomb.reason


def test_a_built_wheel_of_too_many_tags(tmp_path: Path) -> None:
    part = ".".join("abcdefghijkl")
    wheel = renamed(make_wheel(tmp_path), f"demo-1.0-py3.{part}-none.{part}-any.{part}.whl")
    with pytest.raises(BuildError, match="not a valid wheel") as caught:
        check_wheel(wheel, name="demo", version="1.0", target=WINDOWS)
    assert f"more than {MOST_TAGS} tags" in caught.value.context[0]
