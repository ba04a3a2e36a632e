"""Programs that this build signs (Authenticode): our own, which every bundle carries, and those in wheels that nobody has signed."""

from __future__ import annotations

import dataclasses
import shutil
from typing import TYPE_CHECKING

from bundler.errors import InputError, IntegrityError
from bundler.formats.pe.image_hashes import image_hashes
from bundler.formats.pe.pe_header import signature_size
from bundler.formats.wheel_reader import MalformedWheelError, open_wheel
from bundler.formats.wheel_writer import WheelEntry, write_wheel
from bundler.isolation.checkout import is_inside
from bundler.model.artifact import StoredFile
from bundler.pack.record_check import check_records
from bundler.pack.shipped import shipped, target_folder
from bundler.plain_file import open_plain
from bundler.report import count_text

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from bundler.formats.wheel_reader import Wheel
    from bundler.model.artifact import WheelFile
    from bundler.model.target import Target
    from bundler.pipeline.session import Session
    from bundler.trust.code_signer import CodeSigner

PROGRAMS = (".exe", ".dll", ".pyd")
"""Endings of what is signed in wheels, in small letters."""
_RECORDS = ("RECORD", "RECORD.jws", "RECORD.p7s")
_BLOCK = 1 << 20


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SignedProgram:
    """One of ours as it goes into the bundle; ``by``: the common name of whoever signed it."""

    content: bytes
    by: str


def refuse_exposed(secrets: Iterable[Path], projects: Iterable[Path]) -> None:
    """Raises InputError (``authenticode-key-exposed``) for a key, or a file with its passphrase, in a project that this build copies and runs code of."""
    for project in projects:
        for each in secrets:
            if is_inside(each, project):
                raise InputError(
                    "authenticode-key-exposed",
                    f"{each} lies in the project {project}, whose build can read it",
                    hint="keep keys and passphrases outside of what the recipe builds",
                )


def sign_own_programs(
    session: Session, signer: CodeSigner, platform: str, *, services: bool
) -> dict[str, SignedProgram]:
    """The launchers, and where there are services their host, by name. Raises HostError (``shims-missing``) and what ``CodeSigner.sign`` raises."""
    session.reporter.step(f"Signing the launchers for {platform}")
    folder, found = session.folder("signed"), {}
    for each in shipped(target_folder(), platform, services=services):
        if each.path.lower().endswith(".exe"):
            name = each.path.rpartition("/")[2]
            (folder / name).write_bytes(each.content)
            signer.sign(folder / name, name)
            with open_plain(folder / name) as stream:
                found[name] = SignedProgram(content=stream.read(), by=signer.by)
    return found


def sign_in_wheels(
    session: Session, signer: CodeSigner, wheels: Sequence[WheelFile], target: Target, *, epoch: int
) -> list[WheelFile]:
    """The wheels, those that have unsigned programs written anew with signed ones. Raises IntegrityError (``wheel-malformed``; ``wheel-unfit``: one
    isn't what its own RECORD says, which the new one would hide) and what ``CodeSigner.sign`` raises.
    """
    check_records(wheels, target, session.cache)
    session.reporter.step(f"Signing the programs in {count_text(len(wheels), 'wheel')}")
    return [_signed(session, signer, each, epoch) for each in wheels]


def _signed(session: Session, signer: CodeSigner, wheel: WheelFile, epoch: int) -> WheelFile:
    try:
        with open_wheel(wheel.file.path, wheel.filename) as opened:
            folder = session.folder("signed")
            programs = dict(_sign_members(signer, opened, folder, wheel.filename))
            if not programs:
                return wheel
            entries = list(_entries(opened, programs))
            made = write_wheel(folder / wheel.filename, opened.dist_info, entries, epoch=epoch)
    except MalformedWheelError as error:
        raise IntegrityError("wheel-malformed", f"{wheel.filename} is not a valid wheel: {error}") from None
    session.reporter.note(
        f"{wheel.filename}: {count_text(len(programs), 'program')} signed by {signer.by}, and the wheel written anew"
    )
    return dataclasses.replace(
        wheel, file=StoredFile.of(made), made_from=wheel.made_from or "wheel", signed_by=signer.by
    )


def _sign_members(signer: CodeSigner, opened: Wheel, folder: Path, filename: str) -> Iterator[tuple[str, Path]]:
    """Each that nobody has signed, by its name in the wheel, and where it lies signed."""
    for number, each in enumerate(opened.members):
        if not each.filename.lower().endswith(PROGRAMS):
            continue
        place = folder / f"{number}.bin"
        with opened.archive.open(each) as source, place.open("wb") as sink:
            shutil.copyfileobj(source, sink, _BLOCK)
        if image_hashes(place) is None or signature_size(place):
            place.unlink()
            continue
        signer.sign(place, f"{each.filename} of {filename}")
        yield each.filename, place


def _entries(opened: Wheel, programs: dict[str, Path]) -> Iterator[WheelEntry]:
    records = {f"{opened.dist_info}/{each}" for each in _RECORDS}
    for each in opened.members:
        place = programs.get(each.filename)
        if place is not None:
            yield _entry(opened, each, place)
        elif each.filename not in records:
            yield _entry(opened, each, None)


def _entry(opened: Wheel, member: zipfile.ZipInfo, place: Path | None) -> WheelEntry:
    executable = bool(member.external_attr >> 16 & 0o111)
    if place is not None:
        return WheelEntry(
            name=member.filename, size=place.stat().st_size, open=lambda: open_plain(place), executable=executable
        )
    return WheelEntry(
        name=member.filename, size=member.file_size, open=lambda: opened.archive.open(member), executable=executable
    )
