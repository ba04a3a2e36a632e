"""What sdists and projects answered is asked once: of the same bytes, in environments of the same wheels.

Which wheels these are is found out while it is asked: what a source needs is among its answers. So an answer is kept with what each
environment was to hold and held, and given again where the same is chosen now.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from bundler.build.build_system import build_requirements
from bundler.build.isolated import Environment
from bundler.build.source_tree import project_digest
from bundler.model.artifact import StoredFile
from bundler.model.lock import LockedPackage
from bundler.model.ports import SourceMetadata
from bundler.model.source_build import SourceTable
from bundler.model.target import Target
from bundler.pipeline.build_terms import said_epoch
from bundler.pipeline.builders import Builder
from bundler.pipeline.derived import Derivation, host_facts, remembered, rules_of, version_of

if TYPE_CHECKING:
    from bundler.build.source_metadata import EnvironmentMaker
    from bundler.pipeline.session import Session

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Question(Generic[T]):
    """What is asked of ``source``, an sdist's file or a folder, wanted as ``name``; ``table``: what the recipe says of its build.

    ``of_json`` makes the answer of what JSON keeps of it.
    """

    what: str
    source: Path
    of_json: Callable[[Any], T]
    name: str = ""
    target: Target | None = None
    table: SourceTable = dataclasses.field(default_factory=SourceTable)

    @property
    def repeatable(self) -> bool:
        """Whether nothing takes part but what is known: neither the network nor files beside the recipe."""
        return not self.table.network and not self.table.uses_recipe_folder

    def content(self) -> str | None:
        """A digest over the source's bytes; None: they can't be read."""
        try:
            return project_digest(self.source) if self.source.is_dir() else StoredFile.of(self.source).sha256
        except OSError:
            return None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Environments:
    """``choose`` says who asks what needs some requirements, and with which wheels; ``make`` makes such an environment."""

    choose: Callable[[Sequence[str]], tuple[Builder, Sequence[LockedPackage]]]
    make: Callable[[Builder, Sequence[LockedPackage]], Environment]


class _Held:
    """Makes environments, and notes what each was to hold and held. ``doubtful``: the answer may be another one every time."""

    def __init__(self, environments: Environments) -> None:
        self._environments = environments
        self.all: list[list[Any]] = []
        self.doubtful = False

    def __call__(self, requirements: Sequence[str]) -> Environment:
        builder, packages = self._environments.choose(requirements)
        environment = self._environments.make(builder, packages)
        files = _files(packages)
        self.doubtful |= builder.native is not None or files is None
        self.all.append([list(requirements), environment.place, files])
        return environment

    def again(self, kept: list[list[Any]]) -> bool:
        """Whether the same would be made now."""
        for requirements, place, files in kept:
            builder, packages = self._environments.choose(requirements)
            if (
                builder.native is not None
                or _files(packages) != files
                or not builder.sandbox.accepts(place, network=False)
            ):
                return False
        return True


def answered(
    session: Session, question: Question[T], environments: Environments, ask: Callable[[EnvironmentMaker], T]
) -> T:
    """What ``ask`` answers, in environments that it gets made, or answered in an earlier run. Raises what ``ask`` raises."""
    held = _Held(environments)
    before = question.content() if question.repeatable else None
    if before is None:
        return ask(held)
    source = question.source

    def decode(kept: Any) -> T | None:
        return question.of_json(kept["answer"]) if held.again(kept["held"]) else None

    return remembered(
        Derivation(
            kind="sources",
            inputs={
                "rules": rules_of("build", "formats", "isolation", "model", "pipeline"),
                "tools": [version_of(each) for each in ("packaging", "pyproject-hooks")],
                "what": question.what,
                # of a folder an answer may name places beside it
                "source": [before, source.name, question.name, str(source.absolute()) if source.is_dir() else ""],
                "target": dataclasses.asdict(question.target) if question.target else None,
                "epoch": said_epoch(session),
                "told": question.table.said(),
                "host": host_facts(),
            },
            encode=lambda answer: {"answer": _as_json(answer), "held": held.all},
            decode=decode,
            still=lambda: not held.doubtful and question.content() == before,
        ),
        lambda _: ask(held),
        cache=session.cache,
        reporter=session.reporter,
    )


def build_system_requires(session: Session, source: Path) -> tuple[str, ...]:
    """``build_requirements`` of a source; an sdist is unpacked for it once."""

    def read() -> tuple[str, ...]:
        return build_requirements(source, work=session.folder("requirements"))

    if source.is_dir():  # nothing is unpacked, and its digest would take longer
        return read()
    question: Question[tuple[str, ...]] = Question(what="build-system.requires", source=source, of_json=tuple)
    return answered(session, question, Environments(choose=_nothing, make=_nothing), lambda _: read())


def metadata_of_json(kept: Any) -> SourceMetadata:
    """The metadata of a source as an answer that was kept."""
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in kept.items()}
    return SourceMetadata(**values)


def _as_json(answer: object) -> object:
    return dataclasses.asdict(answer) if isinstance(answer, SourceMetadata) else answer


def _nothing(*_: object) -> Any:
    raise AssertionError("what is only read has no environment")


def _files(packages: Sequence[LockedPackage]) -> list[list[str]] | None:
    """Names and hashes, which the bytes had when an environment was made of them; None: an index doesn't say one."""
    files = [each.file for each in packages if each.file is not None]
    hashed = [[each.filename, each.sha256] for each in files if each.sha256]
    return hashed if len(hashed) == len(packages) else None
