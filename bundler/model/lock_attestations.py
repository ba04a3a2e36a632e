"""``[[packages.attestation-identities]]`` (PEP 751) of a lock, and beside it ``[[tool.bundle.attestations]]``: the documents that say it.

Of ``[[tool.bundle.seeds]]`` both stand in the seed's own table.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, StrictInt

from bundler.model.artifact import SHA256
from bundler.model.attestation import Attested, Publisher
from bundler.model.codec import KEBAB
from bundler.model.secret_queries import without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bundler.model.lock import LockedPackage


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class DocumentTable:
    """Of the document about a seed's file, in the seed's own table."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    url: str
    size: Annotated[StrictInt, Field(gt=0)]
    sha256: Annotated[str, Field(pattern=f"^{SHA256.pattern}$")]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class AttestationTable(DocumentTable):
    """Of the document about one package's file."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    name: str


def attested_of(identities: Iterable[Mapping[str, Any]] | None, table: DocumentTable | None) -> Attested | None:
    """What a lock says of a package; None where it has no document of it: locks of other tools have identities alone. Raises ValueError."""
    if table is None:
        return None
    publishers = sorted({Publisher.read(each) for each in identities or ()})
    return Attested(url=table.url, size=table.size, sha256=table.sha256, publishers=tuple(publishers))


def encode_identities(attested: Attested | None) -> list[dict[str, str]] | None:
    return [each.table for each in attested.publishers] if attested is not None else None


def encode_attestations(packages: Iterable[LockedPackage]) -> Iterator[dict[str, Any]]:
    for each in packages:
        if (found := each.attested) is not None:
            yield {"name": each.name, **_document(found)}


def encode_seed_attestation(attested: Attested | None) -> dict[str, Any]:
    """What the table of a seed has of it."""
    if attested is None:
        return {}
    return {"attestation": _document(attested), "attestation-identities": encode_identities(attested)}


def _document(attested: Attested) -> dict[str, Any]:
    return {"url": without_secrets(attested.url), "size": attested.size, "sha256": attested.sha256}
