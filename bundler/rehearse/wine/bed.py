"""The bed: Wine and what it lies in, made once, with a session for each machine that is wanted."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from bundler.errors import HostError
from bundler.rehearse.wine.bed_cache import copy_tree
from bundler.rehearse.wine.chroot import wine_version
from bundler.rehearse.wine.fitness import demand_fit
from bundler.rehearse.wine.wine_session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.rehearse.wine.bed_cache import Cache
    from bundler.rehearse.wine.wine_system import Bounds, Source
    from bundler.report import Reporter

_WINE_SAID = "wine-version.txt"
_PACKAGES = "var/lib/dpkg/status"


class Bed:
    """Wine for 64- and 32-bit Windows programs, and what sessions in it need."""

    def __init__(self, cache: Cache, source: Source, reporter: Reporter) -> None:
        """The bed, made first if there is none (about a minute and a half), and tried.

        Raises HostError: what the source's ``made`` does, ``session-not-made``, ``wine-unfit``.
        """
        self.cache, self.source = cache, source
        self._held = contextlib.ExitStack()
        for name, stamp in source.things.items():
            self._held.enter_context(cache.held(name, stamp))
        new = not all(cache.path(name, stamp).exists() for name, stamp in source.things.items())
        self.system = source.made(cache, reporter)
        self._template = cache.made(source.template, source.things[source.template], self._make_template)
        removed = sum(cache.remove_others(name, stamp) for name, stamp in source.things.items()) if new else 0
        if removed:
            reporter.note("removed a machine that an earlier version of the product played Windows with")

    @property
    def version(self) -> str:
        """Of Wine."""
        said = self._template / _WINE_SAID
        if said.is_file():
            return said.read_text(encoding="ascii")
        status = self.cache.path("chroot", self.source.things.get("chroot", "")) / _PACKAGES
        return wine_version(status.read_text(encoding="utf-8", errors="replace") if status.is_file() else "")

    def session(self, prefix: Path, bounds: Bounds | None = None) -> Session:
        r"""A session on PREFIX: a fresh Windows if that doesn't exist yet, else as the last session left it.

        PREFIX/drive_c is C: for the host too; without C:\windows, whose changed files are in PREFIX/windows, where the system lays them over.
        """
        self.fill(prefix)
        return Session(self.system, prefix, bounds)

    def fill(self, prefix: Path) -> None:
        """Put a fresh Windows into PREFIX unless it exists."""
        if prefix.exists():
            return
        prefix.mkdir(parents=True)
        for each in self._template.iterdir():
            if each.name not in ("drive_c", _WINE_SAID):
                copy_tree(each, prefix / each.name)
        (prefix / "drive_c").mkdir()
        for each in (self._template / "drive_c").iterdir():
            if each.name != "windows" or not self.system.lays_over:
                copy_tree(each, prefix / "drive_c" / each.name)
        if self.system.lays_over:
            (prefix / "drive_c/windows").mkdir()
            (prefix / "windows").mkdir()
            (prefix / "windows-template").symlink_to(self._template / "drive_c/windows")

    def _make_template(self, prefix: Path) -> None:
        prefix.mkdir()
        try:
            with Session(self.system, prefix) as session:
                demand_fit(session, self.source.words, self.source.fix)
                version = session.wine_version()
        except HostError:
            self.source.discard()
            raise
        if version:
            (prefix / _WINE_SAID).write_text(version, encoding="ascii")
