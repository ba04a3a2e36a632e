"""What the recipe, and pip's settings on this host, say of how packages are built: for locking and for building alike."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from bundler.build.isolated import host_target
from bundler.build.source_tree import time_of
from bundler.errors import InputError
from bundler.foreign import read_requirement, without_credentials
from bundler.formats.archives.unpacking import newest_entry
from bundler.isolation.checkout import checkout_of, is_inside
from bundler.model.source_build import FOLDER_LISTS, RECIPE_FOLDER, SourceTable
from bundler.resolve import Wanted, read_requirements
from bundler.resolve.markers import MalformedMarkerError, MarkerEvaluator, UnstatedMarkerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from packaging.requirements import Requirement

    from bundler.build.isolated import Environment
    from bundler.model.lock import Lock, LockedPackage
    from bundler.model.recipe import Recipe  # noqa: TC004 - nothing asks for the types of the fields
    from bundler.model.target import Target
    from bundler.pipeline.session import Session


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Removal:
    """A ``release`` of a build tool that took out ``what``, on ``day``."""

    tool: str
    release: str
    what: str
    day: datetime.date


# setuptools' history, https://setuptools.pypa.io/en/stable/history.html, read in November 2026. Earlier removals aren't among them:
# the releases before them need another wheel and don't run on every Python of build hosts.
_REMOVALS = (_Removal(tool="setuptools", release="82", what="pkg_resources", day=datetime.date(2026, 2, 8)),)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Cap:
    """A constraint on the build tool ``tool`` that no one asked for, and its words for people."""

    tool: str
    constraint: Wanted
    words: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SourceTerms:
    """How one package is built: ``constraints`` hold for what its build asks for, ``requires`` is asked for besides.

    ``hashes`` as in ``Request``; ``source``: its sdist, whose age counts, or its folder.
    """

    table: SourceTable = dataclasses.field(default_factory=SourceTable)
    folder: Path = Path()
    constraints: tuple[Wanted, ...] = ()
    hashes: Mapping[str, frozenset[str]] = dataclasses.field(default_factory=dict)
    source: Path | None = None

    @property
    def local(self) -> bool:
        """Whether it is a project of this host."""
        return self.source is not None and self.source.is_dir()

    def caps(self, builder: Target) -> tuple[Cap, ...]:
        """Releases of build tools that took out what an sdist of before may use; they hold as long as its build's requirements can be met
        with them. Who says a word about the tool, for the Python that builds, decides alone.

        Raises IntegrityError where the sdist can't be read.
        """
        if self.source is None or self.local:
            return ()
        said = (read_requirement(each) for each in (*(each.requirement for each in self.constraints), *self.requires))
        named = {canonicalize_name(each.name) for each in said if _means(each, builder)}
        removals = [each for each in _REMOVALS if each.tool not in named]
        changed = newest_entry(self.source) if removals else 0
        return tuple(_cap(each, self.source) for each in removals if 0 < changed < _seconds(each.day))

    @property
    def requires(self) -> tuple[str, ...]:
        return self.table.build_requires

    def wanted(self, requirements: Sequence[str], origin: str) -> tuple[Wanted, ...]:
        """What its build needs: ``requirements`` are its own."""
        own = (Wanted(each, origin, theirs=not self.local) for each in requirements)
        return (*own, *(Wanted(each, origin) for each in self.requires))

    def applied(self, environment: Environment) -> Environment:
        """The environment as the package's build gets it; raises InputError (``source-place-outside``)."""
        if self.table.network and self.local:
            self._demand_inside()
        given = {name: value.replace(RECIPE_FOLDER, str(self.folder)) for name, value in self.table.environment.items()}
        places = tuple(sorted(_places(self.table, self.folder)))
        environment = environment.with_variables(given, lists=FOLDER_LISTS, places=places)
        environment = dataclasses.replace(environment, settings=self.table.backend_settings())
        return environment.with_network(os.environ) if self.table.network else environment

    def _demand_inside(self) -> None:
        """What a recipe of others names somewhere on this host isn't for its build tools to send away."""
        whole = checkout_of(self.folder)
        if self.source is not None and not is_inside(self.source, whole):
            raise InputError(
                "source-place-outside",
                f"the recipe gives the build of {self.source} the network, and that lies outside of {whole}",
                hint="take network = true out, or put recipe and project into one checkout (.git)",
            )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class HostLimits:
    """What pip's settings on this host allow where builds ask for something; ``hashes`` as in ``Request``."""

    constraints: tuple[Wanted, ...] = ()
    hashes: Mapping[str, frozenset[str]] = dataclasses.field(default_factory=dict)

    def broken_by(self, package: LockedPackage, builders: Sequence[Target]) -> str:
        """Why they don't allow what is pinned, in words; empty: they do. A marker counts that holds for all of ``builders``."""
        for limit in (read_requirement(each.requirement) for each in self.constraints):
            if (
                canonicalize_name(limit.name) == package.name
                and not limit.specifier.contains(package.version, prereleases=True)
                and all(_means(limit, each) for each in builders)
            ):
                return str(limit)
        allowed = self.hashes.get(package.name)
        if allowed is not None and package.file is not None and package.file.sha256 not in allowed:
            return "that its file has another hash"
        return ""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class AllTerms:
    """Those of a recipe; ``host``: of pip's settings, read when something is built and not before."""

    recipe: Recipe | None = None
    host: Callable[[], HostLimits] = HostLimits

    def table(self, name: str) -> SourceTable:
        """What the recipe says of the package's build."""
        return SourceTable() if self.recipe is None else self.recipe.packages.source_table(name)

    def of(self, name: str, source: Path | None = None) -> SourceTerms:
        """For the package ``name`` (normalized); ``source``: its sdist or folder."""
        host = self.host()
        constraints: list[Wanted] = []
        if self.recipe is not None:
            packages = self.recipe.packages
            own = {
                "packages.build-constraints": packages.build_constraints,
                f"packages.source.{name}.build-constraints": self.table(name).build_constraints,
            }
            constraints += [Wanted(text, f"{key}[{i}]") for key, texts in own.items() for i, text in enumerate(texts)]
        return SourceTerms(
            table=self.table(name),
            folder=Path() if self.recipe is None else self.recipe.folder,
            constraints=(*constraints, *host.constraints),
            hashes=host.hashes,
            source=source,
        )


def said_epoch(session: Session) -> int | None:
    """SOURCE_DATE_EPOCH of this run; None: nobody set it."""
    return None if session.epoch is None else int(session.epoch.timestamp())


def time_for(session: Session, source: Path) -> int:
    """The time that code of ``source`` sees, when it is asked and when it is built: never the lock's, which changes with every pin."""
    said = said_epoch(session)
    return time_of(source) if said is None else said


def terms_of(session: Session, recipe: Recipe) -> AllTerms:
    """The terms of a recipe on this host; asking for a package's raises InputError (``requirements-unreadable``, ``requirements-invalid``)."""
    return AllTerms(recipe=recipe, host=functools.cache(functools.partial(host_limits, session.build_constraints)))


def forbidden_here(session: Session, recipe: Recipe, lock: Lock | None) -> str:
    """Whether pip's settings on this host forbid what the lock pins for builds: in words; empty: they don't."""
    if lock is None or not lock.build or not session.build_constraints:
        return ""
    limits = terms_of(session, recipe).host()
    for package in (each.package for each in lock.build):
        if broken := limits.broken_by(package, (host_target(), lock.target)):
            return (
                f"{package.name} {package.version} is pinned for builds, and pip's build-constraint here says {broken}"
            )
    return ""


def host_limits(files: Sequence[str]) -> HostLimits:
    """What the files of pip's ``build-constraint`` (PIP_BUILD_CONSTRAINT) say.

    Raises InputError (``requirements-unreadable``, ``requirements-invalid``).
    """
    found: list[Wanted] = []
    hashes: dict[str, frozenset[str]] = {}
    for each in files:
        if "://" in each:
            raise InputError(
                "requirements-unreadable",
                f"pip's setting build-constraint (PIP_BUILD_CONSTRAINT) names the address {without_credentials(each)}",
                hint="download the file and name it, or write packages.build-constraints into the recipe",
            )
        said = read_requirements(Path(each), constraints=True)
        found += [
            dataclasses.replace(wanted, origin=f"pip's build-constraint, {wanted.origin}")
            for wanted in said.constraints
        ]
        for name, allowed in said.hashes.items():
            hashes[name] = allowed & hashes.get(name, allowed)
    return HostLimits(constraints=tuple(found), hashes=hashes)


def _means(said: Requirement, builder: Target) -> bool:
    """Whether it counts for that Python."""
    try:
        return said.marker is None or MarkerEvaluator(builder).holds(str(said.marker))
    except (MalformedMarkerError, UnstatedMarkerError):  # the resolver says so
        return True


def _places(table: SourceTable, folder: Path) -> Iterator[Path]:
    """Files and folders beside the recipe that variables name: a recipe of others isn't to show a build the rest of this host.

    Raises InputError (``source-place-outside``).
    """
    whole = checkout_of(folder)
    for name, value in table.environment.items():
        for each in value.split(os.pathsep):
            if RECIPE_FOLDER in each:
                place = Path(each[each.index(RECIPE_FOLDER) :].replace(RECIPE_FOLDER, str(folder)))
                if not place.exists():
                    continue
                if not is_inside(place, whole):
                    raise InputError(
                        "source-place-outside",
                        f"the variable {name} of a build names {place}, which lies outside of {whole}",
                        hint="put what a build reads into the recipe's folder, or into the checkout (.git) that it lies in, and not as a link",
                    )
                yield place.absolute()


def _cap(removal: _Removal, source: Path) -> Cap:
    constraint = f"{removal.tool}<{removal.release}"
    return Cap(
        tool=removal.tool,
        constraint=Wanted(constraint, f"the age of {source.name}"),
        words=f"{source.name} is built with {constraint}, since {removal.release} took out {removal.what} after it was made; "
        f'packages.build-constraints = ["{removal.tool}"] takes the newest',
    )


def _seconds(day: datetime.date) -> float:
    return datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.UTC).timestamp()
