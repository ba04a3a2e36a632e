"""Whether enough of those who may sign have signed a bundle; before anything of it is read otherwise.

What lies beside a bundle is anybody's. A signature that is wrong, or of somebody unknown, isn't counted and harms nothing else.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fnmatch
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING

from bundler.atomic import scratch_folder
from bundler.errors import SignatureError, reason_of
from bundler.foreign import one_line
from bundler.formats.blob_signature import read_blob_signature
from bundler.formats.p256_key import P256Key
from bundler.formats.ssh_signature import LARGEST_SIGNATURE, is_ssh_signature, nameless_signature, read_ssh_signature
from bundler.plain_file import open_plain
from bundler.report import count_text
from bundler.trust.allowed_keys import p256_keys
from bundler.trust.allowed_signers import read_allowed_signers
from bundler.trust.signed_content import signed_content
from bundler.trust.ssh_keygen import NAMESPACE, SshKeygen, Verified

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bundler.formats.blob_signature import BlobSignature
    from bundler.formats.ssh_signature import SshSignature
    from bundler.report import Reporter
    from bundler.trust.ssh_keygen import Named


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SignaturePolicy:
    """``threshold``: how many signers there must be; ``identities``: patterns (``*``, ``?``) of those that count, none: all allowed ones."""

    allowed_signers: Path
    threshold: int = 1
    identities: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """On one signature: ``identities`` that made it with ``key`` (a fingerprint); or none, and ``why`` it doesn't count. ``key_digest``: of that key, as
    ``MadeSignature`` has it; ``sha256``: of what it signs, as it was read; ``content``: of the signature's file, as it was judged, None: it has none of its own,
    or couldn't be read.
    """

    file: Path
    identities: tuple[str, ...] = ()
    key: str = ""
    why: str = ""
    key_digest: str = ""
    sha256: str = ""
    content: bytes | None = dataclasses.field(default=None, repr=False)


def check_signatures(
    bundle: Path, policy: SignaturePolicy, environ: Mapping[str, str], reporter: Reporter
) -> tuple[Verdict, ...]:
    """What is found of each signature beside a bundle, where enough count.

    Raises SignatureError (``bundle-unsigned``, ``bundle-signature-refused``, ``bundle-signatures-too-many``, ``signers-unsafe``), InputError
    (``bundle-unreadable``, ``signers-unreadable``), HostError (``ssh-keygen-missing``, ``ssh-keygen-too-old``).
    """
    verdicts = judge_signatures(bundle, policy, environ, reporter)
    if not verdicts:
        content = signed_content(bundle)
        raise SignatureError(
            "bundle-unsigned",
            f"no signature lies beside {bundle}",
            context=(str(content.folder / f"{content.name}.*.sig"),),
            hint="signatures are files of their own: take them from where the bundle came from; whoever built it signs it with `bundle sign`",
        )
    count = count_signers(verdicts)
    if count < policy.threshold:
        raise SignatureError(
            "bundle-signature-refused",
            f"{bundle} is signed by {count_text(count, 'signer')} that {'count' if count != 1 else 'counts'}, and must be by {policy.threshold}",
            context=tuple(map(line_of, verdicts)),
            hint="don't install it; ask those whose signatures you expect whether this is what they signed",
        )
    return verdicts


def judge_signatures(
    bundle: Path, policy: SignaturePolicy, environ: Mapping[str, str], reporter: Reporter
) -> tuple[Verdict, ...]:
    """What is found of each signature beside a bundle, whether enough count or not. Raises as ``check_signatures`` does, but for what is missing or refused."""
    reporter.step(f"Checking who signed {bundle}")
    allowed = read_allowed_signers(policy.allowed_signers)
    content = signed_content(bundle)
    content.opened().close()
    files = content.signatures()
    if not files:
        return ()
    with _judging(allowed, policy, environ) as judge:
        return tuple(judge.of_file(each, content.opened) for each in files)


def demand_of(verdicts: Iterable[Verdict], bundle: Path, sha256: str) -> None:
    """Raises SignatureError (``bundle-signature-refused``) where a good signature is one of other bytes than those whose sum this is: the bundle was exchanged."""
    if any(each.identities and each.sha256 != sha256 for each in verdicts):
        raise SignatureError(
            "bundle-signature-refused",
            f"{bundle} is not what was there when its signatures were checked: somebody changed it meanwhile",
            hint="don't install it; find out who writes where it lies, and take it anew from its source",
        )


def count_signers(verdicts: Sequence[Verdict]) -> int:
    """How many different signers made good signatures: who has several keys is one, and a key that several names share is one."""
    groups: list[set[str]] = []
    for each in verdicts:
        if not each.identities:
            continue
        group = {each.key, *each.identities}
        for other in [other for other in groups if other & group]:
            groups.remove(other)
            group |= other
        groups.append(group)
    return len(groups)


@contextlib.contextmanager
def judging(policy: SignaturePolicy, environ: Mapping[str, str]) -> Iterator[Judge]:
    """Who judges signatures by a policy. Raises as ``check_signatures`` does of ssh-keygen and the file of allowed signers."""
    with _judging(read_allowed_signers(policy.allowed_signers), policy, environ) as judge:
        yield judge


@contextlib.contextmanager
def _judging(allowed: bytes, policy: SignaturePolicy, environ: Mapping[str, str]) -> Iterator[Judge]:
    keygen = SshKeygen(environ)
    with scratch_folder("bundle-signatures-") as scratch:
        signers = scratch / "allowed_signers"
        signers.write_bytes(allowed)
        yield Judge(policy=policy, keygen=keygen, allowed=signers, keys=p256_keys(allowed), scratch=scratch)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Judge:
    """``opened`` of its functions opens what was signed."""

    policy: SignaturePolicy
    keygen: SshKeygen
    allowed: Path
    keys: Mapping[P256Key, Sequence[str]]
    scratch: Path

    def of_file(self, file: Path, opened: Callable[[], IO[bytes]]) -> Verdict:
        try:
            with open_plain(file, follow_links=False) as stream:
                content = stream.read(LARGEST_SIGNATURE + 1)
        except OSError as error:
            return Verdict(file=file, why=f"it can't be read: {reason_of(error)}")
        whole = content if len(content) <= LARGEST_SIGNATURE else None
        return dataclasses.replace(self.of_content(content, file, opened), content=whole)

    def of_content(self, content: bytes, file: Path, opened: Callable[[], IO[bytes]]) -> Verdict:
        """Of a signature in the form in which ssh-keygen or cosign writes it to a file."""
        try:
            if is_ssh_signature(content):
                return self._of(read_ssh_signature(content), file, opened)
            return self._of_blob(read_blob_signature(content), file, opened)
        except SignatureError as error:
            return Verdict(file=file, why=error.message)

    def _of(self, signature: SshSignature, file: Path, opened: Callable[[], IO[bytes]]) -> Verdict:
        if signature.namespace != NAMESPACE:
            return Verdict(
                file=file, why=f"it was made for {one_line(signature.namespace, 100)} and not for {NAMESPACE}"
            )
        ours = self.scratch / "signature"
        ours.write_bytes(signature.content)
        named = self.keygen.signers(ours, self.allowed)
        wanted = self._wanted(named.names)
        if not wanted:
            why = _unwanted(named)
        else:
            found = {each: self._verified(ours, each, opened) for each in wanted}
            good = {identity: each for identity, each in found.items() if each.key}
            if good:
                # of the others it is the same: one signature is by one key, and over one hash
                first = next(iter(good.values()))
                return Verdict(
                    file=file,
                    identities=tuple(good),
                    key=first.key,
                    key_digest=signature.key_digest,
                    sha256=first.sha256,
                )
            why = "; ".join(dict.fromkeys(each.why for each in found.values()))
        return Verdict(file=file, why=why)

    def _of_blob(self, signature: BlobSignature, file: Path, opened: Callable[[], IO[bytes]]) -> Verdict:
        """One over bare bytes doesn't say whose it is: the keys that are allowed are tried. Whose such a key is, and whether now, ssh-keygen says."""
        with opened() as stream:
            sha256 = hashlib.file_digest(stream, "sha256").digest()  # type: ignore[arg-type]
        if signature.sha256 not in (b"", sha256):
            return Verdict(file=file, why="it is a signature of something else")
        key = next((each for each in self.keys if each.made(signature.signature, sha256)), None)
        if key is None:
            return Verdict(file=file, why="it is wrong, or its key isn't one of an allowed signer for bundles")
        if signature.key_digest not in (b"", bytes.fromhex(key.digest)):
            return Verdict(file=file, why="it names another key than the one that made it")
        ours, lines = self.scratch / "signature", self.scratch / "lines"
        ours.write_bytes(nameless_signature(key.ssh, NAMESPACE))
        lines.write_text("".join(f"{each}\n" for each in self.keys[key]), encoding="utf-8")
        named = self.keygen.signers(ours, lines)
        wanted = self._wanted(named.names)
        if not wanted:
            return Verdict(file=file, why=_unwanted(named))
        return Verdict(
            file=file,
            identities=tuple(wanted),
            key=key.fingerprint,
            key_digest=key.digest,
            sha256=sha256.hex(),
        )

    def _wanted(self, named: Iterable[str]) -> list[str]:
        """Those of the signer's names that count; all of them go together with the key, so that it can count once only."""
        if not self.policy.identities:
            return list(named)
        patterns = [each.replace("[", "[[]") for each in self.policy.identities]
        exact = [each for each in self.policy.identities if not set(each) & set("*?")]
        fits = [each for each in named if any(fnmatch.fnmatchcase(each, pattern) for pattern in patterns)]
        if not any(set(each) & set("*?") for each in named):
            return fits
        return list(
            dict.fromkeys([*fits, *exact])
        )  # the file allows *@example.com: ssh-keygen says whether that is who was asked for

    def _verified(self, signature: Path, identity: str, opened: Callable[[], IO[bytes]]) -> Verified:
        with opened() as stream:
            return self.keygen.verify(signature, self.allowed, identity, stream)


def _unwanted(named: Named) -> str:
    if not named.names:
        unread = f" (of the file of allowed signers, {'; '.join(named.faults)})" if named.faults else ""
        return f"its key isn't one of an allowed signer, or not at this time{unread}"
    return f"it is by {', '.join(named.names)}, who wasn't asked for"


def line_of(verdict: Verdict) -> str:
    if verdict.identities:
        return f"{verdict.file.name}: good, by {', '.join(verdict.identities)} ({verdict.key})"
    return f"{verdict.file.name}: {verdict.why}"
