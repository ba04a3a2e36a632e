from __future__ import annotations

import dataclasses
import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from bundler.errors import BuildError
from bundler.fetch import DiskCache
from bundler.model.artifact import Artifact
from bundler.model.lock import LockedPackage
from bundler.model.ports import SourceMetadata
from bundler.model.source_build import SourceTable
from bundler.model.target import Target
from bundler.pipeline import source_answers
from bundler.pipeline.source_answers import (
    Environments,
    Question,
    answered,
    build_system_requires,
    metadata_of_json,
)
from bundler.report import Reporter
from tests.support.packages import make_project, make_sdist

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bundler.build.source_metadata import EnvironmentMaker
    from bundler.pipeline.session import Session

TARGET = Target.of("3.11.9", "win_amd64")


class Asking:
    """Asks a source, and counts how often: what it answers names what its environment held."""

    def __init__(self, folder: Path) -> None:
        self.times = 0
        self.place = "a sandbox"
        self.native: object = None
        self.helper: str | None = "a" * 64
        self.session = cast(
            "Session",
            SimpleNamespace(
                cache=DiskCache(folder / "store"), reporter=Reporter(), epoch=None, folder=lambda name: folder / name
            ),
        )
        self.question = Question(
            what="metadata",
            source=make_sdist(folder),
            name="demo",
            target=TARGET,
            of_json=metadata_of_json,
        )

    def _choose(self, requirements: Sequence[str]) -> Any:
        sandbox = SimpleNamespace(
            description=lambda *, network: self.place if not network else "",
            accepts=lambda place, *, network: place == self.place and not network,
        )
        file = Artifact(filename="helper-1.0-py3-none-any.whl", url="https://example.test/helper", sha256=self.helper)
        packages = [LockedPackage(name=each, version="1.0", kind="wheel", file=file) for each in requirements]
        return SimpleNamespace(native=self.native, sandbox=sandbox), packages

    def _make(self, builder: Any, packages: Sequence[LockedPackage]) -> Any:
        return SimpleNamespace(place=builder.sandbox.description(network=False), packages=packages)

    def _ask(self, make: EnvironmentMaker) -> SourceMetadata:
        self.times += 1
        make(["helper"])
        return SourceMetadata(
            name="demo",
            version="1.0",
            requires_dist=("six", "attrs; extra == 'more'"),
            requires_python=None,
            provides_extra=("more",),
            build_requires=("helper",),
            static=False,
            warnings=("odd",),
        )

    def __call__(self, **changes: Any) -> SourceMetadata:
        question = dataclasses.replace(self.question, **changes)
        return answered(self.session, question, Environments(choose=self._choose, make=self._make), self._ask)


@pytest.fixture
def asking(tmp_path: Path) -> Asking:
    return Asking(tmp_path)


def test_of_the_same_bytes_it_is_asked_once(asking: Asking) -> None:
    first = asking()
    assert asking() == first
    assert asking.times == 1
    assert first.warnings == ("odd",)


def _another_wheel(asking: Asking) -> None:
    asking.helper = "b" * 64


def _another_sandbox(asking: Asking) -> None:
    asking.place = "none"


def _another_time(asking: Asking) -> None:
    moment = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    asking.session = cast("Session", SimpleNamespace(**vars(asking.session) | {"epoch": moment}))


def _other_bytes(asking: Asking) -> None:
    make_sdist(asking.question.source.parent, files={"more.py": ""})


def _another_of_its_name(asking: Asking) -> None:
    elsewhere = make_sdist(asking.question.source.parent / "elsewhere", requires=["six"])
    asking.question = dataclasses.replace(asking.question, source=elsewhere)


def _changed(**changes: Any) -> Callable[[Asking], None]:
    def change(asking: Asking) -> None:
        asking.question = dataclasses.replace(asking.question, **changes)

    return change


@pytest.mark.parametrize(
    "change",
    [
        _another_wheel,
        _another_sandbox,
        _another_time,
        _other_bytes,
        _another_of_its_name,
        _changed(name="Demo"),
        _changed(what="requirements"),
        _changed(target=Target.of("3.11.9", "win32")),
        _changed(table=SourceTable(environment={"WITH": "1"})),
        _changed(table=SourceTable(config_settings={"plain": ("1",)})),
    ],
)
def test_of_anything_else_anew(asking: Asking, change: Callable[[Asking], None]) -> None:
    asking()
    change(asking)
    asking()
    assert asking.times == 2
    asking()
    assert asking.times == 2


def test_where_more_takes_part_every_time(asking: Asking) -> None:
    for table in (SourceTable(network=True), SourceTable(environment={"PATH": "{recipe}/tools"})):
        asking.times = 0
        asking(table=table)
        asking(table=table)
        assert asking.times == 2
    asking.times, asking.native = 0, "a compiler"
    asking()
    asking()
    assert asking.times == 2


def test_in_wheels_of_an_index_that_says_no_hash_every_time(asking: Asking) -> None:
    asking.helper = None
    asking()
    asking()
    assert asking.times == 2


def test_what_was_asked_without_a_compiler_is_no_answer_where_there_is_one(asking: Asking) -> None:
    asking()
    asking.native = "a compiler"
    asking()
    assert asking.times == 2


def test_a_source_that_changes_while_it_is_asked(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(make: EnvironmentMaker) -> SourceMetadata:
        _other_bytes(asking)
        return Asking._ask(asking, make)

    before = asking.question.source.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(asking, "_ask", ask)
        asking()
    asking.question.source.write_bytes(before)
    asking()
    assert asking.times == 2


def test_one_that_cannot_be_read_is_asked_for_its_own_error(asking: Asking) -> None:
    asking.question.source.unlink()
    asking()
    asking()
    assert asking.times == 2


def test_a_folder_may_answer_with_places_beside_it(asking: Asking, tmp_path: Path) -> None:
    for each in ("one", "two"):
        asking(source=make_project(tmp_path / each / "demo"))
    assert asking.times == 2


def test_an_sdist_is_unpacked_once_for_what_it_is_built_with(
    tmp_path: Path, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    sdist = make_sdist(tmp_path / "sdist", build_requires=["helper"])
    project = make_project(tmp_path / "project", build_requires=["helper"])
    assert [build_system_requires(asking.session, each) for each in (sdist, project)] == [("helper",)] * 2

    def fail(source: Path, *, work: Path) -> tuple[str, ...]:
        raise BuildError("source-missing", f"{source} was read again in {work}")

    monkeypatch.setattr(source_answers, "build_requirements", fail)
    assert build_system_requires(asking.session, sdist) == ("helper",)
    with pytest.raises(BuildError):
        build_system_requires(asking.session, project)
