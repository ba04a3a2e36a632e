"""Isolated builds: what an sdist or a project is built with is resolved for the Python that builds, locked, and installed from the store."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import itertools
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from bundler.build.source_metadata import declared_name, dynamic_requirements, inspect_source
from bundler.errors import ResolutionError
from bundler.model.lock import BuildRequirement, LockedPackage
from bundler.pipeline.build_terms import AllTerms, Cap, SourceTerms, said_epoch
from bundler.pipeline.fetched_files import fetch_one, fetch_wheels
from bundler.pipeline.kept_logs import logs_kept
from bundler.pipeline.source_answers import (
    Environments,
    Question,
    answered,
    build_system_requires,
    metadata_of_json,
)
from bundler.resolve import Request, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from bundler.build.isolated import Environment
    from bundler.model.artifact import Artifact
    from bundler.model.ports import SourceMetadata
    from bundler.model.target import Target
    from bundler.pipeline.builders import Builder, Builders
    from bundler.pipeline.session import Session
    from bundler.resolve.file_gate import Gate


_FIRST_CAPPED = (3, 9)
"""The first Python that setuptools 82 runs on."""


_DECIDING = (
    "what builds may ask for is decided by build-constraints in [packages] and [packages.source.NAME], by build-requires there, and by "
    "pip's setting build-constraint on this host"
)


class Builds:
    """Resolves build requirements for the Python that builds, each set once, preferring the versions that were locked before.

    ``request`` says which indexes are asked. The Python is the target's own where there is one with a compiler, and this host's where there
    is none, or where what is needed doesn't exist for the target's: a project that needs no compiler needn't care for it.
    ``terms`` are those of the recipe and this host.
    """

    def __init__(
        self,
        session: Session,
        request: Request,
        preferences: Mapping[str, str],
        builders: Builders,
        terms: AllTerms | None = None,
    ) -> None:
        self._session, self._preferences, self._builders = session, preferences, builders
        self._terms = terms or AllTerms()
        self._routes, self._gate = request.indexes, request.gate
        self.indexed: set[str] = set()
        """Names of packages that came from an index to build others."""
        # what a project has of its own isn't built first, and a stranger's package of its name builds nothing either
        self._supplied = {
            name: dataclasses.replace(each, refused=each.refused or "what builds others has to come from an index")
            for name, each in request.supplied.items()
        }
        self._resolved: dict[
            tuple[Target, tuple[tuple[str, bool], ...], tuple[Wanted, ...]], tuple[LockedPackage, ...]
        ] = {}
        self._environments: dict[tuple[Target, tuple[LockedPackage, ...]], Environment] = {}
        self._folders = (session.folder("e") / "v" for _ in itertools.count())

    def resolve(
        self, wanted: Sequence[Wanted], builder: Builder, terms: SourceTerms, caps: Sequence[Cap] = ()
    ) -> tuple[LockedPackage, ...]:
        """Wheels for ``builder`` that satisfy ``wanted``."""
        constraints = (*terms.constraints, *(each.constraint for each in caps))
        texts = {(each.requirement, each.theirs): each for each in wanted}
        key = (builder.target, tuple(sorted(texts)), constraints)
        if key not in self._resolved:
            from bundler.resolve import ResolverPorts, resolve_advised

            request = Request(
                target=builder.target,
                wanted=tuple(texts[each] for each in key[1]),
                constraints=constraints,
                hashes=terms.hashes,
                indexes=self._routes,
                preferences=self._preferences,
                sdists="never",
                supplied=self._supplied,
                gate=self._gate,
            )
            ports = ResolverPorts(
                transport=self._session.transport,
                cache=self._session.cache,
                inspect=_never_inspected,
                fetch_source=self.fetch,
                reporter=self._session.reporter,
            )
            try:
                self._resolved[key] = resolve_advised(request, ports).packages
            except ResolutionError as error:
                if error.reference == "no-file-fits":
                    error.hint = _DECIDING
                raise
        return self._resolved[key]

    def fetch(self, artifact: Artifact) -> Path:
        """One checked file under its own name."""
        return fetch_one(self._session, artifact)

    def inspect(self, source: Path, *, name: str, target: Target) -> SourceMetadata:
        """What ``source`` says of itself for ``target``."""
        origin = f"the build of {name or source.name}"
        called = canonicalize_name(name or declared_name(source))
        terms = functools.cache(lambda: self._terms.of(called, source))  # what is static asks for none
        question = Question(
            what="metadata",
            source=source,
            name=name,
            target=target,
            table=self._terms.table(called),
            of_json=metadata_of_json,
        )
        with logs_kept(self._session, source.name):
            return answered(
                self._session,
                question,
                self._asking(origin, terms),
                lambda make: inspect_source(
                    source,
                    name=name,
                    target=target,
                    make_environment=make,
                    work=self._session.folder("inspect"),
                    epoch=said_epoch(self._session),
                ),
            )

    def pin(self, sources: Mapping[str, Path], target: Target) -> tuple[BuildRequirement, ...]:
        """Wheels that building ``sources`` (normalized name -> sdist or folder) takes on this host."""
        users: dict[LockedPackage, list[str]] = {}
        for name, source in sources.items():
            for package in self._needed(name, source, target):
                users.setdefault(bare(package, self._gate), []).append(name)
                if package.index is not None:
                    self.indexed.add(package.name)
        return tuple(
            BuildRequirement(package=package, used_by=tuple(sorted(names))) for package, names in users.items()
        )

    def _needed(self, name: str, source: Path, target: Target) -> tuple[LockedPackage, ...]:
        origin = f"the build of {name}"
        static = build_system_requires(self._session, source)
        terms = self._terms.of(name, source)
        question: Question[tuple[str, ...]] = Question(
            what="requirements", source=source, name=name, target=target, table=terms.table, of_json=tuple
        )
        with logs_kept(self._session, source.name):
            dynamic = answered(
                self._session,
                question,
                self._asking(origin, lambda: terms),
                lambda make: dynamic_requirements(
                    source,
                    name=name,
                    target=target,
                    environment=make(static),
                    work=self._session.folder("requirements"),
                    epoch=said_epoch(self._session),
                ),
            )
        return self._chosen((*static, *dynamic), origin, terms)[1]

    def _asking(self, origin: str, terms: Callable[[], SourceTerms]) -> Environments:
        """Environments for asking; several sources may be asked in one."""

        def make(builder: Builder, packages: Sequence[LockedPackage]) -> Environment:
            key = (builder.target, tuple(packages))
            if key not in self._environments:
                wheels = fetch_wheels(self._session, packages)
                environment = builder.environment(wheels, next(self._folders))
                self._environments[key] = dataclasses.replace(environment, shared=True)
            return terms().applied(self._environments[key])

        return Environments(choose=lambda wanted: self._chosen(wanted, origin, terms()), make=make)

    def _chosen(
        self, requirements: Sequence[str], origin: str, terms: SourceTerms
    ) -> tuple[Builder, tuple[LockedPackage, ...]]:
        wanted = terms.wanted(requirements, origin)
        native = self._builders.native
        if native is not None:
            try:
                return native, self._capped(wanted, native, terms)
            except ResolutionError as error:
                reason = f"{origin} can't be done by {native.target}: {error.message}"
                self._builders.add_reason(reason)
                self._session.reporter.note(f"{reason}; this host's Python does it, without a compiler")
        host = self._builders.host
        return host, self._capped(wanted, host, terms)

    def _capped(self, wanted: Sequence[Wanted], builder: Builder, terms: SourceTerms) -> tuple[LockedPackage, ...]:
        """With the caps of the terms, where these can be met too."""
        caps = terms.caps(builder.target)
        if caps:
            with contextlib.suppress(ResolutionError):
                packages = self.resolve(wanted, builder, terms, caps)
                self._report(caps, packages, builder)
                return packages
        return self.resolve(wanted, builder, terms)

    def _report(self, caps: Sequence[Cap], packages: Sequence[LockedPackage], builder: Builder) -> None:
        names = {each.name for each in packages}
        for cap in caps:
            # a Python that the releases after it don't serve any more is kept below it anyway
            if cap.tool in names and builder.target.version_info >= _FIRST_CAPPED:
                self._session.once.note(cap.words)


def bare(package: LockedPackage, gate: Gate) -> LockedPackage:
    """What a lock says of a build requirement or a seed; when it was uploaded only where that is asked."""
    uploaded = package.upload_time if gate.before is not None else None
    return dataclasses.replace(
        package,
        requested=False,
        dependencies=(),
        index=None,
        requires_python=None,
        upload_time=uploaded,
        rejected=None,
        attested=None,
    )


def _never_inspected(source: Path, *, name: str) -> SourceMetadata:
    raise ResolutionError(
        "requirement-unusable",
        f"{name} can't be taken from {source}: what builds others comes as a wheel",
        context=(name,),
        hint="build it to a wheel first and name that, or take it from an index",
    )
