"""The key that signs programs (Authenticode): a PFX file, a key on a token by its PKCS#11 URI, or a certificate in Windows' own store."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from bundler.errors import InputError, SignatureError, reason_of
from bundler.plain_file import open_plain

_TOKEN, _STORE = "pkcs11:", "store:"
_THUMBPRINT = re.compile("[0-9A-Fa-f]{40}")
_LONGEST_LINE = 1024
_EXAMPLE = "pkcs11:token=release;object=codesign?module-path=/usr/lib/softhsm/libsofthsm2.so"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class CodeKey:
    """``name``: the path of a PFX file, a PKCS#11 URI without its module, or a thumbprint; ``module``: the token's library; ``certificates``: a PEM
    file with the signer's certificate and those of the authorities above it, None: the key brings them.
    """

    kind: Literal["file", "token", "store"]
    name: str
    module: str = ""
    certificates: Path | None = None


def read_code_key(text: str, certificates: Path | None = None) -> CodeKey:
    """What a user wrote. Raises InputError (``authenticode-key-malformed``), SignatureError (``authenticode-key-missing``)."""
    if certificates is not None and not _is_file(certificates):
        raise _missing(f"there is no file of certificates {certificates}")
    if text.startswith(_TOKEN):
        return _token(text, certificates)
    if text.startswith(_STORE):
        thumbprint = text.removeprefix(_STORE).replace(" ", "")
        if not _THUMBPRINT.fullmatch(thumbprint):
            raise _malformed(
                "of a certificate in Windows' store the thumbprint is named, with its 40 hex digits", "store:0123…cdef"
            )
        return CodeKey(kind="store", name=thumbprint.upper(), certificates=certificates)
    if not _is_file(Path(text)):
        raise _missing(f"there is no key {text}")
    return CodeKey(kind="file", name=text, certificates=certificates)


def read_passphrase(path: Path) -> str:
    """The first line of a file. Raises InputError (``authenticode-passphrase-unreadable``)."""
    try:
        with open_plain(path) as stream:
            line = stream.readline(_LONGEST_LINE)
        return line.decode("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "authenticode-passphrase-unreadable",
            f"the passphrase can't be read from {path}: {reason_of(error) if isinstance(error, OSError) else 'it is not a text in UTF-8'}",
            hint="name a file whose first line it is",
        ) from None


def _token(text: str, certificates: Path | None) -> CodeKey:
    """RFC 7512: attributes of the path end with ``;``, those of the query with ``&``."""
    path, _, query = text.partition("?")
    given = dict(each.partition("=")[::2] for each in query.split("&") if each)
    if "pin-value" in given or "pin-value" in path:
        raise _malformed(
            "a PIN doesn't belong on a command line, where every user of this host can read it",
            "leave pin-value out: --authenticode-passphrase FILE, the variable BUNDLE_AUTHENTICODE_PASSPHRASE, or wait to be asked",
        )
    module = unquote(given.pop("module-path", ""))
    if not module:
        raise _malformed("it doesn't say which library knows the token", f"end it with module-path, as {_EXAMPLE}")
    if not _is_file(Path(module)):
        raise _missing(f"there is no library {module}, which is to know the token")
    rest = "&".join(f"{key}={value}" for key, value in given.items())
    return CodeKey(kind="token", name=path + (f"?{rest}" if rest else ""), module=module, certificates=certificates)


def _is_file(path: Path) -> bool:
    """Opened, since a tool that is given it would wait for one of the kernel's without an end (/proc/kmsg)."""
    try:
        open_plain(path).close()
    except (OSError, ValueError):
        return False
    return True


def _malformed(why: str, hint: str) -> InputError:
    return InputError("authenticode-key-malformed", f"the key for programs can't be used: {why}", hint=hint)


def _missing(what: str) -> SignatureError:
    return SignatureError(
        "authenticode-key-missing",
        f"programs can't be signed: {what}",
        hint=f"name a PFX file, or a key on a token: {_EXAMPLE}; on Windows also store:THUMBPRINT",
    )
