"""The file of allowed signers, in OpenSSH's format: it decides, so nobody but who decides may be able to write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.errors import InputError, SignatureError, reason_of
from bundler.owners import OpenPlace, open_to_others
from bundler.plain_file import open_plain

if TYPE_CHECKING:
    from pathlib import Path

_LARGEST = 1024 * 1024
_HINT = "name the file of allowed signers, in OpenSSH's format: a line for each, with a name and the public key"


def read_allowed_signers(path: Path) -> bytes:
    """Its content, read once; raises InputError (``signers-unreadable``), SignatureError (``signers-unsafe``).

    Windows' rights aren't looked at: they don't stand in what Python says of a file.
    """
    try:
        if (place := open_to_others(path, strict=True)) is not None:
            raise _unsafe(path, place)
        with open_plain(path) as stream:
            content = stream.read(_LARGEST + 1)
    except OSError as error:
        raise InputError("signers-unreadable", f"{path} can't be read: {reason_of(error)}", hint=_HINT) from None
    if len(content) > _LARGEST:
        raise InputError("signers-unreadable", f"{path} is larger than {_LARGEST:,} bytes", hint=_HINT)
    return content


def _unsafe(path: Path, place: OpenPlace) -> SignatureError:
    return SignatureError(
        "signers-unsafe",
        f"others than you and root may change {place.path}, so {path} can't say whose signatures count",
        context=(place.words,),
        hint=f"chmod go-w {place.path}, or keep the file of allowed signers where only you can write",
    )
