"""``ssh-keygen -Y``: it makes signatures and verifies them; keys in files, agents and hardware are its own matter.

What it prints is read in three places, for there it has no other form: names of signers, one a line (``find-principals``); the key's fingerprint at
the end of the one line about a good signature; and whether it knows an operation at all.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import dataclasses
import hashlib
import os
import re
import subprocess
from typing import IO, TYPE_CHECKING, Self

from bundler.errors import HostError, SignatureError, reason_of
from bundler.isolation.host_program import program_on_path
from bundler.plain_file import open_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

NAMESPACE = "bundle@offline-bundler"
"""Of our signatures: one that the same key made for git or a file is none for a bundle."""
_PROGRAM = "ssh-keygen"
_HASHED = ("-O", "hashalg=sha256")
"""Of what is signed: as all sums of a bundle, and processors have instructions for it. Versions before 8.9 take the option and sign over a sha512; each verifies both."""
_TOO_OLD = re.compile(rb"(?:unknown|illegal|invalid) option|Unsupported operation", re.IGNORECASE)
_KEY = re.compile(r" with \S+ key (SHA256:[A-Za-z0-9+/]{43})\s*\Z")
_WITHOUT_CIPHER = b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU"
"""``openssh-key-v1``, and the name ``none`` (PROTOCOL.key)."""
_ANY_KEY = re.compile(rb"-----BEGIN |^[ \t]*(?:ssh|sk|ecdsa)-\S{1,80}[ \t]+[A-Za-z0-9+/]{16}", re.MULTILINE)
"""A private key in whatever form, or a line with a public one."""
_FIRST_LINE, _KIND = 68, 47
"""Digits of base64 in the first line, and which byte of them the name of the key's kind begins with."""
_TOUCH = re.compile(r"Confirm user presence for key (.+)")
_EXPECTED = re.compile(r"Signing data on standard input\Z|User presence confirmed\Z|Confirm user presence for key ")
_FAULT = re.compile(r".*allowed_signers:(\d+)")
"""How it begins a line about a line of that file, by the name that the copy of it has."""
_MOST_PRINTED = 64 * 1024
_LAST_LINES = 5
_CHUNK = 1 << 20


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Ended:
    good: bool
    printed: bytes
    errors: bytes

    @property
    def words(self) -> tuple[str, ...]:
        """The last lines of what it said, but for what it says where all goes well."""
        lines = map(str.strip, _shown(self.errors[-_MOST_PRINTED:]).splitlines())
        return tuple(each for each in lines if each and not _EXPECTED.match(each))[-_LAST_LINES:]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """What ssh-keygen says of a signature and one identity: ``key`` is the fingerprint, empty where it isn't good; then ``why`` not. ``sha256``: of what it read."""

    key: str
    why: str = ""
    sha256: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """``names``: of allowed signers who have a key; where nobody has, ``faults``: lines of the file that ssh-keygen can't read."""

    names: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


class SshKeygen:
    """``environ``: of this process. Raises HostError (``ssh-keygen-missing``)."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = dict(environ)
        found = program_on_path(_PROGRAM, environ)
        if found is None:
            raise HostError(
                "ssh-keygen-missing",
                "there is no ssh-keygen on this host, which makes and verifies signatures",
                hint="install OpenSSH: openssh-client on Debian and Ubuntu, openssh-clients on Fedora; on Windows the optional feature "
                "OpenSSH Client",
            )
        self._program = found

    def sign(self, key: Path, content: IO[bytes], tell: Callable[[str], None]) -> tuple[bytes, str]:
        """The signature over ``content``, and the sha256 of what was read of that; ``tell`` gets what is to be done meanwhile, such as that a key wants to be
        touched.

        Raises SignatureError (``signing-failed``), HostError (``ssh-keygen-too-old``).
        """
        read = hashlib.sha256()
        with self.signing(key, subprocess.PIPE) as run:
            run.feed(_heard(content, read.update))
            return run.finish(tell), read.hexdigest()

    def signing(self, key: Path, content: IO[bytes] | int) -> SshSigning:
        """A run that signs ``content``, from where that is read next."""
        command = (self._program, "-Y", "sign", "-f", str(key), "-n", NAMESPACE, *_HASHED)
        return SshSigning(key, command, content, self._environ)

    def signers(self, signature: Path, allowed: Path) -> Named:
        """Who has the signature's key by the file ``allowed``, as it stands there; whether the signature is good isn't said.

        Raises HostError (``ssh-keygen-too-old``).
        """
        ended = self._run("find-principals", "-s", str(signature), "-f", str(allowed))
        if not ended.good:
            _must_know(self._program, ended, "-Y find-principals")
            return Named(faults=tuple(_FAULT.sub(r"line \1", each) for each in ended.words if _FAULT.match(each)))
        names = re.split(r"[\r\n,]+", ended.printed[:_MOST_PRINTED].decode("utf-8", "surrogateescape"))
        return Named(names=tuple(dict.fromkeys(each for each in names if each and not each.startswith("!"))))

    def verify(self, signature: Path, allowed: Path, identity: str, content: IO[bytes]) -> Verified:
        """Whether ``identity`` made it over ``content``, in our namespace, at a time when the file ``allowed`` allows it."""
        read = hashlib.sha256()
        ended = self._run(
            *("verify", "-f", str(allowed), "-I", identity, "-n", NAMESPACE, "-s", str(signature)),
            content=_heard(content, read.update),
        )
        if not ended.good:
            return Verified(key="", why="; ".join(ended.words) or "the signature is wrong")
        found = _KEY.search(ended.printed.decode("utf-8", "replace"))
        if found is None:
            return Verified(key="", why="ssh-keygen doesn't say which key made it")
        return Verified(key=found[1], sha256=read.hexdigest())

    def _run(self, operation: str, *arguments: str, content: Iterable[bytes] = ()) -> _Ended:
        with subprocess.Popen(
            (self._program, "-Y", operation, *arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environ | {"LC_ALL": "C"},
        ) as process:
            assert process.stdin is not None  # noqa: S101 - a pipe, as asked for
            try:
                _feed(process.stdin, content)
            except BaseException:
                process.kill()
                raise
            printed, errors = process.communicate()
        return _Ended(good=process.returncode == 0, printed=printed, errors=errors)


def _heard(stream: IO[bytes], hear: Callable[[bytes], None]) -> Iterator[bytes]:
    """The bytes of a stream, of which somebody else hears too."""
    while data := stream.read(_CHUNK):
        hear(data)
        yield data


def _feed(pipe: IO[bytes], content: Iterable[bytes]) -> None:
    """As much as the program at its other end wants; where that ends before, it says why."""
    for data in content:
        try:
            pipe.write(data)
        except OSError:
            return


class SshSigning:
    """One run of ``ssh-keygen -Y sign``; use it as a context manager, at whose end it doesn't run any more."""

    def __init__(self, key: Path, command: Sequence[str], content: IO[bytes] | int, environ: Mapping[str, str]) -> None:
        self._key, self._program = key, command[0]
        self._process = subprocess.Popen(
            command, stdin=content, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environ
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        with contextlib.suppress(OSError):  # what still lies in a buffer for it
            self._process.__exit__(None, None, None)

    def feed(self, content: Iterable[bytes]) -> None:
        """What it is to sign, if it was started with a pipe for that; where it ends before, ``finish`` says why."""
        assert self._process.stdin is not None  # noqa: S101 - a pipe, as asked for
        _feed(self._process.stdin, content)
        with contextlib.suppress(OSError):
            self._process.stdin.close()

    def finish(self, tell: Callable[[str], None]) -> bytes:
        """The signature over all of it; as ``SshKeygen.sign`` else."""
        process, errors = self._process, b""
        assert process.stderr is not None and process.stdout is not None  # noqa: PT018, S101 - pipes, as asked for
        # the signature is smaller than any pipe: it waits there until the words have ended
        for line in process.stderr:
            errors = (errors + line)[-_MOST_PRINTED:]
            if (wanted := _TOUCH.fullmatch(_shown(line))) is not None:
                tell(f"Touch the key {wanted[1]}: it signs no earlier")
        printed = process.stdout.read(_MOST_PRINTED)
        ended = _Ended(good=process.wait() == 0, printed=printed, errors=errors)
        if not ended.good:
            _must_know(self._program, ended, "-Y sign")
            raise SignatureError(
                "signing-failed",
                f"ssh-keygen can't sign with {self._key}",
                context=ended.words,
                hint="name a private key that is there, with its passphrase; or the public key of one in an agent that runs",
            )
        for each in ended.words:
            tell(f"ssh-keygen says: {each}")
        return ended.printed


def _shown(line: bytes) -> str:
    return line.decode("utf-8", "backslashreplace").strip()


def _must_know(program: str, ended: _Ended, operation: str) -> None:
    if _TOO_OLD.search(ended.errors):
        raise HostError(
            "ssh-keygen-too-old",
            f"{program} is too old: it doesn't know {operation}",
            hint="install OpenSSH 8.2 or later (8.7, where allowed signers have valid-after or valid-before)",
        )


def unlocked_kind(key: Path) -> str:
    """How the name of its kind begins (``ssh-``, ``sk-s``) of a private key in the form of OpenSSH without a passphrase; of all others nothing."""
    try:
        with open_plain(key) as stream:
            text = stream.read(_MOST_PRINTED).replace(b"\r", b"")
        if not text.startswith(_WITHOUT_CIPHER):
            return ""
        return base64.b64decode(text.split(b"\n")[1][:_FIRST_LINE], validate=True)[_KIND:].decode("ascii", "replace")
    except (OSError, binascii.Error):
        return ""


def key_of(path: Path) -> Path:
    """The file of a key that is to sign; raises SignatureError (``signing-failed``) where there is none, or where it certainly holds none."""
    if not os.path.isfile(path):  # noqa: PTH113 - a name that is too long isn't there either
        raise _no_key(f"there is no key {path}")
    try:
        with open_plain(path) as stream:
            found = _ANY_KEY.search(stream.read(_MOST_PRINTED))
    except OSError as error:
        raise _no_key(f"the key {path} can't be read: {reason_of(error)}") from None
    if found is None:
        raise _no_key(f"{path} is not a key: neither a private nor a public one is in it")
    return path


def _no_key(message: str) -> SignatureError:
    hint = "name a private key of ssh-keygen or cosign, or the public key of one that is in an agent"
    return SignatureError("signing-failed", message, hint=hint)
