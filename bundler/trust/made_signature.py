"""What a program that signs gives, whichever it is."""

from __future__ import annotations

import dataclasses
from typing import IO, TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.report import Reporter


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class MadeSignature:
    """``key_digest``: the sha256 of the key, in hexadecimal digits; ``file``: what a file of it holds; ``envelope``: what an envelope of DSSE does.
    ``sha256``: of what it is over, as that was read.
    """

    key_digest: str
    file: bytes
    envelope: bytes
    sha256: str


class SigningProgram(Protocol):
    """With one key."""

    def signature(self, path: Path, content: IO[bytes], reporter: Reporter) -> MadeSignature:
        """Over ``content``, which is the file ``path`` from here on: a program that wants a name gets that one, and what it signed is compared with ``content``.

        Raises SignatureError (``signing-failed``).
        """
        ...
