"""What programs that sign programs have in common: how they are run, and their failures as errors of ours."""

from __future__ import annotations

import dataclasses
import re
import subprocess
from typing import TYPE_CHECKING, Protocol

from bundler.errors import HostError, SignatureError
from bundler.isolation.memory_limit import NOT_STARTED, within_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

_MOST_PRINTED = 64 * 1024
_SHOWN, _LONGEST_LINE = 6, 300
_TELLING = 4
"""A shorter passphrase stands in many words by chance."""
_INNER = re.compile('[0-9A-F]{8,}:error:|Use the "-|Failed$')
"""How OpenSSL's own lines begin, and those about the tool's own options, which say nothing to people."""
_PATIENCE, _OF_FILES = 600, 60
"""Seconds for one file: keys in hardware want to be touched. Of a key in a file it is the server of time stamps alone that is waited for."""
_MEMORY = 4 << 30
"""Bytes that a tool gets: what a server of time stamps sends has no end that it looks at."""
_TOO_LONG = "it did not end in"


class CodeTool(Protocol):
    """Signs one program; ``title``: its name and version, for papers."""

    title: str

    def sign(self, source: Path, signed: Path, timestamp: str) -> None:
        """Write ``signed``; ``timestamp``: the address of a server (RFC 3161), empty: none is asked. Raises SignatureError (``authenticode-…``), HostError (``authenticode-tool-failed``)."""


class Stamping(Protocol):
    """Which server of time stamps is asked; ``servers``: their addresses, none: nothing is stamped."""

    servers: tuple[str, ...]

    def sign(self, sign: Callable[[str], None]) -> None:
        """Call ``sign`` with a server's address, "" where there is none; with another one's, or again, where it raises SignatureError
        (``authenticode-timestamp-failed``).
        """


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Signs:
    """What a tool says when something is wrong: a pattern for each kind of failure. ``locked``: the passphrase is missing or wrong, ``advice`` what to do then."""

    locked: str
    no_stamp: str
    no_key: str
    advice: str


def patience(kind: str, timestamp: str) -> int:
    """Seconds that a tool has for one file, with a key of that kind."""
    return _OF_FILES if kind == "file" and timestamp else _PATIENCE


def run_tool(
    command: Sequence[str], *, given: str | None, environ: Mapping[str, str], seconds: int = _PATIENCE
) -> tuple[bool, tuple[str, ...]]:
    """Whether it went well, and the lines that it printed. ``given`` goes to its standard input, and is in none of the lines."""
    limit = within_memory(_MEMORY)
    try:
        done = subprocess.run(
            (*limit, *command),
            input=None if given is None else f"{given}\n".encode(),
            stdin=subprocess.DEVNULL if given is None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
            env={**environ, "LC_ALL": "C"},
            start_new_session=True,  # without a terminal: it is told the passphrase, and asks nobody
        )
    except subprocess.TimeoutExpired:
        return False, (f"{_TOO_LONG} {seconds} seconds",)
    except OSError as error:
        raise _unstarted(command[0], error.strerror or str(error)) from None
    if limit and done.returncode in NOT_STARTED:
        raise _unstarted(command[0], "it isn't there, or may not be run")
    printed = done.stdout[-_MOST_PRINTED:].decode("utf-8", "backslashreplace")
    if given and len(given) >= _TELLING:
        printed = printed.replace(given, "…")
    lines = (
        " ".join("".join(each if each.isprintable() else " " for each in line).split()) for line in printed.splitlines()
    )
    return done.returncode == 0, tuple(each[:_LONGEST_LINE] for each in lines if each)


def _unstarted(program: str, why: str) -> HostError:
    return HostError("authenticode-tool-failed", f"{program} can't be started: {why}", hint="install it again")


def failure(words: tuple[str, ...], signs: Signs, *, key: str, timestamp: str) -> SignatureError:
    """The error that a tool's words mean."""
    text, seen = "\n".join(words), tuple(each for each in words if not _INNER.match(each))[:_SHOWN]
    if re.search(signs.locked, text, re.IGNORECASE):
        return SignatureError(
            "authenticode-passphrase-wrong",
            f"the key {key} can't be opened: its passphrase is missing or wrong",
            context=seen,
            hint=signs.advice,
        )
    if timestamp and re.search(f"{signs.no_stamp}|{_TOO_LONG}", text, re.IGNORECASE):
        return stamp_missing((timestamp,), seen)
    if re.search(signs.no_key, text, re.IGNORECASE):
        return SignatureError(
            "authenticode-key-missing",
            f"the key {key} can't be read: nothing there is a key with a certificate",
            context=seen,
            hint="name a PFX file (PKCS #12), or a key that the token holds; --authenticode-certificates names a PEM file with the certificate, if the "
            "token has none",
        )
    return SignatureError(
        "authenticode-failed",
        f"programs can't be signed with {key}",
        context=seen,
        hint="what the tool said stands above",
    )


STAMP_FAILED = "authenticode-timestamp-failed"


def stamp_missing(servers: Sequence[str], words: tuple[str, ...] = (), *, times: int = 1) -> SignatureError:
    """Of one server, or of all of them, each asked so often."""
    many, asked = len(servers) > 1, "" if times == 1 else f", asked {times} times"
    said = "no server of time stamps gave one" if many else f"the server of time stamps {servers[0]} gave none"
    return SignatureError(
        "authenticode-timestamp-failed",
        said + asked,
        context=words,
        hint="try it later, or name another server (RFC 3161) with one more --timestamp; without any, signatures count until the certificate is over",
    )
