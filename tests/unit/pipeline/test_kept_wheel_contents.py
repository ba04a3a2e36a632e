"""What a bundle takes out of a wheel is read once of the same bytes, and is the same when it comes out of the cache."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from bundler.errors import IntegrityError
from bundler.fetch import DiskCache
from bundler.model.target import Target
from bundler.pack.wheels import wheel_content
from bundler.pipeline import derived
from bundler.pipeline.kept_wheel_contents import kept_contents
from bundler.report import Reporter
from tests.support.bundles import wheel_file
from tests.support.packages import make_wheel

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.model.artifact import WheelFile
    from bundler.pipeline.session import Session

TARGET = Target.of("3.11.9", "win_amd64")
FILES = {"demo/__init__.py": "", "distutils-precedence.pth": "import os\n", "demo/LICENSE": "none"}


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return cast("Session", SimpleNamespace(cache=DiskCache(tmp_path / "store"), reporter=Reporter()))


@pytest.fixture
def wheel(tmp_path: Path) -> WheelFile:
    made = make_wheel(
        tmp_path,
        files=FILES,
        data={"scripts/tool.py": "#!python\n"},
        entry_points={"console_scripts": {"demo": "demo:main"}},
        metadata_extra=["Requires-Dist: six", "Provides-Extra: more", "License: a\n        b"],
        licenses={"LICENSE": b"\xff\x00 bytes", "NOTICE": "notice"},
    )
    return wheel_file(made)


def test_what_is_kept_is_what_was_read(session: Session, wheel: WheelFile) -> None:
    read, first = wheel_content(wheel, TARGET), kept_contents(session)(wheel, TARGET)
    wheel.file.path.unlink()
    kept = kept_contents(session)(wheel, TARGET)
    assert first == kept == read
    assert kept.metadata.fields == read.metadata.fields
    assert {member.rpartition("/")[2] for member, _ in kept.licences} == {"LICENSE", "NOTICE"}
    assert kept.startup
    assert any(not each.member for each in kept.files[0]), "a program of an entry point"


@pytest.mark.parametrize("other", [Target.of("3.12.0", "win_amd64"), Target.of("3.11.9", "win32")])
def test_for_another_target_it_is_read_again(session: Session, wheel: WheelFile, other: Target) -> None:
    kept_contents(session)(wheel, TARGET)
    wheel.file.path.unlink()
    kept_contents(session)(wheel, Target.of("3.11.2", "win_amd64"))
    with pytest.raises(FileNotFoundError):
        kept_contents(session)(wheel, other)


def test_other_bytes_are_read_again(session: Session, wheel: WheelFile, tmp_path: Path) -> None:
    kept_contents(session)(wheel, TARGET)
    other = wheel_file(make_wheel(tmp_path / "other", files={"demo/more.py": ""}))
    assert kept_contents(session)(other, TARGET) == wheel_content(other, TARGET)


def test_other_rules_read_it_again(session: Session, wheel: WheelFile, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_contents(session)(wheel, TARGET)
    wheel.file.path.unlink()
    monkeypatch.setattr(derived, "_rules_of_one", lambda room: f"another {room}")
    with pytest.raises(FileNotFoundError):
        kept_contents(session)(wheel, TARGET)


def test_what_is_refused_is_refused_every_time(session: Session, tmp_path: Path) -> None:
    refused = wheel_file(make_wheel(tmp_path, data={"scripts/python.exe": "MZ"}))
    for _ in range(2):
        with pytest.raises(IntegrityError) as caught:
            kept_contents(session)(refused, TARGET)
        assert caught.value.reference == "wheel-malformed"
