"""The form of ``[tool.bundle]`` in a lock: what PEP 751 has no field for."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, StrictInt

from bundler.model.artifact import SHA256
from bundler.model.codec import KEBAB
from bundler.model.lock_attestations import AttestationTable, DocumentTable
from bundler.model.lock_rejections import RejectionTable
from bundler.model.runtime_kinds import KindName


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class FileTable:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    filename: str
    url: str | None = None
    path: str | None = None
    size: StrictInt | None = None
    sha256: Annotated[str, Field(pattern=SHA256.pattern + "$")]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RuntimeTable:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    kind: KindName
    source: str = ""
    file: FileTable | None = None
    signer: str | None = None
    member: str | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SeedTable:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    name: str
    version: str
    upload_time: datetime.datetime | None = None
    file: FileTable
    attestation: DocumentTable | None = None
    attestation_identities: tuple[dict[str, Any], ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BuildTable:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    name: str
    version: str
    used_by: tuple[str, ...]
    upload_time: datetime.datetime | None = None
    file: FileTable


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class LegacyTable:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    name: str
    source: str
    python: str | None = None
    platform: str | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class VcsTable:
    """Of the tar that a commit becomes."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    name: str
    size: StrictInt | None = None
    sha256: Annotated[str, Field(pattern=SHA256.pattern + "$")]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class TargetTable:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    python: str
    platform: str
    abi: str
    markers: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ToolTable:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    format: StrictInt
    inputs: str
    created: datetime.datetime
    uploaded_before: datetime.datetime | None = None
    requested: tuple[str, ...]
    target: TargetTable
    runtime: RuntimeTable
    boot: RuntimeTable | None = None
    seeds: tuple[SeedTable, ...] = ()
    build: tuple[BuildTable, ...] = ()
    legacy: tuple[LegacyTable, ...] = ()
    vcs: tuple[VcsTable, ...] = ()
    rejected: tuple[RejectionTable, ...] | None = None
    attestations: tuple[AttestationTable, ...] = ()
