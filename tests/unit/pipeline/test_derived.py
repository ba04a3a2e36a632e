from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import bundler
from bundler.errors import IntegrityError
from bundler.fetch import DiskCache
from bundler.pipeline.derived import Derivation, _rules_of_one, remembered, rules_of, version_of
from tests.support.reporters import Remembering

if TYPE_CHECKING:
    from bundler.report import Reporter


class Made:
    """Makes texts, and counts how often."""

    def __init__(self, root: Path) -> None:
        self.cache = DiskCache(root)
        self.heard = Remembering()
        self.times = 0

    def __call__(self, *, usable: bool = True, **inputs: Any) -> str:
        derivation: Derivation[str] = Derivation(
            kind="texts",
            inputs=inputs,
            encode=lambda text: {"text": text},
            decode=lambda kept: kept["text"] if usable else None,
        )
        return remembered(derivation, self.make, cache=self.cache, reporter=self.heard)

    def make(self, reporter: Reporter) -> str:
        self.times += 1
        reporter.note("a note")
        reporter.warn("some-warning", "a warning")
        return f"text {self.times}"


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path)


def test_what_was_made_of_the_same_is_not_made_again_and_what_was_said_is_said_again(made: Made) -> None:
    assert [made(file="a", roots=["x"]), made(file="a", roots=["x"])] == ["text 1", "text 1"]
    assert made.heard.notes == ["a note"] * 2
    assert made.heard.warnings == [("some-warning", "a warning")] * 2


def test_of_anything_else_it_is(made: Made) -> None:
    made(file="a", roots=["x"])
    assert made(file="a", roots=[]) == "text 2"
    assert made(file="b", roots=["x"]) == "text 3"
    assert made(file="a", roots=["x"], usable=False) == "text 4"
    assert made.heard.notes == ["a note"] * 4


def test_a_failure_is_not_remembered(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Reporter) -> str:
        raise IntegrityError("signature-broken", "no")

    with monkeypatch.context() as patch:
        patch.setattr(made, "make", fail)
        for _ in range(2):
            with pytest.raises(IntegrityError):
                made(file="a")
    assert made(file="a") == "text 1"


def test_what_the_disk_changed_is_made_again(made: Made, tmp_path: Path) -> None:
    made(file="a")
    (kept,) = (tmp_path / "cache" / "texts").iterdir()
    kept.write_bytes(kept.read_bytes().replace(b"text 1", b"text 9"))
    assert made(file="a") == "text 2"


def test_rules_are_the_modules_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(bundler.__file__).parent
    for room in ("runtime", "formats"):
        shutil.copytree(root / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    here = rules_of("runtime", "formats")
    monkeypatch.setattr(bundler, "__file__", str(tmp_path / "__init__.py"))
    _rules_of_one.cache_clear()
    assert rules_of("runtime", "formats") == here
    tree = tmp_path / "runtime" / "tree.py"
    tree.write_text(tree.read_text(encoding="utf-8").replace("idlelib", "idlelab"), encoding="utf-8")
    _rules_of_one.cache_clear()
    assert rules_of("runtime", "formats") != here
    assert rules_of("formats") != here
    _rules_of_one.cache_clear()


def test_packages_that_take_part() -> None:
    assert version_of("packaging")
    assert version_of("no-such-package-anywhere") == ""
