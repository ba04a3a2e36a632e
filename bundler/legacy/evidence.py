"""What proves which Python and which platform an installer is for: every source is heard, and none is believed alone."""

from __future__ import annotations

import collections
import contextlib
import re
from typing import TYPE_CHECKING

from bundler.errors import IntegrityError
from bundler.formats.malformed import damaged
from bundler.formats.pe.binary import read_binary
from bundler.formats.pe.pe_header import MACHINES
from bundler.legacy.contents_by_place import Claim
from bundler.plain_file import open_plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from bundler.formats.pe.binary import Binary
    from bundler.legacy.contents_by_place import Member

_PYTHON_DLL = re.compile(r"python(\d)(\d{1,2})(?:_d)?\.dll")
_STABLE_DLL = re.compile(r"python3(?:_d)?\.dll")
_SUFFIX = re.compile(r"\.cp(\d)(\d{1,2})m?-(win32|win_amd64|win_arm64)\.pyd$", re.IGNORECASE)
_NAMED_PYTHON = re.compile(r"[-.]py(\d\.\d{1,2})(?=[-.]|$)", re.IGNORECASE)
_NAMED_MAJOR = re.compile(r"(?:^|[._-])py(?:thon)?([23])k?(?=[._-]|$)", re.IGNORECASE)
_NAMED_PLATFORM = re.compile(r"[-.](win32|win[-_]amd64|win[-_]arm64)(?=[-._]|$)", re.IGNORECASE)
_MAGICS = (  # the first two bytes of compiled files, little-endian, from .. to -> version (CPython's importlib and import.c)
    (62011, 62021, "2.3"),
    (62041, 62061, "2.4"),
    (62071, 62131, "2.5"),
    (62151, 62161, "2.6"),
    (62171, 62211, "2.7"),
    (3000, 3131, "3.0"),
    (3141, 3151, "3.1"),
    (3160, 3180, "3.2"),
    (3190, 3230, "3.3"),
    (3250, 3310, "3.4"),
    (3320, 3351, "3.5"),
    (3360, 3379, "3.6"),
    (3390, 3394, "3.7"),
    (3400, 3413, "3.8"),
    (3420, 3425, "3.9"),
    (3430, 3439, "3.10"),
    (3450, 3499, "3.11"),
    (3500, 3549, "3.12"),
    (3550, 3599, "3.13"),
    (3600, 3649, "3.14"),
)


def name_claims(filename: str) -> tuple[Claim, ...]:
    """What the file's name says; nothing if somebody renamed it."""
    source = f"the name {filename}"
    python = tuple(
        Claim(about="python", value=each, source=source) for each in dict.fromkeys(_NAMED_PYTHON.findall(filename))
    )
    platform = tuple(
        Claim(about="platform", value=each.lower().replace("-", "_"), source=source)
        for each in dict.fromkeys(_NAMED_PLATFORM.findall(filename))
    )
    return (*python, *platform)


def named_major(filename: str) -> int | None:
    """``py3k`` or ``py2`` in a name that says no more."""
    found = set(_NAMED_MAJOR.findall(filename))
    return int(found.pop()) if len(found) == 1 else None


def read_extensions(installer: Path, members: Iterable[Member]) -> tuple[tuple[str, Binary], ...]:
    """Every extension module with what it says of itself; raises IntegrityError (``installer-malformed``) where one is no program."""
    found = []
    for each in members:
        if each.place.path.lower().endswith(".pyd"):
            try:
                found.append((each.place.path, read_binary(each.file, each.place.path)))
            except IntegrityError as error:
                raise damaged(installer, error.message) from error
    return tuple(found)


def extension_claims(extensions: Sequence[tuple[str, Binary]]) -> Iterator[Claim]:
    """The Python whose DLL each extension imports, the machine that it is for, the tag in its name."""
    for path, binary in extensions:
        for dll in sorted(binary.imports):
            if found := _PYTHON_DLL.fullmatch(dll):
                yield Claim(about="python", value=f"{found[1]}.{found[2]}", source=f"{path}, which imports {dll}")
        yield Claim(about="platform", value=binary.platform, source=f"the machine of {path}", machine_code=True)
        if found := _SUFFIX.search(path):
            yield Claim(about="python", value=f"{found[1]}.{found[2]}", source=f"the name {path}")
            yield Claim(about="platform", value=found[3].lower(), source=f"the name {path}")


def all_stable(extensions: Sequence[tuple[str, Binary]]) -> bool:
    """Whether every extension keeps to the stable ABI: it imports python3.dll and no pythonXY.dll."""
    return bool(extensions) and all(
        any(_STABLE_DLL.fullmatch(each) for each in binary.imports)
        and not any(_PYTHON_DLL.fullmatch(each) for each in binary.imports)
        for _, binary in extensions
    )


def compiled_claims(members: Iterable[Member]) -> tuple[Claim, ...]:
    """The Python that most of the compiled files (``.pyc``) were compiled by, by their magic number."""
    counted: collections.Counter[str] = collections.Counter()
    for each in members:
        if each.place.path.endswith((".pyc", ".pyo")) and (version := _compiled_by(each.file)):
            counted[version] += 1
    return tuple(
        Claim(about="python", value=version, source=f"{count} compiled file{'s' * (count != 1)}")
        for version, count in counted.most_common(1)
    )


def library_machine(members: Iterable[Member]) -> str | None:
    """The one platform that all DLLs are for; None: there are none, or for more than one. What is only called so doesn't count."""
    found = set()
    for each in members:
        if each.place.path.lower().endswith(".dll"):
            with contextlib.suppress(IntegrityError):
                found.add(read_binary(each.file, each.place.path).platform)
    return found.pop() if len(found) == 1 and found <= MACHINES.keys() else None


def _compiled_by(file: Path) -> str | None:
    with open_plain(file) as stream:
        head = stream.read(4)
    if len(head) < 4 or head[2:] != b"\r\n":  # noqa: PLR2004
        return None
    magic = int.from_bytes(head[:2], "little") & ~0  # with -U or -O odd ones count too
    return next((version for first, last, version in _MAGICS if first <= magic <= last + 1), None)
