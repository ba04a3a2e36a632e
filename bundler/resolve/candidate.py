"""What the solver handles: needs and candidates."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from bundler.model.artifact import Artifact
from bundler.model.vcs import VcsOrigin
from bundler.resolve.simple_api import ProjectFile

if TYPE_CHECKING:
    from bundler.resolve.dependencies import Dependency
    from bundler.resolve.request import Request


def key_of(name: str, extra: str) -> str:
    """What the solver knows a package by: each extra of it is a package of its own, bound to the same version."""
    return f"{name}[{extra}]" if extra else name


def name_of(key: str) -> tuple[str, str]:
    """The name and the extra of a key."""
    name, _, extra = key.removesuffix("]").partition("[")
    return name, extra


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """One version of a package, or of one ``extra`` of it (normalized; empty: the package itself), and where it comes from.

    ``file`` is set for ``wheel`` and ``sdist``, ``artifact`` for ``archive`` (a direct address, ``url`` as it was written),
    ``directory`` for a local project, ``artifact`` and ``vcs`` for a repository.
    """

    name: str
    extra: str
    version: Version
    kind: Literal["wheel", "sdist", "archive", "directory", "vcs"]
    file: ProjectFile | None = None
    artifact: Artifact | None = None
    url: str | None = None
    directory: str | None = None
    index: str | None = None
    vcs: VcsOrigin | None = None
    key: str = dataclasses.field(init=False, repr=False, compare=False)
    """The solver asks for it some ten thousand times."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", key_of(self.name, self.extra))

    def __str__(self) -> str:
        return f"{self.key} {self.version}"


def demanded(candidate: Candidate, request: Request) -> bool:
    """Whether it is an sdist that the request wants although there may be a wheel."""
    return candidate.kind == "sdist" and (request.sdists == "prefer" or candidate.name in request.build)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """One requirement of somebody, already known to count for the target.

    ``origin`` says where the user wrote it; empty: another package needs it. ``reason``: nothing can ever satisfy it, and why.
    ``written``: how the metadata has it where that had to be repaired. ``url``: only that address does; ``bound``: only this very version does (an extra's tie to its package).
    """

    name: str
    extra: str
    specifier: SpecifierSet
    text: str
    url: str | None = None
    origin: str = ""
    reason: str = ""
    bound: Version | None = None
    written: str = ""
    operators: frozenset[str] = dataclasses.field(init=False, repr=False, compare=False)
    """Of its specifier: it may have hundreds of clauses, and the solver asks for them at each step."""
    key: str = dataclasses.field(init=False, repr=False, compare=False)
    identity: tuple[str, str, Version | None] = dataclasses.field(init=False, repr=False, compare=False)
    """What tells needs apart: the same words allow the same candidates."""

    def __post_init__(self) -> None:
        key = f"!{self.text}" if self.reason else key_of(self.name, self.extra)
        object.__setattr__(self, "operators", frozenset(each.operator for each in self.specifier))
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "identity", (key, self.text, self.bound))


def needs_of(dependency: Dependency, origin: str = "") -> tuple[Need, ...]:
    """The needs that one dependency stands for: the package, and each of its extras."""
    return tuple(
        Need(
            name=dependency.name,
            extra=extra,
            specifier=dependency.specifier,
            text=dependency.text,
            url=dependency.url,
            origin=origin,
            written=dependency.written,
        )
        for extra in ("", *dependency.extras)
    )
