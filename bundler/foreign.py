"""Where texts of others become values: files, encodings, numbers, versions, requirements, names of files, addresses, TOML, JSON. Each has a
longest form, and one error that its readers know.

``int`` takes the digits of every script, and refuses more than 4,300 of them with an error of its own; ``packaging`` and ``tomllib`` hand
that on. A wheel's name of 6 kB can stand for 64 million tags (PEP 425's compressed sets), each an object: how many there would be is
looked at first, here and nowhere else. ``tomllib`` looks at each part of a dotted key for each part before it.
"""

from __future__ import annotations

import codecs
import json
import math
import re
import tomllib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from bundler.plain_file import open_plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from packaging.pylock import Pylock
    from packaging.tags import Tag
    from packaging.utils import BuildTag, NormalizedName

LONGEST = 4096
"""Characters of one version, specifier, requirement, file name or address: fewer than the digits that ``int`` takes."""
LARGEST_FILE = 16 << 20
"""Bytes of a text that is read as a whole: a file of metadata, a recipe, a lock."""
MOST_LINES = 200_000
"""Of a text that is taken apart by its lines."""
_LARGEST_NUMBER = 1 << 63
"""From which on whole numbers of TOML aren't taken: hexadecimal ones may have any length, which nothing can print."""
MOST_TAGS = 200
"""Tags of one wheel; popular ones have some dozens at most."""
_MOST_DIGITS = 18
"""Of a number of bytes or seconds; it fits into 64 bits."""
_MOST_PARTS = 64
_LONG_KEY = re.compile(rf"""(?<![\w-])(?:(?>[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*+\.[ \t]*+){{{_MOST_PARTS}}}""", re.ASCII)
"""In TOML. Each of its parts is looked at once: nothing is given back."""
_LINE_ENDS = b"\n\r\x0b\x0c\x1c\x1d\x1e"
_WIDE_LINE_ENDS = (b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9")


class TooLargeError(ValueError):
    """A file or a text is larger than any of its kind; the words say how large that is."""


class MalformedJsonError(ValueError):
    """The text is no JSON that can be read; the words say where."""


_MARKS = (  # the longer first: that of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DEVICES, _NUMBERED_DEVICES = ("con", "prn", "aux", "nul", "clock$", "conin$", "conout$"), ("com", "lpt")
DEVICES_BEGIN = "|".join(map(re.escape, (*_DEVICES, *_NUMBERED_DEVICES)))
"""A pattern: what has none of these is no device's name."""
_DEVICE = re.compile(
    f"{'|'.join(map(re.escape, _DEVICES))}|({'|'.join(_NUMBERED_DEVICES)})[0-9\xb9\xb2\xb3]", re.IGNORECASE
)
_CODING_LINE = re.compile(rb"#.*?coding[:=]\s*([-\w.]+)")


class UndecodableTextError(ValueError):
    """The bytes are no text in the encoding that they should have; the words say which."""


class MalformedTomlError(ValueError):
    """The text is no TOML that can be read; the words say where."""


def read_file(path: Path) -> bytes:
    """A file that is read as a whole; raises TooLargeError, and OSError as reading does."""
    with open_plain(path) as stream:
        content = stream.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise TooLargeError(f"it has more than {LARGEST_FILE} bytes, the most that are read")
    return content


def read_text(path: Path, *, coding_line: bool = False) -> str:
    """A text file of a user, with the line ends of this language; raises TooLargeError, UndecodableTextError, and OSError as reading does."""
    content = read_file(path)
    if reason := lines_fault(content):
        raise TooLargeError(reason)
    return decode_text(content, coding_line=coding_line)


def lines_fault(content: bytes) -> str | None:
    """Why a text can't be taken apart by its lines."""
    lines = len(content) - len(content.translate(None, _LINE_ENDS)) + sum(map(content.count, _WIDE_LINE_ENDS))
    return f"it has {lines} lines, more than {MOST_LINES}" if lines > MOST_LINES else None


def one_line(text: str, longest: int = 300) -> str:
    """A stranger's words for one line of a message: what doesn't show is left out, and what goes on and on is cut off."""
    seen = text[: 2 * longest]
    if not seen.isprintable():
        seen = "".join(each if each.isprintable() else " " for each in seen)
    return " ".join(seen.split())[:longest]


def decode_text(content: bytes, *, coding_line: bool = False) -> str:
    """By its byte-order mark (PowerShell 5 writes UTF-16), else UTF-8. ``coding_line``: a comment in the first two
    lines may name another encoding, as pip has it for requirements files. Raises UndecodableTextError and nothing else.
    """
    encoding = "utf-8"
    for mark, marked in _MARKS:
        if content.startswith(mark):
            encoding, content = marked, content.removeprefix(mark)
            break
    else:
        found = next(filter(None, map(_CODING_LINE.match, content.split(b"\n", 2)[:2])), None) if coding_line else None
        if found is not None:
            encoding = found[1].decode("ascii", "replace")
    try:
        text = content.decode(encoding)
    except (LookupError, ValueError):  # an encoding that isn't there, or bytes that it hasn't
        raise UndecodableTextError(f"it is not valid {encoding.upper()}") from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def is_device(part: str) -> bool:
    """Whether Windows reads a part of a path as a device, in every folder and with every extension ("Naming Files, Paths, and Namespaces")."""
    return _DEVICE.fullmatch(part.split(".", maxsplit=1)[0].rstrip()) is not None


def whole_number(text: str | None) -> int | None:
    """A number as protocols have it: digits of ASCII only, at most 18. None: it is something else."""
    text = (text or "").strip(" \t")
    return int(text) if len(text) <= _MOST_DIGITS and text.isascii() and text.isdigit() else None


def read_version(text: str) -> Version:
    """A version (PEP 440); raises InvalidVersion and nothing else."""
    if len(text) > LONGEST:
        raise InvalidVersion(f"Invalid version: it has {len(text)} characters")
    return Version(text)


def read_specifiers(text: str) -> SpecifierSet:
    """Version specifiers (PEP 440); raises InvalidSpecifier and nothing else."""
    if len(text) > LONGEST:
        raise InvalidSpecifier(f"Invalid specifier: it has {len(text)} characters")
    return SpecifierSet(text)


def read_requirement(text: str) -> Requirement:
    """A requirement (PEP 508); raises InvalidRequirement and nothing else, also for a marker that is nested too deep."""
    if len(text) > LONGEST:
        raise InvalidRequirement(f"it has {len(text)} characters, and at most {LONGEST} are read")
    try:
        return Requirement(text)
    except RecursionError:
        raise InvalidRequirement("its marker is nested too deep") from None


def read_wheel_name(filename: str) -> tuple[NormalizedName, Version, BuildTag, frozenset[Tag]]:
    """Name, version, build number and tags of a wheel; raises InvalidWheelFilename and nothing else."""
    if len(filename) > LONGEST:
        raise InvalidWheelFilename(f"Invalid wheel filename: it has {len(filename)} characters")
    if not _few(wheel_tags(filename)):
        raise InvalidWheelFilename(f"Invalid wheel filename (more than {MOST_TAGS} tags): {filename!r}")
    return parse_wheel_filename(filename)


def read_sdist_name(filename: str) -> tuple[NormalizedName, Version]:
    """Name and version of an sdist; raises InvalidSdistFilename and nothing else."""
    if len(filename) > LONGEST:
        raise InvalidSdistFilename(f"Invalid sdist filename: it has {len(filename)} characters")
    return parse_sdist_filename(filename)


def wheel_tags(filename: str) -> str:
    """``py2.py3-none-any`` of a wheel's name."""
    return "-".join(filename.removesuffix(".whl").split("-")[-3:])


def _few(tags: str) -> bool:
    return math.prod(part.count(".") + 1 for part in tags.split("-")) <= MOST_TAGS


_WHO = re.compile(r"(?P<scheme>[A-Za-z0-9+.-]{0,3})://(?P<who>[^/\s?#]*)@")
"""Of a scheme its end is looked at: a search for its beginning is work by the square of a text's length."""


def split_address(url: str) -> SplitResult:
    """An address taken apart, its port a number or None; raises ValueError and nothing else. No path has a NUL character."""
    if len(url) > LONGEST:
        raise ValueError(f"it has {len(url)} characters, and at most {LONGEST} are read")
    if "\0" in url or "%00" in url:
        raise ValueError("it holds a NUL character")
    parts = urlsplit(url)
    _ = parts.port
    return parts


def parts_of(url: str) -> SplitResult | None:
    """The same of an address that is only shown or looked at; None: it can't be taken apart (``https://[a``)."""
    try:
        return urlsplit(url)
    except ValueError:
        return None


def file_name_of(url: str) -> str:
    """The name of the file at an address; empty where it has none, or can't be taken apart."""
    parts = parts_of(url)
    return PurePosixPath(unquote(parts.path)).name if parts is not None else ""


def without_credentials(text: str) -> str:
    """A text for people, without names and passwords before the hosts of addresses in it; SSH's name alone is no secret."""

    def shown(found: re.Match[str]) -> str:
        kept = found["scheme"].lower().endswith("ssh") and ":" not in found["who"]
        return found[0] if kept else f"{found['scheme']}://"

    return _WHO.sub(shown, text)


def local_path(url: str) -> str:
    """The path of a ``file:`` address on this host; raises ValueError and nothing else."""
    from urllib.request import url2pathname  # 16 ms, and hardly anyone needs it

    parts = split_address(url)
    host = "" if parts.netloc in ("", "localhost") else "//" + parts.netloc
    try:
        return url2pathname(host + parts.path)
    except OSError as error:  # Windows, where it names no drive
        raise ValueError(str(error)) from None


def read_toml(text: str, *, nul: bool = False) -> dict[str, Any]:
    """A TOML document; raises MalformedTomlError and nothing else. A NUL character, which no path can have, is a fault too but for ``nul``."""
    if _LONG_KEY.search(text):
        raise MalformedTomlError(f"a key, or words in a text that read like one, has more than {_MOST_PARTS} parts")
    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise MalformedTomlError("it is nested too deeply") from None
    except ValueError as error:
        raise MalformedTomlError(str(error)) from None
    if not nul and (places := nul_places(table)):
        raise MalformedTomlError(f"{'.'.join(map(str, places[0]))} holds a NUL character")
    for place, value in _values(table):
        if isinstance(value, int) and not -_LARGEST_NUMBER <= value < _LARGEST_NUMBER:
            raise MalformedTomlError(f"{'.'.join(map(str, place))} is a number of more than 64 bits")
    return table


def read_json(text: str) -> Any:
    """A JSON document; raises MalformedJsonError and nothing else."""
    try:
        return json.loads(text)
    except RecursionError:
        raise MalformedJsonError("it is nested too deeply") from None
    except ValueError as error:
        raise MalformedJsonError(str(error)) from None


def nul_places(table: Mapping[str, Any]) -> list[tuple[int | str, ...]]:
    """Where in TOML's values a NUL character stands."""
    found: list[tuple[int | str, ...]] = []
    for place, value in _values(table):
        if isinstance(value, str):
            found += [place] if "\0" in value else []
        elif isinstance(value, dict):
            found += [(*place, key) for key in value if "\0" in key]
    return found


def _values(table: Mapping[str, Any]) -> Iterator[tuple[tuple[int | str, ...], Any]]:
    """All values of a document, tables and lists too, each with its place."""
    waiting: list[tuple[tuple[int | str, ...], Any]] = [((), table)]
    while waiting:
        place, value = waiting.pop()
        yield place, value
        if isinstance(value, dict):
            waiting += [((*place, key), each) for key, each in value.items()]
        elif isinstance(value, list):
            waiting += [((*place, number), each) for number, each in enumerate(value)]


def read_locked(table: Mapping[str, Any]) -> Pylock:
    """A lock (PEP 751) out of TOML's values; raises PylockValidationError and nothing else."""
    from packaging.pylock import Pylock, PylockValidationError  # late: most commands read no lock

    for name in _wheel_names(table):
        if len(name) > LONGEST or not _few(wheel_tags(name)):
            raise PylockValidationError(f"the name of a wheel has more than {LONGEST} characters or {MOST_TAGS} tags")
    try:
        return Pylock.from_dict(table)
    except PylockValidationError:
        raise
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise PylockValidationError(str(error)) from None


def _wheel_names(table: Mapping[str, Any]) -> list[str]:
    """What may be the name of a wheel; whatever has another shape is for ``packaging`` to refuse."""
    packages = table.get("packages")
    wheels = [
        wheel
        for package in (packages if isinstance(packages, list) else ())
        if isinstance(package, dict) and isinstance(each := package.get("wheels"), list)
        for wheel in each
        if isinstance(wheel, dict)
    ]
    said = [wheel.get(key) for wheel in wheels for key in ("name", "url", "path")]
    return [each.replace("\\", "/").rpartition("/")[2] for each in said if isinstance(each, str)]
