"""Opening a bundle in any of its forms: what it lists, the manifest, and a digest of each file. Nothing is unpacked.

What is read may be anybody's: sizes are bounded before the reading, names are checked before they are used.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.errors import Fault, InputError
from bundler.model.bundle_files import MANIFEST
from bundler.model.manifest_encoding import decode_manifest
from bundler.pack.forms import FORMATS, Format, format_of
from bundler.pack.forms.bundle_form import LARGEST_CONTRACT, FormReader, Sink, damaged

if TYPE_CHECKING:
    from collections.abc import Callable

    from bundler.model.manifest import Manifest

_HINT = "name the archive or its folder"


EXCHANGED = "is not what was checked just now: somebody changed the bundle meanwhile"
"""Who may write where a bundle lies can put another one there between a look at it and the next."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What was really there: bytes read, never more than asked for plus one chunk, and their sha256."""

    size: int
    sha256: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bundle:
    """A bundle that can be read. ``checked``: the sha256 of its files as they were verified, which those that are read must have; None: it wasn't."""

    path: Path
    format: Format
    form: FormReader
    checked: Mapping[str, str] | None = None

    def read(self, name: str, limit: int = LARGEST_CONTRACT) -> bytes:
        """One file's content; raises IntegrityError (``bundle-damaged``) if it isn't there, unreadable or larger than ``limit``."""
        parts: list[bytes] = []
        if not any(each.path == name for each in self.form.listed):
            raise damaged(self.path, (*self.form.faults, Fault(name, "is missing")))
        faults = tuple(self.form.stream({name: limit}, lambda _, data: parts.append(data)))
        content = b"".join(parts)
        if len(content) > limit:
            faults = (*faults, Fault(name, f"is larger than {limit:,} bytes"))
        elif self.checked is not None and hashlib.sha256(content).hexdigest() != self.checked.get(name):
            faults = (*faults, Fault(name, EXCHANGED))
        if faults:
            raise damaged(self.path, faults)
        return content

    @functools.cached_property
    def manifest(self) -> Manifest:
        """Decoded, and compared with the files only by ``verify_bundle``."""
        return decode_manifest(self.read(MANIFEST))

    def digests(
        self, limits: Mapping[str, int], advance: Callable[[int], None], heard: Sink | None = None
    ) -> tuple[dict[str, Seen], list[Fault]]:
        """Hash the files in ``limits``, none further than its limit; ``advance`` hears of bytes, and ``heard`` gets them."""
        hashes = {path: hashlib.sha256() for path in limits}
        sizes = dict.fromkeys(limits, 0)

        def sink(path: str, data: bytes) -> None:
            hashes[path].update(data)
            sizes[path] += len(data)
            advance(len(data))
            if heard is not None:
                heard(path, data)

        faults = list(self.form.stream(limits, sink))
        return {path: Seen(size=sizes[path], sha256=hashes[path].hexdigest()) for path in limits}, faults


def open_bundle(path: Path, checked: Mapping[str, str] | None = None) -> Bundle:
    """Look what form ``path`` has; ``checked``: as ``Bundle`` has it. Raises InputError (``bundle-unreadable``), IntegrityError (``bundle-damaged``)."""
    try:
        found = format_of(path)
    except OSError as error:
        raise InputError("bundle-unreadable", f"{path} can't be read: {error.strerror or error}", hint=_HINT) from None
    if found is None:
        names = " nor a ".join(each.name for each in FORMATS.values() if not each.is_folder)
        raise InputError("bundle-unreadable", f"{path} is neither a {names}", hint=_HINT)
    if found.is_folder and not (path / MANIFEST).is_file():
        raise InputError("bundle-unreadable", f"the folder {path} is not a bundle: it has no {MANIFEST}", hint=_HINT)
    return Bundle(path=path, format=found, form=found.load().read(path), checked=checked)
