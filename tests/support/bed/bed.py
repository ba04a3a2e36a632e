"""The bed as tests see it: made once, with a session for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from tests.support.bed import host, toolchain
from tests.support.bed.cache import Cache, default_cache, recipe_of
from tests.support.bed.chroot import copy_tree, make_chroot
from tests.support.bed.session import Session

if TYPE_CHECKING:
    from pathlib import Path


class Bed:
    """Wine 10 for 64- and 32-bit Windows programs, and what sessions in it need."""

    def __init__(self, *, cache: Cache, chroot: Path, tools: Path, template: Path) -> None:
        self.cache = cache
        self._chroot = chroot
        self._tools = tools
        self._template = template

    @classmethod
    def open(cls, cache: Cache | None = None) -> Self:
        """The bed, made first if there is none (about a minute and a half). Raises BedError that says what to do."""
        host.require_namespaces()
        cache = cache or Cache(default_cache())
        chroot = make_chroot(cache)
        tools = cache.made("tools", recipe_of("toolchain.py", "src/bedrun.c", "src/connect.c"), _make_tools)

        def make_template(prefix: Path) -> None:
            prefix.mkdir()
            with Session(chroot, prefix, tools):
                pass

        template = cache.made("template", recipe_of("1", chroot.parent.name), make_template)
        return cls(cache=cache, chroot=chroot, tools=tools, template=template)

    def session(self, prefix: Path) -> Session:
        """A session on PREFIX: a fresh Windows if that doesn't exist yet, else as the last session left it.

        PREFIX/drive_c is C: for the host too, without C:\\windows, whose changed files are in PREFIX/windows.
        """
        if not prefix.exists():
            self._copy_template(prefix)
        return Session(self._chroot, prefix, self._tools)

    def _copy_template(self, prefix: Path) -> None:
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


def _make_tools(directory: Path) -> None:
    directory.mkdir()
    sources = toolchain.SOURCES
    toolchain.compile_exe("amd64", directory / "bedrun.exe", "-municode", sources / "bedrun.c")
    toolchain.compile_exe("amd64", directory / "connect.exe", sources / "connect.c", "-lws2_32")
