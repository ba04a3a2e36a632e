"""Programs, DLLs, scripts and installers in what a bundle brings, and by what policies know each: nothing of them is run."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING

from bundler.atomic import scratch_folder
from bundler.errors import IntegrityError
from bundler.formats.archives.unpacking import unpack
from bundler.formats.authenticode import find_signature, installer_hash
from bundler.formats.msi.installed_files import walk_msi
from bundler.formats.pe.binary import read_binary
from bundler.formats.pe.image_hashes import image_hashes
from bundler.formats.pe.pe_header import signature_size
from bundler.formats.wheel_reader import MalformedWheelError, open_wheel
from bundler.plain_file import hash_of, open_plain
from bundler.trust.governed_file import GovernedFile, publisher_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bundler.formats.authenticode import Roots
    from bundler.trust.governed_file import Publisher

_PROGRAMS = (".exe", ".com", ".scr", ".dll", ".pyd", ".ocx", ".cpl", ".drv")
_SCRIPTS = (".bat", ".cmd", ".ps1", ".vbs")
_BATCH = (".bat", ".cmd")
"""AppLocker's alone: App Control doesn't ask about these."""
_INSTALLERS = (".msi", ".msp")
GOVERNED = (*_PROGRAMS, *_SCRIPTS, *_INSTALLERS)
"""Endings of what is looked at, in small letters."""
_BLOCK = 1 << 20


class GovernedFiles:
    """``scratch``: a folder for one file at a time; ``roots``: who vouches for signers, None: signatures aren't looked at, all is known by hash.

    ``unknown``: installers whose hash can't be computed here, as ``owner path``.
    """

    def __init__(self, scratch: Path, roots: Roots | None) -> None:
        self._scratch = scratch
        self._roots = roots
        self.unknown: list[str] = []
        self._publishers: dict[str, Publisher | None] = {}

    def plain(self, file: Path, owner: str) -> Iterator[GovernedFile]:
        """A file of the bundle itself, if policies decide about such. Raises IntegrityError, HostError (``signature-library-missing``)."""
        found = self._known(file, owner, "", owner)
        if found is not None:
            yield found

    def wheel(self, file: Path, owner: str) -> Iterator[GovernedFile]:
        """What a wheel holds. Raises IntegrityError (``wheel-malformed``), HostError (``signature-library-missing``)."""
        unpacked = self._scratch / "member"
        try:
            with open_wheel(file, owner.rpartition("/")[2]) as opened:
                for each in opened.members:
                    if each.filename.lower().endswith(GOVERNED) and each.file_size:
                        with opened.archive.open(each) as source, unpacked.open("wb") as sink:
                            shutil.copyfileobj(source, sink, _BLOCK)
                        found = self._known(unpacked, owner, each.filename, each.filename)
                        if found is not None:
                            yield found
        except MalformedWheelError as error:
            raise IntegrityError("wheel-malformed", f"{owner} is not a valid wheel: {error}") from None

    def installed(self, file: Path, owner: str) -> Iterator[GovernedFile]:
        """What a Windows Installer database (msi) would write, besides itself. Raises IntegrityError (as ``unpack``), HostError."""
        with scratch_folder("installed-", self._scratch) as folder:
            unpack(file, folder / "files", reader=walk_msi)
            for each in sorted((folder / "files").rglob("*")):
                path = each.relative_to(folder / "files").as_posix()
                if each.is_file() and each.stat().st_size and (found := self._known(each, owner, path, path)):
                    yield found

    def _known(self, file: Path, owner: str, path: str, name: str) -> GovernedFile | None:
        """None: it is none of those that its name promises, such as test data."""
        ending = f".{name.lower().rpartition('.')[2]}"
        size = file.stat().st_size
        if ending in _PROGRAMS:
            image = image_hashes(file)
            if image is None:
                return None
            kinds = {"Sha1": image.sha1, "Sha256": image.sha256}
            if signature_size(file):  # only a signature can vouch for the pages behind the first one
                kinds |= {"Page Sha1": image.page_sha1, "Page Sha256": image.page_sha256}
            return GovernedFile(
                owner=owner,
                path=path,
                collection="Dll" if image.dll else "Exe",
                size=size,
                sha256=image.sha256,
                hashes=tuple((kind, value) for kind, value in kinds.items() if value),
                publisher=self._publisher(file, name),
            )
        flat = (("Sha1", _sha1(file)), ("Sha256", hash_of(file)))
        if ending in _INSTALLERS:
            try:
                sha256 = installer_hash(file)
            except IntegrityError:
                self.unknown.append(f"{owner} {path}".rstrip())
                return None
            return GovernedFile(owner=owner, path=path, collection="Msi", size=size, sha256=sha256, hashes=flat)
        if ending in _SCRIPTS:
            hashes = () if ending in _BATCH else flat
            return GovernedFile(
                owner=owner, path=path, collection="Script", size=size, sha256=flat[1][1], hashes=hashes
            )
        return None

    def _publisher(self, file: Path, name: str) -> Publisher | None:
        """Broken signatures, and those of whom nobody vouches for, are none: the hash holds all the same."""
        if self._roots is None or not signature_size(file):
            return None
        key = hash_of(file)
        if key not in self._publishers:
            try:
                signature = find_signature(file, name, None, self._roots)
                product = read_binary(file, name).product if signature is not None else ""
            except IntegrityError:
                signature, product = None, ""
            self._publishers[key] = publisher_of(signature, product) if signature is not None else None
        return self._publishers[key]


def _sha1(file: Path) -> str:
    found = hashlib.sha1(usedforsecurity=False)
    with open_plain(file) as stream:
        while block := stream.read(_BLOCK):
            found.update(block)
    return found.hexdigest()
