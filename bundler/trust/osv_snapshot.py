"""A snapshot of advisories: a folder or a zip of OSV records, one a file, ``*.json``; in a folder zips too. Hostile as all that comes from outside: nothing is
unpacked, all is bounded, and a record that can't be read is told of, since what it says would be missed.
"""

from __future__ import annotations

import dataclasses
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
from bundler.model.acceptance_rules import MALWARE
from bundler.plain_file import walk
from bundler.trust.known_libraries import BY_NAME
from bundler.trust.osv_record import Advisory, MalformedRecordError, Subject, read_record

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

_NAME = re.compile(rb'"name"\s*:\s*"([^"]{1,200})"')
_ECOSYSTEM = re.compile(rb'"ecosystem"\s*:\s*"([^"]{1,200})"')
_ECOSYSTEMS = frozenset({"PyPI", "crates.io"})
_PLAIN = b"abcdefghijklmnopqrstuvwxyz0123456789-"
_ESCAPES = (b"\\u00", b"\\/")
"""How a name might be written otherwise: what holds one of these is read whole."""
_FAILURES = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError, OSError)
_MALWARE = f'"{MALWARE}'.encode()
_LIMITS = Limits()
_SHOWN = 200


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Unread:
    """A record, or what should be one, that may concern what was asked for. ``malware``: by its name, or an id in it, it tells of such."""

    name: str
    reason: str
    malware: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """``records``: how many there are at all; ``ecosystems``: those of packages that one of them is about and no other one's: a snapshot of one ecosystem has
    records that name packages of others too. ``advisories``: those that concern what was asked for.
    """

    records: int
    ecosystems: frozenset[str]
    advisories: tuple[Advisory, ...]
    unread: tuple[Unread, ...]


def read_snapshot(path: Path, subjects: Collection[Subject]) -> Snapshot:
    """The advisories that concern one of ``subjects``.

    Raises InputError (``snapshot-unreadable``): it is neither, or has no record, or isn't what it says.
    """
    wanted = _Wanted(subjects)
    count, ecosystems = 0, set[str]()
    advisories: list[Advisory] = []
    unread: list[Unread] = []
    try:
        for name, read in _records(path):
            count += 1
            content = b""
            try:
                content = read()
                if len(ecosystems) < len(_ECOSYSTEMS):
                    ecosystems |= _ecosystem(content)
                found = wanted.advisory(content)
            except (MalformedRecordError, MalformedJsonError, TooLargeError, UnicodeDecodeError) as error:
                shown = "".join(each if each.isprintable() else "?" for each in name)[:_SHOWN]
                malware = name.rpartition("/")[2].startswith(MALWARE) or _MALWARE in content
                unread.append(Unread(name=shown, reason=str(error)[:_SHOWN], malware=malware))
                continue
            if found is not None:
                advisories.append(found)
    except _FAILURES as error:
        raise _unreadable(path, reason_of(error)) from None
    if not count:
        raise _unreadable(path, "it holds no record, no file *.json")
    return Snapshot(records=count, ecosystems=frozenset(ecosystems), advisories=tuple(advisories), unread=tuple(unread))


class _Wanted:
    """What is looked for: reading all of tens of thousands of records would take most of the time."""

    def __init__(self, subjects: Collection[Subject]) -> None:
        libraries = [BY_NAME[each.name] for each in subjects if each.ecosystem == "library"]
        self._subjects = frozenset(subjects)
        self._names = {
            *(canonicalize_name(each.name) for each in subjects if each.ecosystem != "library"),
            *(canonicalize_name(name) for each in libraries for name in (*each.bitnami, each.oss_fuzz) if name),
        }
        self._marks = (
            *(each.partition("/")[2].encode().lower() for library in libraries for each in library.repositories),
            *_ESCAPES,
        )

    def advisory(self, content: bytes) -> Advisory | None:
        if not self._concerned(content) or (found := read_record(read_json(content.decode("utf-8")))) is None:
            return None
        affected = tuple(each for each in found.affected if each.subject in self._subjects)
        return dataclasses.replace(found, affected=affected) if affected else None

    def _concerned(self, content: bytes) -> bool:
        """Whether it may name one of them."""
        lower = content.lower()  # as the owners of repositories write them, and hosts don't care
        if any(each in lower for each in self._marks):
            return True
        return any(canonicalize_name(each.decode("utf-8", "replace")) in self._names for each in _NAME.findall(content))


def _ecosystem(content: bytes) -> set[str]:
    named = {each.decode("utf-8", "replace") for each in _ECOSYSTEM.findall(content)}
    return named & _ECOSYSTEMS if len(named) == 1 else set()


def _unreadable(path: Path, reason: str) -> InputError:
    hint = "name a folder or a zip of OSV records in JSON, one a file"
    return InputError("snapshot-unreadable", f"the advisories in {path} can't be read: {reason}", hint=hint)


def _records(path: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    if path.is_dir():
        yield from _in_folder(path)
    else:
        yield from _in_zip(path)


def _in_zip(path: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
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
            return stream.read(LARGEST_FILE)  # no more than it says that it has

    return read


def _in_folder(folder: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Zips that lie in it too, as ``bundle audit --fetch`` leaves them. Links to folders aren't followed."""
    for above, folders, names in walk(folder):
        folders.sort()
        for name in sorted(names):
            file = Path(above) / name
            if name.lower().endswith(".zip"):
                yield from _in_zip(file)
            elif name.lower().endswith(".json"):
                yield file.relative_to(folder).as_posix(), lambda file=file: read_file(file)  # type: ignore[misc]
