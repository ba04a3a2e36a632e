"""What is known of a signature whose bytes are right."""

from __future__ import annotations

import dataclasses
import datetime


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Signature:
    """One signature whose bytes are right. The names are the signing certificate's subject (CN, O) and its issuer (CN).

    ``timestamp`` is when it was countersigned, None if it wasn't; ``digest`` such as ``sha256``. ``distrust`` says why the
    certificate leads to no trusted root, empty when it does. ``subject``: the signing certificate's O, L, ST and C as far as it has them, in this
    order; ``issuer_digest``: hex, of the certificate of the issuer, which leads to a trusted root, without its signature (TBSCertificate) by the hash that this names; empty where
    the signature doesn't bring that certificate, or none leads to a root.
    """

    subject_common_name: str
    organization: str
    issuer: str
    timestamp: datetime.datetime | None
    digest: str
    distrust: str = ""
    subject: tuple[tuple[str, str], ...] = ()
    issuer_digest: str = ""

    def by(self, signer: str) -> bool:
        """Whether ``signer`` is the common name or the organization of whoever signed."""
        return signer in {self.subject_common_name, self.organization}


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SigningCertificate:
    """The certificate behind a signature: whose (CN, or O), from when until when it is valid, and what it says that it is for; ``usages``: none are named where it is
    empty.
    """

    name: str
    begins: datetime.datetime
    ends: datetime.datetime
    usages: tuple[str, ...]

    @property
    def signs_code(self) -> bool:
        return "code_signing" in self.usages
