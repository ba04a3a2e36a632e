"""A bill of materials as data, whatever it is written as: what a bundle consists of, and what of that needs what."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Literal, Self

IN_BUNDLE, COMPILED_WITH, EPOCH, SIGNED_BY = "in-bundle", "compiled-with", "source-date-epoch", "programs-signed-by"
SUPPLIED_WITH = "supplied-with"
"""Names of notes that are read again."""
PREFIX = "offline-bundler:"
"""Of names of ours among a component's properties."""
Kind = Literal["application", "platform", "library", "framework", "file", "data", "firmware", "operating-system"]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Party:
    """Somebody: an organization or a person; each empty where it isn't known."""

    name: str = ""
    email: str = ""
    url: str = ""

    @classmethod
    def at(cls, name: str, contact: str) -> Self:
        """Somebody at an address for mail or of the web; empty: none is known."""
        is_url = "://" in contact
        return cls(name=name, email=contact if "@" in contact and not is_url else "", url=contact if is_url else "")

    @property
    def is_known(self) -> bool:
        return bool(self.name or self.email or self.url)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class StatedLicence:
    """An SPDX ``expression`` (one identifier is one too), or ``names`` that its makers give it; neither: none is stated."""

    expression: str = ""
    names: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Traits:
    """As BSI TR-03183-2 has them: whether a file can be executed, is an archive, and shows its parts."""

    executable: bool
    archive: bool = False
    structured: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """One component. ``ref`` names it in the bill; ``path``: its file, in the bundle or in the component that it is part of, empty: it has none.

    ``hashes``: algorithm (``SHA-256``, ``SHA-512``) and hex. ``origin``: the address of its file, of its source where ``is_source``; ``links``: kind (``website``,
    ``vcs``, ``issue-tracker``, ``documentation``) and address. ``needs``: refs. ``notes``: further facts, by names of ours.
    """

    ref: str
    kind: Kind
    name: str
    version: str = ""
    path: str = ""
    hashes: tuple[tuple[str, str], ...] = ()
    purl: str = ""
    cpe: str = ""
    description: str = ""
    supplier: Party = Party()
    licence: StatedLicence = StatedLicence()
    origin: str = ""
    is_source: bool = False
    source_sha256: str = ""
    links: tuple[tuple[str, str], ...] = ()
    traits: Traits | None = None
    notes: tuple[tuple[str, str], ...] = ()
    needs: tuple[str, ...] = ()
    parts: tuple[Item, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Bill:
    """``subject``: the bundle itself; ``creator``: who made the bundle, and so the bill; ``tool``: name and version of what wrote it."""

    subject: Item
    items: tuple[Item, ...]
    created: datetime.datetime
    creator: Party
    tool: tuple[str, str]
