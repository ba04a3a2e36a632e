"""Unpacking a bundle on the build host, once every byte of it is checked."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from bundler.errors import Fault
from bundler.pack.forms.bundle_form import damaged
from bundler.pack.reading import EXCHANGED, Bundle, open_bundle
from bundler.pack.verify import SITE, VerifyReport, verify_bundle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import BinaryIO

    from bundler.report import Reporter


def unpack_bundle(path: Path, folder: Path, reporter: Reporter, *, summed: bool = False) -> VerifyReport:
    """Write a bundle's files into ``folder``, which is new, an operator's values that lie in it too; raises as ``verify_bundle`` and ``unpack_members`` do."""
    report = verify_bundle(path, reporter, summed=summed)
    bundle = open_bundle(path)
    values = {SITE: ""} if any(each.path == SITE for each in bundle.form.listed) else {}
    unpack_members(bundle, report.contents | values, folder)
    return report


def unpack_members(bundle: Bundle, sums: Mapping[str, str], folder: Path) -> None:
    """Write files of a bundle that was verified into ``folder``, by their paths in it. ``sums``: the sha256 of each, as it was verified; empty: it wasn't.

    Who may write where the bundle lies can have put another one there since: nothing counts but what was verified. Raises IntegrityError
    (``bundle-damaged``) then, OSError where it can't be written.
    """
    sizes = {each.path: each.size for each in bundle.form.listed if each.path in sums}
    for each in {(folder / name).parent for name in sizes}:
        each.mkdir(parents=True, exist_ok=True)
    writer = _Writer(folder)
    try:
        faults = list(bundle.form.stream(sizes, writer.take))
    finally:
        writer.close()
    if writer.fault is not None:
        raise writer.fault
    faults += (Fault(name, EXCHANGED) for name, sha256 in sums.items() if sha256 and writer.sums.get(name) != sha256)
    if faults:
        raise damaged(bundle.path, tuple(faults))


class _Writer:
    """Takes the content of one file after the other. ``sums``: their sha256, by their names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._name = ""
        self._file: BinaryIO | None = None
        self._digest = hashlib.sha256()
        self.sums: dict[str, str] = {}
        self.fault: OSError | None = None

    def take(self, name: str, data: bytes) -> None:
        try:
            if self._file is None or name != self._name:
                self.close()
                self._name, self._file, self._digest = name, (self._folder / name).open("wb"), hashlib.sha256()
            self._file.write(data)
            self._digest.update(data)
        except OSError as error:  # who reads would take it for a fault of the bundle's
            self.fault = self.fault or error
            raise

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
            self.sums[self._name] = self._digest.hexdigest()
