"""``bundle audit --fetch``: snapshots of advisories, on a host that has a network."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from bundler.atomic import BESIDE, move, scratch_folder, write_whole
from bundler.errors import InputError
from bundler.foreign import split_address
from bundler.model.artifact import Artifact, Checksum
from bundler.pack.writing import host_error
from bundler.plain_file import open_plain
from bundler.trust.osv_snapshot import read_snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bundler.model.artifact import StoredFile
    from bundler.pipeline.session import Session

_DUMPS = "https://osv-vulnerabilities.storage.googleapis.com"
PACKAGES = f"{_DUMPS}/PyPI/all.zip"
"""What OSV publishes of packages of Python (https://google.github.io/osv.dev/data/#data-dumps)."""
DEFAULTS = (PACKAGES, f"{_DUMPS}/Bitnami/all.zip")
"""Bitnami's records have versions of CPython and SQLite, where others have commits."""
_ZIP = ".zip"
_BLOCK = 1 << 20
_LONGEST_NAME = 100


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class FetchedSnapshot:
    """``path``: where it is now; ``records``: how many advisories it has."""

    path: Path
    url: str
    sha256: str
    size: int
    records: int


def fetch_advisories(session: Session, place: Path, urls: Sequence[str]) -> tuple[FetchedSnapshot, ...]:
    """Into the folder ``place``, or into the file if its name ends with ``.zip``; what is there is replaced once all was read. Beside each its sum.

    Raises InputError (``snapshot-unreadable``, ``snapshot-places``), NetworkError, HostError.
    """
    places = _places(place, tuple(dict.fromkeys(urls)) or _defaults(place))
    if place.exists() and not place.is_dir() and not _is_file(place):
        raise InputError(
            "snapshot-places",
            f"{place} is a file, and its name doesn't end with {_ZIP}",
            hint=f"name a folder, or a file NAME{_ZIP}",
        )
    session.name_addresses(places)
    artifacts = [Artifact(filename=each.name, url=url) for url, each in places.items()]
    stored = session.fetcher.fetch(artifacts, session.reporter)
    counts = [read_snapshot(stored[each].path, ()).records for each in artifacts]
    found = tuple(
        _kept(stored[artifact], path, url=url, records=records)
        for artifact, (url, path), records in zip(artifacts, places.items(), counts, strict=True)
    )
    for each in artifacts:  # each day's is another one, and nothing would ever ask the store for it
        with contextlib.suppress(OSError):
            stored[each].path.unlink()
    return found


def _defaults(place: Path) -> tuple[str, ...]:
    return (PACKAGES,) if _is_file(place) else DEFAULTS


def _is_file(place: Path) -> bool:
    return place.suffix.lower() == _ZIP and not place.is_dir()


def _places(place: Path, urls: Sequence[str]) -> dict[str, Path]:
    if _is_file(place):
        if len(urls) > 1:
            raise InputError(
                "snapshot-places", f"{len(urls)} snapshots can't be one file, {place}", hint="name a folder for them"
            )
        return {urls[0]: place}
    places = {each: place / _name(each) for each in urls}
    if len({each.name.lower() for each in places.values()}) < len(places):
        raise InputError(
            "snapshot-places",
            f"two of the snapshots would have one name in {place}",
            hint="fetch each into a file of its own: --fetch NAME.zip --url URL",
        )
    return places


def _name(url: str) -> str:
    """``PyPI.zip`` of ``.../PyPI/all.zip``; letters, digits, points and dashes of the address."""
    parts = [unquote(each) for each in split_address(url).path.split("/") if each]
    last = parts[-1].removesuffix(_ZIP) if parts else ""
    chosen = parts[-2] if last == "all" and len(parts) > 1 else last
    plain = "".join(each if each.isascii() and (each.isalnum() or each in "-_.") else "-" for each in chosen)
    return f"{plain.strip('.')[:_LONGEST_NAME] or 'advisories'}{_ZIP}"


def _kept(stored: StoredFile, path: Path, *, url: str, records: int) -> FetchedSnapshot:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with scratch_folder(BESIDE, path.parent) as scratch:
            work = scratch / path.name
            _copy(stored, work)
            move(work, path)
        write_whole(path.with_name(f"{path.name}.sha256"), f"{stored.sha256}  {path.name}\n")
    except OSError as error:
        raise host_error(error, path, what="the snapshot") from None
    return FetchedSnapshot(path=path, url=url, sha256=stored.sha256, size=stored.size, records=records)


def _copy(stored: StoredFile, work: Path) -> None:
    found = Checksum()
    with open_plain(stored.path) as source, work.open("xb") as sink:
        while block := source.read(_BLOCK):
            found.update(block)
            sink.write(block)
    if found.sha256 != stored.sha256:
        raise OSError(f"{stored.path} was changed meanwhile")
