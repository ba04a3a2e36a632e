"""Sdists that are wanted although there are wheels: ``packages.build``, ``sdists = "prefer"``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import BuildError, ResolutionError
from bundler.model.target import Target
from bundler.resolve import FileJudge, IndexRoute, Request, ResolverPorts, Wanted, explain_files, resolve
from tests.support.packages import make_sdist, make_wheel
from tests.support.reporters import Remembering
from tests.support.shelf import ROOT, Downloads, MemoryCache, Shelf, answer, inspect, pins

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.model.ports import SourceMetadata
    from bundler.resolve import Resolution

WINDOWS = Target.of("3.11.9", "win_amd64")


def kinds(resolution: Resolution) -> dict[str, str]:
    return {each.name: f"{each.kind} {each.version}" for each in resolution.packages}


def three_versions(folder: Path) -> Shelf:
    """``demo``: 1.0 as both, 1.5 as a wheel, 2.0 as an sdist; ``leaf`` as both."""
    return Shelf(
        make_wheel(folder, requires=["leaf"]),
        make_sdist(folder, requires=["leaf"]),
        make_wheel(folder, version="1.5"),
        make_sdist(folder, version="2.0", requires=["leaf"]),
        make_wheel(folder, "leaf"),
        make_sdist(folder, "leaf"),
    )


def test_a_named_package_comes_from_source_and_what_it_needs_as_ever(tmp_path: Path) -> None:
    told = Remembering()
    shelf = three_versions(tmp_path)
    found = answer(shelf, "demo", folder=tmp_path, build=frozenset({"demo"}), told=told)
    assert kinds(found) == {"demo": "sdist 2.0", "leaf": "wheel 1.0"}
    assert told.warnings == []
    assert "demo 2.0: its sdist is taken, as the recipe wants it" in told.notes
    found = answer(shelf, "demo<2", folder=tmp_path, build=frozenset({"demo"}))
    assert kinds(found) == {"demo": "sdist 1.0", "leaf": "wheel 1.0"}, "1.5 has no sdist"


def test_preferred_sdists_are_taken_of_the_newest_version_and_wheels_where_it_has_none(tmp_path: Path) -> None:
    shelf = three_versions(tmp_path)
    assert kinds(answer(shelf, "demo", folder=tmp_path, sdists="prefer")) == {"demo": "sdist 2.0", "leaf": "sdist 1.0"}
    assert kinds(answer(shelf, "demo<2", folder=tmp_path, sdists="prefer")) == {"demo": "wheel 1.5"}
    found = answer(shelf, "demo", folder=tmp_path, sdists="prefer", preferences={"demo": "1.0"})
    assert kinds(found) == {"demo": "sdist 1.0", "leaf": "sdist 1.0"}, "a locked version stays"


def test_a_named_package_is_built_even_where_no_other_sdist_is_taken(tmp_path: Path) -> None:
    shelf = three_versions(tmp_path)
    found = answer(shelf, "demo", folder=tmp_path, sdists="never", build=frozenset({"demo"}))
    assert kinds(found) == {"demo": "sdist 2.0", "leaf": "wheel 1.0"}


def test_without_an_sdist_it_is_said_why_no_file_fits(tmp_path: Path) -> None:
    shelf = Shelf(
        make_wheel(tmp_path, tag="cp311-cp311-win_amd64"),
        make_wheel(tmp_path, version="0.9", tag="cp310-cp310-win_amd64"),
        make_wheel(tmp_path, "app", requires=["demo"]),
    )
    with pytest.raises(ResolutionError) as caught:
        answer(shelf, "app", folder=tmp_path, build=frozenset({"demo"}))
    assert caught.value.reference == "no-file-fits"
    assert "demo is wanted by app 1.0, which is wanted by recipe" in caught.value.context
    assert "demo 1.0: packages.build wants it from source; and it has no sdist" in caught.value.context
    assert "demo 0.9: wheels for its platform are for cp310" in caught.value.context


def test_every_file_can_be_asked_for_its_reason(tmp_path: Path) -> None:
    shelf = three_versions(tmp_path)
    verdicts = explain_files("demo", FileJudge(WINDOWS, build=frozenset({"demo"})), (IndexRoute(ROOT),), shelf)
    assert [(each.filename, getattr(each, "reason", "")) for each in verdicts] == [
        ("demo-1.0-py3-none-any.whl", "packages.build wants it from source"),
        ("demo-1.0.tar.gz", ""),
        ("demo-1.5-py3-none-any.whl", "packages.build wants it from source"),
        ("demo-2.0.tar.gz", ""),
    ]


def test_a_direct_address_of_a_wheel_is_none_of_a_source(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path)
    with pytest.raises(ResolutionError) as caught:
        answer(Shelf(), f"demo @ {wheel.as_uri()}", folder=tmp_path, build=frozenset({"demo"}))
    assert caught.value.reference == "requirement-unusable"
    assert caught.value.message.endswith("packages.build wants it from source")


def test_a_direct_address_of_a_wheel_stays_it_where_sdists_are_only_preferred(tmp_path: Path) -> None:
    shelf = three_versions(tmp_path)
    wheel = tmp_path / "demo-1.0-py3-none-any.whl"
    found = answer(shelf, f"demo @ {wheel.as_uri()}", folder=tmp_path, sdists="prefer")
    assert kinds(found) == {"demo": "archive 1.0", "leaf": "sdist 1.0"}
    assert found.packages[0].file is not None
    assert found.packages[0].file.filename == wheel.name


@pytest.mark.parametrize("wish", ["build", "prefer", "fallback"])
def test_only_an_sdist_that_nobody_wished_for_gives_way_in_silence(tmp_path: Path, wish: str) -> None:
    shelf = Shelf(make_sdist(tmp_path), make_sdist(tmp_path, version="2.0"))

    def fails(source: Path, *, name: str) -> SourceMetadata:
        if "2.0" in source.name:
            raise BuildError("needs-compiler", "its hook wants a compiler", context=("it ran: cl a.c",))
        return inspect(source, name=name)

    def resolved() -> Resolution:
        request = Request(
            target=WINDOWS,
            wanted=(Wanted("demo", "recipe"),),
            indexes=(IndexRoute(ROOT),),
            build=frozenset({"demo"} if wish == "build" else ()),
            sdists="prefer" if wish == "prefer" else "fallback",
        )
        fetch = Downloads(shelf, tmp_path)
        return resolve(
            request,
            ResolverPorts(
                transport=shelf, cache=MemoryCache(), inspect=fails, fetch_source=fetch, reporter=Remembering()
            ),
        )

    if wish == "fallback":
        assert pins(resolved()) == {"demo": "1.0"}
        return
    with pytest.raises(BuildError) as caught:
        resolved()
    assert caught.value.reference == "needs-compiler"
    assert caught.value.message.startswith("what demo 2.0 needs can't be learned from its sdist")
    assert caught.value.context == ("it ran: cl a.c",)
