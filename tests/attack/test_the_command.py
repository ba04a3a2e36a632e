"""``python -m tests.attack`` itself."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING

from tests.attack import search
from tests.attack.__main__ import run_tests
from tests.attack.search import Figures, again, table

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_it_begins() -> None:
    """Where modules of pytest's plugins were imported before it, pytest didn't."""
    others = "--ignore-glob=*/test_[!h]*"  # collecting them takes seconds
    chosen = ["--numprocesses=0", "--collect-only", others, "-k", "test_a_small_answer_has_an_end"]
    assert run_tests("2", chosen) == 0


def test_what_was_found_is_printed_with_the_command_that_tries_it_again() -> None:
    found = [
        Figures(name="pages in HTML", cases=9, seconds=2.5, slowest=7, outside=[(6, "KeyError: x")]),
        Figures(name="x"),
    ]
    assert again(found).splitlines() == [
        "pages in HTML 6: KeyError: x",
        '  python -m tests.attack.search 1 "pages in HTML" --first 6',
    ]
    assert "| pages in HTML | 9 | 0 | 0 | 2.50 | 7 | 1 |" in table(found)


def test_rounds_go_on_with_the_next_cases(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0, 2, 4])
    monkeypatch.setattr(search, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    kept = tmp_path / "kept"
    assert search.main(["3", "LZX", "--first=4", "--seconds=3", f"--kept={kept}", "--processes=1"]) == 0
    tried = [tuple(json.loads(line)[0]) for line in kept.read_text("utf-8").splitlines()]
    assert tried == [("LZX", 4, 7), ("LZX", 7, 10)]
    assert "| LZX | 6 |" in capsys.readouterr().out
