"""The rules of the solve where the way is long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import ResolutionError
from bundler.model.target import Target
from bundler.resolve import IndexRoute, Request, Wanted, resolve
from tests.support.packages import make_wheel
from tests.support.reporters import Remembering
from tests.support.shelf import ROOT, Shelf, answer, pins, ports_of

if TYPE_CHECKING:
    from pathlib import Path


def test_a_package_that_nobody_wants_any_more_is_no_stumbling_block(tmp_path: Path) -> None:
    """``k`` loses a version, then the one who wanted it leaves; the next collision makes the solver ask for it again."""
    shelf = Shelf(
        make_wheel(tmp_path, "a", "2", requires=["k"]),
        make_wheel(tmp_path, "a", "1"),
        make_wheel(tmp_path, "b", "1", requires=["p"]),
        make_wheel(tmp_path, "c", "1", requires=["q"]),
        make_wheel(tmp_path, "k", "2", requires=["l"]),
        make_wheel(tmp_path, "k", "1"),
        make_wheel(tmp_path, "l", "1", requires=["m>=5"]),
        make_wheel(tmp_path, "m", "1"),
        make_wheel(tmp_path, "p", "1", requires=["a<2"]),
        make_wheel(tmp_path, "q", "2", requires=["r"]),
        make_wheel(tmp_path, "q", "1"),
        make_wheel(tmp_path, "r", "1", requires=["m>=5"]),
    )
    found = pins(answer(shelf, "a", "b", "c", folder=tmp_path))
    assert found == {"a": "1", "b": "1", "c": "1", "p": "1", "q": "1"}


def test_extras_that_stand_for_others_are_followed_all_the_way(tmp_path: Path) -> None:
    extras = {"all": ["demo[one,two]"], "one": ["x", "demo[all]"], "two": ["demo[three]>=2", "y"], "three": ["z"]}
    shelf = Shelf(
        make_wheel(tmp_path, "demo", "2", extras=extras), *(make_wheel(tmp_path, each, "1") for each in "xyz")
    )
    told = Remembering()
    assert pins(answer(shelf, "demo[all]", folder=tmp_path, told=told)) == {"demo": "2", "x": "1", "y": "1", "z": "1"}
    assert not told.warnings


def test_an_extra_that_another_version_of_its_package_has_is_no_answer(tmp_path: Path) -> None:
    """It asks for an extra of itself, but not of this version."""
    shelf = Shelf(
        make_wheel(tmp_path, "demo", "2", extras={"all": ["demo[one]<2"], "one": ["x"]}),
        make_wheel(tmp_path, "demo", "1", extras={"all": ["demo[one]"], "one": ["x"]}),
        make_wheel(tmp_path, "x", "1"),
    )
    assert pins(answer(shelf, "demo[all]", folder=tmp_path)) == {"demo": "1", "x": "1"}


def test_an_unknown_extra_behind_another_is_told(tmp_path: Path) -> None:
    shelf = Shelf(make_wheel(tmp_path, "demo", "2", extras={"all": ["demo[gone]"]}))
    told = Remembering()
    assert pins(answer(shelf, "demo[all]", folder=tmp_path, told=told)) == {"demo": "2"}
    assert [reference for reference, _ in told.warnings] == ["extra-unknown"]


def test_an_extra_that_can_not_be_had_is_found_out_soon(tmp_path: Path) -> None:
    """Each version's extra needs what has no file; between it and that stand others with many versions."""
    extras = {"all": ["demo[one]", "demo[two]"], "one": ["many"], "two": ["more", "demo[three]"], "three": ["gone"]}
    versions = [make_wheel(tmp_path, "demo", f"{number}", extras=extras) for number in range(9)]
    fillers = [make_wheel(tmp_path, name, f"{number}") for name in ("many", "more") for number in range(30)]
    shelf = Shelf(*versions, *fillers)
    request = Request(
        target=Target.of("3.11.9", "win_amd64"), wanted=(Wanted("demo[all]", "recipe"),), indexes=(IndexRoute(ROOT),)
    )
    with pytest.raises(ResolutionError) as caught:
        resolve(
            request,
            ports_of(shelf, tmp_path),
            rounds=100,
        )
    assert caught.value.reference != "resolution-too-long"


def test_what_nothing_can_save_is_found_out_once(tmp_path: Path) -> None:
    """Every version of three packages on top of each other ends at one that isn't there; only the oldest app does without."""
    many = [str(each) for each in range(1, 9)]
    shelf = Shelf(
        make_wheel(tmp_path, "app", "0"),
        *(make_wheel(tmp_path, "app", each, requires=["high"]) for each in many),
        *(make_wheel(tmp_path, "high", each, requires=["middle"]) for each in many),
        *(make_wheel(tmp_path, "middle", each, requires=["low"]) for each in many),
        *(make_wheel(tmp_path, "low", each, requires=["nowhere"]) for each in many),
    )
    found = resolve(
        Request(target=Target.of("3.11.9", "win32"), wanted=(Wanted("app", "recipe"),), indexes=(IndexRoute(ROOT),)),
        ports_of(shelf, tmp_path),
        rounds=30,
    )
    assert pins(found) == {"app": "0"}
