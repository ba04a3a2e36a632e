"""An installer is converted once: of the same bytes, for the same Python. What was said of it is said again."""

from __future__ import annotations

import datetime
import itertools
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from bundler import legacy
from bundler.errors import BundleError
from bundler.fetch import DiskCache, Store
from bundler.model.artifact import StoredFile
from bundler.model.lock import LegacyChoice
from bundler.pipeline.legacy_installers import ConvertedWheel, convert
from tests.support.legacy import make_wininst
from tests.support.reporters import Remembering

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.pipeline.session import Session

CHOICE = LegacyChoice(source="index:foo==1.0")
FILES = {"PURELIB/foo.py": b"pass\n", "SCRIPTS/post.py": b"#!python\n"}
NAME = "Foo.Bar-1.0.win32-py2.7.exe"


class Converting:
    """Converts one installer in sessions of its own, and counts how often its bytes were looked at."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.times, self.epoch = folder, 0, None
        self.store = Store(folder / "store")
        self._numbers = itertools.count()
        self.installer = make_wininst(folder / NAME, FILES, install_script="post.py")
        whole = legacy.convert_installer

        def counted(*arguments: Any, **more: Any) -> legacy.Converted:
            self.times += 1
            return whole(*arguments, **more)

        monkeypatch.setattr(legacy, "convert_installer", counted)

    def __call__(self, choice: LegacyChoice = CHOICE) -> tuple[ConvertedWheel, Remembering]:
        heard, work = Remembering(), self.folder / f"work-{next(self._numbers)}"
        session = SimpleNamespace(
            cache=DiskCache(self.store.root),
            shelf=self.store,
            reporter=Remembering(),
            once=heard,
            epoch=self.epoch,
            folder=lambda name: work / name,
            named=lambda stored, _: stored.path,
        )
        return convert(cast("Session", session), StoredFile.of(self.installer), NAME, choice), heard


@pytest.fixture
def converting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Converting:
    return Converting(tmp_path, monkeypatch)


def test_of_the_same_bytes_once(converting: Converting) -> None:
    first, heard = converting()
    again, heard_again = converting()
    assert (converting.times, again) == (1, first)
    assert first.filename == "Foo.Bar-1.0-cp27-none-any.whl"
    assert heard.warnings == heard_again.warnings
    assert "legacy-post-install" in [reference for reference, _ in heard.warnings]


def test_of_anything_else_again(converting: Converting) -> None:
    converting()
    converting(LegacyChoice(source="index:foo==1.0", python="2.7"))
    assert converting.times == 2
    converting.epoch = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)  # type: ignore[assignment]
    converting()
    assert converting.times == 3
    make_wininst(converting.installer, {"PURELIB/foo.py": b"0\n"})
    converting()
    assert converting.times == 4


def test_a_wheel_that_was_changed_in_the_store_is_made_again(converting: Converting) -> None:
    first, _ = converting()
    first.file.path.write_bytes(b"PK")
    again, _ = converting()
    assert (converting.times, again) == (2, first)


def test_what_can_not_be_converted_is_refused_every_time(converting: Converting) -> None:
    make_wininst(converting.installer, FILES | {"PURELIB/broken.pyd": b"MZ"})
    for _ in range(2):
        with pytest.raises(BundleError):
            converting()
    assert converting.times == 2
