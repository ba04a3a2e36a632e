"""What is learned of candidates that nothing can save, and what is kept of what was asked."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from bundler.resolve.candidate import Candidate, Need
from bundler.resolve.incompatible import Incompatibilities
from bundler.resolve.replayed import Kept
from bundler.resolve.simple_api import ProjectFile

if TYPE_CHECKING:
    from collections.abc import Iterator


def wheel(name: str, version: str, *, extra: str = "", yanked: str | None = None) -> Candidate:
    file = ProjectFile(filename=f"{name}-{version}-py3-none-any.whl", url=f"{name}-{version}", yanked=yanked)
    return Candidate(name=name, extra=extra, version=Version(version), kind="wheel", file=file)


def need(name: str, specifier: str = "", *, extra: str = "", url: str | None = None, reason: str = "") -> Need:
    text = f"{name} @ {url}" if url else f"{name}{specifier}"
    return Need(name=name, extra=extra, specifier=SpecifierSet(specifier), text=text, url=url, reason=reason)


APP = wheel("app", "1.0")
OLD, NEW = wheel("lib", "1.0"), wheel("lib", "2.0")


def test_a_need_without_any_candidate_kills_who_has_it_and_who_needs_only_that() -> None:
    incompatible = Incompatibilities()
    incompatible.learn(APP, [need("lib")])
    incompatible.follow(need("lib"), [NEW, OLD])
    incompatible.follow(need("leaf"), [])
    incompatible.learn(NEW, [need("leaf")])
    assert incompatible.dead(NEW)
    assert not incompatible.dead(APP)
    incompatible.learn(OLD, [need("leaf")])
    assert incompatible.fatal(OLD) == need("leaf")
    assert incompatible.fatal(APP) == need("lib")


def test_a_need_that_is_followed_late_kills_who_had_it_before() -> None:
    incompatible = Incompatibilities()
    incompatible.learn(APP, [need("lib")])
    incompatible.follow(need("lib"), [])
    assert incompatible.dead(APP)


def test_who_was_rejected_is_still_tried_for_its_reason_to_be_told() -> None:
    incompatible = Incompatibilities()
    incompatible.follow(need("lib"), [NEW])
    incompatible.learn(APP, [need("lib")])
    incompatible.learn(NEW, [need("lib", reason="its METADATA is of something else")])
    assert incompatible.fatal(NEW) is not None
    assert not incompatible.dead(NEW)
    assert incompatible.dead(APP)


def test_an_extra_dies_with_its_package_and_not_the_other_way_round() -> None:
    incompatible = Incompatibilities()
    tied = wheel("lib", "2.0", extra="web")
    incompatible.follow(need("leaf"), [])
    incompatible.follow(need("lib", extra="web"), [NEW])
    incompatible.learn(APP, [need("lib", extra="web")])
    incompatible.learn(tied, [need("leaf")])
    assert incompatible.dead(tied)
    assert incompatible.dead(APP)
    assert not incompatible.dead(NEW)
    other = Incompatibilities()
    other.follow(need("leaf"), [])
    other.learn(NEW, [need("leaf")])
    assert other.dead(tied)


def test_nothing_is_concluded_where_another_need_can_open_more_candidates() -> None:
    yanked = wheel("lib", "1.5", yanked="broken")
    openers: list[tuple[Need, list[Candidate]]] = [
        (need("lib", url="https://example.org/lib.whl"), []),
        (need("lib", ">=3.0b1"), []),
        (need("lib", "==1.5"), [yanked]),
    ]
    for opener, candidates in openers:
        incompatible = Incompatibilities()
        incompatible.learn(APP, [need("lib")])
        incompatible.follow(need("lib"), [])
        assert incompatible.dead(APP)
        incompatible.follow(opener, candidates)
        incompatible.follow(need("lib"), [])
        assert not incompatible.dead(APP)
        assert incompatible.followed(need("lib"))


def test_what_is_kept_is_asked_for_once_and_only_when_wanted() -> None:
    asked: list[int] = []

    def count() -> Iterator[int]:
        for each in range(3):
            asked.append(each)
            yield each

    kept = Kept(count())
    assert next(iter(kept)) == 0
    assert asked == [0]
    assert list(itertools.chain(kept, kept)) == [0, 1, 2, 0, 1, 2]
    assert asked == [0, 1, 2]
