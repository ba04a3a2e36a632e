"""``bundle build --rehearse``: what was rehearsed is what was built, or nothing gets its name."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bundler.cli import rehearsing
from bundler.cli.commands.build_command import _Rehearsing
from bundler.errors import IntegrityError
from bundler.pack.writing import Written

if TYPE_CHECKING:
    from pathlib import Path


def demand(place: Path, monkeypatch: pytest.MonkeyPatch, rehearsed: str) -> None:
    found = SimpleNamespace(sha256=rehearsed, passed=True, steps=())
    monkeypatch.setattr(rehearsing, "rehearse_and_report", lambda *_: found)
    options: Any = SimpleNamespace(store=place / "store", environ={})
    written = Written(path=place / "x.zip", sha256="aa", size=1)
    _Rehearsing(options, quiet=True, as_json=True)(place / "work" / "x.zip", written)


def test_it_was_rehearsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    demand(tmp_path, monkeypatch, "aa")


@pytest.mark.parametrize("rehearsed", ["bb", ""])
def test_another_one_was_rehearsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rehearsed: str) -> None:
    """A folder had no sum at all, and any other one passed for it."""
    with pytest.raises(IntegrityError) as caught:
        demand(tmp_path, monkeypatch, rehearsed)
    assert caught.value.reference == "bundle-damaged"
