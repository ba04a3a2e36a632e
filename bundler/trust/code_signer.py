"""Signs programs (Authenticode), and believes no tool: each file is read again before it counts as signed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

from bundler.atomic import move
from bundler.errors import HostError, IntegrityError, SignatureError
from bundler.formats.authenticode import Roots, find_signature, signing_certificate
from bundler.formats.pe.image_hashes import image_hashes
from bundler.formats.pe.pe_header import signature_size
from bundler.isolation.host_program import program_on_path
from bundler.trust.code_key import CodeKey
from bundler.trust.code_tools import stamp_missing
from bundler.trust.osslsigncode import PROGRAM, Osslsigncode
from bundler.trust.signtool import Signtool

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping
    from pathlib import Path

    from bundler.trust.code_tools import CodeTool, Stamping


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SigningWish:
    """``passphrase`` answers when it is wanted, None: there is none."""

    key: CodeKey
    passphrase: Callable[[], str | None]


def code_tool(wish: SigningWish, environ: Mapping[str, str], *, windows: bool) -> CodeTool:
    """What can sign with that key here. Raises HostError (``authenticode-tool-missing``)."""
    key = wish.key
    if key.kind == "store" and not windows:
        raise HostError(
            "authenticode-tool-missing",
            "a key in Windows' certificate store can be used on Windows only",
            hint="name a PFX file, or a token by its PKCS#11 URI",
        )
    if key.kind == "store" or (windows and key.kind == "file" and program_on_path(PROGRAM, environ) is None):
        return Signtool(key, environ)
    return Osslsigncode(key, wish.passphrase, environ)


class CodeSigner:
    """Signs with one key; ``by`` is known when the first program is signed: the common name of its certificate. ``secrets``: files of this host that nobody
    else may read.
    """

    def __init__(
        self, tool: CodeTool, *, stamps: Stamping, now: datetime.datetime, secrets: tuple[Path, ...] = ()
    ) -> None:
        self._tool, self._now = tool, now
        self._roots = Roots()
        self._stamps = stamps
        self.timestamps = stamps.servers
        self.title = tool.title
        self.secrets = secrets
        self.by = ""

    def sign(self, path: Path, name: str) -> None:
        """Sign a program where it lies; errors call it ``name``. What isn't signed as it should be is left as it was.

        Raises SignatureError: ``authenticode-…`` for what is wrong with key, passphrase, certificate or time stamp; HostError.
        """
        work = path.with_name(f"{path.name}.signed")
        self._stamps.sign(lambda server: self._sign(path, work, name, server))
        move(work, path)

    def _sign(self, path: Path, work: Path, name: str, server: str) -> None:
        """Into ``work``, with a time stamp of ``server`` if one is named."""
        before = image_hashes(path)
        work.unlink(missing_ok=True)
        self._tool.sign(path, work, server)
        after = image_hashes(work) if work.is_file() else None
        if before is None or after is None or before.sha256 != after.sha256:
            raise SignatureError(
                "authenticode-failed",
                f"{self.title} made another program of {name}",
                hint="install it again, or another version of it",
            )
        try:
            self._check(work, name, server)
        except IntegrityError as error:
            if server and any("countersign" in each for each in error.context):  # the stamp is of something else
                raise stamp_missing((server,), error.context[1:]) from None
            raise SignatureError(
                "authenticode-failed",
                f"the signature that {self.title} made of {name} can't be read again",
                context=error.context[1:],
                hint="look at the certificates of the key: each may be there once",
            ) from None

    def _check(self, work: Path, name: str, server: str) -> None:
        if not signature_size(work):
            raise SignatureError("authenticode-failed", f"{self.title} ended well, and {name} isn't signed")
        certificate = signing_certificate(work)
        self.by = certificate.name or "a certificate without a name"
        if not certificate.begins <= self._now <= certificate.ends:
            raise SignatureError(
                "authenticode-certificate-expired",
                f"the certificate of {self.by} was valid from {certificate.begins:%Y-%m-%d} to {certificate.ends:%Y-%m-%d}, and isn't now",
                hint="sign with a certificate that is valid; look at this host's clock if it should be",
            )
        if not certificate.signs_code:
            raise SignatureError(
                "authenticode-certificate-unfit",
                f"the certificate of {self.by} isn't for signing programs",
                context=("its usages: " + (", ".join(certificate.usages) or "none is named"),),
                hint="Windows wants the extended key usage codeSigning: ask your authority for such a certificate",
            )
        found = find_signature(work, name, None, self._roots)
        if not server:
            return
        if found is None or found.timestamp is None:
            raise stamp_missing((server,), (f"{self.title} put none into the signature",))
        if not certificate.begins <= found.timestamp <= certificate.ends:  # Windows asks whether it was valid then
            words = f"it says that it is {found.timestamp:%Y-%m-%d}, and the certificate of {self.by} isn't valid then"
            raise stamp_missing((server,), (words,))
