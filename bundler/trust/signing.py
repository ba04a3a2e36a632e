"""Signing a bundle: a file beside it, and not a byte of its own changes."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import IO, TYPE_CHECKING, Self

from bundler.atomic import BESIDE, move, scratch_folder
from bundler.errors import HostError, SignatureError
from bundler.formats.ssh_signature import read_ssh_signature
from bundler.plain_file import open_plain
from bundler.trust.cosign import Cosign, is_cosign_key
from bundler.trust.made_signature import MadeSignature
from bundler.trust.signed_content import signed_content
from bundler.trust.ssh_keygen import NAMESPACE, SshKeygen, key_of, unlocked_kind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from bundler.report import Reporter
    from bundler.trust.made_signature import SigningProgram
    from bundler.trust.ssh_keygen import SshSigning


class Signer:
    """Signs with one key: a private one of ssh-keygen or cosign, or the public one of a key in an agent or in hardware. Use it as a context manager.

    Raises HostError (``ssh-keygen-missing``, ``cosign-missing``), SignatureError (``signing-failed``): what can be known before a long build.
    """

    def __init__(self, key: Path, environ: Mapping[str, str]) -> None:
        key = key_of(key)
        self._program: SigningProgram = Cosign(key, environ) if is_cosign_key(key) else _OfSsh(key, environ)
        kind = unlocked_kind(key)
        asks_nothing = kind and not kind.startswith("sk-")  # one in hardware wants to be touched
        self._asks_nothing = self._program if isinstance(self._program, _OfSsh) and asks_nothing else None
        self._begun: dict[str, SshSigning] = {}
        self._runs = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """What was begun, and nobody wants any more, ends."""
        self._runs.close()

    def demand_fit(self) -> None:
        """See before a long build that it can sign, where nobody has to do anything for it. Raises as ``sign`` does of ssh-keygen."""
        if self._asks_nothing is not None:
            with self._asks_nothing.signing(subprocess.DEVNULL) as run:
                _made(run.finish(lambda _: None), "")

    def begin(self, archive: Path, sha256: str) -> None:
        """Sign an archive beside what else is to be done, before it has its name; ``sign`` takes that for the one with this hash.

        Not where a program may ask for something, which would be while another line is on the screen, and not on Windows, where a file that is open
        can't be renamed. Raises OSError.
        """
        if self._asks_nothing is not None and sys.platform != "win32":
            with open_plain(archive) as stream:
                self._begun[sha256] = self._runs.enter_context(self._asks_nothing.signing(stream))

    def sign(self, bundle: Path, reporter: Reporter, *, sha256: str = "") -> Path:
        """Sign a bundle, and answer where the signature lies. ``sha256``: of what was built or verified, so that
        nothing else is signed; empty: whatever is there is.

        Raises InputError (``bundle-unreadable``), SignatureError (``signing-failed``, ``bundle-signature-malformed``),
        HostError (``ssh-keygen-too-old``, ``output-unwritable``).
        """
        reporter.step(f"Signing {bundle}")
        content = signed_content(bundle)
        begun = self._begun.pop(sha256, None)
        if begun is not None:
            made = _made(begun.finish(reporter.note), sha256)
        else:
            with content.opened() as stream:
                made = self.signature(content.file, stream, reporter)
            demand_built(bundle, made.sha256, sha256)
        final = content.signature_by(made.key_digest)
        write_beside(final, made.file)
        return final

    def signature(self, path: Path, content: IO[bytes], reporter: Reporter) -> MadeSignature:
        """The signature over a file that is opened already; raises as ``sign`` does of the programs."""
        return self._program.signature(path, content, reporter)


class _OfSsh:
    def __init__(self, key: Path, environ: Mapping[str, str]) -> None:
        self._key = key
        self._keygen = SshKeygen(environ)

    def signing(self, content: IO[bytes] | int) -> SshSigning:
        return self._keygen.signing(self._key, content)

    def signature(self, path: Path, content: IO[bytes], reporter: Reporter) -> MadeSignature:
        del path
        return _made(*self._keygen.sign(self._key, content, reporter.note))


def _made(printed: bytes, sha256: str) -> MadeSignature:
    made = read_ssh_signature(printed)
    if made.namespace != NAMESPACE:
        raise SignatureError("signing-failed", f"ssh-keygen signed for {made.namespace} and not for {NAMESPACE}")
    return MadeSignature(key_digest=made.key_digest, file=made.content, envelope=made.content, sha256=sha256)


def demand_built(path: Path, found: str, sha256: str) -> None:
    """See that a bundle, or its statement, of which ``found`` is the sha256 as it was read, still is what was built or verified; ``sha256`` empty: whatever it is. Raises SignatureError (``signing-failed``)."""
    if sha256 not in ("", found):
        raise SignatureError(
            "signing-failed",
            f"{path} isn't what was built or verified any more: it was changed before it could be signed",
            hint="find out who else may write there, and build or copy it elsewhere",
        )


def write_beside(final: Path, content: bytes) -> None:
    """Write what vouches for a bundle beside it; raises HostError (``output-unwritable``)."""
    try:
        with scratch_folder(BESIDE, final.parent) as scratch:
            work = scratch / final.name
            work.write_bytes(content)
            move(work, final)
    except OSError as error:
        raise HostError(
            "output-unwritable",
            f"the signature can't be written to {final}: {error.strerror or error}",
            hint="signatures lie beside the bundle: copy it where you may write, and sign it there",
        ) from None
