"""What of a solved state is wanted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from bundler.resolve.reachable import reachable
from tests.unit.resolve.test_source_last import Shop

if TYPE_CHECKING:
    from pathlib import Path


def state(**needed_by: tuple[str | None, ...]) -> Any:
    """Pins with those that need them; a name that isn't pinned is one of a pin that was taken back."""
    pins = {name: SimpleNamespace(name=name) for name in needed_by}
    back = SimpleNamespace(name="taken back")

    def criterion(parents: tuple[str | None, ...]) -> SimpleNamespace:
        found = [None if each is None else pins.get(each, back) for each in parents]
        return SimpleNamespace(iter_parent=lambda: iter(found))

    return SimpleNamespace(mapping=pins, criteria={name: criterion(parents) for name, parents in needed_by.items()})


def test_what_a_way_leads_to() -> None:
    found = reachable(state(a=(None,), b=("a",), c=("b", "x"), d=("x",), e=("d",)))
    assert sorted(found) == ["a", "b", "c"]


def test_circles() -> None:
    assert sorted(reachable(state(a=(None, "b"), b=("a",)))) == ["a", "b"]
    assert sorted(reachable(state(a=(None,), b=("c",), c=("b",)))) == ["a"]
    assert reachable(state(b=("b",))) == {}


def test_a_circle_that_the_solver_left_behind(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    shop = Shop(folder)
    shop.compiled("a", "2", here=False, requires=["c>=3", "d"])
    shop.compiled("a", "3", here=False, requires=["d==2"])
    shop.compiled("a", "4", here=False)
    shop.compiled("c", "1", here=True, requires=["d>=3", "a>=2"])
    shop.compiled("c", "3", here=False)
    shop.compiled("d", "3", here=False, requires=["a", "a<3"])
    assert "c" in shop.pins("c")
