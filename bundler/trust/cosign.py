"""``cosign sign-blob``: signatures by keys in files, over the bare bytes, without certificates and without a transparency log.

What it makes is verified by ``bundler.formats.p256_key``, on hosts that have no cosign too. Its options differ from version to version: its help says which
it has. Passphrases are its own matter: ``COSIGN_PASSWORD``, or it asks at the terminal.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path
from typing import IO, TYPE_CHECKING

from bundler.atomic import scratch_folder
from bundler.errors import HostError, SignatureError
from bundler.formats.blob_signature import LARGEST_SIGNATURE, read_blob_signature, write_blob_signature
from bundler.formats.p256_key import P256Key, key_of_pem
from bundler.isolation.host_program import program_on_path
from bundler.plain_file import open_plain
from bundler.trust.made_signature import MadeSignature

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bundler.report import Reporter

_PROGRAM = "cosign"
_BEGINNINGS = (b"-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----", b"-----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----")
_ASKED_OF = "COSIGN_PASSWORD"
_NO_LOG = '{"mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json"}'
"""A signing config that names no service: what versions want that have no option against the log any more."""
_MOST_PRINTED = 64 * 1024
_LAST_LINES = 5


def is_cosign_key(path: Path) -> bool:
    """By its first line; what can't be read is none."""
    try:
        with open_plain(path) as stream:
            return stream.read(max(map(len, _BEGINNINGS))).startswith(_BEGINNINGS)
    except OSError:
        return False


class Cosign:
    """With one key. Raises HostError (``cosign-missing``), SignatureError (``signing-failed``): a key that isn't of the curve P-256, as those of ``cosign
    generate-key-pair`` are, or can't be read.
    """

    def __init__(self, key: Path, environ: Mapping[str, str]) -> None:
        self._key, self._environ = Path(os.path.abspath(key)), dict(environ)  # noqa: PTH100 - what begins like an address is none
        found = program_on_path(_PROGRAM, environ)
        if found is None:
            raise HostError(
                "cosign-missing",
                f"{key} is a key of cosign, and there is no cosign on this host",
                hint="install it (the package cosign, from Debian 13 on), or sign with a key of ssh-keygen",
            )
        self._program = found
        self._public = self._public_key()

    def signature(self, path: Path, content: IO[bytes], reporter: Reporter) -> MadeSignature:
        """As ``SigningProgram`` has it; raises SignatureError (``signing-failed``) where another key or other bytes come of it too."""
        del reporter  # what it says where all goes well is about its own options and files
        with scratch_folder("bundle-cosign-") as scratch:
            made = scratch / "signature.json"
            options = ("--key", str(self._key), "--yes", *self._without_log(scratch), "--bundle", str(made))
            done = self._run("sign-blob", *options, str(path))
            if done.returncode:
                raise self._failed("can't sign", done)
            with open_plain(made) as stream:
                signature = read_blob_signature(stream.read(LARGEST_SIGNATURE + 1)).signature
        sha256 = hashlib.file_digest(content, "sha256").digest()  # type: ignore[arg-type]
        if not self._public.made(signature, sha256):
            raise SignatureError(
                "signing-failed",
                f"cosign signed something else than {path}, or with another key than the public one of {self._key}",
                hint="see that nobody else writes there, and that the .pub file beside the key belongs to it",
            )
        return MadeSignature(
            key_digest=self._public.digest,
            file=write_blob_signature(signature),
            envelope=signature,
            sha256=sha256.hex(),
        )

    def _public_key(self) -> P256Key:
        """The file that ``cosign generate-key-pair`` wrote beside the private one, so that nobody has to be asked for the passphrase; else what cosign says."""
        try:
            with open_plain(self._key.with_suffix(".pub")) as stream:
                text = stream.read(_MOST_PRINTED)
        except OSError:
            done = self._run("public-key", "--key", str(self._key))
            if done.returncode:
                raise self._failed("can't read", done) from None
            text = done.stdout
        found = key_of_pem(text.decode("ascii", "replace"))
        if found is None:
            raise SignatureError(
                "signing-failed",
                f"{self._key} isn't a key of ECDSA on the curve P-256",
                hint="make one: cosign generate-key-pair",
            )
        return found

    def _without_log(self, scratch: Path) -> tuple[str, ...]:
        """Options by which nothing of it is published: this host may have no network, and the bundle's name is nobody's business."""
        known = self._run("sign-blob", "--help").stdout.decode("utf-8", "replace")
        options = ["--new-bundle-format"] if "--new-bundle-format" in known else []
        if "--use-signing-config" in known:
            return (*options, "--use-signing-config=false", "--tlog-upload=false")
        if "--tlog-upload" in known:
            return (*options, "--tlog-upload=false")
        config = scratch / "signing-config.json"
        config.write_text(_NO_LOG, encoding="ascii")
        return ("--signing-config", str(config))

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        """With this process' terminal, at which it asks for the passphrase: what it says there isn't caught then."""
        asks = _ASKED_OF not in self._environ and "--help" not in arguments
        return subprocess.run(
            (self._program, *arguments),
            stdin=None if asks else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=None if asks else subprocess.PIPE,
            check=False,
            env=self._environ,
        )

    def _failed(self, what: str, done: subprocess.CompletedProcess[bytes]) -> SignatureError:
        return SignatureError(
            "signing-failed",
            f"cosign {what} with {self._key}",
            context=_lines(done.stderr),
            hint=f"is its passphrase right? cosign takes it of {_ASKED_OF}, or asks for it at the terminal",
        )


def _lines(printed: bytes | None) -> tuple[str, ...]:
    lines = (printed or b"")[-_MOST_PRINTED:].decode("utf-8", "backslashreplace").splitlines()
    return tuple(each.strip() for each in lines if each.strip())[-_LAST_LINES:]
