"""Installers of prerequisites, exe and msi: of the kind that the recipe says, whole in one file, signed by whom it says. Nothing of them is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from bundler.errors import IntegrityError
from bundler.formats.authenticode import check_signature, read_signature
from bundler.formats.msi.compound import MAGIC, compound_streams
from bundler.formats.msi.database import Database
from bundler.plain_file import open_plain

if TYPE_CHECKING:
    from pathlib import Path


def check_prerequisite(
    file: Path,
    kind: Literal["msi", "exe"],
    *,
    signer: str | None,
    look: bool = True,
    extra_roots: tuple[Path, ...] = (),
) -> str | None:
    """Who signed it; None: nobody did, which only a ``signer`` of None allows, and a broken signature never is allowed.

    With ``look`` False and no ``signer`` its signature isn't looked at.

    Raises IntegrityError: ``installer-other-kind``, ``installer-malformed``, ``installer-in-parts``, and what ``check_signature`` raises.
    """
    with open_plain(file) as stream:
        head = stream.read(8)
    found = "exe" if head.startswith(b"MZ") else "msi" if head.startswith(MAGIC) else None
    if found != kind:
        what = {
            "exe": "a Windows program",
            "msi": "a Windows Installer database",
            None: "neither a program nor an installer database of Windows",
        }
        raise IntegrityError(
            "installer-other-kind",
            f"{file.name} is {what[found]}, so it can't be a prerequisite of kind {kind!r}",
            context=(str(file),),
            hint=f"write kind = {found!r}" if found else "was a page of a web site saved in its place? fetch it again",
        )
    if kind == "msi":
        _in_one_file(file)
    if signer is not None:
        return check_signature(file, signer=signer, extra_roots=extra_roots).subject_common_name
    if not look:
        return None
    seen = read_signature(file, extra_roots=extra_roots)
    return seen.subject_common_name if seen is not None and not seen.distrust else None


def _in_one_file(file: Path) -> None:
    """Refuse an MSI whose files lie in cabinets, or loose, beside it: the bundle carries the one file that the recipe names."""
    with compound_streams(file) as streams:
        media = Database(streams).rows("Media")
        names = [str(each["Cabinet"] or "") for each in media if int(each["LastSequence"] or 0)]
    beside = [name or "its files, uncompressed" for name in names if not name.startswith("#")]
    if beside:
        raise IntegrityError(
            "installer-in-parts",
            f"{file.name} needs what lies beside it: {', '.join(beside)}",
            context=(str(file),),
            hint="take the publisher's installer that is one file, such as an exe that holds them all",
        )
