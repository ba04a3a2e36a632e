"""Who signed a Windows file: the digest, the chain up to a root that Windows trusts, the time stamp, the signer's name.

Authenticode in PE files (exe, dll, pyd) and Windows Installer databases (msi). Revocation isn't looked up: a build host may have no way there.
A certificate that is over is fine as long as a valid time stamp says that the file was signed before.
"""

from __future__ import annotations

import contextlib
import functools
import io
import sys
from typing import TYPE_CHECKING, BinaryIO

from bundler.errors import BundleError, HostError, IntegrityError
from bundler.formats.msi.compound import MAGIC as OLE_MAGIC
from bundler.formats.msi.compound import check_streams
from bundler.formats.pe.pe_header import MAGIC as PE_MAGIC
from bundler.formats.pe.pe_header import signature_size
from bundler.plain_file import open_plain, plain_opener

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bundler.formats.authenticode_checks import RootStore
    from bundler.formats.signature import Signature, SigningCertificate


_MOST_AT_ONCE = 16 << 20
"""Bytes of one signature; those of large files, with a hash of each page, have some megabytes."""


class _Bounded(io.BufferedReader):
    """Hands out no signature of any length that a file says of its own."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or not 0 <= size <= _MOST_AT_ONCE:
            raise ValueError(f"it has a part of {size} bytes, too many for a signature")
        return super().read(size)


class Roots:
    """The certificates that end a chain: Microsoft's list, and the PEM files given; made once for many files.

    Raises InputError (``roots-unreadable``) when one of those isn't a PEM file of certificates.
    """

    def __init__(self, extra: tuple[Path, ...] = ()) -> None:
        self._extra = extra
        if extra:  # what the user gave is read at once
            _ = self.store

    @functools.cached_property
    def store(self) -> RootStore:
        """Made when the first signed file is there; raises HostError (``signature-library-missing``)."""
        _load()
        from bundler.formats.authenticode_checks import RootStore

        return RootStore(self._extra)


def can_check_signatures() -> bool:
    """Whether the packages that check signatures are installed."""
    try:
        _load()
    except HostError:
        return False
    return True


def check_signature(file: Path, *, signer: str, extra_roots: tuple[Path, ...] = ()) -> Signature:
    """Check that ``signer`` signed ``file``, a PE or an MSI.

    Raises IntegrityError: ``signature-missing``, ``signature-broken`` (the bytes aren't what was signed),
    ``signature-untrusted`` (no chain to a trusted root) or ``signature-other-signer``.
    """
    return demand_signature(file, file.name, signer, Roots(extra_roots))


def read_signature(file: Path, *, extra_roots: tuple[Path, ...] = ()) -> Signature | None:
    """Who signed ``file``, trusted or not (``Signature.distrust``); None: nobody did.

    Raises IntegrityError (``signature-broken``).
    """
    return find_signature(file, file.name, None, Roots(extra_roots))


def demand_signature(file: Path, name: str, signer: str, roots: Roots) -> Signature:
    """As ``check_signature``; errors call the file ``name``."""
    found = find_signature(file, name, signer, roots)
    if found is None:
        raise IntegrityError(
            "signature-missing",
            f"{name} isn't signed, and {signer} should have signed it",
            context=(str(file),),
            hint="take the file from its publisher; write unsigned = true in its table of the recipe to take an unsigned one",
        )
    if not found.by(signer):
        raise IntegrityError(
            "signature-other-signer",
            f"{name} is signed by {found.subject_common_name} ({found.issuer}) and not by {signer}",
            context=(str(file),),
            hint="take the file from its publisher, or name the signer that you expect in its table of the recipe",
        )
    if found.distrust:
        raise IntegrityError(
            "signature-untrusted",
            f"{name} says that {found.subject_common_name} signed it, and no root that Windows trusts vouches for that",
            context=(str(file), found.distrust),
            hint="take the file from its publisher; where a mirror signs anew, give its root certificate as a PEM file",
        )
    return found


def find_signature(file: Path, name: str, signer: str | None, roots: Roots) -> Signature | None:
    """The signature by ``signer`` among those of ``file``, or else the first one.

    Raises IntegrityError (``signature-broken``), HostError (``signature-library-missing``).
    """
    if not _can_be_signed(file):
        return None
    store = roots.store
    from bundler.formats.authenticode_checks import verified_signature

    with _decoding(file, name) as stream:
        found = verified_signature(stream, signer, store)
        if found is None:
            _refuse_empty_promise(file)
    return found


@contextlib.contextmanager
def _decoding(file: Path, name: str) -> Iterator[BinaryIO]:
    """Hostile bytes make ASN.1 decoders fail in every way there is: each becomes IntegrityError (``signature-broken``), but for the disk's own failures."""
    try:
        if _begins_with(file, OLE_MAGIC):
            check_streams(file)
        with _Bounded(io.FileIO(file, opener=plain_opener)) as stream:
            yield stream
    except BundleError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise _broken(file, name, str(error) or type(error).__name__) from error


def signing_certificate(file: Path) -> SigningCertificate:
    """The certificate of a program's first signature. Raises IntegrityError (``signature-broken``), HostError (``signature-library-missing``)."""
    _load()
    from bundler.formats.authenticode_checks import certificate_behind

    with _decoding(file, file.name) as stream:
        return certificate_behind(stream)


def installer_hash(file: Path) -> str:
    """The sha256, in hex, by which policies know a Windows Installer database (msi): the one that a signature of it would have.

    Raises IntegrityError (``signature-broken``) where its structure can't be read, HostError (``signature-library-missing``).
    """
    _load()
    from bundler.formats.authenticode_checks import installer_digest

    with _decoding(file, file.name) as stream:
        return installer_digest(stream)


def _load() -> None:
    """Import what checks signatures, or say what to install."""
    try:
        import bundler.formats.authenticode_checks  # noqa: F401
    except ImportError as error:
        raise HostError(
            "signature-library-missing",
            f"signatures of Windows files can't be checked: {error.name or error} is not installed",
            context=(str(error),),
            hint=f'install it: {sys.executable} -m pip install "signify[msi]" oscrypto pycryptodomex; or write '
            "unsigned = true in the file's table of the recipe to take it unchecked",
        ) from error


def _refuse_empty_promise(file: Path) -> None:
    """Refuse a PE whose header has an entry for signatures that leads nowhere; signify takes it for unsigned."""
    if signature_size(file):
        raise ValueError("its header names a signature that isn't there: the file was cut or changed")


def _can_be_signed(file: Path) -> bool:
    return _begins_with(file, PE_MAGIC, OLE_MAGIC)


def _begins_with(file: Path, *marks: bytes) -> bool:
    with open_plain(file) as stream:
        return stream.read(8).startswith(marks)


def _broken(file: Path, name: str, why: str) -> IntegrityError:
    return IntegrityError(
        "signature-broken",
        f"the signature of {name} doesn't fit the file",
        context=(str(file), why),
        hint="the file was damaged or changed after it was signed: fetch it again from its publisher",
    )
