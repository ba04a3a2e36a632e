"""The Wine that this host has: its programs see a root of their own, with this host's /usr in it, read-only, and nothing else of it."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.isolation.bubblewrap import MERGED, SYSTEM
from bundler.rehearse.wine.bed_cache import stamp_of
from bundler.rehearse.wine.namespace import Rooted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bundler.rehearse.wine.bed_cache import Cache
    from bundler.report import Reporter

# Debian's own place first: its `wine` on PATH gives a 32-bit cmd.
_PLACES = (
    "usr/lib/wine",
    "opt/wine-stable/bin",
    "opt/wine-staging/bin",
    "opt/wine-devel/bin",
    "usr/local/bin",
    "usr/bin",
)
_SETTINGS = ("alternatives", "fonts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d")
"""Of /etc: what the loader, Wine and its fonts need."""
_VERSION = b"1"
_FOLDERS = ("dev", "etc", "proc", "run", "srv/prefix", "srv/session", "tmp", "var/tmp")
_FILES = {
    "hosts": "127.0.0.1 localhost bed\n::1 localhost\n",
    "resolv.conf": "nameserver 127.0.0.53\noptions timeout:2 attempts:1\n",  # the recorder answers there (agent.py)
    "passwd": "root:x:0:0::/tmp:/bin/sh\n",
    "group": "root:x:0:\n",
}


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    wine: Path
    server: Path


class HostWine:
    """See wine_system.Source."""

    name = "host"
    words = "of this host"
    plays = " of this host, in namespaces without a network"
    fix = "install Wine 10 or later, for 64- and 32-bit programs, or take another one: --wine chroot, --wine container"
    template = "host-template"

    def __init__(self, found: _Found, root: Path) -> None:
        self._root, self._found = root, found
        parts = [str(root).encode(), _VERSION]
        for each in (found.wine, found.server):
            state = each.stat()
            parts.append(f"{each} {state.st_size} {state.st_mtime_ns}".encode())
        stamp = stamp_of(*parts)
        self.things: Mapping[str, str] = {"host-system": stamp, self.template: stamp}

    @property
    def path(self) -> Path:
        """Where it is."""
        return self._found.wine

    def made(self, cache: Cache, reporter: Reporter) -> Rooted:
        del reporter
        shown = dict(_shown(self._root, self._found.wine))
        folder = cache.made("host-system", self.things["host-system"], lambda made: _make(made, self._root, shown))
        return Rooted(
            folder=folder,
            wine=self._inside(self._found.wine),
            server=self._inside(self._found.server),
            # one that came since has no place to be mounted at, and wasn't there when this Wine was tried
            shown={place: path for place, path in shown.items() if (folder / place.lstrip("/")).exists()},
        )

    def discard(self) -> None:
        """It is the host's."""

    def _inside(self, path: Path) -> str:
        return f"/{path.relative_to(self._root)}"


def find_host_wine(root: Path = Path("/")) -> HostWine | None:
    """The Wine in a system whose root is ``root``; whether it is good enough is found by trying."""
    for place in _PLACES:
        for name in ("wine64", "wine"):
            wine, server = root / place / name, root / place / "wineserver"
            if wine.is_file() and server.is_file():
                return HostWine(_Found(wine=wine, server=server), root)
    return None


def _shown(root: Path, wine: Path) -> Iterator[tuple[str, Path]]:
    """What programs see of the system: by its path in there, where it is."""
    places = [*SYSTEM, *(each for each in MERGED if not (root / each.lstrip("/")).is_symlink())]
    top = wine.relative_to(root).parts[:2]
    if top[0] == "opt":
        places.append("/" + "/".join(top))
    for each in (*places, *(f"/etc/{name}" for name in _SETTINGS)):
        path = root / each.lstrip("/")
        if path.exists():
            yield each, path


def _make(folder: Path, root: Path, shown: Mapping[str, Path]) -> None:
    """The root, with places to mount at."""
    for each in _FOLDERS:
        (folder / each).mkdir(parents=True)
    for name, text in _FILES.items():
        (folder / "etc" / name).write_text(text, encoding="ascii")
    for each in MERGED:
        path = root / each.lstrip("/")
        if path.is_symlink():
            (folder / each.lstrip("/")).symlink_to(path.readlink())
    for each, path in shown.items():
        place = folder / each.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            place.mkdir()
        else:
            place.touch()
