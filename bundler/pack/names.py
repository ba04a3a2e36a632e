"""Which paths may stand inside a bundle: those that every unpacker on every Windows takes as they are."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from bundler.errors import Fault
from bundler.foreign import is_device
from bundler.formats.interpreter_files import is_short_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

LICENCES = "licenses/"
"""The folder of all texts of licences."""
_FORBIDDEN = re.compile(r'[<>:"|?*\\]')
_VERSION = re.compile(r";[0-9]*$")
_LONGEST, _DEEPEST = 500, 50
"""Twice what Windows takes of a path. Each folder above each file is remembered when they are compared."""
_REPLACED = re.compile(r"[+,;=\[\]]")
_NEEDS_NO_SHORT_NAME = re.compile(r"[^. +,;=\[\]]{1,8}(\.[^. +,;=\[\]]{1,3})?")
_PARTS = 10_000
"""Names of folders and files that are looked at once: the same ones stand in many paths."""
_UNSAFE = re.compile(r"[^A-Za-z0-9._+-]+")


def path_fault(path: str) -> str | None:
    """Why ``path`` can't stand in a bundle, None if it can."""
    if not path or path.startswith("/") or path.endswith("/"):
        return "is not a relative file path"
    if len(path) > _LONGEST or path.count("/") >= _DEEPEST:
        return f"has more than {_LONGEST} characters or {_DEEPEST} folders"
    if not path.isascii() or not path.isprintable():
        return "is not plain ASCII"
    if found := _FORBIDDEN.search(path):
        return f"holds {found[0]!r}, which Windows doesn't allow in a name"
    return next(filter(None, map(_part_fault, path.split("/"))), None)


def name_fault(name: str) -> str | None:
    """Why ``name`` can't be one part of a path in a bundle, None if it can."""
    return "holds '/'" if "/" in name else path_fault(name)


@functools.lru_cache(_PARTS)
def _part_fault(part: str) -> str | None:
    if part in ("", ".", ".."):
        return "leaves its folder or has an empty part"
    if part.endswith((".", " ")):
        return "has a part that ends in a dot or a space, which Windows drops"
    if _VERSION.search(part):
        return "has a part that ends in ';' or in ';' and a number, which unzip takes for a version of VMS and drops"
    if is_device(part):
        return f"has the part {part!r}, the name of a device on Windows"
    return None


def path_faults(paths: Iterable[str]) -> Iterator[Fault]:
    """All faults of the paths of one bundle, also those that they have only together."""
    seen: dict[str, str] = {}
    folders: dict[str, str] = {}
    for path in paths:
        if reason := path_fault(path):
            yield Fault(path, reason)
            continue
        folded = path.lower()
        if folded in seen:
            same = seen[folded] == path
            yield Fault(path, "is there twice" if same else f"differs from {seen[folded]} only in upper and lower case")
        seen.setdefault(folded, path)
        for parent in _parents(folded):
            if parent in folders:  # and so are those above it
                break
            folders[parent] = path
    for folded, path in seen.items():
        if folded in folders:
            yield Fault(path, f"is a file and a folder at once: {folders[folded]}")
    if any("~" in each for each in seen):
        yield from _short_name_faults(seen)


def _short_name_faults(paths: Mapping[str, str]) -> Iterator[Fault]:
    """Of names by which Windows, where it makes short ones, finds another file or folder beside them, and writes into that.

    All in lower case. A short name keeps the first sign of the long one, but for a few.
    """
    parts = {each.rpartition("/")[::2] for path in paths for each in (path, *_parents(path))}
    long = {
        (folder, _REPLACED.sub("_", name.lstrip(" .")[:1])): name
        for folder, name in sorted(parts)
        if not _NEEDS_NO_SHORT_NAME.fullmatch(name)
    }
    for path, shown in paths.items():
        for each in (path, *_parents(path)):
            folder, _, name = each.rpartition("/")
            is_short = is_short_name(name) and _NEEDS_NO_SHORT_NAME.fullmatch(name)
            if is_short and (other := long.get((folder, name[0]))):
                yield Fault(
                    shown, f"has the part {name!r}, which may be the short name that Windows gives to {other!r}"
                )


def licence_folder(name: str, version: str) -> str:
    """Where the texts of a package's licences lie in a bundle, with a slash at its end."""
    return f"{LICENCES}{safe_name(f'{canonicalize_name(name)}-{version}')}/"


def safe_name(name: str) -> str:
    """``name`` (one part, no path) turned into one that may stand in a bundle; the same for the same name."""
    safe = _UNSAFE.sub("_", name).strip(".") or "_"
    return f"_{safe}" if path_fault(safe) else safe


def unique(path: str, taken: dict[str, int]) -> str:
    """``path``, or with ``-2``, ``-3``, … before its extension if it is in ``taken`` (lower case); adds the answer to ``taken``, with the
    number that is tried next.
    """
    folder, slash, name = path.rpartition("/")
    stem, dot, extension = name.rpartition(".")
    if not stem:
        stem, dot, extension = name, "", ""
    answer, n = path, taken.get(path.lower(), 2)
    while answer.lower() in taken:
        answer, n = f"{folder}{slash}{stem}-{n}{dot}{extension}", n + 1
    taken[path.lower()] = n
    taken.setdefault(answer.lower(), 2)
    return answer


def _parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
