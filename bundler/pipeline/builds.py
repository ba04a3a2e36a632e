"""Isolated builds: what an sdist or a project is built with is resolved for this host, locked, and installed from the store."""

from __future__ import annotations

import dataclasses
import itertools
from typing import TYPE_CHECKING

from bundler.convert.isolated import host_target, make_environment
from bundler.convert.metadata import build_requirements, dynamic_requirements, inspect_source
from bundler.model.lock import BuildRequirement, LockedPackage
from bundler.resolve import IndexRoute, Request, Wanted, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bundler.convert.isolated import Environment
    from bundler.model.artifact import Artifact
    from bundler.model.ports import SourceMetadata
    from bundler.model.target import Target
    from bundler.pipeline.workshop import Workshop


def fetch_one(shop: Workshop, artifact: Artifact) -> Path:
    """One checked file under its own name."""
    return shop.named(shop.fetcher.fetch([artifact], shop.reporter)[artifact], artifact.filename)


def fetch_wheels(shop: Workshop, packages: Sequence[LockedPackage]) -> list[Path]:
    """The packages' wheels, checked, under their own names."""
    artifacts = [each.file for each in packages if each.file is not None]
    stock = shop.fetcher.fetch(artifacts, shop.reporter)
    return [shop.named(stock[each], each.filename) for each in artifacts]


class Builds:
    """Resolves build requirements for this host, each set once, preferring the versions that were locked before."""

    def __init__(self, shop: Workshop, routes: tuple[IndexRoute, ...], preferences: Mapping[str, str]) -> None:
        self._shop, self._routes, self._preferences = shop, routes, preferences
        self._resolved: dict[tuple[str, ...], tuple[LockedPackage, ...]] = {}
        self._folders = (shop.folder("environments") / str(number) for number in itertools.count())

    def resolve(self, requirements: Sequence[str], origin: str) -> tuple[LockedPackage, ...]:
        """Wheels for this host that satisfy ``requirements``; ``origin`` says who asks, for errors."""
        key = tuple(sorted(set(requirements)))
        if key not in self._resolved:
            request = Request(
                target=host_target(),
                wanted=tuple(Wanted(requirement=each, origin=origin) for each in key),
                indexes=self._routes,
                preferences=self._preferences,
                sdists="never",
            )
            self._resolved[key] = resolve(
                request,
                transport=self._shop.transport,
                cache=self._shop.cache,
                inspect=_never_inspected,
                fetch_source=self.fetch,
                reporter=self._shop.reporter,
            ).packages
        return self._resolved[key]

    def environment(self, requirements: Sequence[str], origin: str = "a build") -> Environment:
        """A throwaway environment that holds what ``requirements`` ask for."""
        return make_environment(fetch_wheels(self._shop, self.resolve(requirements, origin)), next(self._folders))

    def fetch(self, artifact: Artifact) -> Path:
        """One checked file under its own name."""
        return fetch_one(self._shop, artifact)

    def inspect(self, source: Path, *, name: str, target: Target) -> SourceMetadata:
        """What ``source`` says of itself for ``target``; what differs from this host's view is a warning."""
        origin = f"the build of {name or source.name}"
        found = inspect_source(
            source,
            name=name,
            target=target,
            make_environment=lambda requirements: self.environment(requirements, origin),
            work=self._shop.folder("inspect"),
        )
        for each in found.warnings:
            self._shop.reporter.warn("metadata-differs", each)
        return found

    def pin(self, sources: Mapping[str, Path], target: Target) -> tuple[BuildRequirement, ...]:
        """Wheels that building ``sources`` (normalized name -> sdist or folder) takes on this host."""
        users: dict[LockedPackage, list[str]] = {}
        for name, source in sources.items():
            origin = f"the build of {name}"
            work = self._shop.folder("requirements")
            needed = build_requirements(source, work=work)
            environment = self.environment(needed, origin)
            needed += dynamic_requirements(source, name=name, target=target, environment=environment, work=work)
            for package in self.resolve(needed, origin):
                users.setdefault(dataclasses.replace(package, requested=False, dependencies=()), []).append(name)
        return tuple(
            BuildRequirement(package=package, used_by=tuple(sorted(names))) for package, names in users.items()
        )


def _never_inspected(source: Path, *, name: str) -> SourceMetadata:
    raise AssertionError(f"{name}: build requirements come as wheels, never as {source}")
