"""The formats of archives from outside, one entry each: how one begins, what it is called, and what reads it.

A new one is a module with a reader (see ``streams``) and an entry in ``FORMATS``.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO

from bundler.formats.archives.guard import Guard
from bundler.formats.archives.streams import Link, Visit, Zst, bzipped, gzipped, walk_tar, walk_zip, xzipped
from bundler.formats.seven_zip_records import SIGNATURE
from bundler.formats.zip_records import END_MARK, LOCAL_MARK
from bundler.plain_file import open_plain

ZIP, EMPTY_ZIP, SEVEN_ZIP = LOCAL_MARK, END_MARK, SIGNATURE
GZIP, BZIP2, XZ, ZSTD = b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd"
"""How they begin."""

Reader = Callable[[Path, Guard, Visit], None]
"""Walks over one archive; what it can't read may raise anything."""

_TAR_AT = 257
_HEAD = _TAR_AT + 5


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ArchiveFormat:
    """``marks``: one of them stands at the offset ``at``; ``reader`` makes the reader, for links too where it is given what takes them."""

    suffixes: tuple[str, ...]
    marks: tuple[bytes, ...]
    reader: Callable[[Link | None], Reader]
    at: int = 0


def _zip(_link: Link | None) -> Reader:
    return walk_zip


def _seven_zip(_link: Link | None) -> Reader:
    from bundler.formats.archives.seven_zip import walk_7z  # late: py7zr is slow to import, and few builds need it

    return walk_7z


def _tar(unpack: Callable[[Guard, IO[bytes]], IO[bytes]] | None, link: Link | None) -> Reader:
    def walk(archive: Path, guard: Guard, visit: Visit) -> None:
        walk_tar(archive, guard, visit, unpack=partial(unpack, guard) if unpack else None, link=link)

    return walk


def _zstd(guard: Guard, stream: IO[bytes]) -> IO[bytes]:
    """Zstandard came into the standard library with 3.14; older build hosts have the back-port that py7zr brings along."""
    for name in ("compression.zstd", "backports.zstd"):
        with contextlib.suppress(ImportError):
            return io.BufferedReader(Zst(stream, importlib.import_module(name).ZstdDecompressor, guard))
    raise guard.fault(
        "archive-unreadable", "is packed with zstd", "install backports.zstd on this host, or take a .tar.gz"
    )


FORMATS = (
    ArchiveFormat(suffixes=(".zip", ".nupkg"), marks=(ZIP, EMPTY_ZIP), reader=_zip),
    ArchiveFormat(suffixes=(".7z",), marks=(SEVEN_ZIP,), reader=_seven_zip),
    ArchiveFormat(suffixes=(".tar",), marks=(b"ustar",), at=_TAR_AT, reader=partial(_tar, None)),
    ArchiveFormat(suffixes=(".tgz", ".tar.gz"), marks=(GZIP,), reader=partial(_tar, lambda _, stream: gzipped(stream))),
    ArchiveFormat(suffixes=(".tar.bz2",), marks=(BZIP2,), reader=partial(_tar, lambda _, stream: bzipped(stream))),
    ArchiveFormat(suffixes=(".tar.xz",), marks=(XZ,), reader=partial(_tar, lambda _, stream: xzipped(stream))),
    ArchiveFormat(suffixes=(".tar.zst",), marks=(ZSTD,), reader=partial(_tar, _zstd)),
)
"""The first that fits counts."""
OF_SDISTS = tuple(each for each in FORMATS if SEVEN_ZIP not in each.marks)
"""What a package index, or anybody, may name as source: a reader of 7z makes what a header claims before anything of it can be counted."""


def is_archive(path: str) -> bool:
    """Whether a name says that it is an archive which can be read."""
    return path.lower().endswith(tuple(suffix for each in FORMATS for suffix in each.suffixes))


def reader_of(
    archive: Path, guard: Guard, link: Link | None = None, formats: tuple[ArchiveFormat, ...] = FORMATS
) -> Reader:
    """What reads ``archive``, by its first bytes; raises IntegrityError (``archive-unreadable``)."""
    with open_plain(archive) as stream:
        head = stream.read(_HEAD)
    for each in formats:
        if head[each.at :].startswith(each.marks):
            return each.reader(link)
    if formats is OF_SDISTS:
        raise guard.fault(
            "archive-unreadable",
            "is not a zip or tar archive",
            "sdists are of these kinds: take another from its publisher",
        )
    raise guard.fault(
        "archive-unreadable",
        "is not a zip, tar or 7z archive",
        "name another kind in [target.runtime] if it is an installer",
    )
