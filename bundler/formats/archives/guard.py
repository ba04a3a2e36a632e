"""What an archive from outside may hold: names that stay inside and mean one file on Windows, and no more than fits."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
from typing import TYPE_CHECKING

from bundler.errors import IntegrityError
from bundler.foreign import is_device

if TYPE_CHECKING:
    from pathlib import Path

_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"|?*]')
_LONGEST_PART = 255  # characters on Windows, bytes of UTF-8 elsewhere
_LONGEST = 2048  # bytes: what is below a scratch folder has room on every system
_DEEPEST = 100  # folders within each other
_SHOWN = 200
_PARTS = 10_000  # names of folders and files that are looked at once: the same ones stand in many paths


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one archive may grow to: ``entries``, folders that only names of files imply included, ``size`` in bytes, and ``ratio`` to the archive's own size.

    The ratio counts from ``small`` bytes on: a short file of zeros is no attack.
    """

    entries: int = 100_000
    size: int = 4 << 30
    ratio: int = 100
    small: int = 64 << 20


def name_fault(name: str) -> str | None:
    """Why ``name`` (parts joined by ``/``) can't be a path inside a folder on Windows, None if it can."""
    if name.startswith("/"):
        return "is absolute"
    if found := _FORBIDDEN.search(name):
        return "names a drive or a stream" if found[0] == ":" else f"holds {found[0]!r}, which Windows doesn't allow"
    try:
        if len(name.encode("utf-8")) > _LONGEST:
            return "is too long"
    except UnicodeEncodeError:
        return "is not text"
    parts = name.split("/")
    if len(parts) > _DEEPEST:
        return "is nested too deep"
    return next(filter(None, map(_part_fault, parts)), None)


@functools.lru_cache(_PARTS)
def _part_fault(part: str) -> str | None:
    if part == "..":
        return "leaves its folder"
    if not part:
        return "has an empty part"
    if part.endswith((".", " ")):
        return "has a part that ends in a dot or a space, which Windows drops"
    if is_device(part):
        return f"has the part {part!r}, a device on Windows"
    if len(part.encode("utf-8")) > _LONGEST_PART:
        return "has a part that is too long"
    return None


class Guard:
    """Watches over the reading of one archive; every fault is an IntegrityError that names the file and the entry."""

    def __init__(self, archive: Path, limits: Limits) -> None:
        self.archive = archive
        self._limits = limits
        packed = archive.stat().st_size
        self._most = min(limits.size, max(limits.small, packed * limits.ratio))
        self._entries = 0
        self._grown = 0
        self.newest = 0
        """When its newest entry was changed, in seconds since 1970; 0 where it doesn't say."""
        self._seen: dict[str, tuple[str, bool]] = {}  # casefolded -> as it is written, is a folder
        self._folders: set[str] = set()

    def date(self, changed: float) -> None:
        """One entry was changed then, as the archive says."""
        self.newest = max(self.newest, int(changed))

    def enter(self, raw: str, *, folder: bool) -> str:
        """The path of one entry, with ``/`` and without ``./`` and a last slash; empty for the root itself."""
        self.count()
        parts = raw.replace("\\", "/").split("/")
        if folder and parts[-1] == "":
            parts.pop()
        name = "/".join(itertools.dropwhile(".".__eq__, parts))
        if folder and not name and not raw.startswith(("/", "\\")):
            return ""
        self.check(name, raw)
        self._place(name, folder=folder)
        return name

    def check(self, name: str, raw: str = "") -> None:
        """Refuse a path that can't be one; ``raw``: as the archive has it."""
        if reason := name_fault(name):
            raise self.fault("archive-unsafe", f"holds {(raw or name)[:_SHOWN]!r}, which {reason}")

    def _place(self, name: str, *, folder: bool) -> None:
        parts = name.split("/")
        missing = []
        for depth in range(len(parts) - 1, 0, -1):
            above = "/".join(parts[:depth])
            if above in self._folders:  # and so are those above it
                break
            missing.append(above)
        for above in reversed(missing):
            if above.casefold() not in self._seen:
                self.count()  # a folder that no entry of its own makes takes as much room
            self._record(above, folder=True)
        known = name.casefold() in self._seen
        self._record(name, folder=folder)
        if known and not folder:
            raise self.fault("archive-duplicate", f"holds {name!r} twice")

    def _record(self, path: str, *, folder: bool) -> None:
        before, was_folder = self._seen.setdefault(path.casefold(), (path, folder))
        if was_folder != folder:
            raise self.fault("archive-duplicate", f"holds {path!r} as a file and as a folder")
        if before != path:
            raise self.fault("archive-duplicate", f"holds {path!r} and {before!r}, which are one name on Windows")
        if folder:
            self._folders.add(path)

    def left_of(self, limits: Limits) -> Limits:
        """Of ``limits``, which other archives share with this one. Raises IntegrityError (``archive-bomb``) where this one took all of them."""
        entries, size = limits.entries - self._entries, limits.size - self._grown
        if entries < 0 or size < 0:
            raise self.fault(
                "archive-bomb", "and the archives that lie beside it unpack to more than one may, or hold more entries"
            )
        return dataclasses.replace(limits, entries=entries, size=size)

    def count(self) -> None:
        """Count one entry."""
        self._entries += 1
        if self._entries > self._limits.entries:
            raise self.fault("archive-bomb", f"holds more than {self._limits.entries} entries")

    def grow(self, amount: int) -> None:
        """Count unpacked bytes."""
        self._grown += amount
        self.expect(self._grown)

    def expect(self, total: int) -> None:
        """Refuse what is said to become, or has become, larger than it may."""
        if total > self._most:
            raise self.fault("archive-bomb", f"unpacks to more than {self._most >> 20} MiB")

    def fault(self, reference: str, what: str, hint: str = "") -> IntegrityError:
        return IntegrityError(
            reference,
            f"{self.archive.name} {what}",
            context=(str(self.archive),),
            hint=hint or "nothing of it was unpacked; take the file from its publisher",
        )
