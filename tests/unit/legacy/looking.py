"""Converting in a test, and looking into what came out."""

from __future__ import annotations

import base64
import csv
import dataclasses
import hashlib
import zipfile
from typing import TYPE_CHECKING

import pytest
from packaging.metadata import Metadata
from packaging.utils import parse_wheel_filename

from bundler.errors import BundleError
from bundler.legacy import Converted, convert_installer
from bundler.report import Reporter

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Ears(Reporter):
    """Hears the references of warnings."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def warn(self, reference: str, message: str) -> None:
        self.heard.append(f"{reference}: {message}")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A wheel that was proven sound: its RECORD, its METADATA, its name."""

    converted: Converted
    files: dict[str, bytes]
    metadata: Metadata
    warnings: tuple[str, ...]

    @property
    def info(self) -> str:
        return _info(self.files)

    @property
    def installed(self) -> dict[str, bytes]:
        """Everything but the wheel's own folder."""
        return {name: content for name, content in self.files.items() if not name.startswith(self.info)}


def _info(files: Iterable[str]) -> str:
    (found,) = (each.partition("/")[0] for each in files if each.endswith(".dist-info/WHEEL") and each.count("/") == 1)
    return found


def converted(file: Path, python: str | None = None, platform: str | None = None) -> Seen:
    ears = Ears()
    found = convert_installer(
        file, folder=file.parent / "wheels", python=python, platform=platform, epoch=1_400_000_000, reporter=ears
    )
    with zipfile.ZipFile(found.wheel) as archive:
        assert archive.testzip() is None
        assert {each.compress_type for each in archive.infolist()} == {zipfile.ZIP_STORED}
        files = {each: archive.read(each) for each in archive.namelist()}
    info = _info(files)
    rows = {row[0]: row[1] for row in csv.reader(files[f"{info}/RECORD"].decode().splitlines())}
    assert rows.keys() == files.keys()
    for name, content in files.items():
        if name != f"{info}/RECORD":
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            assert rows[name] == f"sha256={digest}"
    metadata = Metadata.from_email(files[f"{info}/METADATA"], validate=True)
    name, version, _, tags = parse_wheel_filename(found.wheel.name)
    assert (name, version) == parse_wheel_filename(f"{info.removesuffix('.dist-info')}-py3-none-any.whl")[:2]
    said = {
        line.removeprefix("Tag: ") for line in files[f"{info}/WHEEL"].decode().splitlines() if line.startswith("Tag")
    }
    assert said == {str(each) for each in tags}
    return Seen(converted=found, files=files, metadata=metadata, warnings=tuple(ears.heard))


def refused(file: Path, python: str | None = None, platform: str | None = None) -> BundleError:
    folder = file.parent / "refused"
    with pytest.raises(BundleError) as caught:
        convert_installer(file, folder=folder, python=python, platform=platform, epoch=0)
    assert not folder.exists() or not list(folder.iterdir())
    assert caught.value.exit_code in (2, 5, 6)
    return caught.value
