"""``[[packages.attestation-identities]]`` (PEP 751) of a lock, and beside it ``[[tool.bundle.attestations]]``: the documents that say it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, StrictInt

from bundler.model.attestation import Attested, Publisher
from bundler.model.codec import KEBAB
from bundler.model.secret_queries import without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from packaging.pylock import Package

    from bundler.model.lock import LockedPackage


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class AttestationTable:
    """Of the document about one package's file."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    name: str
    url: str
    size: Annotated[StrictInt, Field(gt=0)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


def attested_of(package: Package, tables: Mapping[str, AttestationTable]) -> Attested | None:
    """What a lock says of a package; None where it has no document of it: locks of other tools have identities alone. Raises ValueError."""
    table = tables.get(package.name)
    if table is None:
        return None
    publishers = sorted({Publisher.read(each) for each in package.attestation_identities or ()})
    return Attested(url=table.url, size=table.size, sha256=table.sha256, publishers=tuple(publishers))


def encode_identities(attested: Attested | None) -> list[dict[str, str]] | None:
    return [each.table for each in attested.publishers] if attested is not None else None


def encode_attestations(packages: Iterable[LockedPackage]) -> Iterator[dict[str, Any]]:
    for each in packages:
        if (found := each.attested) is not None:
            url = without_secrets(found.url)
            yield {"name": each.name, "url": url, "size": found.size, "sha256": found.sha256}
