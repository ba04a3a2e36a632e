"""What the address of a requirement (``NAME @ ADDRESS``) says by itself: a file of this host, an archive elsewhere, a repository, or nothing usable."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from bundler.errors import BundleError, Fault, ResolutionError
from bundler.foreign import local_path, split_address
from bundler.model.artifact import Artifact
from bundler.model.vcs import is_vcs, read_vcs, without_scheme
from bundler.resolve.file_checks import SDISTS
from bundler.resolve.index_addresses import clean_url, shown_url

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bundler.resolve.dependencies import Dependency

_DRIVE = re.compile(r"/?[A-Za-z]:[\\/]")


def address_faults(wanted: Iterable[tuple[Dependency, str]]) -> tuple[Fault, ...]:
    """What of the user's addresses can't be taken, each with where it stands."""
    faults = []
    for dependency, origin in wanted:
        if dependency.url is None:
            continue
        try:
            if is_vcs(dependency.url):
                _check_repository(dependency.name, dependency.url)
            else:
                _check_there(dependency.name, dependency.url)
        except BundleError as error:
            faults.append(Fault(origin, f"{error.message}: {error.hint}"))
    return tuple(faults)


def _check_repository(name: str, url: str) -> None:
    try:
        read_vcs(url)
    except ValueError as error:
        raise unusable(name, url, str(error)) from None


def _check_there(name: str, url: str) -> None:
    path = archive_at(name, url).path
    if path is None or os.path.lexists(path):
        return
    elsewhere = os.name != "nt" and _DRIVE.match(path)
    hint = (
        "it is a path of Windows: write where it lies on this host"
        if elsewhere
        else "put it there, or write where it lies"
    )
    raise unusable(name, url, f"there is nothing on this host; {hint}")


def archive_at(name: str, url: str) -> Artifact:
    """What ``name @ url`` names; ``#sha256=…`` (PEP 440's direct references) is its hash."""
    bare, _, fragment = url.partition("#")
    try:
        parts = split_address(bare)
        local = local_path(bare) if parts.scheme == "file" else None
    except ValueError as error:
        raise unusable(name, "its address", f"fix the address: {error}") from None
    if repository := without_scheme(url):
        raise unusable(name, url, f"write {repository}")
    if parts.scheme not in ("http", "https", "file"):
        raise unusable(name, url, "write https://…, http://… or file:///…")
    found = re.search(r"(?:^|&)sha256=([0-9a-fA-F]{64})(?:&|$)", fragment)
    if "subdirectory=" in fragment:
        raise unusable(name, url, "#subdirectory isn't supported; unpack it and name the folder")
    sha256 = found[1].lower() if found else None
    filename = unquote(parts.path.rstrip("/").rpartition("/")[2])
    if local is not None:
        return Artifact(filename=filename, path=str(Path(local)), sha256=sha256)
    if not filename.endswith((".whl", *SDISTS)):
        raise unusable(name, url, "it must be a wheel (.whl) or an sdist (.tar.gz, .zip)")
    return Artifact(filename=filename, url=clean_url(bare), sha256=sha256)


def unusable(name: str, url: str, hint: str) -> ResolutionError:
    """The error about an address of ``name``."""
    return ResolutionError(
        "requirement-unusable", f"{name} can't be taken from {shown_url(url)}", context=(name,), hint=hint
    )
