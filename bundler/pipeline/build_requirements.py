"""Isolated builds: what an sdist or a project is built with is resolved for the Python that builds, locked, and installed from the store."""

from __future__ import annotations

import dataclasses
import itertools
import os
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from bundler.build.source_metadata import build_requirements, declared_name, dynamic_requirements, inspect_source
from bundler.errors import ResolutionError
from bundler.model.lock import BuildRequirement, LockedPackage
from bundler.model.source_build import SourceTable
from bundler.resolve import Request, ResolverPorts, Wanted, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from bundler.build.isolated import Environment
    from bundler.model.artifact import Artifact
    from bundler.model.ports import SourceMetadata
    from bundler.model.target import Target
    from bundler.pipeline.builders import Builder, Builders
    from bundler.pipeline.session import Session


def fetch_one(session: Session, artifact: Artifact) -> Path:
    """One checked file under its own name."""
    return session.named(session.fetcher.fetch([artifact], session.reporter)[artifact], artifact.filename)


def fetch_wheels(session: Session, packages: Sequence[LockedPackage]) -> list[Path]:
    """The packages' wheels, checked, under their own names."""
    artifacts = [each.file for each in packages if each.file is not None]
    stock = session.fetcher.fetch(artifacts, session.reporter)
    return [session.named(stock[each], each.filename) for each in artifacts]


def as_recipe_says(environment: Environment, table: SourceTable) -> Environment:
    """The environment as one package's build gets it."""
    return environment.with_network(os.environ) if table.network else environment


class Builds:
    """Resolves build requirements for the Python that builds, each set once, preferring the versions that were locked before.

    ``request`` says which indexes are asked. The Python is the target's own where there is one with a compiler, and this host's where there
    is none, or where what is needed doesn't exist for the target's: a project that needs no compiler needn't care for it.
    ``source_table`` gives what the recipe says of the build of a package, by its normalized name.
    """

    def __init__(
        self,
        session: Session,
        request: Request,
        preferences: Mapping[str, str],
        builders: Builders,
        source_table: Callable[[str], SourceTable] = lambda _: SourceTable(),
    ) -> None:
        self._session, self._preferences, self._builders = session, preferences, builders
        self._source_table = source_table
        self._routes = request.indexes
        # what a project has of its own isn't built first, and a stranger's package of its name builds nothing either
        self._supplied = {
            name: dataclasses.replace(each, refused=each.refused or "what builds others has to come from an index")
            for name, each in request.supplied.items()
        }
        self._resolved: dict[tuple[Target, tuple[str, ...]], tuple[LockedPackage, ...]] = {}
        self._environments: dict[tuple[Target, tuple[LockedPackage, ...]], Environment] = {}
        self._folders = (session.folder("environments") / str(number) for number in itertools.count())

    def resolve(self, requirements: Sequence[str], origin: str, builder: Builder) -> tuple[LockedPackage, ...]:
        """Wheels for ``builder`` that satisfy ``requirements``; ``origin`` says who asks, for errors."""
        key = (builder.target, tuple(sorted(set(requirements))))
        if key not in self._resolved:
            request = Request(
                target=builder.target,
                wanted=tuple(Wanted(requirement=each, origin=origin) for each in key[1]),
                indexes=self._routes,
                preferences=self._preferences,
                sdists="never",
                supplied=self._supplied,
            )
            self._resolved[key] = resolve(
                request,
                ResolverPorts(
                    transport=self._session.transport,
                    cache=self._session.cache,
                    inspect=_never_inspected,
                    fetch_source=self.fetch,
                    reporter=self._session.reporter,
                ),
            ).packages
        return self._resolved[key]

    def fetch(self, artifact: Artifact) -> Path:
        """One checked file under its own name."""
        return fetch_one(self._session, artifact)

    def inspect(self, source: Path, *, name: str, target: Target) -> SourceMetadata:
        """What ``source`` says of itself for ``target``."""
        origin = f"the build of {name or source.name}"
        table = self._source_table(canonicalize_name(name or declared_name(source)))
        return inspect_source(
            source,
            name=name,
            target=target,
            make_environment=lambda requirements: as_recipe_says(self._asking(requirements, origin), table),
            work=self._session.folder("inspect"),
        )

    def pin(self, sources: Mapping[str, Path], target: Target) -> tuple[BuildRequirement, ...]:
        """Wheels that building ``sources`` (normalized name -> sdist or folder) takes on this host."""
        users: dict[LockedPackage, list[str]] = {}
        for name, source in sources.items():
            for package in self._needed(name, source, target):
                users.setdefault(_bare(package), []).append(name)
        return tuple(
            BuildRequirement(package=package, used_by=tuple(sorted(names))) for package, names in users.items()
        )

    def _needed(self, name: str, source: Path, target: Target) -> tuple[LockedPackage, ...]:
        origin = f"the build of {name}"
        work = self._session.folder("requirements")
        static = build_requirements(source, work=work)
        environment = as_recipe_says(self._asking(static, origin), self._source_table(name))
        dynamic = dynamic_requirements(source, name=name, target=target, environment=environment, work=work)
        return self._chosen((*static, *dynamic), origin)[1]

    def _asking(self, requirements: Sequence[str], origin: str) -> Environment:
        """An environment for asking what needs ``requirements``; several may be asked in one."""
        builder, packages = self._chosen(requirements, origin)
        key = (builder.target, packages)
        if key not in self._environments:
            wheels = fetch_wheels(self._session, packages)
            environment = builder.environment(wheels, next(self._folders))
            self._environments[key] = dataclasses.replace(environment, shared=True)
        return self._environments[key]

    def _chosen(self, requirements: Sequence[str], origin: str) -> tuple[Builder, tuple[LockedPackage, ...]]:
        native = self._builders.native
        if native is not None:
            try:
                return native, self.resolve(requirements, origin, native)
            except ResolutionError as error:
                reason = f"{origin} can't be done by {native.target}: {error.message}"
                self._builders.add_reason(reason)
                self._session.reporter.note(f"{reason}; this host's Python does it, without a compiler")
        host = self._builders.host
        return host, self.resolve(requirements, origin, host)


def _bare(package: LockedPackage) -> LockedPackage:
    """What a lock says of a build requirement."""
    return dataclasses.replace(
        package, requested=False, dependencies=(), index=None, requires_python=None, upload_time=None
    )


def _never_inspected(source: Path, *, name: str) -> SourceMetadata:
    raise AssertionError(f"{name}: build requirements come as wheels, never as {source}")
