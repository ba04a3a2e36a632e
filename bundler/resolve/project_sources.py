"""Where local projects say that their dependencies come from: tables of uv, Poetry, PDM, pixi and Rye, workspaces, direct references.

What an index has under a name that a project's own table takes from elsewhere is a stranger's.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import InvalidRequirement
from packaging.utils import canonicalize_name

from bundler.errors import BuildError, Fault, InputError
from bundler.foreign import local_path, read_requirement
from bundler.formats.pyproject_file import load_pyproject, with_root
from bundler.resolve.markers import MalformedMarkerError, MarkerEvaluator, UnstatedMarkerError
from bundler.resolve.request import IndexRoute, Supplied, Wanted
from bundler.resolve.tool_indexes import StatedIndex, stated_indexes, uv_indexes
from bundler.resolve.tool_tables import (
    Stated,
    group_texts,
    references,
    stated_constraints,
    stated_dependencies,
    stated_name,
    stated_names,
    stated_sources,
)
from bundler.resolve.workspaces import Workspaces

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from bundler.model.target import Target

_DECLARED = ("pyproject.toml", "uv.toml", "setup.cfg", "setup.py")
_MOST_LOOKS = 1_000_000
"""Entries of tables of all projects that are read together, each counted for every project that it may be about."""
_ADDRESSES = ("http://", "https://", "file:")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ProjectSources:
    """``supplied``: normalized name -> its one source. ``pins``: indexes with the packages that come from each;
    ``general``: indexes that may serve anything, with the table that names each. ``folders``: the projects that were read, the
    given ones left out; ``dependencies``: of each that was read, what it says that it depends on (normalized). ``constraints`` hold for
    all packages.
    """

    supplied: Mapping[str, Supplied] = dataclasses.field(default_factory=dict)
    pins: tuple[IndexRoute, ...] = ()
    general: tuple[tuple[StatedIndex, Path], ...] = ()
    folders: tuple[Path, ...] = ()
    dependencies: Mapping[Path, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    constraints: tuple[Wanted, ...] = ()

    def needed(self, folder: Path) -> tuple[Path, ...]:
        """The other projects that the one in ``folder`` depends on, as far as it is written down."""
        waiting, found = [Path(os.path.normpath(folder.absolute()))], dict[Path, None]()
        folders = {each.as_uri(): each for each in self.folders}
        while waiting:
            for name in self.dependencies.get(waiting.pop(), ()):
                supplied = self.supplied.get(name)
                place = folders.get(supplied.url) if supplied is not None else None
                if place is not None and place not in found:
                    found[place] = None
                    waiting.append(place)
        return tuple(sorted(found))

    def said(self, folder: Path) -> list[Any]:
        """The same for comparing, wherever the checkout with ``folder`` lies; empty: nothing is said."""
        supplied = [
            [name, _place(each.url, folder), bool(each.refused)] for name, each in sorted(self.supplied.items())
        ]
        pins = [[_place(each.url, folder), *each.packages] for each in self.pins]
        general = [_place(each.url, folder) for each, _ in self.general]
        constraints = [[each.requirement for each in self.constraints]] if self.constraints else []
        return [supplied, pins, general, *constraints] if supplied or pins or general or constraints else []


def _place(url: str, folder: Path) -> str:
    try:
        return Path(os.path.relpath(local_path(url), folder)).as_posix() if url.startswith("file:") else url
    except ValueError:  # another drive
        return url


def read_project_sources(
    folders: Iterable[Path], target: Target, groups: Mapping[Path, Collection[str]] | None = None
) -> ProjectSources:
    """What the projects in ``folders``, and those that they lead to, say for ``target``. Raises BuildError (``pyproject-invalid``).

    ``groups``: of those whose dependency groups are installed too, by folder, which.
    """
    taken = {_whole(folder): frozenset(map(canonicalize_name, each)) for folder, each in (groups or {}).items()}
    return _Reader(target, taken).read([_whole(each) for each in folders])


def _whole(folder: Path) -> Path:
    return Path(os.path.normpath(folder.absolute()))


def group_requirements(folder: Path, groups: Collection[str], where: str) -> tuple[Wanted, ...]:
    """What the dependency groups of the project in ``folder`` ask for; ``where`` it says which, for people.

    Raises InputError (``group-invalid``) and BuildError (``pyproject-invalid``).
    """
    file = folder / "pyproject.toml"
    table = load_pyproject(folder)
    try:
        texts = group_texts(table, groups)
    except ValueError as error:
        there = table.get("dependency-groups")
        known = ", ".join(sorted(there)) if isinstance(there, dict) and there else "none"
        raise InputError(
            "group-invalid",
            f"dependency groups of {file} can't be taken",
            faults=(Fault(where, str(error)),),
            hint=f"the groups that are there: {known}",
        ) from None
    return tuple(Wanted(with_root(each, folder), f"{file}: dependency-groups") for each in texts)


def project_name(folder: Path) -> str:
    """What the project calls itself, normalized; empty where only its build says so."""
    try:
        return stated_name(load_pyproject(folder))
    except BuildError:
        return ""  # whoever reads its metadata says why


class _Reader:
    def __init__(self, target: Target, groups: Mapping[Path, Collection[str]]) -> None:
        self._groups = groups
        self._evaluator = MarkerEvaluator(target)
        self._tables: dict[Path, Mapping[str, Any]] = {}
        self._workspaces = Workspaces(self._table)
        self._looks = 0
        self._supplied: dict[str, Supplied] = {}
        self._members: dict[str, Supplied] = {}
        self._pins: dict[str, dict[str, None]] = {}
        self._general: dict[str, tuple[StatedIndex, Path]] = {}
        self._constraints: dict[str, Wanted] = {}

    def read(self, folders: list[Path]) -> ProjectSources:
        waiting, seen = list(folders), set(folders)
        while waiting:
            more = [each for each in self._project(waiting.pop()) if each not in seen]
            waiting += more
            seen.update(more)
        for name, each in self._members.items():
            self._supplied.setdefault(name, each)
        pins: dict[str, list[str]] = {}
        for name, urls in self._pins.items():
            for url in urls:
                pins.setdefault(url, []).append(name)
        return ProjectSources(
            supplied=dict(sorted(self._supplied.items())),
            pins=tuple(IndexRoute(url, tuple(sorted(names))) for url, names in sorted(pins.items())),
            general=tuple(self._general.values()),
            constraints=tuple(self._constraints.values()),
            folders=tuple(sorted(seen - set(folders))),
            dependencies={each: stated_dependencies(self._tables[each], self._counts) for each in seen},
        )

    def _table(self, folder: Path) -> Mapping[str, Any]:
        if folder not in self._tables:
            self._tables[folder] = load_pyproject(folder)
        return self._tables[folder]

    def _project(self, folder: Path) -> Iterator[Path]:
        """Take what one project says; the folders that it leads to."""
        table = self._table(folder)
        found = self._workspaces.of(folder)
        root, members = found or (folder, {})
        groups = self._groups.get(folder, ())
        wanted = stated_names(table, groups)
        self._remember(root, members)
        yield from (place for name, place in members.items() if wanted is None or name in wanted)
        own = [(each, folder) for each in stated_sources(table, groups)]
        named = {each.name for each, _ in own}
        if root != folder:  # a member's own entries replace those of the root
            own += [(each, root) for each in stated_sources(self._table(root), groups) if each.name not in named]
        indexes = self._indexes(folder) + (self._indexes(root) if root != folder else [])
        constraints = list(stated_constraints(self._table(root)))
        self._look(folder, len(members) + len(own) + len(indexes) + len(constraints))
        addresses = {index.name.lower(): index.url for index, _ in reversed(indexes)}
        for each, where in own:
            if self._counts(each.markers) and (wanted is None or each.name in wanted):
                yield from self._entry(each, where, members, addresses)
        for text in references(table):
            yield from self._reference(text, folder)
        for text, key in constraints:
            self._constraints.setdefault(text, Wanted(with_root(text, root), f"{root / 'pyproject.toml'}: {key}"))
        for index, where in indexes:
            if index.packages:
                for pattern in index.packages:
                    self._pin(pattern, index.url)
            elif not index.explicit:
                self._general.setdefault(index.url, (index, where))

    def _remember(self, root: Path, members: Mapping[str, Path]) -> None:
        for name, place in members.items():
            if name not in self._members:
                origin = f"{root / 'pyproject.toml'}: its workspace"
                self._members[name] = Supplied(url=place.as_uri(), origin=origin)

    def _look(self, folder: Path, number: int) -> None:
        """Each member of a workspace may take all that its root says: of a hostile checkout that is work by the square of its length."""
        self._looks += number
        if self._looks > _MOST_LOOKS:
            raise BuildError(
                "pyproject-invalid",
                f"the tables of the projects that {folder} belongs to have more than {_MOST_LOOKS:,} entries that would be compared",
                hint="name fewer projects, or shorten [tool] in the pyproject.toml of their workspace",
            )

    def _entry(
        self, stated: Stated, folder: Path, members: Mapping[str, Path], addresses: Mapping[str, str]
    ) -> Iterator[Path]:
        """``addresses``: of indexes by their names, in small letters."""
        origin = f"{folder / 'pyproject.toml'}: {stated.where}"
        if stated.workspace:
            if stated.name in members:
                self._supply(stated.name, Supplied(url=members[stated.name].as_uri(), origin=origin))
            else:
                self._refuse(stated.name, origin, "it is not a member of the project's workspace")
        elif stated.path:
            yield from self._path(stated, folder, origin)
        elif stated.url:
            self._supply(stated.name, Supplied(url=stated.url, origin=origin))
        elif stated.index.startswith(_ADDRESSES):
            self._pin(stated.name, stated.index)
        elif stated.index:
            url = addresses.get(stated.index.lower())
            if url is not None:
                self._pin(stated.name, url)
            elif stated.index.lower() != "pypi":  # Poetry's own name for the public one, which has no entry
                self._refuse(stated.name, origin, f"no index is called {stated.index}")
        else:
            self._refuse(stated.name, origin, f"it comes {stated.unsupported}, which isn't supported")

    def _path(self, stated: Stated, folder: Path, origin: str) -> Iterator[Path]:
        place = Path(os.path.normpath(folder / Path(stated.path).expanduser()))
        # a name that no disk can have is no folder, and no error
        if os.path.isdir(place) and any((place / each).is_file() for each in _DECLARED):  # noqa: PTH112
            self._supply(stated.name, Supplied(url=place.as_uri(), origin=origin))
            yield place
        elif os.path.isfile(place):  # noqa: PTH113
            self._supply(stated.name, Supplied(url=place.as_uri(), origin=origin))
        else:
            self._refuse(stated.name, origin, f"there is no project and no file {place}")

    def _reference(self, text: str, folder: Path) -> Iterator[Path]:
        """A dependency with an address of this host."""
        try:
            parsed = read_requirement(with_root(text, folder))
            place = Path(os.path.normpath(local_path((parsed.url or "").partition("#")[0])))
        except (InvalidRequirement, ValueError):
            return  # the project's metadata says it again, and is refused there
        if not (parsed.url or "").startswith("file:") or (parsed.marker and not self._counts((str(parsed.marker),))):
            return
        origin = f"{folder / 'pyproject.toml'}: its dependencies"
        self._supply(canonicalize_name(parsed.name), Supplied(url=place.as_uri(), origin=origin))
        if os.path.isdir(place):  # noqa: PTH112
            yield place

    def _counts(self, markers: tuple[str, ...]) -> bool:
        """Whether all hold; one that can't be answered without an extra or a value of the target may."""
        try:
            return all(self._evaluator.holds(each) for each in markers if "extra" not in each)
        except (MalformedMarkerError, UnstatedMarkerError):
            return True

    def _supply(self, name: str, supplied: Supplied) -> None:
        before = self._supplied.setdefault(name, supplied)
        if before.url != supplied.url and not before.refused:
            self._refuse(name, f"{before.origin}, and {supplied.origin}", "they name two different sources")

    def _refuse(self, name: str, origin: str, reason: str) -> None:
        self._supplied[name] = Supplied(url="", origin=origin, refused=reason)

    def _pin(self, name: str, url: str) -> None:
        self._pins.setdefault(name, {})[url] = None

    def _indexes(self, folder: Path) -> list[tuple[StatedIndex, Path]]:
        found = [(each, folder / "pyproject.toml") for each in stated_indexes(self._table(folder))]
        beside = folder / "uv.toml"
        if beside.is_file():
            found += [(each, beside) for each in uv_indexes(load_pyproject(folder, "uv.toml"), "")]
        return [(_placed(index, folder), where) for index, where in found]


def _placed(index: StatedIndex, folder: Path) -> StatedIndex:
    """With the address of a folder of this host that is written as a path."""
    if re.match(r"[a-z][a-z+.-]+:", index.url):
        return index
    return dataclasses.replace(index, url=Path(os.path.normpath(folder.absolute() / index.url)).as_uri())
