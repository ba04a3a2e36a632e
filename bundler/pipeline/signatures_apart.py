"""Whether programs, and wheels with programs, are the same but for the signatures that a bundle's builder put in: nobody else can make those."""

from __future__ import annotations

import shutil
import zipfile
from typing import TYPE_CHECKING

from bundler.atomic import scratch_folder
from bundler.errors import IntegrityError
from bundler.formats.authenticode import Roots, find_signature
from bundler.formats.core_metadata import MalformedMetadataError
from bundler.formats.pe.image_hashes import image_hashes
from bundler.formats.pe.pe_header import signature_size
from bundler.formats.wheel_reader import Wheel, open_wheel
from bundler.pack.wheel_bytes import same_bytes

if TYPE_CHECKING:
    from pathlib import Path

_BLOCK = 1 << 20


def signer_of(plain: Path, signed: Path) -> str | None:
    """Who signed the program ``signed``, if it is otherwise the unsigned one ``plain``; None: it is another, or its signature is broken.

    By the name that the certificate states: whether a root vouches for it isn't asked, since who builds may have a certificate of their own.

    Raises HostError (``signature-library-missing``).
    """
    before, after = image_hashes(plain), image_hashes(signed)
    if before is None or after is None or before.sha256 != after.sha256:
        return None
    if signature_size(plain) or not signature_size(signed):
        return None
    try:
        found = find_signature(signed, signed.name, None, Roots())
    except IntegrityError:
        return None
    return (found.subject_common_name or found.organization) if found is not None else None


def signed_in_wheel(plain: Path, signed: Path, filename: str) -> dict[str, str] | None:
    """The programs of the wheel ``signed`` that are signed, and by whom, if it is otherwise the wheel ``plain``; None: it is another.

    RECORD, which has the hashes of all, is another one then. Raises HostError (``signature-library-missing``).
    """
    try:
        with open_wheel(plain, filename) as before, open_wheel(signed, filename) as after:
            return _signed(before, after)
    except (MalformedMetadataError, zipfile.BadZipFile, OSError):
        return None


def _signed(before: Wheel, after: Wheel) -> dict[str, str] | None:
    """``RECORD.jws`` and ``RECORD.p7s`` sign the old RECORD, and are left out."""
    records = {f"{before.dist_info}/{each}" for each in ("RECORD", "RECORD.jws", "RECORD.p7s")}
    old = {each.filename: each for each in before.members if each.filename not in records}
    new = {each.filename: each for each in after.members if each.filename not in records}
    if old.keys() != new.keys() or before.dist_info != after.dist_info or len(before.present) != len(before.members):
        return None
    if len(after.present) != len(after.members):  # which of several of one name counts, each reader decides for itself
        return None
    found: dict[str, str] = {}
    with scratch_folder("bundle-signed-") as scratch:
        for name, member in new.items():
            if same_bytes((before.archive, old[name]), (after.archive, member)):
                continue
            _put(before, old[name], scratch / "plain")
            _put(after, member, scratch / "signed")
            by = signer_of(scratch / "plain", scratch / "signed")
            if by is None:
                return None
            found[name] = by
    return found or None


def _put(wheel: Wheel, member: zipfile.ZipInfo, place: Path) -> None:
    with wheel.archive.open(member) as source, place.open("wb") as sink:
        shutil.copyfileobj(source, sink, _BLOCK)
