"""What can't be right about a recipe's places, packages and checks, though each value by itself is well formed."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING

from packaging.utils import InvalidName, canonicalize_name

from bundler.errors import Fault
from bundler.model.service_faults import OF_ENVIRONMENTS
from bundler.model.source import PathSource, has_credentials, parse_source
from bundler.model.source_build import same_variables

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bundler.model.platforms.target_platform import PathRules
    from bundler.model.recipe import BundleTable, ChecksTable, EnvironmentTable, FileTable, PackagesTable

_LONGEST = 100
"""Characters of a bundle's name and version together: they stand in names of files that Windows and zips must take."""
_LONGEST_SHOWN = 120
"""Characters of what people read in the list of installed programs."""
_MODULE = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


def bundle_faults(bundle: BundleTable) -> Iterator[Fault]:
    if len(bundle.name) + len(bundle.version) > _LONGEST:
        yield Fault("bundle.name", f"is too long: with the version it may have {_LONGEST} characters")
    for key, text in (("publisher", bundle.publisher), ("display-name", bundle.display_name)):
        if text is not None and not (text.strip() and text.isprintable() and len(text) <= _LONGEST_SHOWN):
            yield Fault(f"bundle.{key}", f"must be a line of 1 to {_LONGEST_SHOWN} letters that can be seen")
    if bundle.icon is not None and not bundle.icon.lower().endswith(".ico"):
        yield Fault("bundle.icon", "must be the path of a Windows icon (.ico)")


def environment_faults(environment: EnvironmentTable, paths: PathRules) -> Iterator[Fault]:
    for key, path in (("path", environment.path), ("data", environment.data)):
        if path is not None:
            yield from (Fault(f"environment.{key}", fault) for fault in paths.part_faults(path))
    if environment.data is not None:
        inner, outer = (paths.folded(each) for each in (environment.path, environment.data))
        if inner == outer or paths.is_below(inner, outer):  # whatever empties the data folder would take all with it
            yield Fault("environment.data", "must be another folder than that of the environment, and not one above it")
        elif paths.is_below(outer, inner) and outer[len(inner) + 1 :].partition("\\")[0] in OF_ENVIRONMENTS:
            yield Fault(
                "environment.data",
                "is a place where an environment keeps what is its own, and what administrators run: take another name",
            )
    yield from _volatile_faults(environment.volatile)


_STEERING = (
    "lib/site-packages/x.pth",
    "lib/site-packages/sitecustomize.py",
    "lib/site-packages/x.dll",
    "scripts/x._pth",
)


def _volatile_faults(patterns: Sequence[str]) -> Iterator[Fault]:
    for i, pattern in enumerate(patterns):
        plain = pattern.casefold()
        if not pattern.strip("/*?") or "\\" in pattern or pattern.startswith("/") or ".." in pattern.split("/"):
            yield Fault(f"environment.volatile[{i}]", "must be a path in the release, with / and * or ?")
        elif any(fnmatch.fnmatchcase(each, plain) for each in _STEERING):
            yield Fault(
                f"environment.volatile[{i}]", "would hide what decides which code runs: name the files more closely"
            )


def package_faults(packages: PackagesTable) -> Iterator[Fault]:
    if not (packages.requirements or packages.files or packages.projects or packages.legacy):
        yield Fault("packages", "nothing to install: give requirements, files, projects or legacy")
    yield from _credential_faults(packages)
    for i, name in enumerate(packages.prereleases):
        try:
            canonicalize_name(name, validate=name != "*")
        except InvalidName:
            yield Fault(f"packages.prereleases[{i}]", f"{name!r} is not a valid package name")
    for i, index in enumerate(packages.indexes):
        for k, pattern in enumerate(index.packages):
            if not re.fullmatch(r"[A-Za-z0-9*?._-]+", pattern):
                yield Fault(f"packages.indexes[{i}].packages[{k}]", f"{pattern!r} is not a valid package name")
    yield from _source_faults(packages)


def _credential_faults(packages: PackagesTable) -> Iterator[Fault]:
    listed = {
        key: getattr(packages, key.replace("-", "_")) for key in ("requirements", "constraints", "build-constraints")
    }
    for name, table in packages.source.items():
        listed |= {
            f"source.{name}.build-constraints": table.build_constraints,
            f"source.{name}.build-requires": table.build_requires,
        }
    for key, texts in listed.items():
        for i, text in enumerate(texts):
            if has_credentials(text):
                yield Fault(
                    f"packages.{key}[{i}]",
                    "holds credentials: put them into netrc or the environment, a recipe is shared",
                )


def _source_faults(packages: PackagesTable) -> Iterator[Fault]:
    written: dict[str, str] = {}
    for name in packages.source:
        if (same := written.setdefault(canonicalize_name(name), name)) != name:
            yield Fault(f"packages.source.{name}", f"is the same package as packages.source.{same}")
    for name, table in packages.source.items():
        for variable in same_variables(table):
            yield Fault(
                f"packages.source.{name}.environment.{variable}", "is the same variable as another one, on Windows"
            )


def file_faults(files: Mapping[int, FileTable], paths: PathRules) -> Iterator[Fault]:
    """``files``: by their place in the recipe."""
    seen = dict[str, int]()
    for i, file in files.items():
        where = f"file[{i}]"
        if not paths.is_inside(file.destination):
            begins = f"{{release}}{paths.separator} or {{data}}{paths.separator}"
            yield Fault(f"{where}.destination", f"must begin with {begins} and stay inside")
        else:
            faults = (*paths.file_faults(file.destination), *paths.slips(file.destination))
            yield from (Fault(f"{where}.destination", fault) for fault in faults)
            if "{site." in file.destination:
                yield Fault(f"{where}.destination", "can't depend on site values")
            place = paths.folded(file.destination)
            if place in seen:
                yield Fault(f"{where}.destination", f"is that of file[{seen[place]}] too")
            if not faults:
                seen.setdefault(place, i)
        if (
            file.sha256 is None
            and not isinstance(parse_source(file.source), PathSource)
            and "#sha256=" not in file.source
        ):
            yield Fault(f"{where}.sha256", "is missing: what is fetched from elsewhere must be known by its hash")
    for i, k in sorted(_in_each_other(seen, paths)):
        yield Fault(f"file[{i}].destination", f"and file[{k}] can't lie in each other: neither is a folder")


def _in_each_other(places: Mapping[str, int], paths: PathRules) -> Iterator[tuple[int, int]]:
    """The later and the earlier of two; each is compared with those next to it, and not with all."""
    above: list[str] = []
    for place in sorted(places, key=lambda each: each.replace(paths.separator, "\0")):
        while above and not paths.is_below(place, above[-1]):
            above.pop()
        if above:
            both = places[place], places[above[-1]]
            yield max(both), min(both)
        above.append(place)


def is_module(name: str) -> bool:
    """Whether the text can name a module: ``package.module``."""
    return _MODULE.fullmatch(name) is not None


def check_faults(checks: ChecksTable) -> Iterator[Fault]:
    for i, name in enumerate(checks.imports):
        if not is_module(name):
            yield Fault(f"checks.imports[{i}]", f"{name!r} is not a valid module name, such as package.module")
    for i, command in enumerate(checks.commands):
        if not command:
            yield Fault(f"checks.commands[{i}]", "must not be empty")
