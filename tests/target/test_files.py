"""Folders that are gone through and removed: what a link in them leads to is not looked at, and stays."""

from __future__ import annotations

import io
import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bundler.target.machine.file_contents import hash_file, pieces
from bundler.target.machine.files import Files
from bundler.target.machine.links import leads_elsewhere
from bundler.target.machine.listing import listed
from bundler.target.state.data_trust import names_elsewhere
from bundler.target.state.releases import discard_release, remove_release
from tests.support import only_linux
from tests.target.forks import TARGET
from tests.target.own_host import own_host

if TYPE_CHECKING:
    from collections.abc import Callable

    from bundler.target.machine.host import Host
    from tests.target.interpreters import Interpreter

PLAIN, REPARSE_POINT = 0x10, 0x410
JUNCTION, SYMLINK, CLOUD = 0xA0000003, 0xA000000C, 0x9000001A
PROGRAM = """
from __future__ import unicode_literals
import json, sys
sys.path.insert(0, sys.argv[1])
from target.machine.files import Files
from target.compat import to_text
files, folder = Files(), to_text(sys.argv[2])
found = [files.walk(folder), files.sizes(folder), files.folders(folder), files.discard(folder)]
sys.stdout.write(json.dumps(found))
"""


class Asked(io.BytesIO):
    """A file that notes how much of it is asked for at a time."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.asked: list[int] = []

    def read(self, size: int | None = -1, /) -> bytes:
        self.asked.append(-1 if size is None else size)
        return super().read(size)


@pytest.mark.parametrize(
    ("size", "large"), [(0, 0), (1, 0), (65_535, 0), (65_536, 1), (1_000_000, 1), (65_536 + 3 * 1_048_576, 4)]
)
def test_small_files_ask_for_no_large_piece(size: int, large: int) -> None:
    """Having room for one takes Windows longer than reading a small file: twice the time of all that a verification does."""
    content = bytes(range(256)) * (size // 256 + 1)
    stream = Asked(content[:size])
    assert b"".join(pieces(stream)) == content[:size]
    assert stream.asked.count(1_048_576) == large
    assert set(stream.asked) <= {65_536, 1_048_576}


@pytest.mark.parametrize("size", [0, 1, 3 * 1_048_576 + 7])
def test_a_file_is_hashed_alike_in_turns(tmp_path: Path, size: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"y" * size)
    reading = threading.Lock()
    assert hash_file(str(path), reading) == hash_file(str(path))
    assert not reading.locked()


def test_of_a_file_that_is_too_large_not_much_more_is_read(tmp_path: Path) -> None:
    path, most = tmp_path / "file", 100_000
    with path.open("wb") as stream:
        stream.truncate(most)
        assert hash_file(str(path), most=most) == hash_file(str(path))
        stream.truncate(1 << 40)
    assert most < hash_file(str(path), most=most)[1] < 1 << 22


class Junctions(Files):
    """Windows as Python sees it: a junction is a folder like any other, but for those who ask the system."""

    def __init__(self, *junctions: Path) -> None:
        super().__init__()
        self.junctions = {str(each) for each in junctions}
        self.removed: list[str] = []

    def is_link(self, path: str) -> bool:
        return path in self.junctions

    def remove_link(self, path: str) -> None:
        self.removed.append(path)
        Path(path).rename(Path(path).parent.parent / "elsewhere")  # what it leads to is somewhere else, and stays


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two files and a junction in it, which a plain folder stands in for."""
    folder = tmp_path / "above" / "folder"
    (folder / "junction" / "inside").mkdir(parents=True)
    (folder / "junction" / "inside" / "precious").write_text("x")
    (folder / "plain" / "empty").mkdir(parents=True)
    (folder / "plain" / "file").write_text("12345")
    (folder / "a file").write_text("1")
    return folder


@pytest.mark.parametrize("way", [Files.discard, Files.remove_tree])
def test_a_junction_is_removed_and_not_entered(folder: Path, way: Callable[[Files, str], None]) -> None:
    files = Junctions(folder / "junction")
    way(files, str(folder))
    assert not folder.exists()
    assert files.removed == [str(folder / "junction")]
    assert (folder.parent / "elsewhere" / "inside" / "precious").read_text() == "x"


def test_a_junction_is_not_gone_through(folder: Path) -> None:
    files = Junctions(folder / "junction")
    assert files.walk(str(folder)) == [str(folder / "a file"), str(folder / "plain" / "file")]
    assert files.sizes(str(folder)) == [(str(folder / "a file"), 1), (str(folder / "plain" / "file"), 5)]
    assert files.folders(str(folder)) == [str(folder / "plain" / "empty"), str(folder / "plain"), str(folder)]
    assert files.walk(str(folder / "junction")) == []


def test_what_a_service_removes_meanwhile_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may run while rights in its data folder are looked at, and has files there that come and go."""
    folder = tmp_path / "data"
    for name in ("a", "gone/deep", "z"):
        (folder / name).mkdir(parents=True)
    for name in ("first", "a/file", "z/file"):
        (folder / name).write_text("x")

    def and_removed(path: str) -> list[object]:
        found = listed(path)
        if path == host.files.whole_path(str(folder)):
            (folder / "first").unlink()
            (folder / "gone" / "deep").rmdir()
            (folder / "gone").rmdir()
        return found

    monkeypatch.setattr("bundler.target.machine.files.listed", and_removed)
    host = own_host()
    monkeypatch.setattr(type(host.rights), "is_admin", lambda _self: True)
    assert names_elsewhere(host, str(folder), []) == []
    with pytest.raises(FileNotFoundError):
        host.files.everything(str(folder / "gone"))


@pytest.mark.parametrize("way", [discard_release, remove_release])
def test_a_junction_in_a_releases_place_is_no_release(folder: Path, way: Callable[[Host, str], None]) -> None:
    files = Junctions(folder)
    before = {path.relative_to(folder) for path in folder.rglob("*")}
    way(own_host(files=files), str(folder))
    elsewhere = folder.parent.parent / "elsewhere"
    assert {path.relative_to(elsewhere) for path in elsewhere.rglob("*")} == before


@only_linux.LINKS
def test_symbolic_links_under_every_python(tmp_path: Path, interpreter: Interpreter) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "folder é"
    (elsewhere / "inside").mkdir(parents=True)
    (elsewhere / "inside" / "precious").write_text("x")
    (folder / "plain é").mkdir(parents=True)
    (folder / "plain é" / "file é").write_text("12345")
    (folder / "link").symlink_to(elsewhere, target_is_directory=True)
    (folder / "plain é" / "precious").symlink_to(elsewhere / "inside" / "precious")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    done = interpreter.run("-E", "-s", "-B", str(program), str(TARGET.parent), str(folder))
    assert done.stderr == ""
    walked, sized, folders, left = json.loads(done.stdout)
    files = [str(folder / "plain é" / name) for name in ("file é", "precious")]
    assert (walked, sized) == (files, [[files[0], 5], [files[1], 1]])
    assert (folders, left) == ([str(folder / "plain é"), str(folder)], [])
    assert not folder.exists()
    assert (elsewhere / "inside" / "precious").read_text() == "x"


@only_linux.LINKS
@pytest.mark.parametrize("way", ["discard", "remove_tree"])
def test_what_a_link_leads_to_stays(tmp_path: Path, way: str) -> None:
    elsewhere, folder = tmp_path / "elsewhere", tmp_path / "folder"
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("x")
    folder.mkdir()
    (folder / "link").symlink_to(elsewhere, target_is_directory=True)
    (folder / "nowhere").symlink_to(tmp_path / "nothing")
    (folder / "file").write_text("y")
    getattr(Files(), way)(str(folder))
    assert not folder.exists()
    assert (elsewhere / "precious").read_text() == "x"


@pytest.mark.parametrize(
    ("attributes", "tag", "expected"),
    [
        (PLAIN, 0, False),
        (PLAIN, JUNCTION, False),
        (REPARSE_POINT, JUNCTION, True),
        (REPARSE_POINT, SYMLINK, True),
        (REPARSE_POINT, CLOUD, False),
        (REPARSE_POINT, 0, True),
    ],
)
def test_what_leads_elsewhere_as_windows_tells_it(attributes: int, tag: int, expected: bool) -> None:
    assert leads_elsewhere(attributes, tag) is expected


@only_linux.SIMULATED
@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("planted", ["link", "file"])
def test_what_is_put_in_the_place_of_a_new_file_is_not_written_to(tmp_path: Path, private: bool, planted: str) -> None:
    """By whoever may change the folder too, after what was there has been removed."""
    from bundler.target.machine.posix import PosixFiles

    precious = tmp_path / "precious"
    precious.write_text("x")

    class Late(PosixFiles):
        def _discard(self, path: str, gone: Callable[[], None] | None = None) -> list[tuple[str, EnvironmentError]]:
            left = super()._discard(path, gone)
            Path(path).symlink_to(precious) if planted == "link" else Path(path).hardlink_to(precious)
            return left

    with pytest.raises(FileExistsError):
        Late().write(str(tmp_path / "out"), b"evil", private=private)
    assert precious.read_text() == "x"
    assert not (tmp_path / "out").exists()


@only_linux.SIMULATED
@pytest.mark.parametrize("private", [False, True])
def test_a_new_file_is_opened_by_its_name_once(tmp_path: Path, private: bool) -> None:
    """Before a second time another one could be there."""
    from bundler.target.machine.posix import PosixFiles

    class Once(PosixFiles):
        def _opened(self, path: str, *_: object) -> None:
            raise AssertionError(path)

    Once().write(str(tmp_path / "out"), b"content", private=private)
    assert (tmp_path / "out").read_bytes() == b"content"
    assert [each.name for each in tmp_path.iterdir()] == ["out"]
