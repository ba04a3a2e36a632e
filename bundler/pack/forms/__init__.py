"""The forms that a bundle can have: one entry and one module each, which writes and reads it."""

from __future__ import annotations

import dataclasses
import importlib
from typing import TYPE_CHECKING

from bundler.formats.seven_zip_records import SIGNATURE
from bundler.formats.zip_records import END_MARK
from bundler.plain_file import open_plain

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.pack.forms.bundle_form import BundleForm


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """``name``: on the command line; ``suffix``: of the file, empty: it is a folder; ``first_bytes``: by which a file is known.

    ``module``: the one here that has its ``FORM``; loaded when it is wanted, since what a form needs may be slow to import.
    """

    name: str
    module: str
    suffix: str = ""
    first_bytes: bytes = b""

    @property
    def is_folder(self) -> bool:
        return not self.suffix

    def load(self) -> BundleForm:
        form: BundleForm = importlib.import_module(f"bundler.pack.forms.{self.module}").FORM
        return form


FORMATS = {
    each.name: each
    for each in (
        Format(name="zip", module="zip_form", suffix=".zip", first_bytes=END_MARK[:2]),
        Format(name="7z", module="seven_zip_form", suffix=".7z", first_bytes=SIGNATURE),
        Format(name="dir", module="folder_form"),
    )
}
"""By name; the first is the default."""


def format_of(path: Path) -> Format | None:
    """The form that ``path`` has, by its first bytes; None: it is of another kind. Raises OSError."""
    if path.is_dir():
        return next(each for each in FORMATS.values() if each.is_folder)
    archives = [each for each in FORMATS.values() if not each.is_folder]
    with open_plain(path) as stream:
        head = stream.read(max(len(each.first_bytes) for each in archives))
    return next((each for each in archives if head.startswith(each.first_bytes)), None)
