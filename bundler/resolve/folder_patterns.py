"""Folders by a pattern that a project's table has, as ``Path.glob`` finds them; but bounded: whoever wrote the pattern and the links in the
checkout may have made them for a search that never ends.
"""

from __future__ import annotations

import fnmatch
import os
from pathlib import Path

_MOST = 200_000
"""Files and folders that are looked at for one workspace."""


class EndlessPatternError(ValueError):
    """More would have to be looked at than any workspace has; the words say so."""


class FolderPatterns:
    """Looks for folders below ``root``, no further than ``most`` for all patterns together."""

    def __init__(self, root: Path, *, most: int = _MOST) -> None:
        self._root, self._left, self._most = root, most, most

    def matching(self, pattern: str) -> list[Path]:
        """Sorted; none for a pattern that isn't relative or has ``**`` beside letters. Raises EndlessPatternError."""
        plain = os.path.normpath(pattern).replace("\\", "/")
        parts = () if plain == "." else tuple(plain.split("/"))
        if Path(plain).anchor or "\0" in plain or any("**" in each and each != "**" for each in parts):
            return []
        start = (self._root, 0)
        waiting, seen, found = [start], {start}, set[Path]()
        while waiting:
            folder, at = waiting.pop()
            if at == len(parts):
                found.add(folder)
                continue
            for each in self._next(folder, parts[at], at):
                if each not in seen:
                    seen.add(each)
                    waiting.append(each)
        return sorted(found)

    def _next(self, folder: Path, part: str, at: int) -> list[tuple[Path, int]]:
        """Where to look on, and from which part of the pattern."""
        if part == "**":
            return [(folder, at + 1), *((each, at) for each in self._folders_in(folder, links=False))]
        if set(part) & set("*?["):
            return [(each, at + 1) for each in self._folders_in(folder) if fnmatch.fnmatch(each.name, part)]
        self._look()
        place = folder.parent if part == ".." else folder / part
        return [(place, at + 1)] if os.path.isdir(place) else []  # noqa: PTH112 - a name that no disk can have is no folder, and no error

    def _folders_in(self, folder: Path, *, links: bool = True) -> list[Path]:
        found = []
        try:
            with os.scandir(folder) as entries:
                for each in entries:
                    self._look()
                    if each.is_dir(follow_symlinks=links):
                        found.append(folder / each.name)
        except OSError:  # closed to this user, or gone by now
            return found
        return found

    def _look(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise EndlessPatternError(f"more than {self._most:,} files and folders would be looked at")
