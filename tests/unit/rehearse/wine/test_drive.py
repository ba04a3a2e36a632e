"""Drive C: while programs of strangers change it: what this host reads and writes there stays there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bundler.errors import HostError
from bundler.rehearse.wine.drive import Drive, opened_folder
from tests.support import only_linux

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = only_linux.NAMESPACES


@pytest.fixture
def c(tmp_path: Path) -> Path:
    folder = tmp_path / "prefix" / "drive_c"
    (folder / "App").mkdir(parents=True)
    (folder / "App" / "x.txt").write_text("x")
    return folder


@pytest.fixture
def drive(c: Path) -> Drive:
    return Drive(c.parent)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    (tmp_path / "host").mkdir()
    path = tmp_path / "host" / "secret"
    path.write_text("of the host")
    return path


def test_letter_case_matters_only_between_names_that_are_there(c: Path, drive: Drive) -> None:
    assert drive.read(r"c:\app\X.TXT") == b"x"
    (c / "APP").mkdir()
    assert drive.read(r"C:\APP\x.txt") is None
    drive.write(r"C:\app\new\y.txt", b"y")
    assert (c / "APP" / "new" / "y.txt").read_bytes() == b"y"
    assert drive.exists(r"C:\app\New")
    assert not drive.exists(r"C:\app\none")
    drive.write(r"C:\App\x.txt", b"")
    assert drive.read(r"C:\App\x.txt") == b""


@pytest.mark.parametrize(
    "path", ["D:\\x", "x", "C:x", r"C:\..\..\host\secret", r"C:\App\..\..\..\host\secret", "C:\\", "C:\\a\0b"]
)
def test_what_is_not_on_the_drive_is_not_there(drive: Drive, secret: Path, path: str) -> None:
    assert not drive.exists(path)
    assert drive.read(path) is None
    with pytest.raises(HostError):
        drive.write(path, b"x")
    assert secret.read_text() == "of the host"


def test_no_link_is_followed(c: Path, drive: Drive, secret: Path) -> None:
    (c / "file").symlink_to(secret)
    (c / "folder").symlink_to(secret.parent)
    (c / "relative").symlink_to("App")
    for path in (r"C:\file", r"C:\folder\secret", r"C:\folder\planted", r"C:\relative\x.txt"):
        assert drive.read(path) is None
        with pytest.raises(HostError) as caught:
            drive.write(path, b"x")
        assert caught.value.reference == "link-out-of-machine"
    assert drive.exists(r"C:\file")
    assert not drive.exists(r"C:\folder\secret")
    assert [each.name for each in secret.parent.iterdir()] == ["secret"]
    assert secret.read_text() == "of the host"


def test_the_drive_itself_may_be_a_link(c: Path, drive: Drive, secret: Path) -> None:
    c.rename(c.with_name("moved"))
    c.symlink_to(secret.parent)
    assert drive.read(r"C:\secret") is None
    with pytest.raises(OSError), opened_folder(c.parent, "drive_c"):  # noqa: PT011 - its number differs
        pass


def test_what_is_no_file_is_not_waited_for(c: Path, drive: Drive) -> None:
    os.mkfifo(c / "pipe")
    assert drive.read(r"C:\pipe") is None
    assert drive.read(r"C:\App") is None
    with pytest.raises(HostError):
        drive.write(r"C:\pipe", b"x")


def test_what_is_spelled_as_it_is_there_needs_no_look_at_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Programs may have put a million names there."""
    (tmp_path / "drive_c" / "App").mkdir(parents=True)
    (tmp_path / "drive_c" / "App" / "x.txt").write_bytes(b"x")
    monkeypatch.setattr("os.listdir", lambda _: pytest.fail("it was listed"))
    assert Drive(tmp_path).read(r"C:\App\x.txt") == b"x"
