"""The bed: Wine and what it lies in, made once, with a session for each machine that is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.rehearse.wine import host_tools
from bundler.rehearse.wine.bed_cache import copy_tree, stamp_of
from bundler.rehearse.wine.chroot import STAMP, make_chroot
from bundler.rehearse.wine.wine_session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.rehearse.wine.bed_cache import Cache
    from bundler.rehearse.wine.namespace import Bounds
    from bundler.report import Reporter

TEMPLATE = stamp_of(b"1", STAMP.encode())


class Bed:
    """Wine 10 for 64- and 32-bit Windows programs, and what sessions in it need."""

    def __init__(self, cache: Cache, reporter: Reporter) -> None:
        """The bed, made first if there is none (about a minute and a half).

        Raises HostError (``rehearsal-tools-missing``, ``namespaces-denied``, ``debian-archive-missing``, ``host-tool-failed``).
        """
        host_tools.require_namespaces()
        self.cache = cache
        self.chroot = make_chroot(cache, reporter)
        self._template = cache.made("template", TEMPLATE, self._make_template)

    def session(self, prefix: Path, bounds: Bounds | None = None) -> Session:
        r"""A session on PREFIX: a fresh Windows if that doesn't exist yet, else as the last session left it.

        PREFIX/drive_c is C: for the host too, without C:\windows, whose changed files are in PREFIX/windows.
        """
        self.fill(prefix)
        return Session(self.chroot, prefix, bounds)

    def fill(self, prefix: Path) -> None:
        """Put a fresh Windows into PREFIX unless it exists."""
        if prefix.exists():
            return
        prefix.mkdir(parents=True)
        for each in self._template.iterdir():
            if each.name != "drive_c":
                copy_tree(each, prefix / each.name)
        (prefix / "drive_c").mkdir()
        for each in (self._template / "drive_c").iterdir():
            if each.name != "windows":
                copy_tree(each, prefix / "drive_c" / each.name)
        (prefix / "drive_c/windows").mkdir()
        (prefix / "windows").mkdir()
        (prefix / "windows-template").symlink_to(self._template / "drive_c/windows")

    def _make_template(self, prefix: Path) -> None:
        prefix.mkdir()
        with Session(self.chroot, prefix):
            pass
