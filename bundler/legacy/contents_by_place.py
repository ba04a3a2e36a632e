"""What the readers of the three formats hand on: one description for all, and the files with their places."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from bundler.formats.archives.archive_formats import Reader
from bundler.legacy.kinds import Kind

Scheme = Literal["site", "purelib", "platlib", "scripts", "data", "headers", "info"]
"""Where a file belongs. ``site``: site-packages, the installer doesn't say which; ``info``: it is metadata of an egg."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """What one source says of the Python (``2.7``) or the platform (``win32``) that the installer is for.

    ``machine_code``: an extension's own machine says so. ``weak``: it tells of the Python that made the installer rather, and
    machine code outweighs it.
    """

    about: Literal["python", "platform"]
    value: str
    source: str
    weak: bool = False
    machine_code: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A place in one scheme: ``path`` is relative, with ``/``."""

    scheme: Scheme
    path: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One file of the installer, unpacked to ``file``."""

    place: Place
    file: Path


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Installer:
    """What an installer says of itself.

    ``name`` and ``version`` as it writes them, empty if it doesn't; ``fields``: what else it says, as core metadata;
    ``built_with``: the Python that made it; ``place`` tells where a member goes (None: it is no file to install);
    ``reader`` walks over its members (None: it is a plain zip).
    """

    kind: Kind
    file: Path
    name: str
    version: str
    claims: tuple[Claim, ...]
    place: Callable[[str], Place | None]
    reader: Reader | None = None
    fields: tuple[tuple[str, str], ...] = ()
    built_with: str | None = None
    post_install: str | None = None
    pre_install: bytes = b""


def into_prefix(parts: tuple[str, ...], name: str) -> Place:
    r"""The place of a file that an installer puts below Python's own folder, ``parts`` being its path there.

    ``name``: the distribution's, whose headers have a folder of their own (``Include\NAME``).
    """
    lower = tuple(each.lower() for each in parts)
    if lower[:2] == ("lib", "site-packages") and len(parts) > 2:  # noqa: PLR2004
        return Place(scheme="site", path="/".join(parts[2:]))
    if lower[:1] == ("scripts",) and len(parts) > 1:
        return Place(scheme="scripts", path="/".join(parts[1:]))
    if lower[:1] == ("include",) and len(parts) > 2 and same_name(parts[1], name):  # noqa: PLR2004
        return Place(scheme="headers", path="/".join(parts[2:]))
    return Place(scheme="data", path="/".join(parts))


def same_name(one: str, other: str) -> bool:
    """Whether two spellings name one distribution; old tools wrote blanks and other signs too."""
    return plain_name(one) == plain_name(other)


def plain_name(name: str) -> str:
    """``zope.interface`` -> ``zope-interface``, ``Foo  Bar`` -> ``foo-bar``."""
    return "-".join(
        filter(None, "".join(each if each.isascii() and each.isalnum() else " " for each in name).split())
    ).lower()
