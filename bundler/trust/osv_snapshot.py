"""A snapshot of advisories: a folder or a zip of OSV records, one a file, ``*.json``. Hostile as all that comes from outside: nothing is
unpacked, all is bounded, and a record that can't be read is told of, since what it says would be missed.
"""

from __future__ import annotations

import dataclasses
import os
import re
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from bundler.errors import InputError, reason_of
from bundler.foreign import LARGEST_FILE, MalformedJsonError, TooLargeError, read_file, read_json
from bundler.formats.archives.guard import Limits
from bundler.formats.bounded_zip import open_zip
from bundler.trust.osv_record import Advisory, MalformedRecordError, read_record

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

_NAME = re.compile(rb'"name"\s*:\s*"([^"]{1,200})"')
_REPOSITORY = b"python/cpython"
_ESCAPES = (b"\\u00", b"\\/")
"""How a name might be written otherwise: what holds one of these is read whole."""
_FAILURES = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
_LIMITS = Limits()
_SHOWN = 200


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Unread:
    """A record, or what should be one, that may concern what was asked for."""

    name: str
    reason: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """``records``: how many there are at all; ``advisories``: those that concern what was asked for."""

    records: int
    advisories: tuple[Advisory, ...]
    unread: tuple[Unread, ...]


def read_snapshot(path: Path, packages: Collection[str]) -> Snapshot:
    """The advisories of packages (normalized names), and of CPython.

    Raises InputError (``snapshot-unreadable``): it is neither, or has no record, or isn't what it says.
    """
    wanted, count = frozenset(packages), 0
    advisories: list[Advisory] = []
    unread: list[Unread] = []
    try:
        for name, read in _records(path):
            count += 1
            try:
                content = read()
                found = _advisory(content, wanted) if _concerns(content, wanted) else None
            except (MalformedRecordError, MalformedJsonError, TooLargeError, UnicodeDecodeError) as error:
                shown = "".join(each if each.isprintable() else "?" for each in name)[:_SHOWN]
                unread.append(Unread(name=shown, reason=str(error)[:_SHOWN]))
                continue
            if found is not None:
                advisories.append(found)
    except _FAILURES as error:
        raise _unreadable(path, reason_of(error)) from None
    if not count:
        raise _unreadable(path, "it holds no record, no file *.json")
    return Snapshot(records=count, advisories=tuple(advisories), unread=tuple(unread))


def _unreadable(path: Path, reason: str) -> InputError:
    hint = "name a folder or a zip of OSV records in JSON, one a file"
    return InputError("snapshot-unreadable", f"the advisories in {path} can't be read: {reason}", hint=hint)


def _advisory(content: bytes, wanted: frozenset[str]) -> Advisory | None:
    found = read_record(read_json(content.decode("utf-8")))
    if found is None:
        return None
    affected = tuple(each for each in found.affected if each.is_cpython or each.package in wanted)
    return dataclasses.replace(found, affected=affected) if affected else None


def _concerns(content: bytes, wanted: frozenset[str]) -> bool:
    """Whether it may name one of them: reading all of tens of thousands would take most of the time."""
    if _REPOSITORY in content or any(each in content for each in _ESCAPES):
        return True
    return any(canonicalize_name(each.decode("utf-8", "replace")) in wanted for each in _NAME.findall(content))


def _records(path: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    if path.is_dir():
        yield from _in_folder(path)
        return
    with open_zip(path) as archive:
        members = [each for each in archive.infolist() if each.filename.lower().endswith(".json")]
        total, packed = sum(each.file_size for each in members), path.stat().st_size
        if total > min(_LIMITS.size, max(_LIMITS.small, packed * _LIMITS.ratio)):
            raise _unreadable(path, f"its {packed} bytes unpack to {total}")
        for each in members:
            yield each.filename, _member(archive, each)


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        if member.file_size > LARGEST_FILE:
            raise TooLargeError(f"it has more than {LARGEST_FILE} bytes, the most that are read")
        with archive.open(member) as stream:
            return stream.read(LARGEST_FILE)

    return read


def _in_folder(folder: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Links to folders aren't followed."""
    for above, folders, names in os.walk(folder, onerror=_raise):
        folders.sort()
        for name in sorted(names):
            if name.lower().endswith(".json"):
                file = Path(above) / name
                yield file.relative_to(folder).as_posix(), lambda file=file: read_file(file)  # type: ignore[misc]


def _raise(error: OSError) -> None:
    raise error
