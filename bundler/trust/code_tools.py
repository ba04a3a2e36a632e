"""What programs that sign programs have in common: how they are run, and their failures as errors of ours."""

from __future__ import annotations

import dataclasses
import re
import subprocess
from typing import TYPE_CHECKING, Protocol

from bundler.errors import HostError, SignatureError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_MOST_PRINTED = 64 * 1024
_SHOWN, _LONGEST_LINE = 6, 300
_TELLING = 4
"""A shorter passphrase stands in many words by chance."""
_INNER = re.compile('[0-9A-F]{8,}:error:|Use the "-|Failed$')
"""How OpenSSL's own lines begin, and those about the tool's own options, which say nothing to people."""
_PATIENCE = 600
"""Seconds for one file: servers of time stamps can be slow, and keys in hardware want to be touched."""


class CodeTool(Protocol):
    """Signs one program; ``title``: its name and version, for papers."""

    title: str

    def sign(self, source: Path, signed: Path) -> None:
        """Write ``signed``. Raises SignatureError (``authenticode-…``), HostError (``authenticode-tool-failed``)."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Signs:
    """What a tool says when something is wrong: a pattern for each kind of failure. ``locked``: the passphrase is missing or wrong, ``advice`` what to do then."""

    locked: str
    no_stamp: str
    no_key: str
    advice: str


def run_tool(command: Sequence[str], *, given: str | None, environ: Mapping[str, str]) -> tuple[bool, tuple[str, ...]]:
    """Whether it went well, and the lines that it printed. ``given`` goes to its standard input, and is in none of the lines."""
    try:
        done = subprocess.run(
            command,
            input=None if given is None else f"{given}\n".encode(),
            stdin=subprocess.DEVNULL if given is None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_PATIENCE,
            check=False,
            env={**environ, "LC_ALL": "C"},
            start_new_session=True,  # without a terminal: it is told the passphrase, and asks nobody
        )
    except subprocess.TimeoutExpired:
        return False, (f"it did not end in {_PATIENCE} seconds",)
    except OSError as error:
        raise HostError(
            "authenticode-tool-failed",
            f"{command[0]} can't be started: {error.strerror or error}",
            hint="install it again",
        ) from None
    printed = done.stdout[-_MOST_PRINTED:].decode("utf-8", "backslashreplace")
    if given and len(given) >= _TELLING:
        printed = printed.replace(given, "…")
    lines = (
        " ".join("".join(each if each.isprintable() else " " for each in line).split()) for line in printed.splitlines()
    )
    return done.returncode == 0, tuple(each[:_LONGEST_LINE] for each in lines if each)


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
    if timestamp and re.search(signs.no_stamp, text, re.IGNORECASE):
        return stamp_missing(timestamp, seen)
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


def stamp_missing(timestamp: str, words: tuple[str, ...] = ()) -> SignatureError:
    return SignatureError(
        "authenticode-timestamp-failed",
        f"the server of time stamps {timestamp} gave none",
        context=words,
        hint="try it again, or another server (RFC 3161); without --timestamp signatures count until the certificate is over",
    )
