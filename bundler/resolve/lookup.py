"""One named file of one release, whatever kind of file it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packaging.utils import InvalidSdistFilename, canonicalize_name
from packaging.version import InvalidVersion

from bundler.errors import InputError, ResolutionError
from bundler.foreign import read_sdist_name, read_version
from bundler.model.acceptance_rules import QUARANTINED
from bundler.resolve.file_checks import SDISTS
from bundler.resolve.routes import load_page
from bundler.resolve.verdicts import unknown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packaging.version import Version

    from bundler.model.artifact import Artifact
    from bundler.model.ports import Transport
    from bundler.resolve.request import IndexRoute
    from bundler.resolve.simple_api import Page

_SHOWN = 10


def find_file(
    name: str, version: str, filename: str | None, indexes: Sequence[IndexRoute], transport: Transport
) -> Artifact:
    """The file that ``index:NAME==VERSION[/FILENAME]`` names; without ``filename`` the release's sdist.

    A named file may be of any kind and yanked: it was asked for by its name. Raises ResolutionError (``package-unknown``, ``file-unknown``,
    ``project-quarantined``), InputError (``source-malformed``), NetworkError.
    """
    try:
        wanted = read_version(version)
    except InvalidVersion:
        raise InputError("source-malformed", f"{version!r} is not a valid version (PEP 440)") from None
    normalized = canonicalize_name(name)
    found = load_page(normalized, indexes, transport)
    if found is None:
        raise unknown(normalized, indexes)
    page, _ = found
    if page.status == QUARANTINED:
        raise ResolutionError(
            "project-quarantined", f"{normalized} is in quarantine on its index: nothing of it can be taken"
        )
    number = _named(page, filename) if filename else _sdist(page, normalized, wanted)
    if number is None:
        release = [each for each in page.filenames if version in each]
        raise ResolutionError(
            "file-unknown",
            f"the index has no file {filename}" if filename else f"the index has no sdist of {normalized} {version}",
            context=tuple(release[:_SHOWN]),
            hint="the files of that version are named above" if release else "is the version right?",
        )
    return page.file(number).artifact()


def _named(page: Page, filename: str) -> int | None:
    return page.filenames.index(filename) if filename in page.filenames else None


def _sdist(page: Page, name: str, version: Version) -> int | None:
    found: list[tuple[bool, int]] = []
    for number, filename in enumerate(page.filenames):
        if not filename.endswith(SDISTS):
            continue
        try:
            stated = read_sdist_name(filename)
        except InvalidSdistFilename:
            continue
        if stated == (name, version):
            found.append((not filename.endswith(".tar.gz"), number))
    return min(found)[1] if found else None
