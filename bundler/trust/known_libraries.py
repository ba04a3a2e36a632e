"""Libraries in C whose DLLs say enough to be looked up: how they are called by those who publish advisories, and how their versions are written.

A DLL counts as one of them if its file's name and its resource's product both say so: what isn't sure is not judged.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

CPYTHON = "CPython"
"""How CPython itself is called for people."""
_MANGLED = re.compile(r"-[0-9a-f]{32,64}(?=\.dll$)")
"""What delvewheel puts into the name of a DLL."""
_PLAIN = r"v?(?P<numbers>\d+(?:\.\d+){1,3})"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Library:
    """``purl``: its name in a purl of type ``generic``; ``file`` and ``product``: of its DLLs; ``repositories``: ``owner/name``, as advisories with
    ranges of commits name it; ``bitnami`` and ``oss_fuzz``: its names in these ecosystems of OSV. ``tag``: its releases, with ``numbers``, or for
    OpenSSL before 3 ``old`` and ``letter``: what isn't a release doesn't match.
    """

    name: str
    purl: str
    repositories: tuple[str, ...]
    file: str = ""
    product: str = ""
    bitnami: tuple[str, ...] = ()
    oss_fuzz: str = ""
    tag: str = _PLAIN

    def version_of_tag(self, tag: str) -> str:
        """As numbers with points; empty for what isn't a release."""
        found = re.fullmatch(self.tag, tag, re.ASCII)
        if found is None:
            return ""
        groups = found.groupdict()
        letter = groups.get("letter")
        numbers = groups["numbers"] or groups["old"]
        return numbers.replace("_", ".") + (f".{ord(letter) - ord('a') + 1}" if letter else "")

    def owns(self, filename: str, product: str) -> bool:
        """Whether a DLL is this library, by its name in lower case and its product."""
        return bool(
            self.file
            and re.fullmatch(self.file, filename)
            and re.search(self.product, product, re.IGNORECASE | re.ASCII)
        )


LIBRARIES = (
    Library(
        name=CPYTHON,
        purl="cpython",
        repositories=("github.com/python/cpython",),
        bitnami=("python", "libpython"),
        oss_fuzz="cpython3",
    ),
    Library(  # the resource of 1.1.1w says 1.1.1.23
        name="OpenSSL",
        purl="openssl",
        file=r"lib(?:crypto|ssl)-[\w-]{1,20}\.dll",
        product="OpenSSL",
        repositories=("github.com/openssl/openssl",),
        oss_fuzz="openssl",
        tag=r"(?:openssl-(?P<numbers>3\.\d+\.\d+)|OpenSSL_(?P<old>[01]_\d+_\d+)(?P<letter>[a-z]?))",
    ),
    Library(
        name="SQLite",
        purl="sqlite",
        file=r"sqlite3\.dll",
        product="SQLite",
        repositories=("github.com/sqlite/sqlite",),
        bitnami=("sqlite",),
        tag=r"version-(?P<numbers>\d+(?:\.\d+){2,3})",
    ),
    Library(
        name="zlib",
        purl="zlib",
        file=r"(?:lib)?z(?:lib)?1?\.dll",
        product=r"\bzlib\b(?!-ng)",
        repositories=("github.com/madler/zlib",),
    ),
    Library(
        name="Expat",
        purl="expat",
        file=r"(?:lib)?expat\.dll",
        product="expat",
        repositories=("github.com/libexpat/libexpat",),
        tag=r"R_(?P<numbers>\d+_\d+_\d+)",
    ),
    Library(
        name="libffi",
        purl="libffi",
        file=r"(?:lib)?ffi-\d\.dll",
        product="ffi",
        repositories=("github.com/libffi/libffi",),
    ),
    Library(
        name="XZ Utils",
        purl="xz",
        file=r"(?:lib)?lzma(?:-5)?\.dll",
        product="XZ Utils",
        repositories=("github.com/tukaani-project/xz",),
    ),
    Library(
        name="curl",
        purl="curl",
        file=r"libcurl(?:-4|-x64)?\.dll",
        product="curl library",
        repositories=("github.com/curl/curl",),
        oss_fuzz="curl",
        tag=r"curl-(?P<numbers>\d+_\d+_\d+)",
    ),
    Library(
        name="ZeroMQ",
        purl="libzmq",
        file=r"libzmq[\w.-]{0,40}\.dll",
        product="ZeroMQ",
        repositories=("github.com/zeromq/libzmq",),
        oss_fuzz="libzmq",
    ),
)
BY_NAME: Mapping[str, Library] = {each.name: each for each in LIBRARIES}
BY_PURL: Mapping[str, Library] = {each.purl: each for each in LIBRARIES}
BY_REPOSITORY: Mapping[str, Library] = {one: each for each in LIBRARIES for one in each.repositories}
BY_BITNAMI: Mapping[str, Library] = {one: each for each in LIBRARIES for one in each.bitnami}
BY_OSS_FUZZ: Mapping[str, Library] = {each.oss_fuzz: each for each in LIBRARIES if each.oss_fuzz}


def library_of(filename: str, product: str) -> Library | None:
    """The library that a DLL is."""
    plain = _MANGLED.sub("", filename.lower())
    return next((each for each in LIBRARIES if each.owns(plain, product)), None)
