"""How Windows writes paths, and which names it can't have ("Naming Files, Paths, and Namespaces")."""

from __future__ import annotations

import ntpath
import re
from typing import TYPE_CHECKING

from bundler.errors import quoted
from bundler.foreign import DEVICES_BEGIN, is_device

if TYPE_CHECKING:
    from collections.abc import Iterator

_REFERENCE = re.compile(r"\{(?:release|environment|data|(?:site|package)\.[^{}\\]*)\}")
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f]')
_ABSOLUTE = re.compile(r"[A-Za-z]:\\[^<>:\"/|?*]+")
_INSIDE = re.compile(r"\{(?:release|data)\}\\(?!(?:.*\\)?\.\.(?:\\|$)).+")
_DOUBTFUL = re.compile(rf"[\\/](?:{DEVICES_BEGIN})|[. ](?:[\\/]|\Z)", re.IGNORECASE)
"""Of a path: a part of it may be the name of a device, or ends in what Windows drops."""
_UNEVEN = ("//", "/.", ":")
"""In a path that may be written otherwise."""
_PLACE = re.compile(r"(?:\{(?:release|environment|data)\}|[A-Za-z]:)(?:\\(?!(?:.*\\)?\.\.(?:\\|$)).*)?")


def forbidden_letter(path: str) -> str | None:
    """The first letter that no name may have; folders may be separated in either way."""
    found = _FORBIDDEN.search(path)
    return found[0] if found else None


def absolute_fault(text: str) -> str | None:
    if found := _REFERENCE.search(text):
        return f"{quoted(text)} has {found[0]}: nothing is filled in here, write the path that is meant"
    if _ABSOLUTE.fullmatch(text.rstrip("\\")):
        return next(slips(text), None)
    if re.fullmatch(r"[A-Za-z]:[\\/]*", text):
        return f"{quoted(text)} is a whole drive: name a folder of its own on it"
    if text.startswith(("\\\\", "//")):
        return f"{quoted(text)} lies on another machine: name a folder on a drive of the target"
    if "/" in text:
        return f"{quoted(text)} has a slash: Windows separates folders by \\"
    words = f"{quoted(text)} is not an absolute Windows path, such as 'C:\\PythonEnvs\\Example' (in single quotes)"
    return next(slips(text), words)


def slips(text: str) -> Iterator[str]:
    """Of a place, what nobody means who writes it."""
    if found := re.search(r"%[^%\\]+%", text):
        yield f"{quoted(text)} has {found[0]}: environment variables aren't filled in, write the path that it stands for on the target"
    if any(letter < " " for letter in text):
        yield f"{quoted(text)} has a control character: between double quotes TOML reads \\t, \\n and the like as such, write single quotes"
    if "\\\\" in text[1:].rstrip("\\") or text.endswith("\\\\"):
        yield f"{quoted(text)} has doubled separators: between single quotes each is written once"
    if re.search(r"\\ ", text):
        yield f"{quoted(text)} has a name that begins with a blank"


def part_faults(path: str) -> Iterator[str]:
    """Of a path whose parts Windows would read as something else than what is written."""
    if not _DOUBTFUL.search(path):
        return
    for part in re.split(r"[\\/]", path)[1:]:
        if part in (".", ".."):
            yield f"has the part {part!r}: write the path that it leads to"
        elif part.endswith((".", " ")):
            yield f"has the part {part!r}, whose end Windows drops"
        elif is_device(part):
            yield f"has the part {part!r}, which is the name of a device on Windows"


def is_inside(place: str) -> bool:
    return _INSIDE.fullmatch(place) is not None


def file_faults(place: str) -> Iterator[str]:
    """Of the place of a file inside ``{release}`` or ``{data}``."""
    yield from part_faults(place)
    if forbidden_letter(place) or place.endswith(("\\", "/")):
        yield "is not a valid file name on Windows"


def is_place(text: str) -> bool:
    return _PLACE.fullmatch(text) is not None


def folded(path: str) -> str:
    slashed = path.replace("\\", "/")
    if slashed[:1] not in ("", "/", ".") and slashed[-1] != "/" and not any(each in slashed for each in _UNEVEN):
        return _small(path)
    return _small(ntpath.normpath(path)).rstrip("\\")


def _small(path: str) -> str:
    """Windows compares capitals, and both small sigmas have one; Python makes the final one of it or the other, by what follows."""
    return ntpath.normcase(path).replace("\N{GREEK SMALL LETTER FINAL SIGMA}", "\N{GREEK SMALL LETTER SIGMA}")


def is_below(inner: str, outer: str) -> bool:
    return inner.startswith(outer + "\\")
