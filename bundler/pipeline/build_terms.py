"""What the recipe, and pip's settings on this host, say of how packages are built: for locking and for building alike."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from bundler.build.source_tree import time_of
from bundler.errors import InputError
from bundler.foreign import read_requirement
from bundler.formats.archives.unpacking import newest_entry
from bundler.model.source_build import FOLDER_LISTS, RECIPE_FOLDER, SourceTable
from bundler.resolve import Wanted, read_requirements

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bundler.build.isolated import Environment
    from bundler.model.lock import BuildRequirement, Lock
    from bundler.model.recipe import Recipe  # noqa: TC004 - nothing asks for the types of the fields
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

    ``caps`` hold as long as the build's requirements can be met with them. ``local``: it is a project of this host.
    """

    table: SourceTable = dataclasses.field(default_factory=SourceTable)
    folder: Path = Path()
    constraints: tuple[Wanted, ...] = ()
    caps: tuple[Cap, ...] = ()
    local: bool = False

    @property
    def requires(self) -> tuple[str, ...]:
        return self.table.build_requires

    def wanted(self, requirements: Sequence[str], origin: str) -> tuple[Wanted, ...]:
        """What its build needs: ``requirements`` are its own."""
        own = (Wanted(each, origin, theirs=not self.local) for each in requirements)
        return (*own, *(Wanted(each, origin) for each in self.requires))

    def applied(self, environment: Environment) -> Environment:
        """The environment as the package's build gets it."""
        given = {name: value.replace(RECIPE_FOLDER, str(self.folder)) for name, value in self.table.environment.items()}
        places = tuple(sorted(_places(self.table, self.folder)))
        environment = environment.with_variables(given, lists=FOLDER_LISTS, places=places)
        environment = dataclasses.replace(environment, settings=self.table.backend_settings())
        return environment.with_network(os.environ) if self.table.network else environment


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class AllTerms:
    """Those of a recipe; ``host``: the constraints of pip's settings, read when something is built and not before."""

    recipe: Recipe | None = None
    host: Callable[[], tuple[Wanted, ...]] = tuple

    def table(self, name: str) -> SourceTable:
        """What the recipe says of the package's build."""
        return SourceTable() if self.recipe is None else self.recipe.packages.source_table(name)

    def of(self, name: str, source: Path | None = None) -> SourceTerms:
        """For the package ``name`` (normalized); ``source``: its sdist or folder, whose age counts.

        Raises IntegrityError where the sdist can't be read.
        """
        local = source is not None and source.is_dir()
        if self.recipe is None:
            return SourceTerms(constraints=self.host(), caps=_caps(source, self.host(), ()), local=local)
        packages = self.recipe.packages
        table = self.table(name)
        own = {
            "packages.build-constraints": packages.build_constraints,
            f"packages.source.{name}.build-constraints": table.build_constraints,
        }
        constraints = [Wanted(text, f"{key}[{i}]") for key, texts in own.items() for i, text in enumerate(texts)]
        constraints += self.host()
        return SourceTerms(
            table=table,
            folder=self.recipe.folder,
            constraints=tuple(constraints),
            caps=_caps(source, constraints, table.build_requires),
            local=local,
        )

    def broken_by(self, pinned: Sequence[BuildRequirement]) -> str:
        """Which of the pinned build requirements this host's own constraints don't allow, in words; empty: none."""
        limits = [read_requirement(each.requirement) for each in self.host()]
        for each in pinned:
            for limit in limits:
                name = canonicalize_name(limit.name)
                if (
                    limit.marker is None
                    and name == each.package.name
                    and not limit.specifier.contains(each.package.version, prereleases=True)
                ):
                    return f"{name} {each.package.version} is pinned for builds, and pip's build-constraint here says {limit}"
        return ""


def said_epoch(session: Session) -> int | None:
    """SOURCE_DATE_EPOCH of this run; None: nobody set it."""
    return None if session.epoch is None else int(session.epoch.timestamp())


def time_for(session: Session, source: Path) -> int:
    """The time that code of ``source`` sees, when it is asked and when it is built: never the lock's, which changes with every pin."""
    said = said_epoch(session)
    return time_of(source) if said is None else said


def terms_of(session: Session, recipe: Recipe) -> AllTerms:
    """The terms of a recipe on this host; asking for a package's raises InputError (``requirements-unreadable``, ``requirements-invalid``)."""
    return AllTerms(recipe=recipe, host=functools.cache(functools.partial(host_constraints, session.build_constraints)))


def forbidden_here(session: Session, recipe: Recipe, lock: Lock | None) -> str:
    """Whether pip's settings on this host forbid what the lock pins for builds: in words; empty: they don't."""
    if lock is None or not lock.build or not session.build_constraints:
        return ""
    return terms_of(session, recipe).broken_by(lock.build)


def host_constraints(files: Sequence[str]) -> tuple[Wanted, ...]:
    """What the files of pip's ``build-constraint`` (PIP_BUILD_CONSTRAINT) say."""
    found: list[Wanted] = []
    for each in files:
        if "://" in each:
            raise InputError(
                "requirements-unreadable",
                f"pip's setting build-constraint (PIP_BUILD_CONSTRAINT) names the address {each}",
                hint="download the file and name it, or write packages.build-constraints into the recipe",
            )
        said = read_requirements(Path(each))
        found += [
            dataclasses.replace(wanted, origin=f"pip's build-constraint, {wanted.origin}") for wanted in said.wanted
        ]
        found += said.constraints
    return tuple(found)


def _places(table: SourceTable, folder: Path) -> Iterator[Path]:
    """Files and folders beside the recipe that variables name."""
    for value in table.environment.values():
        for each in value.split(os.pathsep):
            if RECIPE_FOLDER in each:
                place = Path(each[each.index(RECIPE_FOLDER) :].replace(RECIPE_FOLDER, str(folder)))
                if place.exists():
                    yield place.absolute()


def _caps(source: Path | None, constraints: Sequence[Wanted], requires: Sequence[str]) -> tuple[Cap, ...]:
    """Releases of build tools that took out what an sdist of before may use; who says a word about the tool decides it alone."""
    if source is None or source.is_dir():
        return ()
    texts = (*(each.requirement for each in constraints), *requires)
    named = {canonicalize_name(read_requirement(each).name) for each in texts}
    removals = [each for each in _REMOVALS if each.tool not in named]
    changed = newest_entry(source) if removals else 0
    return tuple(_cap(each, source) for each in removals if 0 < changed < _seconds(each.day))


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
