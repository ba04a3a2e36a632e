"""Unpacking a bundle on the build host, once every byte of it is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.pack.forms.bundle_form import damaged
from bundler.pack.reading import Bundle, open_bundle
from bundler.pack.verify import VerifyReport, verify_bundle
from bundler.plain_file import hash_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path
    from typing import BinaryIO

    from bundler.report import Reporter


def unpack_bundle(path: Path, folder: Path, reporter: Reporter) -> VerifyReport:
    """Write a bundle's files into ``folder``, which is new; raises as ``verify_bundle`` does, and then nothing is there."""
    report = verify_bundle(path, reporter)
    bundle = open_bundle(path)
    unpack_members(bundle, [each.path for each in bundle.form.listed], folder)
    return report


def unpack_members(bundle: Bundle, names: Collection[str], folder: Path) -> None:
    """Write some files of a bundle that was verified into ``folder``, by their paths in it.

    Raises IntegrityError (``bundle-damaged``) where it was changed in between, OSError where it can't be written.
    """
    wanted = frozenset(names)
    sizes = {each.path: each.size for each in bundle.form.listed if each.path in wanted}
    for each in {(folder / name).parent for name in sizes}:
        each.mkdir(parents=True, exist_ok=True)
    writer = _Writer(folder)
    try:
        faults = tuple(bundle.form.stream(sizes, writer.take))
    finally:
        writer.close()
    if writer.fault is not None:
        raise writer.fault
    if faults:
        raise damaged(bundle.path, faults)


def archive_sha256(path: Path) -> str:
    """Of the archive; empty for a folder."""
    return "" if path.is_dir() else hash_of(path)


class _Writer:
    """Takes the content of one file after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._name = ""
        self._file: BinaryIO | None = None
        self.fault: OSError | None = None

    def take(self, name: str, data: bytes) -> None:
        try:
            if self._file is None or name != self._name:
                self.close()
                self._name, self._file = name, (self._folder / name).open("wb")
            self._file.write(data)
        except OSError as error:  # who reads would take it for a fault of the bundle's
            self.fault = self.fault or error
            raise

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
