"""The product's engine as tests use it: it installs what it needs, and its sessions tell when something leaves them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from bundler.rehearse.wine import host_tools
from bundler.rehearse.wine.bed import Bed as EngineBed
from bundler.rehearse.wine.chroot import STAMP, Chroot
from bundler.report import Reporter
from tests.support.bed import host, toolchain
from tests.support.bed.cache import Cache, default_cache, recipe_of
from tests.support.bed.session import Session

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.rehearse.wine.wine_system import Bounds


class Bed(EngineBed):
    """Wine 10 for 64- and 32-bit Windows programs, and what tests need in it."""

    @classmethod
    def open(cls, cache: Cache | None = None) -> Self:
        """The bed, made first if there is none (about a minute and a half). Raises HostError that says what to do."""
        host.require(*host_tools.ALL_TOOLS)
        host_tools.require_namespaces()
        return cls(cache or Cache(default_cache()), Chroot(), Reporter())

    @property
    def chroot(self) -> Path:
        """The system's root."""
        return self.cache.path("chroot", STAMP)

    def session(self, prefix: Path, bounds: Bounds | None = None) -> Session:
        """A session on PREFIX: a fresh Windows if that doesn't exist yet, else as the last session left it.

        PREFIX/drive_c is C: for the host too, without C:\\windows, whose changed files are in PREFIX/windows.
        """
        self.fill(prefix)
        connect = self.cache.made("connect.exe", recipe_of("toolchain.py", "src/connect.c"), _compile_connect)
        return Session(self.system, prefix, bounds, tools=(connect,))


def _compile_connect(output: Path) -> None:
    toolchain.compile_exe("amd64", output, toolchain.SOURCES / "connect.c", "-lws2_32")
