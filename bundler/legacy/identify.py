"""Knowing what a file is by what is in it, never by its name."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING

from bundler.errors import InputError
from bundler.formats.archives.archive_formats import BZIP2, EMPTY_ZIP, GZIP, SEVEN_ZIP, XZ, ZIP, ZSTD
from bundler.formats.msi.compound import MAGIC as OLE_MAGIC
from bundler.formats.pe.pe_header import MAGIC as PE_MAGIC
from bundler.formats.pe.pe_header import sections
from bundler.legacy.bdist_msi import msi_kind
from bundler.legacy.egg import egg_kind, is_unpacked_egg
from bundler.legacy.kinds import Kind
from bundler.legacy.wininst import is_wininst
from bundler.plain_file import open_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_ARCHIVES = (
    SEVEN_ZIP,
    GZIP,
    BZIP2,
    XZ,
    ZSTD,
    b"Rar!\x1a\x07",
    b"MSCF",
    b"\xed\xab\xee\xdb",
    b"!<arch>\n",
)
_PAGES = (b"<!doctype", b"<html", b"<?xml")


def _wide(text: str) -> bytes:
    return text.encode("utf-16-le")


_MARKS = (
    # a bdist_wininst's configuration, without the zip that should follow
    (Kind.DAMAGED, (b"\ntarget_compile=", b"\ntarget_optimize=")),
    (Kind.NSIS, (b"\xef\xbe\xad\xdeNullsoftInst", b"Nullsoft.NSIS.exehead")),
    (
        Kind.INNO,
        (b"Inno Setup Setup Data (", b"Inno Setup Messages (", b"JR.Inno.Setup", _wide("built with Inno Setup")),
    ),
    (Kind.WISE, (b"Wise Installation Wizard", b"WiseMain", b"Wise Solutions")),
    (Kind.INSTALLSHIELD, (b"ISSetupStream", b"InstallShield", _wide("InstallShield"))),
    (
        Kind.FROZEN,
        (_wide("PYTHONSCRIPT"), b"PYTHONSCRIPT", b"MEI\x0c\x0b\x0a\x0b\x0e", b"cx_Freeze", b"NUITKA_ONEFILE_PARENT"),
    ),
)
"""What is found somewhere in the programs of each kind."""
_OVERLAY_MARKS = (
    (Kind.SEVEN_ZIP_SFX, SEVEN_ZIP),
    (Kind.RAR_SFX, b"Rar!\x1a\x07"),
    (Kind.ZIP_SFX, ZIP),
)
"""What lies behind the programs."""
_SEEN = 64 << 20  # an installer has its marks in its program or right behind it


def identify(file: Path) -> Kind:
    """What ``file`` is, which may be the folder of an unpacked egg; raises InputError (``installer-missing``) where there is none."""
    if is_unpacked_egg(file):
        return Kind.EGG
    if not file.is_file():
        what = "isn't there"
        if file.exists():
            what = "is a folder, and no unpacked egg" if file.is_dir() else "is not a regular file"
        raise InputError("installer-missing", f"{file} {what}", hint="name one file: an .exe, an .msi or an .egg")
    with open_plain(file) as stream:
        head = stream.read(512)
    return next((kind_of(file) for fits, kind_of in _BY_HEAD if fits(head)), Kind.UNKNOWN)


def _script_kind(file: Path) -> Kind:
    """An egg may begin with a script of a shell that installs it, as setuptools' own do."""
    return Kind.EGG if egg_kind(file) is Kind.EGG else Kind.UNKNOWN


def _program_kind(file: Path) -> Kind:
    if is_wininst(file):
        return Kind.WININST
    known = sections(file)
    if known is None:
        return Kind.DAMAGED
    if any(name == ".wixburn" for name, _ in known):
        return Kind.BURN
    with open_plain(file) as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _kind_by_marks(data, known)


def _kind_by_marks(data: mmap.mmap, known: Iterable[tuple[str, int]]) -> Kind:
    overlay = max((end for _, end in known), default=0)
    for kind, marks in _MARKS:
        if any(data.find(each, 0, _SEEN) >= 0 for each in marks):
            return kind
    if overlay > len(data):
        return Kind.DAMAGED
    behind = next(
        (kind for kind, mark in _OVERLAY_MARKS if data.find(mark, overlay, overlay + _SEEN) >= 0), Kind.PROGRAM
    )
    if behind is Kind.ZIP_SFX and data.rfind(EMPTY_ZIP, overlay) < 0:
        return Kind.DAMAGED  # cut at its end, what was a zip has no directory any more
    return behind


_BY_HEAD: tuple[tuple[Callable[[bytes], bool], Callable[[Path], Kind]], ...] = (
    (lambda head: not head, lambda _: Kind.EMPTY),
    (lambda head: head.startswith(OLE_MAGIC), msi_kind),
    (lambda head: head.startswith((ZIP, EMPTY_ZIP)), egg_kind),
    (lambda head: head.startswith(PE_MAGIC), _program_kind),
    (lambda head: head.startswith(b"#!"), _script_kind),
    (lambda head: head.startswith(_ARCHIVES) or head[257:262] == b"ustar", lambda _: Kind.ARCHIVE),
    (lambda head: head.lstrip().lower().startswith(_PAGES), lambda _: Kind.PAGE),
    (lambda head: head.count(b"\0") == len(head), lambda _: Kind.DAMAGED),
)
"""The first that holds of a file's first bytes."""
