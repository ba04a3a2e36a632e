"""Sources as files: what a recipe names by address, path or place on the index, pinned to one artifact."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from typing import TYPE_CHECKING

from bundler.errors import InputError, NetworkError
from bundler.foreign import file_name_of
from bundler.model.artifact import SHA256, Artifact
from bundler.model.source import IndexSource, PathSource, Source, UrlSource
from bundler.plain_file import real_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bundler.pipeline.session import Session
    from bundler.resolve import IndexRoute

_FRAGMENT = re.compile(rf"#sha256=({SHA256.pattern})")


def artifact_of(
    session: Session, source: Source, *, folder: Path, routes: tuple[IndexRoute, ...], sha256: str | None
) -> Artifact:
    """The file that ``source`` means; ``folder``: the recipe's, for relative paths; ``sha256``: what it is known to have.

    Raises InputError (``source-missing``) for a path where nothing is, and what the index raises.
    """
    if isinstance(source, IndexSource):
        from bundler.resolve import find_file

        found = find_file(source.name, source.version, source.filename, routes, transport=session.transport)
        return dataclasses.replace(found, sha256=sha256 or found.sha256)
    if isinstance(source, PathSource):
        path = real_path(folder / source.path)
        if not path.is_file():
            if path.is_dir():
                raise InputError(
                    "source-missing",
                    f"{path} is a folder, and a source is one file",
                    hint="of an unpacked egg, `bundle convert FOLDER` makes a wheel: write NAME @ file:///… into packages.requirements",
                )
            raise InputError(
                "source-missing", f"there is no file {path}", hint="a source's path is relative to the recipe"
            )
        return Artifact(filename=path.name, path=str(path), sha256=sha256)
    fragment = _FRAGMENT.search(source.url)
    url = source.url.partition("#")[0]
    name = file_name_of(url) or "download"
    return Artifact(filename=name, url=url, sha256=sha256 or (fragment[1] if fragment else None))


@contextlib.contextmanager
def naming_ways_around(source: Source, mirror: str) -> Iterator[None]:
    """Let an error of fetching from ``mirror``, a tree like python.org's, say how a host builds that doesn't reach it."""
    try:
        yield
    except NetworkError as error:
        if isinstance(source, UrlSource) and source.url.startswith(mirror):
            error.hint += (
                "; or name another mirror of python.org's tree with --python-mirror, or a source in [target.runtime]"
            )
        raise


def source_text(source: Source) -> str:
    """A source as the lock shows it: as the recipe writes it, a hash in the address left out."""
    return source.url.partition("#")[0] if isinstance(source, UrlSource) else str(source)
