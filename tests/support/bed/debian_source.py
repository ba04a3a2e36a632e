"""Upstream tarballs out of Debian source packages, by apt-get with a configuration of its own."""

from __future__ import annotations

import tarfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from tests.support.bed import host
from tests.support.bed.cache import Cache, recipe_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def source_tarball(cache: Cache, suite: str, package: str) -> Path:
    """The .orig.tar of the source PACKAGE in SUITE; apt checks it against the archive's signature."""

    def download(directory: Path) -> None:
        for part in ("lists/partial", "archives/partial"):
            (directory / part).mkdir(parents=True)
        sources = directory / "sources.list"
        sources.write_text(f"deb-src [signed-by={_KEYRING}] {host.debian_archive()} {suite} main\n", encoding="ascii")
        settings = (
            f"Dir::Etc::sourcelist={sources}",
            "Dir::Etc::sourceparts=/dev/null",
            f"Dir::State::lists={directory / 'lists'}",
            f"Dir::Cache={directory}",
            "APT::Sandbox::User=root",
        )
        apt = ("apt-get", *(word for setting in settings for word in ("-o", setting)), "-qq")
        host.run(*apt, "update")
        host.run(*apt, "--download-only", "source", package, cwd=directory)

    directory = cache.made(f"source-{package}", recipe_of("1", suite, package), download)
    return next(directory.glob("*.orig.tar.?z"))


def extract(tarball: Path, folder: str, destination: Path, keep: Callable[[str], bool] = lambda _: True) -> None:
    """Extract the files below FOLDER (inside the tarball's top folder) for which KEEP says yes to the path below it."""
    for name, content in _members(tarball):
        if name.is_relative_to(folder):
            below = name.relative_to(folder)
            if below.parts and keep(below.as_posix()):
                path = destination / below
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content())


def read(tarball: Path, *names: str) -> bytes:
    """The first of the files NAMES (below the top folder) that is there."""
    found = {str(name): content() for name, content in _members(tarball) if str(name) in names}
    return next(found[name] for name in names if name in found)


def _members(tarball: Path) -> Iterator[tuple[PurePosixPath, Callable[[], bytes]]]:
    with tarfile.open(tarball) as archive:
        for member in archive:
            parts = PurePosixPath(member.name).parts[1:]
            file = archive.extractfile(member) if member.isfile() and parts else None
            if file is not None:
                yield PurePosixPath(*parts), file.read
