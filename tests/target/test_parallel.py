"""Files several at a time: each once, the first error comes out; and each byte of a bundle is read once, with few calls a file."""

from __future__ import annotations

import collections
import hashlib
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

from bundler.target.bundle.verification import verify
from bundler.target.errors import InstallError
from bundler.target.machine import files as files_module
from bundler.target.machine import raw_file
from bundler.target.machine.file_contents import hash_file
from bundler.target.machine.parallel import THREADS, in_parallel
from bundler.target.machine.posix import PosixFiles
from tests.support import only_linux
from tests.target.bundles import lay_bundle
from tests.target.test_modes import PASSWORD, did, lay, refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.target.interpreters import Interpreter

MANY = 300


def test_each_is_done_once() -> None:
    done: list[int] = []
    in_parallel(done.append, range(MANY))
    assert sorted(done) == list(range(MANY))
    in_parallel(done.append, [])
    assert len(done) == MANY


def test_several_at_a_time() -> None:
    together = threading.Barrier(THREADS)
    in_parallel(lambda _: together.wait(60), range(THREADS))


@pytest.mark.parametrize("error", [OSError("full"), InstallError(1603, "changed"), KeyboardInterrupt()])
def test_the_first_error_comes_out_and_the_rest_is_left(error: BaseException) -> None:
    done: list[int] = []

    def act(number: int) -> None:
        done.append(number)
        if number == 5:
            raise error

    before = threading.active_count()
    with pytest.raises(type(error)) as caught:
        in_parallel(act, range(100_000))
    assert caught.value is error
    assert len(done) < 100_000
    assert threading.active_count() == before


def test_without_threads_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    done: list[int] = []
    in_parallel(done.append, range(MANY))
    assert done == list(range(MANY))


class Opened:
    """The system's calls, and what is opened, read and written by them, by path."""

    def __init__(self) -> None:
        self.times: collections.Counter[str] = collections.Counter()
        self.calls: collections.Counter[str] = collections.Counter()
        self.bytes: collections.Counter[str] = collections.Counter()
        self._paths: dict[int, str] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def open(self, path: str, flags: int, mode: int = 0o777) -> int:
        self.times[path] += 1
        file = os.open(path, flags, mode)
        self._paths[file] = path
        return file

    def read(self, file: int, size: int) -> bytes:
        found = os.read(file, size)
        self.calls[self._paths[file]] += 1
        self.bytes[self._paths[file]] += len(found)
        return found

    def write(self, file: int, content: bytes) -> int:
        self.calls[self._paths[file]] += 1
        return os.write(file, content[: 1 << 19])  # as a system may


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Opened:
    seen = Opened()
    for module in (files_module, raw_file):
        monkeypatch.setattr(module, "os", seen)
    return seen


@pytest.mark.parametrize(("size", "reads"), [(0, 1), (100, 2), (1 << 16, 2), (10 << 20, 12)])
def test_a_file_is_read_in_few_pieces(tmp_path: Path, opened: Opened, size: int, reads: int) -> None:
    content = os.urandom(size)
    source, place = str(tmp_path / "source"), str(tmp_path / "place")
    (tmp_path / "source").write_bytes(content)
    wanted = (hashlib.sha256(content).hexdigest(), size)
    assert hash_file(source) == wanted
    assert opened.calls[source] == reads
    assert PosixFiles().copy(source, place) == wanted
    assert (tmp_path / "place").read_bytes() == content
    assert (opened.times[place], opened.calls[source], opened.bytes[source]) == (1, 2 * reads, 2 * size)


@only_linux.SIMULATED
def test_each_byte_of_a_bundle_is_read_once_and_no_file_is_asked_for(
    tmp_path: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid = lay_bundle(tmp_path)
    for number in range(MANY):
        (laid.folder / "boot" / "Lib" / f"m{number}.py").write_text(f"x = {number}\n")
    laid.rewrite()
    asked: list[str] = []
    for name in ("stat", "lstat"):
        monkeypatch.setattr(os, name, _noting(getattr(os, name), asked))
    bundle = verify(str(laid.folder), os.path.islink)
    monkeypatch.undo()
    assert len(asked) < 20
    assert {each.path for each in bundle.manifest.members} >= {f"boot/Lib/m{number}.py" for number in range(MANY)}
    for each in bundle.manifest.members:
        path = bundle.path(each.path)
        assert (opened.times[path], opened.bytes[path]) == (1, each.size)


def _noting(call: Callable[..., Any], asked: list[str]) -> Callable[..., Any]:
    def asking(*given: Any, **named: Any) -> Any:
        asked.append(call.__name__)
        return call(*given, **named)

    return asking


@only_linux.SIMULATED
def test_what_has_changed_since_it_was_verified_is_not_copied(tmp_path: Path, few: Interpreter) -> None:
    laid = lay(tmp_path, 1, few)
    module = laid.folder / "boot" / "Lib" / "module.py"
    module.write_text("x = 1\n")
    laid.rewrite()
    (laid.folder / "boot" / "Lib" / "large.py").write_text("#" * (300 << 10))
    laid.rewrite()
    said = refused(laid, PASSWORD, meanwhile=[4, "sh", "-c", f"echo evil > '{module.with_name('large.py')}'"])
    assert "boot/Lib/large.py changed after the bundle was verified" in said


@only_linux.SIMULATED
def test_of_a_small_file_that_is_installed_which_was_verified(tmp_path: Path, few: Interpreter) -> None:
    """It is read once, whatever others make of it then."""
    laid = lay(tmp_path, 1, few)
    module = laid.folder / "boot" / "Lib" / "module.py"
    module.write_text("x = 1\n")
    laid.rewrite()
    did(laid, PASSWORD, meanwhile=[4, "sh", "-c", f"echo evil > '{module}'"])
    assert module.read_text() == "evil\n"
    for place in (laid.release / "runtime", laid.environment / "uninstall" / laid.release.name / "boot"):
        assert (place / "Lib" / "module.py").read_text() == "x = 1\n"


@only_linux.SIMULATED
def test_all_faults_of_a_bundle_are_told_in_order(tmp_path: Path) -> None:
    laid = lay_bundle(tmp_path)
    for number in range(9):
        (laid.folder / "boot" / "Lib" / f"m{number}.py").write_text("x\n")
    laid.rewrite()
    for number in range(9):
        (laid.folder / "boot" / "Lib" / f"m{number}.py").write_text("y\n")
    with pytest.raises(InstallError) as caught:
        verify(str(laid.folder), os.path.islink)
    assert caught.value.details[:9] == tuple(f"- boot/Lib/m{number}.py was changed" for number in range(9))
