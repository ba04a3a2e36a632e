"""/uninstall asks the system as little as it can, says what it does, and looks once who uses the files."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

from bundler.target.console import Console
from bundler.target.machine import files
from bundler.target.machine.posix import PosixFiles
from tests.support import only_linux
from tests.support.packages import make_wheel
from tests.target.bundles import Laid, lay_bundle
from tests.target.test_modes import PASSWORD, did

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bundler.target.machine.held_folder import HeldFolder

pytestmark = only_linux.SIMULATED
FOLDERS, IN_EACH = 4, 50
NAMES = [f"big/p{folder}/m{number}.py" for folder in range(FOLDERS) for number in range(IN_EACH)]


def lay_large(root: Path, version: str) -> Laid:
    big = make_wheel(root / version, "big", version, tag="py2.py3-none-any", files=dict.fromkeys(NAMES, "x = 1\n"))
    laid = lay_bundle(root, version=version, packages=[big], files={}, checks=None)
    checks = dataclasses.replace(laid.manifest.checks, imports=("big.p0.m0",), commands=())
    laid.rewrite(dataclasses.replace(laid.manifest, checks=checks))
    laid.folder.rename(root / f"bundle {version}")
    return dataclasses.replace(laid, folder=root / f"bundle {version}")


def test_an_uninstallation_asks_of_folders_and_not_of_files(tmp_path: Path) -> None:
    one, two = lay_large(tmp_path, "1.0"), lay_large(tmp_path, "2.0")
    did(one, PASSWORD)
    did(two)
    releases = [path for path in (one.environment / "releases").rglob("*") if not path.is_dir()]
    kept = [path for path in (one.environment / "uninstall").rglob("*") if path.is_file()]
    assert len(releases) > 2 * len(NAMES)
    calls, counts = tmp_path / "calls", []
    for arguments in (("/uninstall", "/plan"), ("/uninstall",)):
        did(two, *arguments, calls=str(calls))
        counts.append(json.loads(calls.read_bytes()))
    assert not one.environment.exists()
    before, found = counts  # a plan verifies the program and looks for who uses the files, too
    files = len(releases) + len(kept)
    assert files <= found["unlink"] < files * 1.1  # some are held for a moment, and a run has files of its own
    folders = found["scandir"] - before["scandir"]
    assert folders < files / 4
    asked = [each["stat"] + each["lstat"] for each in counts]
    assert asked[1] - asked[0] < files / 4 + 8 * folders, (
        counts
    )  # whether a folder is still the same is asked of each some times


def test_nothing_grows_faster_than_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice the releases, and in each four times the files."""
    asked = []
    for folders, versions in ((FOLDERS, ["1.0"]), (4 * FOLDERS, ["1.0", "2.0"])):
        root = tmp_path / str(folders)
        root.mkdir()
        names = [f"big/p{folder}/m{number}.py" for folder in range(folders) for number in range(IN_EACH)]
        monkeypatch.setattr(sys.modules[__name__], "NAMES", names)
        laid = [lay_large(root, version) for version in versions]
        for each in laid:
            did(each, *([PASSWORD] if each is laid[0] else []))
        files = sum(1 for path in laid[0].environment.rglob("*") if path.is_file())
        did(laid[-1], "/uninstall", calls=str(root / "calls"))
        asked.append((files, json.loads((root / "calls").read_bytes())))
    (few, before), (many, after) = asked
    assert many > 4 * few
    assert {name: calls for name, calls in after.items() if calls * few > before[name] * many * 1.1} == {}


def counted(call: Callable[..., Any], asked: list[str]) -> Callable[..., Any]:
    def asking(*given: Any, **named: Any) -> Any:
        asked.append(call.__name__)
        return call(*given, **named)

    return asking


def test_what_is_asked_does_not_grow_with_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    for number, count in enumerate((10, 200)):
        folder = tmp_path / str(number)
        for inner in ("a", "b"):
            (folder / inner).mkdir(parents=True)
            for each in range(count):
                (folder / inner / str(each)).touch()
            (folder / inner / "link").symlink_to(tmp_path)
    with monkeypatch.context() as patched:
        for name in ("stat", "lstat", "listdir", "scandir"):
            patched.setattr(os, name, counted(getattr(os, name), asked))
        assert PosixFiles().discard(str(tmp_path / "0")) == []
        few, asked[:] = len(asked), []
        gone: list[None] = []
        assert PosixFiles().discard(str(tmp_path / "1"), lambda: gone.append(None)) == []
    assert len(asked) == few < 30
    assert len(gone) == 402
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("way", ["discard", "remove_tree"])
def test_a_link_that_is_put_in_the_place_of_a_folder_meanwhile_leads_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str, at_once: bool
) -> None:
    """Who may change a data folder waits until the removal has looked at a folder, and has it lead to what only this run may remove."""
    data, victim = tmp_path / "data", tmp_path / "victim"
    for each in (victim, *(data / name for name in "abc")):
        (each / "sub").mkdir(parents=True)
        for name in ("keep", "sub/keep"):
            (each / name).touch()
    (victim / "sub" / "empty").mkdir()
    (data / "b" / "sub" / "empty").mkdir()

    class Racing(PosixFiles):
        def _unlink(self, path: str) -> None:
            super()._unlink(path)
            for each in data.glob("?"):
                if not path.startswith(str(each)) and not each.is_symlink():
                    each.rename(tmp_path / f"aside-{each.name}")
                    each.symlink_to(victim)

    if not at_once:
        monkeypatch.setattr(files, "remove_most", lambda *_: None)
    before = sorted(victim.rglob("*"))
    if way == "discard":
        left = Racing().discard(str(data))
        assert set(left) <= {str(data / name) for name in "abc"}
    elif at_once:
        Racing().remove_tree(str(data))
    else:
        with pytest.raises(EnvironmentError, match="somebody has put another folder in its place"):
            Racing().remove_tree(str(data))
    assert sorted(victim.rglob("*")) == before
    assert PosixFiles().discard(str(data)) == []
    assert not data.exists()
    assert sorted(victim.rglob("*")) == before


def test_a_link_above_what_lies_deep_moves_nothing(tmp_path: Path) -> None:
    """What lies too deep is moved up before it goes: not what lies as deep elsewhere."""
    names = ["n" * 200] * 5
    data, victim = tmp_path / "data", tmp_path / "victim"
    inside = data.joinpath("a", *names)
    for each in (inside, victim.joinpath(*names)):
        (each / "inner").mkdir(parents=True)
        (each / "inner" / "keep").touch()
    (inside / "inner" / "before").mkdir()
    (inside / "inner" / "before" / "first").touch()

    class Racing(PosixFiles):
        def hold(self, path: str, identity: Any) -> HeldFolder:
            held = super().hold(path, identity)
            if len(path) > 700 and not (data / "a").is_symlink():
                (data / "a").rename(tmp_path / "aside")
                (data / "a").symlink_to(victim)
            return held

    before = sorted(victim.rglob("*"))
    Racing().discard(str(data))
    assert (tmp_path / "aside").is_dir()
    assert sorted(victim.rglob("*")) == before


def test_what_goes_meanwhile_is_no_fault(tmp_path: Path) -> None:
    class Racing(PosixFiles):
        def _unlink(self, path: str) -> None:
            super()._unlink(path)
            for each in (tmp_path / "folder").glob("*"):
                each.unlink()

    (tmp_path / "folder").mkdir()
    for name in "abc":
        (tmp_path / "folder" / name).touch()
    assert Racing().discard(str(tmp_path / "folder")) == []
    assert not (tmp_path / "folder").exists()


def test_it_is_not_silent(tmp_path: Path) -> None:
    one = lay_large(tmp_path, "1.0")
    did(one, PASSWORD)
    lines = did(one, "/uninstall", "/purge").out.splitlines()
    assert lines[1:4] == [
        "Looking for programs that use its files",
        "Removing 1.0-0a1b2c3d",
        f"Removing {one.data}",
    ]


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("quiet", [False, True])
def test_a_terminal_shows_how_many_files_have_gone(quiet: bool) -> None:
    stream = Terminal()
    another = Console(stream, stream, quiet=quiet).counting("Removing 1.0")
    for _ in range(250):
        another()
    shown = [each.strip() for each in stream.getvalue().split("\r") if each.strip()]
    assert shown == ([] if quiet else ["Removing 1.0, 100 files", "Removing 1.0, 200 files"])
