"""The file beside a bundle with the statement of how it was built: its name, who signs it, and whether it may be believed."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path
from typing import IO, TYPE_CHECKING

from bundler.atomic import scratch_folder
from bundler.errors import SignatureError, reason_of
from bundler.formats.blob_signature import write_blob_signature
from bundler.formats.dsse import (
    LARGEST_ENVELOPE,
    MOST_SIGNATURES,
    EnvelopeSignature,
    read_envelope,
    write_envelope,
)
from bundler.formats.ssh_signature import is_ssh_signature
from bundler.model.bundle_files import STATEMENT_ENDING
from bundler.plain_file import open_plain
from bundler.trust.build_statement import BuildStatement, read_statement
from bundler.trust.signature_check import SignaturePolicy, Verdict, judging, line_of
from bundler.trust.signed_content import SignedContent, signed_content
from bundler.trust.signing import demand_built, write_beside

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bundler.formats.dsse import Envelope
    from bundler.report import Reporter
    from bundler.trust.signing import Signer


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class CheckedStatement:
    """One that is about the bundle which it lies beside. ``verdicts``: on its signatures, none where no policy was given or nobody signed; ``content``: of its
    file, as it was judged.
    """

    file: Path
    said: BuildStatement
    signatures: int
    verdicts: tuple[Verdict, ...] = ()
    content: bytes = dataclasses.field(default=b"", repr=False)

    @property
    def signers(self) -> tuple[str, ...]:
        """Names of allowed signers who signed it."""
        return tuple(dict.fromkeys(name for each in self.verdicts for name in each.identities))


def sign_statement(
    bundle: Path, signer: Signer, reporter: Reporter, *, sha256: str = "", said_sha256: str = ""
) -> Path:
    """Sign the statement that lies beside a bundle, and is about it; a signature of the same key is replaced. ``sha256``: of what was built,
    which it has to be about (``Signer.sign`` sees whether that still lies there); empty: about what is there. ``said_sha256``: of the statement's file as the
    build wrote it, since others can write one that is about the same bundle.

    Raises SignatureError (``statement-missing``, ``statement-malformed``, ``statement-of-another``, ``statement-signatures-too-many``) and what
    ``Signer.sign`` raises.
    """
    content = signed_content(bundle)
    path = _path(content)
    reporter.step(f"Signing {path}")
    found = _content(path)
    if found is None:
        raise _missing(path)
    demand_built(path, hashlib.sha256(found).hexdigest(), said_sha256)
    envelope = read_envelope(found)
    _said(envelope, content, sha256)
    with scratch_folder("bundle-statement-") as scratch:
        work = scratch / "signed"
        work.write_bytes(envelope.signed_bytes)
        with open_plain(work) as stream:
            made = signer.signature(work, stream, reporter)
    own = EnvelopeSignature(key_id=made.key_digest, content=made.envelope)
    signatures = (*(each for each in envelope.signatures if each.key_id != own.key_id), own)
    if len(signatures) > MOST_SIGNATURES:
        raise SignatureError(
            "statement-signatures-too-many",
            f"{path} has {MOST_SIGNATURES} signatures, and can't have more",
            hint="build again, which writes one that nobody has signed yet",
        )
    write_beside(path, write_envelope(dataclasses.replace(envelope, signatures=signatures)))
    return path


def check_statement(
    bundle: Path,
    policy: SignaturePolicy | None,
    environ: Mapping[str, str],
    reporter: Reporter,
    *,
    demanded: bool,
    sha256: str = "",
) -> CheckedStatement | None:
    """What the statement beside a bundle says, once it may be believed; None: none lies there.

    It must be about these very bytes. ``sha256``: of what is signed, as it was verified; empty: of what is there. With a ``policy`` one that has signatures must have one of an allowed signer; ``demanded``: there must be
    one that has. Raises SignatureError (``statement-malformed``, ``statement-of-another``, ``statement-missing``, ``statement-refused``) and what
    ``check_signatures`` raises.
    """
    content = signed_content(bundle)
    path = _path(content)
    found = _content(path)
    if found is None:
        if demanded:
            raise _missing(path)
        return None
    reporter.step(f"Checking {path}")
    envelope = read_envelope(found)
    checked = CheckedStatement(
        file=path,
        said=_said(envelope, content, sha256),
        signatures=len(envelope.signatures),
        content=found,
    )
    if policy is None:
        return checked
    if not envelope.signatures:
        if demanded:
            raise _refused(path, ("nobody has signed it",))
        reporter.warn("statement-unsigned", f"nobody has signed {path}, so nothing says that it is true")
        return checked
    checked = dataclasses.replace(checked, verdicts=_verdicts(envelope, path, policy, environ))
    if not checked.signers:
        raise _refused(path, tuple(map(line_of, checked.verdicts)))
    return checked


def _verdicts(
    envelope: Envelope, path: Path, policy: SignaturePolicy, environ: Mapping[str, str]
) -> tuple[Verdict, ...]:
    with judging(policy, environ) as judge, scratch_folder("bundle-statement-") as scratch:
        work = scratch / "signed"
        work.write_bytes(envelope.signed_bytes)

        def opened() -> IO[bytes]:
            return open_plain(work)

        found = []
        for each in envelope.signatures:
            bare = not is_ssh_signature(each.content)
            content = write_blob_signature(each.content) if bare else each.content
            verdict = judge.of_content(content, path, opened)
            if verdict.identities and verdict.key_digest != each.key_id:
                verdict = Verdict(file=path, why="it names another key than the one that made it")
            found.append(verdict)
        return tuple(found)


def _path(content: SignedContent) -> Path:
    return content.folder / f"{content.name}{STATEMENT_ENDING}"


def _content(path: Path) -> bytes | None:
    try:
        with open_plain(path, follow_links=False) as stream:
            return stream.read(LARGEST_ENVELOPE + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SignatureError(
            "statement-malformed",
            f"the statement {path} can't be read: {reason_of(error)}",
            hint="it is a plain file: take it again from where the bundle came from, or move it away",
        ) from None


def _said(envelope: Envelope, content: SignedContent, sha256: str = "") -> BuildStatement:
    """``sha256``: of the content, empty: it isn't known yet."""
    if not sha256:
        with content.opened() as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return read_statement(envelope, name=content.name, sha256=sha256)


def _missing(path: Path) -> SignatureError:
    return SignatureError(
        "statement-missing",
        f"there is no statement {path} of how the bundle was built",
        hint="it lies beside the bundle where that was built: take it along, and keep its name",
    )


def _refused(path: Path, context: tuple[str, ...]) -> SignatureError:
    return SignatureError(
        "statement-refused",
        f"no allowed signer has signed the statement {path}",
        context=context,
        hint="don't believe what it says; ask those whose signatures you expect whether this is what they signed",
    )
