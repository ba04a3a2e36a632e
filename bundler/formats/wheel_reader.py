"""A wheel as it is read (binary distribution format): its one ``.dist-info`` folder, its members, RECORD, WHEEL, entry points.

Which folder that is, is decided here and nowhere else, as pip decides it: a folder ``*.dist-info`` at the archive's top, exactly one, of the
wheel's own name. What lies deeper is another distribution's, which a package carries along. ``bundler/target`` has the same rule
in Python 2.7's words; a test holds both against the same wheels.

PyPA's ``wheel.wheelfile`` isn't used: it takes the folder that the file's name spells, whatever else is there. So it refuses wheels that
pip installs (unnormalized names, a version spelled otherwise) and takes some that pip refuses (two folders), and it needs the whole file,
of which a server gives ranges. Names and tags are read by ``packaging.utils``.
"""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import functools
import itertools
import os
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from packaging.utils import InvalidWheelFilename, canonicalize_name

from bundler.foreign import lines_fault, read_wheel_name
from bundler.formats.bounded_zip import BoundedFile
from bundler.formats.core_metadata import CoreMetadata, MalformedMetadataError, parse_metadata
from bundler.formats.wheel_limits import members_fault, texts_fault
from bundler.plain_file import plain_opener

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_SUFFIX = ".dist-info"
_PROGRAM_GROUPS = ("console_scripts", "gui_scripts")
_SCHEME_DEPTH = 2  # NAME-VERSION.data/SCHEME/…
_FAILURES = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
    UnicodeDecodeError,
    InvalidWheelFilename,
    csv.Error,
    struct.error,
)
"""What reading a damaged, encrypted or strangely packed zip raises, and a file whose name is no wheel's."""


class MalformedWheelError(MalformedMetadataError):
    """The wheel can't be used, so neither can its metadata; the words are for people."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class WheelFields:
    """The file WHEEL: ``version`` of the format as it is written, ``tags`` one a line (``py3-none-any``)."""

    version: str
    tags: frozenset[str]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class EntryPoint:
    """One line of entry_points.txt: ``value`` is ``module:function [extras]``."""

    group: str
    name: str
    value: str


class Wheel:
    """An open wheel; ``filename`` is its own name, whatever the file is called where it lies. Every fault is a MalformedWheelError."""

    def __init__(self, archive: zipfile.ZipFile, filename: str) -> None:
        self.archive = archive
        self.filename = filename
        self.members = tuple(each for each in archive.infolist() if not each.filename.endswith("/"))

    @functools.cached_property
    def dist_info(self) -> str:
        """The folder's name."""
        # as they are written: on Windows zipfile makes slashes of backslashes
        return dist_info_of((each.orig_filename for each in self.archive.infolist()), self.filename)

    @functools.cached_property
    def present(self) -> frozenset[str]:
        """The names of all members."""
        return frozenset(each.filename for each in self.members)

    def has(self, name: str) -> bool:
        """Whether ``.dist-info`` holds a file ``name``; names are as they are written, on Windows too."""
        return f"{self.dist_info}/{name}" in self.present

    def read(self, name: str) -> bytes:
        """A file of ``.dist-info``: ``METADATA``."""
        if not self.has(name):
            raise MalformedWheelError(f"it has no {self.dist_info}/{name}")
        return self.contents([self.archive.getinfo(f"{self.dist_info}/{name}")])[0]

    def contents(self, members: Sequence[zipfile.ZipInfo]) -> list[bytes]:
        """Small texts of ``.dist-info``, read as a whole."""
        if reason := texts_fault(members):
            raise MalformedWheelError(reason)
        return [_content(self.archive, each) for each in members]

    def metadata(self) -> CoreMetadata:
        """Raises MalformedMetadataError too, where METADATA has no name or no version."""
        return parse_metadata(self.read("METADATA"))

    def record(self) -> dict[str, str]:
        """RECORD: path -> hash (``sha256=…``, empty for those without)."""
        text = self.read("RECORD").decode("utf-8")
        if "\0" in text:  # with which the csv of Pythons before 3.11 ends
            raise MalformedWheelError("its RECORD holds a NUL")
        rows = csv.reader(text.splitlines())
        return {row[0]: row[1] if len(row) > 1 else "" for row in rows if row}

    def fields(self) -> WheelFields:
        """The file WHEEL: a header as of an e-mail, as the target reads it. What follows an empty line isn't in it, and letter case is nothing."""
        text = self.read("WHEEL").decode("utf-8")
        header = itertools.takewhile(str.strip, text.splitlines())
        lines = [(key.strip().lower(), value.strip()) for key, _, value in (line.partition(":") for line in header)]
        return WheelFields(
            version=next((value for key, value in lines if key == "wheel-version"), ""),
            tags=frozenset(value for key, value in lines if key == "tag"),
        )

    def entry_points(self) -> tuple[EntryPoint, ...]:
        """None where there is no entry_points.txt."""
        declared = self.has("entry_points.txt")
        return read_entry_points(self.read("entry_points.txt").decode("utf-8", "replace")) if declared else ()

    def program_names(self) -> tuple[str, ...]:
        """The names of the entry points that an installer makes programs for, in their order."""
        return tuple(each.name for each in self.program_points())

    def program_points(self) -> tuple[EntryPoint, ...]:
        """Those entry points, in their order."""
        return tuple(each for each in self.entry_points() if each.group in _PROGRAM_GROUPS)


@contextlib.contextmanager
def open_wheel(path: Path, filename: str = "") -> Iterator[Wheel]:
    """The wheel at ``path``, whose name is ``filename`` if the file there has another one.

    What reading it raises in the block too comes as MalformedWheelError, but for what the disk does (OSError).
    """
    try:
        with BoundedFile(path, opener=plain_opener) as stream, zipfile.ZipFile(stream) as archive:
            if reason := members_fault(archive.infolist(), os.fstat(stream.fileno()).st_size):
                raise MalformedWheelError(reason)
            yield Wheel(archive, filename or path.name)
    except _FAILURES as error:
        words = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
        raise MalformedWheelError(words or type(error).__name__) from error


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """``archive.read`` would unpack whatever is there, and look at its size then."""
    with archive.open(member) as stream:
        content = stream.read(member.file_size) if member.file_size else b""
    if len(content) != member.file_size:
        raise MalformedWheelError(f"{member.filename} has not the size that the wheel says")
    if reason := lines_fault(content):
        raise MalformedWheelError(f"{member.filename}: {reason}")
    return content


def wheel_metadata(path: Path) -> CoreMetadata:
    """METADATA of a wheel on this disk; raises MalformedMetadataError, OSError."""
    with open_wheel(path) as wheel:
        return wheel.metadata()


def dist_info_of(names: Iterable[str], filename: str) -> str:
    """The ``.dist-info`` folder of the wheel ``filename`` among the names of its members.

    As pip has it, the version in the folder's name isn't compared: METADATA's counts. Raises MalformedWheelError, which names what is there.
    """
    found = sorted({top for each in names if (top := each.partition("/")[0]).endswith(_SUFFIX)})
    if not found:
        raise MalformedWheelError("it has no folder *.dist-info and should have one")
    if len(found) > 1:
        raise MalformedWheelError(f"it has {len(found)} folders *.dist-info and should have one: {', '.join(found)}")
    name = _own_name(filename)
    if not any(canonicalize_name(each) == name for each in _names(found[0])):
        raise MalformedWheelError(f"its folder {found[0]} is not that of {name}")
    return found[0]


def looks_like_wheel(names: Iterable[str]) -> bool:
    """Whether a zip with members of these names is a wheel, whatever it is called."""
    parts = (each.split("/") for each in names)
    return any(len(each) == 2 and each[0].endswith(_SUFFIX) and each[1] == "WHEEL" for each in parts)  # noqa: PLR2004


def placed_in(member: str) -> tuple[str, str]:
    """Scheme and path below it, where an installer puts a member: ``("scripts", "tool.py")``; no scheme: site-packages.

    Binary distribution format, "The .data directory".
    """
    if ".data/" not in member and is_even(member):
        return "", member
    parts = [each for each in member.split("/") if each not in ("", ".")]
    if len(parts) > _SCHEME_DEPTH and parts[0].endswith(".data"):
        return parts[1].lower(), "/".join(parts[_SCHEME_DEPTH:])
    return "", "/".join(parts)


def is_even(member: str) -> bool:
    """Whether a member's name certainly has no part that is empty, ``.`` or ``..``; said at once, since wheels have thousands of members."""
    return member[:1] not in ("", "/", ".") and member[-1] != "/" and "//" not in member and "/." not in member


def launcher_name(name: str, launcher: str) -> str:
    """The file that pip makes for a program of this name; ``launcher``: the ending that the platform's launchers have."""
    stem, _, suffix = name.rpartition(".")
    return (stem if launcher and stem and suffix.startswith("py") else name) + launcher


def split_dist_info(folder: str) -> tuple[str, str]:
    """Name and version in a folder's name, as the specification has it (no ``-`` in either)."""
    name, _, version = folder.removesuffix(_SUFFIX).rpartition("-")
    return name, version


def read_entry_points(text: str) -> tuple[EntryPoint, ...]:
    """Read entry_points.txt (entry points specification): ``#`` begins a comment; what stands before the first ``[group]`` has none.

    Raises MalformedWheelError where a line is none of these.
    """
    found = []
    group = ""
    for line in (each.strip() for each in text.splitlines()):
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            group = line[1:-1].strip()
            continue
        name, equals, value = line.partition("=")
        if not equals:
            raise MalformedWheelError(f"its entry_points.txt has the line {line!r}")
        found.append(EntryPoint(group=group, name=name.strip(), value=value.strip()))
    return tuple(found)


def _own_name(filename: str) -> str:
    """The normalized name of the distribution; what is no wheel's name may still begin with one."""
    try:
        return read_wheel_name(filename)[0]
    except InvalidWheelFilename:
        return canonicalize_name(filename.partition("-")[0])


def _names(folder: str) -> Iterator[str]:
    """What the folder's name may call the distribution: versions of old wheels hold ``-`` too, and so do names."""
    parts = folder.removesuffix(_SUFFIX).split("-")
    return ("-".join(parts[:count]) for count in range(1, len(parts) + 1))
