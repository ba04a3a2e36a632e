"""Indexes that lead on without end: packages made up for each name that is asked for, and metadata that needs thousands."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from packaging.specifiers import SpecifierSet

from bundler.errors import ResolutionError
from bundler.model.ports import Response
from bundler.model.target import Target
from bundler.report import Reporter
from bundler.resolve import IndexRoute, Request, Resolution, ResolverPorts, Wanted, resolve
from bundler.resolve.solver_bounds import MOST_AHEAD, MOST_EXTRAS, Bounds
from tests.support.shelf import ROOT, MemoryCache, pins
from tests.support.transports import Asked, FakeTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from packaging.specifiers import Specifier

    from bundler.model.artifact import Artifact
    from bundler.model.ports import SourceMetadata


class Obliging(FakeTransport):
    """Has every project in all ``versions``; ``needed`` says of a name and a version what it needs, as lines of METADATA."""

    versions: tuple[str, ...] = ("1.0", "2.0")

    def __init__(self, needed: Callable[[str, str], Iterable[str]]) -> None:
        super().__init__()
        self._needed = needed

    @property
    def projects(self) -> set[str]:
        return {each.url for each in self.requests if each.url.startswith(ROOT)}

    def answer(self, asked: Asked) -> Response:
        if found := re.fullmatch(r".*/(\w+)-(\d+\.0)-py3-none-any\.whl\.metadata", asked.url):
            lines = "\n".join(self._needed(found[1], found[2]))
            content = f"Metadata-Version: 2.1\nName: {found[1]}\nVersion: {found[2]}\n{lines}\n\n".encode()
            return Response(url=asked.url, status=200, headers={}, content=content)
        name = asked.url.rstrip("/").rpartition("/")[2]
        filenames = [f"{name}-{version}-py3-none-any.whl" for version in self.versions]
        files = [
            {
                "filename": each,
                "url": f"https://index.test/{each}",
                "hashes": {"sha256": "a" * 64},
                "core-metadata": True,
            }
            for each in filenames
        ]
        headers = {"content-type": "application/vnd.pypi.simple.v1+json"}
        return Response(url=asked.url, status=200, headers=headers, content=json.dumps({"files": files}).encode())


def opened(artifact: Artifact) -> Path:
    raise AssertionError(artifact.filename)


def looked_at(source: Path, *, name: str) -> SourceMetadata:
    raise AssertionError(f"{name}: {source}")


def resolved(index: Obliging, *wanted: str, packages: int = 100, looks: int = 10_000_000) -> Resolution:
    request = Request(
        target=Target.of("3.11.9", "win_amd64"),
        wanted=tuple(Wanted(each, "recipe") for each in wanted),
        indexes=(IndexRoute(ROOT),),
    )
    ports = ResolverPorts(
        transport=index, cache=MemoryCache(), inspect=looked_at, fetch_source=opened, reporter=Reporter()
    )
    return resolve(request, ports, bounds=Bounds(request, packages=packages, looks=looks))


def following(name: str, _version: str) -> list[str]:
    return [f"Requires-Dist: a{int(name[1:]) + 1}"]


def test_a_chain_without_end_is_ended() -> None:
    index = Obliging(following)
    with pytest.raises(ResolutionError, match="more than 100 packages are asked for") as caught:
        resolved(index, "a0")
    assert caught.value.reference == "resolution-too-long"
    assert caught.value.context == ("a0",)
    # what is fetched ahead isn't far ahead
    assert len(index.projects) <= 100 + MOST_AHEAD + 1


def test_extras_are_packages_too() -> None:
    def needed(name: str, _version: str) -> list[str]:
        number = int(name[1:])
        return [f"Provides-Extra: x{number}", f"Requires-Dist: a{number}[x{number}]", f"Requires-Dist: a{number + 1}"]

    with pytest.raises(ResolutionError, match="more than 100 packages"):
        resolved(Obliging(needed), "a0")


def test_a_version_that_needs_thousands_is_left_for_another() -> None:
    def needed(name: str, version: str) -> list[str]:
        many = name == "a0" and version == "2.0"
        return [f"Requires-Dist: a{number}" for number in range(1, 102)] if many else []

    found = resolved(Obliging(needed), "a0")
    assert pins(found) == {"a0": "1.0"}
    assert "it needs 101 packages at once" in found.rejected["a0"][0].reason
    assert len(pins(resolved(Obliging(needed), "a0", packages=102))) == 102


def test_what_is_fetched_ahead_is_bounded_where_one_needs_thousands() -> None:
    """The page of each, and the metadata of its newest version, was fetched before anybody looked at how many there are."""
    index = Obliging(lambda name, _: [f"Requires-Dist: b{n}" for n in range(5_000)] if name == "a0" else [])
    with pytest.raises(ResolutionError):
        resolved(index, "a0")
    assert len(index.projects) <= MOST_AHEAD + 2


def test_an_extra_for_everything_is_bounded_by_the_lines_that_are_looked_at() -> None:
    extras = [f"x{number}" for number in range(300)]
    lines = [f"Provides-Extra: {each}" for each in (*extras, "all")]
    lines += [f"Requires-Dist: a0[{each}] ; extra == 'all'" for each in extras]
    lines += [f"Requires-Dist: b{number} ; extra == 'x{number}'" for number in range(10)]
    index = Obliging(lambda name, _: lines if name == "a0" else [])
    assert len(pins(resolved(index, "a0[all]"))) == 11
    with pytest.raises(ResolutionError, match="no answer after 50,000 looks at requirements"):
        resolved(index, "a0[all]", looks=50_000)


def test_not_every_extra_of_a_requirement_is_fetched_ahead() -> None:
    extras = ",".join(f"x{number}" for number in range(MOST_EXTRAS * 4))
    index = Obliging(lambda *_: [])
    with pytest.raises(ResolutionError, match="more than 100 packages"):
        resolved(index, f"a0[{extras}]")


@pytest.mark.parametrize("same", [True, False], ids=["one package", "many packages"])
def test_many_requirements_on_one_package(same: bool) -> None:
    """Put together one by one, with a copy of all before at each, they took the third power of their number."""
    texts = [f"Requires-Dist: b{'' if same else number % 50}>=0.{number}" for number in range(500)]
    index = Obliging(lambda name, _: texts if name == "a0" else [])
    found = resolved(index, "a0", packages=600)
    assert len(pins(found)) == (2 if same else 51)
    with pytest.raises(ResolutionError, match="looks at requirements"):
        resolved(index, "a0", packages=600, looks=20_000)


def test_a_way_back_through_many_packages_is_ended_by_what_it_looks_at() -> None:
    """Steps alone say little: each looks at all that is wanted so far."""

    def needed(name: str, version: str) -> list[str]:
        number = int(name[1:])
        if number == 0:
            return [f"Requires-Dist: a{each}" for each in range(1, 41)]
        return [f"Requires-Dist: c{number // 2}=={version}"] if name.startswith("a") else []

    looked = Bounds(Request(target=Target.of("3.11.9", "win_amd64"), wanted=(), indexes=()), looks=5)
    looked.look(5)
    with pytest.raises(ResolutionError, match="no answer after 5 looks"):
        looked.look(1)
    assert len(pins(resolved(Obliging(needed), "a0"))) > 40
    with pytest.raises(ResolutionError, match="looks at requirements"):
        resolved(Obliging(needed), "a0", looks=1_000)


def clauses(number: int) -> str:
    return ",".join(f"!=7{each}" for each in range(number))


def test_clauses_are_looked_at_too() -> None:
    """Few requirements, each with hundreds of clauses, and all of them compared again with each that comes."""
    lines = [f"Requires-Dist: b!=3.{number},{clauses(300)}" for number in range(40)]
    index = Obliging(lambda name, _: lines if name == "a0" else [])
    assert len(pins(resolved(index, "a0"))) == 2
    with pytest.raises(ResolutionError, match="no answer after 100,000 looks"):
        resolved(index, "a0", looks=100_000)
    # without their clauses they take far less
    few = Obliging(lambda name, _: [each.partition(",")[0] for each in lines] if name == "a0" else [])
    assert len(pins(resolved(few, "a0", looks=10_000))) == 2


def test_versions_that_are_compared_are_counted() -> None:
    """A page of thousands, of which each requirement allows the last alone."""

    class Many(Obliging):
        versions = tuple(f"{number}.0" for number in range(1, 500))

    index = Many(lambda name, _: [f"Requires-Dist: b<2,!=0.{n}" for n in range(20)] if name == "a0" else [])
    assert len(pins(resolved(index, "a0", looks=50_000))) == 2
    with pytest.raises(ResolutionError, match="no answer after 15,000 looks"):
        resolved(index, "a0", looks=15_000)


def test_the_operators_of_a_requirement_are_gathered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which package comes next is asked at each step of all that wait."""
    gone_through: list[SpecifierSet] = []
    iterate = SpecifierSet.__iter__

    def counted(specifier: SpecifierSet) -> Iterator[Specifier]:
        gone_through.append(specifier)
        return iterate(specifier)

    monkeypatch.setattr(SpecifierSet, "__iter__", counted)
    lines = [f"Requires-Dist: b{number}!=3.0,!=4.0" for number in range(60)]
    assert len(pins(resolved(Obliging(lambda name, _: lines if name == "a0" else []), "a0"))) == 61
    assert len(gone_through) < 60 * 10
