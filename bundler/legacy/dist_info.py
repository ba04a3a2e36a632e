"""The wheel's own folder: METADATA, WHEEL, what remains of the egg-info, and where the wheel comes from."""

from __future__ import annotations

import dataclasses
import io
import json
from typing import IO, TYPE_CHECKING

from bundler.formats.wheel_writer import WheelEntry, wheel_text
from bundler.legacy.old_metadata import Requirements, read_requires, write_metadata
from bundler.plain_file import hash_of

if TYPE_CHECKING:
    from bundler.formats.core_metadata import CoreMetadata
    from bundler.legacy.contents import Contents
    from bundler.legacy.contents_by_place import Installer
    from bundler.legacy.tags import Decision

# of an egg-info: what METADATA has taken over, what only easy_install reads, what whoever installs a wheel writes himself
_TAKEN_OVER = frozenset(
    (
        "PKG-INFO",
        "requires.txt",
        "depends.txt",
        "SOURCES.txt",
        "not-zip-safe",
        "zip-safe",
        "native_libs.txt",
        "eager_resources.txt",
        "INSTALLER",
        "REQUESTED",
        "direct_url.json",
    )
)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """What the wheel is called: ``folder`` is that of its metadata, ``NAME-VERSION.dist-info``."""

    name: str
    version: str
    folder: str


def dist_info(
    installer: Installer,
    contents: Contents,
    info: CoreMetadata,
    decision: Decision,
    identity: Identity,
) -> tuple[list[WheelEntry], list[str]]:
    """The files of the folder but RECORD, and what of the old metadata had to be repaired or left out, in words."""
    warnings: list[str] = []
    folder = identity.folder
    where = installer.file.name
    requirements = Requirements()
    for each in ("requires.txt", "depends.txt"):
        if each in contents.info:
            requirements = read_requires(contents.info[each].read_bytes(), where, warnings)
            break
    metadata = write_metadata(
        info,
        name=identity.name,
        version=identity.version,
        requirements=requirements,
        where=where,
        warnings=warnings,
    )
    wheel = wheel_text(_expanded(decision.tag), pure=decision.pure)
    entries = [
        entry_of(f"{folder}/METADATA", metadata),
        entry_of(f"{folder}/WHEEL", wheel),
        entry_of(f"{folder}/legacy.json", _provenance(installer)),
    ]
    if installer.pre_install:
        entries.append(entry_of(f"{folder}/pre_install.py", installer.pre_install))
    taken = {each.name.casefold() for each in entries} | {
        f"{folder}/{each}".casefold() for each in ("RECORD", "RECORD.jws")
    }
    for path, file in contents.info.items():
        content = file.read_bytes()
        if path in _TAKEN_OVER or f"{folder}/{path}".casefold() in taken or path.endswith((".pyc", ".pyo")):
            continue
        if path == "dependency_links.txt" and not content.strip():
            continue
        entries.append(entry_of(f"{folder}/{path}", content))
    return entries, warnings


def _provenance(installer: Installer) -> bytes:
    """What the wheel was made of, for whoever looks into the environment later; a folder has no hash."""
    digest = None
    if installer.file.is_file():
        digest = hash_of(installer.file)
    facts = {"format": 1, "kind": installer.kind.name.lower(), "sha256": digest, "post_install": installer.post_install}
    return (json.dumps(facts, indent=2, sort_keys=True) + "\n").encode()


def _expanded(tag: str) -> list[str]:
    pythons, abi, platform = tag.split("-")
    return [f"{python}-{abi}-{platform}" for python in pythons.split(".")]


def entry_of(name: str, content: bytes) -> WheelEntry:
    """A file of a wheel whose bytes are in memory."""

    def opened() -> IO[bytes]:
        return io.BytesIO(content)

    return WheelEntry(name=name, size=len(content), open=opened)
