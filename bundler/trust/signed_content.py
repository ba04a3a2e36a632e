"""What a signature of a bundle signs, and where it lies: beside the archive or the folder, never in it."""

from __future__ import annotations

import dataclasses
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.errors import InputError, SignatureError
from bundler.model.bundle_files import SUMS
from bundler.plain_file import open_plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader

MOST_SIGNATURES = 32
"""Beside one bundle: each costs a reading of the archive."""
_ENDING = r"(?:\.[A-Za-z0-9_-]{1,64})?\.(?:sig|sigstore\.json)"
_DIGITS = 16


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SignedContent:
    """``file``: the archive, or a folder's SHA256SUMS; ``name``: with which its signatures begin, in ``folder``."""

    bundle: Path
    file: Path
    folder: Path
    name: str

    def opened(self) -> BufferedReader:
        """The bytes that are signed; raises InputError (``bundle-unreadable``)."""
        try:
            return open_plain(self.file)
        except OSError as error:
            raise _unreadable(self.bundle, error) from None

    def signature_by(self, key_digest: str) -> Path:
        """Where the signature of a key lies: beside those of others, in place of its own last one."""
        return self.folder / f"{self.name}.{key_digest[:_DIGITS]}.sig"

    def signatures(self) -> tuple[Path, ...]:
        """Those that are there, sorted: ``NAME.sig`` as ssh-keygen calls it, ``NAME.WHO.sig``, and the same with ``.sigstore.json`` as cosign calls it.

        Raises SignatureError (``bundle-signatures-too-many``), InputError (``bundle-unreadable``).
        """
        found = []
        for name in self._names():
            found.append(self.folder / name)
            if len(found) > MOST_SIGNATURES:
                raise SignatureError(
                    "bundle-signatures-too-many",
                    f"more than {MOST_SIGNATURES} signatures lie beside {self.bundle}",
                    hint="leave only those that are asked for beside it",
                )
        return tuple(sorted(found))

    def count(self) -> int:
        """How many are there, however many, where nobody wants them checked; raises InputError (``bundle-unreadable``)."""
        return sum(1 for _ in self._names())

    def _names(self) -> Iterator[str]:
        ours = re.compile(re.escape(self.name) + _ENDING)
        try:
            with os.scandir(self.folder) as entries:
                yield from (each.name for each in entries if ours.fullmatch(each.name))
        except OSError as error:
            raise _unreadable(self.bundle, error) from None


def signed_content(bundle: Path) -> SignedContent:
    """What is signed of a bundle: the archive's bytes; of a folder its sums, whose signatures lie beside the folder.

    Raises InputError (``bundle-unreadable``).
    """
    whole = Path(os.path.abspath(bundle))  # noqa: PTH100 - of "." and ".." the name; a link keeps its own
    if whole.is_dir():
        return SignedContent(bundle=bundle, file=whole / SUMS, folder=whole.parent, name=f"{whole.name}.{SUMS}")
    return SignedContent(bundle=bundle, file=whole, folder=whole.parent, name=whole.name)


def _unreadable(bundle: Path, error: OSError) -> InputError:
    return InputError(
        "bundle-unreadable", f"{bundle} can't be read: {error.strerror or error}", hint="name the archive or its folder"
    )
