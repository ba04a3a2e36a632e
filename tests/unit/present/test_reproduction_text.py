from __future__ import annotations

import dataclasses
from pathlib import Path

from bundler.pipeline.reproduction import Difference, Reproduction
from bundler.present.reproduction_text import reproduction_lines

SAME = Reproduction(
    bundle=Path("x.zip"),
    against=Path("x.zip"),
    wanted="1" * 64,
    made="1" * 64,
    members=9,
    differences=(),
    taken=(),
    built_with="1.0",
    version="1.0",
    tools=(),
    path=None,
)
UNMADE = Difference(path="wheels/a.whl", how="not-made", why="a compiler is missing", details=("cl.exe",))


def test_the_same_bytes_can_be_witnessed() -> None:
    assert SAME.verdict == "same"
    assert list(reproduction_lines(SAME)) == [
        f"x.zip: the same bytes: all 9 files, sha256 {'1' * 64}",
        "to be a witness of that, sign it: bundle sign x.zip --key KEY",
    ]


def test_what_could_not_be_made_is_no_reproduction_of_all() -> None:
    found = dataclasses.replace(SAME, differences=(UNMADE,), tools=(("pip", "1", ""),), taken=(("b", "it is gone"),))
    assert found.verdict == "incomplete"
    assert list(reproduction_lines(found)) == [
        "wheels/a.whl: not made here: a compiler is missing",
        "    cl.exe",
        "b: taken out of the bundle itself: it is gone",
        "pip: 1 built the bundle, here it is not installed",
        "x.zip: the same bytes, but for 1 file of 9 that can't be made here and was taken as it is",
    ]
    two = dataclasses.replace(found, differences=(UNMADE, UNMADE))
    assert list(reproduction_lines(two))[-1].endswith("were taken as they are")


def test_a_folder_counts_as_its_files() -> None:
    python = Difference(path="boot/", how="not-made", why="python.zip is nowhere", files=5)
    lines = list(reproduction_lines(dataclasses.replace(SAME, differences=(UNMADE, python))))
    assert "boot/: not made here: python.zip is nowhere" in lines
    assert "but for 6 files of 9 that can't be made here and were taken as they are" in lines[-1]


def test_what_differs_is_not_the_same_whatever_the_sums_say() -> None:
    other = dataclasses.replace(UNMADE, how="differs")
    found = dataclasses.replace(SAME, differences=(UNMADE, other), path=Path("kept/x.zip"))
    assert found.verdict == "different"
    lines = list(reproduction_lines(found))
    assert lines[-2:] == ["built again: kept/x.zip", "x.zip: not the same: 2 of 9 files"]
    around = dataclasses.replace(SAME, made="2" * 64)
    assert around.verdict == "different"
    assert "the archive around them isn't" in next(reproduction_lines(around))
