"""The bed: Wine and what it lies in, made once, with a session for each machine that is wanted."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from bundler.errors import HostError
from bundler.rehearse.wine import host_tools
from bundler.rehearse.wine.bed_cache import copy_tree, remove, stamp_of
from bundler.rehearse.wine.chroot import STAMP, make_chroot, wine_version
from bundler.rehearse.wine.wine_session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.rehearse.wine.bed_cache import Cache
    from bundler.rehearse.wine.namespace import Bounds
    from bundler.report import Reporter

_CODE = 77
TEMPLATE = stamp_of(b"1", STAMP.encode())


class Bed:
    """Wine 10 for 64- and 32-bit Windows programs, and what sessions in it need."""

    def __init__(self, cache: Cache, reporter: Reporter) -> None:
        """The bed, made first if there is none (about a minute and a half).

        Raises HostError (``rehearsal-tools-missing``, ``namespaces-denied``, ``debian-archive-missing``, ``host-tool-failed``,
        ``wine-unfit``).
        """
        host_tools.require_namespaces()
        self.cache = cache
        self._held = contextlib.ExitStack()
        names = (("chroot", STAMP), ("template", TEMPLATE))
        for name, stamp in names:
            self._held.enter_context(cache.held(name, stamp))
        new = not cache.path("chroot", STAMP).exists()
        self.chroot = make_chroot(cache, reporter)
        self._template = cache.made("template", TEMPLATE, self._make_template)
        removed = sum(cache.remove_others(name, stamp) for name, stamp in names) if new else 0
        if removed:
            reporter.note("removed a machine that an earlier version of the product played Windows with")

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
        try:
            with Session(self.chroot, prefix) as session:
                _demand_fit(session)
        except HostError:
            remove(self.chroot)  # it is as good as its Wine: made again by the next one
            raise


def _demand_fit(session: Session) -> None:
    """What Wine must do, found by trying: programs of both word sizes, exit codes through batch files. Raises HostError (``wine-unfit``)."""
    batch = session.cmd(f"exit /b {_CODE}")
    narrow = session.run([r"C:\windows\syswow64\cmd.exe", "/c", "exit", str(_CODE)])
    faults = [
        *(["loses the exit code of a batch file"] if batch.returncode != _CODE else []),
        *(["doesn't run 32-bit programs"] if narrow.returncode != _CODE else []),
    ]
    if faults:
        raise HostError(
            "wine-unfit",
            f"the Wine that was installed for rehearsals {' and '.join(faults)}",
            context=(f"Wine {wine_version(session.chroot)}",),
            hint="have an archive of Debian trixie or later among apt's sources, whose Wine is 10 or later, and try again",
        )
