"""Where packages and extra files will lie on the target, judged by the target's own rules: nothing twice, nothing of bootstrap.bat's own,
nothing whose path is too long.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from bundler.errors import Fault, InputError
from bundler.formats.interpreter_files import is_of_release
from bundler.pack.environment_files import installed_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from bundler.model.manifest import Manifest
    from bundler.model.platforms.target_platform import Platform
    from bundler.model.recipe import EnvironmentTable
    from bundler.pack.environment_files import InstalledFile

    Wheels = Mapping[str, tuple[Sequence[InstalledFile], Sequence[str]]]

_RELEASE, _DATA = "{release}", "{data}"
_KEPT = "site.json"
"""In the data folder: the site values, between an uninstallation and the next installation."""
_ENVIRONMENTS_OWN = ("pyvenv.cfg",)
_WRITTEN = ".new"
"""What a file is called until it is whole."""
_RUNTIME = "runtime"
_LIBRARY = "Lib\\site-packages"
_ID = "-01234567"


def check_places(
    manifest: Manifest, wheels: Wheels, platform: Platform, *, environment: EnvironmentTable, runtime: Sequence[str]
) -> None:
    """``wheels``: what each becomes, by its filename; ``runtime``: the paths of a Python that lies inside the release.

    Raises InputError: ``file-unfit``, ``installed-path-too-long``, with all faults.
    """
    owners = dict(_owners(wheels, platform, runtime))
    faults = [
        Fault(f"file[{i}].destination", f"{each.destination} {fault}")
        for i, each in enumerate(manifest.files)
        for fault in _faults(each.destination, owners, platform)
    ]
    if faults:
        raise InputError("file-unfit", "extra files can't go where the recipe has them go", faults=tuple(faults))
    long = tuple(_too_long(environment, manifest, platform, runtime))
    if long:
        raise InputError(
            "installed-path-too-long",
            f"paths would be longer than the {platform.paths.path_limit} characters that {platform.name} takes",
            context=long,
            hint="choose a shorter environment.path or environment.data",
        )


def _owners(wheels: Wheels, platform: Platform, runtime: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The keys of all files in a release and whose they are."""
    for filename, (files, _) in wheels.items():
        name = canonicalize_name(filename.partition("-")[0])
        yield from ((each.key, name) for each in files)
    programs = (f"{platform.programs.folder}/{each}" for each in platform.programs.of_environment)
    yield from ((installed_key(each, platform), "the environment itself") for each in (*_ENVIRONMENTS_OWN, *programs))
    yield from ((installed_key(f"{_RUNTIME}/{each}", platform), "Python itself") for each in runtime)


def _faults(destination: str, owners: Mapping[str, str], platform: Platform) -> Iterator[str]:
    root, _, path = destination.replace(platform.paths.separator, "/").partition("/")
    key = installed_key(path, platform)
    if root == _DATA:
        if key in (_KEPT, _KEPT + _WRITTEN):
            yield "is where bootstrap.bat keeps the site values"
        return
    if is_of_release(path):
        yield "would stand for what bootstrap.bat itself writes"
    elif key in owners:
        yield f"is a file of {owners[key]}, which it would replace"
    elif below := next((each for each in _parents(key) if each in owners), None):
        yield f"lies below {below}, which is a file of {owners[below]}"
    elif inside := next((each for each in owners if each.startswith(f"{key}/")), None):
        yield f"is a folder of {owners[inside]}"


def _parents(key: str) -> Iterator[str]:
    while key := key.rpartition("/")[0]:
        yield key


def _too_long(table: EnvironmentTable, manifest: Manifest, platform: Platform, runtime: Sequence[str]) -> Iterator[str]:
    """The longest path of each root, if it is too long; as the target itself will compute it."""
    limit, room = platform.paths.path_limit, platform.paths.folder_room
    separator = platform.paths.separator
    release = separator.join([table.path.rstrip(separator), "releases", manifest.bundle.version + _ID])
    within: list[tuple[int, str]] = [
        (len(release) + len(_LIBRARY) + 2 + each.longest_path, each.name) for each in manifest.packages
    ]
    lengths = (max(len(each), len(each.rpartition("/")[0]) + room) for each in runtime)
    within.append((len(release) + len(_RUNTIME) + 2 + max(lengths, default=0), "Python itself"))
    within += _files(manifest, _RELEASE, release)
    beside = _files(manifest, _DATA, (table.data or "").rstrip(separator))
    for root, found in ((table.path, within), (table.data or "", beside)):
        length, what = max(found, default=(0, ""))
        if length > limit:
            yield f"{root} ({len(root)} characters): the longest path of {what} would have {length} characters"


def _files(manifest: Manifest, begin: str, root: str) -> list[tuple[int, str]]:
    places: Iterable[str] = (each.destination for each in manifest.files if each.destination.startswith(begin))
    return [(len(root) + len(each) - len(begin) + len(_WRITTEN), each) for each in places]
