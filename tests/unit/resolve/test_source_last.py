"""Wheels first for the resolution as a whole: what must be compiled is taken where nothing else will do."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bundler.errors import ResolutionError
from tests.support.packages import make_sdist, make_wheel
from tests.support.reporters import Remembering
from tests.support.shelf import Shelf, answer, pins

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

OURS, OTHER = "cp311-abi3-win_amd64", "cp311-abi3-win_arm64"


class Shop:
    """Packages by their names and versions; ``compiled`` ones have a wheel for another machine and an sdist."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.shelf, self.told = folder, Shelf(), Remembering()

    def pure(self, name: str, version: str, requires: Sequence[str] = (), **more: Sequence[str]) -> None:
        extras = {extra: list(each) for extra, each in more.items()}
        self.shelf.add(make_wheel(self.folder, name, version, requires=requires, extras=extras))

    def compiled(self, name: str, version: str, *, here: bool, requires: Sequence[str] = ()) -> None:
        self.shelf.add(make_wheel(self.folder, name, version, tag=OURS if here else OTHER, requires=requires))
        self.sdist(name, version, requires=requires)

    def sdist(self, name: str, version: str, requires: Sequence[str] = ()) -> None:
        self.shelf.add(make_sdist(self.folder, name, version, requires=requires))

    def pins(self, *wanted: str, **more: object) -> dict[str, str]:
        found = answer(self.shelf, *wanted, folder=self.folder / "..", told=self.told, **more)  # type: ignore[arg-type]
        return pins(found)

    @property
    def references(self) -> list[str]:
        return [reference for reference, _ in self.told.warnings]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """An application whose newest way leads to a version that has no wheel for the target."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    made = Shop(folder)
    made.pure("twisted", "26.4", tls=["pyopenssl>=21"])
    made.pure("pyopenssl", "26.2", ["cryptography<49,>=46"])
    made.pure("pyopenssl", "26.3", ["cryptography<51,>=49"])
    made.pure("pyopenssl", "26.4", ["cryptography<51,>=49"])
    made.compiled("cryptography", "48.0.1", here=True)
    made.compiled("cryptography", "49.0.0", here=False)
    made.compiled("cryptography", "50.0.2", here=False)
    return made


def test_an_older_dependent_in_wheels_comes_before_compiling(shop: Shop) -> None:
    assert shop.pins("twisted[tls]") == {"cryptography": "48.0.1", "pyopenssl": "26.2", "twisted": "26.4"}
    assert shop.told.warnings == [
        (
            "newer-must-be-compiled",
            (
                "pyopenssl 26.2 is taken although 26.4 is newer: that needs cryptography<51,>=49, and cryptography 50.0.2 has no wheel "
                "for CPython 3.11.9 on win_amd64 and would have to be compiled"
            ),
        )
    ]


def test_a_chain_is_followed_and_an_extra_too(shop: Shop) -> None:
    shop.pure("app", "1")
    shop.pure("app", "2", secure=["middle>=2"])
    shop.pure("app", "1.5", secure=["middle<2"])
    shop.pure("middle", "1", ["pyopenssl<26.3"])
    shop.pure("middle", "2", ["pyopenssl>=26.3"])
    assert shop.pins("app[secure]") == {"app": "1.5", "cryptography": "48.0.1", "middle": "1", "pyopenssl": "26.2"}
    (message,) = (each for _, each in shop.told.warnings)
    assert message.startswith(
        "app 1.5 is taken although 2 is newer: that needs middle>=2, and cryptography 50.0.2 has no"
    )


@pytest.mark.parametrize(
    ("wanted", "more"),
    [
        (["twisted[tls]", "cryptography>=49"], {}),
        (["twisted[tls]", "cryptography==50.0.2"], {}),
        (["twisted[tls]", "pyopenssl>=26.4"], {}),
        (["twisted[tls]"], {"constraints": ("cryptography>=49",)}),
        (["twisted[tls]"], {"constraints": ("pyopenssl>26.2",)}),
        (["twisted[tls]"], {"build": frozenset({"cryptography"})}),
        (["twisted[tls]"], {"preferences": {"cryptography": "50.0.2", "pyopenssl": "26.4"}}),
    ],
    ids=str,
)
def test_who_asks_for_it_gets_it(shop: Shop, wanted: list[str], more: dict[str, object]) -> None:
    assert shop.pins(*wanted, **more) == {"cryptography": "50.0.2", "pyopenssl": "26.4", "twisted": "26.4"}
    assert "newer-must-be-compiled" not in shop.references


def test_where_sdists_are_preferred_nothing_is_left_out(shop: Shop) -> None:
    assert shop.pins("cryptography", sdists="prefer") == {"cryptography": "50.0.2"}


def test_where_sdists_are_not_taken_nothing_changes(shop: Shop) -> None:
    assert shop.pins("twisted[tls]", sdists="never")["pyopenssl"] == "26.2"
    with pytest.raises(ResolutionError, match="no file of cryptography fits"):
        shop.pins("cryptography>=49", sdists="never")


def test_a_version_without_any_wheel_is_taken_as_it_is(shop: Shop) -> None:
    shop.pure("app", "1")
    shop.pure("app", "2", ["proxy-tools"])
    shop.sdist("proxy-tools", "0.1")
    assert shop.pins("app") == {"app": "2", "proxy-tools": "0.1"}
    assert shop.references == ["sdist-chosen"]


def test_what_nothing_replaces_is_compiled_and_brings_nothing_else_along(shop: Shop) -> None:
    shop.pure("app", "1", ["hard", "pyopenssl"])
    shop.pure("hard", "0.1", ["absent-everywhere"])
    shop.compiled("hard", "1.0", here=False)
    shop.compiled("hard", "2.0", here=False)
    assert shop.pins("app") == {"app": "1", "cryptography": "48.0.1", "hard": "2.0", "pyopenssl": "26.2"}
    assert shop.references == ["newer-must-be-compiled", "sdist-chosen"]


def test_what_must_be_compiled_may_stand_deep_down(shop: Shop) -> None:
    for name, below in [("one", "two"), ("two", "three"), ("three", "hard")]:
        shop.pure(name, "1", [below])
        shop.pure(name, "2", [f"{below}>=1"])
    shop.compiled("hard", "1.0", here=False, requires=["pyopenssl"])
    assert shop.pins("one") == {
        "one": "2",
        "two": "2",
        "three": "2",
        "hard": "1.0",
        "pyopenssl": "26.2",
        "cryptography": "48.0.1",
    }


def test_two_who_meet_only_in_a_version_that_must_be_compiled(shop: Shop) -> None:
    shop.pure("left", "1", ["cryptography>48.0.1"])
    shop.pure("right", "1", ["cryptography<50"])
    assert shop.pins("left", "right")["cryptography"] == "49.0.0"


def test_two_whose_wheels_do_not_meet(shop: Shop) -> None:
    shop.compiled("cryptography", "51.0", here=True)
    shop.pure("left", "1", ["cryptography>=49"])
    shop.pure("right", "1", ["cryptography<51"])
    assert shop.pins("left", "right")["cryptography"] == "50.0.2"
    assert shop.references == ["sdist-chosen"]


def test_a_version_with_any_fitting_wheel_is_none_of_these(shop: Shop) -> None:
    shop.compiled("markup", "1.0", here=True)
    shop.shelf.add(make_wheel(shop.folder, "markup", "2.0", tag=OTHER))
    shop.pure("markup", "2.0")
    assert shop.pins("markup") == {"markup": "2.0"}
    assert shop.references == []


def test_what_cannot_be_had_at_all_is_told_as_before(shop: Shop) -> None:
    with pytest.raises(ResolutionError) as caught:
        shop.pins("pyopenssl", "cryptography>60")
    assert caught.value.reference == "no-file-fits"
    assert any("no version is >60" in line for line in caught.value.context)


def test_nobody_goes_back_to_before_a_package_that_never_had_a_wheel(shop: Shop) -> None:
    for version in ("0.13.1", "0.9"):
        shop.sdist("pandas", version)
    for version in ("2.0", "3.0"):
        shop.compiled("pandas", version, here=False)
    shop.pure("app", "1")
    shop.pure("app", "2", ["pandas"])
    assert shop.pins("pandas") == {"pandas": "3.0"}
    assert shop.pins("app") == {"app": "2", "pandas": "3.0"}
    assert set(shop.references) == {"sdist-chosen"}


def test_what_falls_behind_is_compiled_where_something_old_alone_does_without(shop: Shop) -> None:
    shop.pure("app", "1", ["cryptography>=49"])
    shop.pure("app", "2", ["cryptography>=49"])
    assert shop.pins("app") == {"app": "2", "cryptography": "50.0.2"}
    assert shop.references == ["sdist-chosen"]


NAMES = ("a", "b", "c", "d")
RELEASES = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.integers(1, 4),
        st.sampled_from(["pure", "here", "elsewhere", "elsewhere"]),
        st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(["", ">=2", ">=3", "<3", "==2"])), max_size=2),
    ),
    min_size=4,
    max_size=14,
    unique_by=lambda each: each[:2],
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RELEASES, st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True))
def test_nothing_is_compiled_where_wheels_alone_do(
    tmp_path_factory: pytest.TempPathFactory, releases: list[Any], wanted: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("shelf") / "files"
    folder.mkdir()
    shop = Shop(folder)
    for name, version, kind, needs in releases:
        requires = [f"{other}{specifier}" for other, specifier in needs if other != name]
        if kind == "pure":
            shop.pure(name, str(version), requires)
        else:
            shop.compiled(name, str(version), here=kind == "here", requires=requires)
    fitting = {name for name, _, kind, _ in releases if kind != "elsewhere"}
    behind = {(name, str(version)) for name, version, kind, _ in releases if kind == "elsewhere" and name in fitting}
    wheels = False
    with contextlib.suppress(ResolutionError):
        shop.pins(*wanted, sdists="never")
        wheels = True
    if wheels:
        assert not behind & shop.pins(*wanted).items()
    else:
        with contextlib.suppress(ResolutionError):
            shop.pins(*wanted)
