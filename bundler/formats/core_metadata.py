"""Core metadata (versions 1.0 to 2.5): the one reader of METADATA and PKG-INFO, and the one class of what they say.

Only the header is read, by hand: a resolution reads thousands of these files, and the standard library's parser of e-mails, on which
``packaging.metadata`` is built, takes four times as long (with ``packaging`` eight) and ends a header at its first malformed line. Old files, whose values run
on without being indented, go through ``legacy.old_metadata`` first, which makes the same class of them.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Self

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from bundler.foreign import LARGEST_FILE, lines_fault, read_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from packaging.version import Version

_BOM = b"\xef\xbb\xbf"
_HEADER_END = re.compile(r"\n(?![ \t])")
_FOLD = re.compile(r"\n[ \t]+")
_IN_LINES = frozenset({"license", "description"})
"""Fields whose value may be a whole text: their lines are kept apart."""
_LICENCE = "License :: "


class MalformedMetadataError(ValueError):
    """The metadata can't be used; the words are for people."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class CoreMetadata:
    """What a distribution says of itself.

    ``requires_dist`` and ``provides_extra`` as they are written; ``fields`` are all of them, names in small letters, in the file's order;
    ``description`` only where whoever read the file took its body. Two are equal where what resolving needs is.
    """

    name: str
    version: str
    requires_python: str | None = None
    requires_dist: tuple[str, ...] = ()
    provides_extra: tuple[str, ...] = ()
    fields: tuple[tuple[str, str], ...] = dataclasses.field(default=(), compare=False, repr=False)
    description: str = dataclasses.field(default="", compare=False, repr=False)

    @classmethod
    def of(cls, fields: Iterable[tuple[str, str]], description: str = "") -> Self:
        """Sort fields, by whatever case of their names; name and version are empty where there is none."""
        known = tuple((name.lower(), value) for name, value in fields)
        single: dict[str, str] = {}
        requires, extras = [], []
        for name, value in known:
            if name == "requires-dist":
                requires.append(value)
            elif name == "provides-extra":
                extras.append(value)
            else:
                single.setdefault(name, value)
        return cls(
            name=single.get("name", ""),
            version=single.get("version", ""),
            requires_python=single.get("requires-python") or None,
            requires_dist=tuple(requires),
            provides_extra=tuple(extras),
            fields=known,
            description=description,
        )

    @property
    def extras(self) -> frozenset[str]:
        """The extras' names, normalized (PEP 685)."""
        return frozenset(canonicalize_name(each) for each in self.provides_extra)

    def first(self, name: str) -> str:
        """The first value of a field, empty if there is none; ``name`` in any case."""
        wanted = name.lower()
        return next((value for key, value in self.fields if key == wanted), "")

    def every(self, name: str) -> tuple[str, ...]:
        """All values of a field."""
        wanted = name.lower()
        return tuple(value for key, value in self.fields if key == wanted)

    @property
    def licence_classifiers(self) -> tuple[str, ...]:
        """What classifiers name as licences, without the categories that they stand in: ``MIT License``."""
        licences = (each for each in self.every("Classifier") if each.startswith(_LICENCE))
        named = (each.removeprefix(_LICENCE) for each in licences if each.strip() != f"{_LICENCE}OSI Approved")
        return tuple(each.removeprefix("OSI Approved :: ").strip() for each in named)


def parse_metadata(content: bytes) -> CoreMetadata:
    """Read the header of a METADATA or PKG-INFO file; raises MalformedMetadataError where it has no name or no version, or is too large."""
    metadata = read_header(content)
    if not metadata.name or not metadata.version:
        raise MalformedMetadataError("its METADATA has no Name or no Version")
    return metadata


def read_header(content: bytes) -> CoreMetadata:
    """The same of what may lack them."""
    return CoreMetadata.of(_headers(content))


def reduced(metadata: CoreMetadata) -> bytes:
    """What resolving needs, as a short METADATA file, for keeping."""
    lines = [f"Name: {metadata.name}", f"Version: {metadata.version}"]
    if metadata.requires_python:
        lines.append(f"Requires-Python: {metadata.requires_python}")
    lines += [f"Requires-Dist: {each}" for each in metadata.requires_dist]
    lines += [f"Provides-Extra: {each}" for each in sorted(metadata.extras)]
    return "\n".join((*lines, "", "")).encode()


def same_version(stated: str, version: Version) -> bool:
    """Whether metadata says that it is of ``version``; ``1.0`` and ``1.0.0`` are the same."""
    try:
        return read_version(stated) == version
    except InvalidVersion:
        return False


def _headers(content: bytes) -> Iterator[tuple[str, str]]:
    """Names in small letters and unfolded values up to the empty line (RFC 822): the description behind it is never looked at."""
    content = content.removeprefix(_BOM).replace(b"\r\n", b"\n")
    header = content.partition(b"\n\n")[0]
    if len(header) > LARGEST_FILE:
        raise MalformedMetadataError(f"its METADATA is {len(header)} bytes long")
    if reason := lines_fault(header):
        raise MalformedMetadataError(f"its METADATA can't be read: {reason}")
    head = header.decode("utf-8", errors="replace")
    for each in _HEADER_END.split(head):
        name, separator, value = each.partition(":")
        if not separator:
            continue
        name = name.strip().lower()
        if "\n" in value and name not in _IN_LINES:
            value = _FOLD.sub(" ", value)
        yield name, value.strip()
