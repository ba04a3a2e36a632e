"""What is made once is whole when it has its name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bundler.errors import HostError
from bundler.rehearse.wine import host_tools
from bundler.rehearse.wine.bed_cache import Cache, bed_root, claimed_folder, disk_use
from tests.support import only_linux

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = only_linux.NAMESPACES


def _writing(text: str) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        path.write_text(text)

    return make


def test_a_thing_that_could_not_be_made_leaves_nothing_and_a_made_one_is_kept(tmp_path: Path) -> None:
    cache = Cache(tmp_path)

    def fail(path: Path) -> None:
        path.mkdir()
        (path / "half").touch()
        raise HostError("session-not-made", "no")

    with pytest.raises(HostError):
        cache.made("thing", "recipe", fail)
    assert [each.name for each in (tmp_path / "recipe").iterdir()] == ["thing.lock"]
    made = cache.made("thing", "recipe", _writing("first"))
    assert cache.made("thing", "recipe", fail) == made
    assert cache.made("thing", "other", _writing("second")).read_text() == "second"
    assert made.read_text() == "first"


def test_processes_that_want_the_same_thing_make_it_once(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from bundler.rehearse.wine.bed_cache import Cache\n"
        "def make(path):\n"
        "    with Path(sys.argv[1], 'makers').open('a') as file: file.write('made ')\n"
        "    path.touch()\n"
        "Cache(Path(sys.argv[1])).made('thing', 'recipe', make)"
    )
    processes = [subprocess.Popen([sys.executable, "-c", program, tmp_path]) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert (tmp_path / "makers").read_text() == "made "


def test_it_lies_in_the_products_cache_unless_somebody_says_where(tmp_path: Path) -> None:
    assert bed_root({}, tmp_path) == tmp_path / "rehearsal"
    assert bed_root({"BUNDLE_TESTBED": "/elsewhere"}, tmp_path) == Path("/elsewhere")


def test_how_much_it_takes(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below/file").write_bytes(bytes(range(256)) * 400)
    assert disk_use(tmp_path) >= 100_000


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from bundler.rehearse.wine.bed_cache import claimed_folder\n"
        "with claimed_folder(Path(sys.argv[1]), 'x-') as folder:\n"
        "    print(folder, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        theirs = Path(other.stdout.readline().strip())
        with claimed_folder(tmp_path, "y-") as ours:
            assert theirs.is_dir(), "its process runs"
        assert not ours.exists()
        other.kill()
    assert theirs.is_dir()
    with claimed_folder(tmp_path, "y-") as ours:
        assert [each for each in tmp_path.iterdir() if each.is_dir()] == [ours]


def test_what_is_this_users_own_is_removed_where_no_namespace_can_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the error about removing hides the one that says what to do about namespaces."""
    monkeypatch.setattr(host_tools, "is_root", lambda: False)
    monkeypatch.setattr(host_tools, "unsharing", lambda *_: ("false",))

    def refused() -> None:
        with claimed_folder(tmp_path / "running", "bundle-") as folder:
            (folder / "bundle").mkdir()
            (folder / "bundle" / "manifest.json").touch()
            raise HostError("namespaces-denied", "what it was about")

    with pytest.raises(HostError, match="what it was about"):
        refused()
    assert [each.name for each in (tmp_path / "running").iterdir()] == ["making.lock"]


def test_what_other_recipes_made_is_removed_unless_it_is_in_use(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    paths = {stamp: cache.made("thing", stamp, _writing(stamp)) for stamp in ("old", "used", "new")}
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/unfinished-thing").mkdir()
    kept = cache.made("other", "old", _writing("x"))
    with cache.held("thing", "used"):
        assert cache.remove_others("thing", "new") == 1
        assert [each.exists() for each in paths.values()] == [False, True, True]
    assert cache.remove_others("thing", "new") == 1
    assert [each.exists() for each in paths.values()] == [False, False, True]
    assert kept.exists()
    assert not (tmp_path / "broken/unfinished-thing").exists()


def test_what_is_being_made_is_not_removed(tmp_path: Path) -> None:
    cache = Cache(tmp_path)

    def make(path: Path) -> None:
        path.write_text("half")
        assert Cache(tmp_path).remove_others("thing", "new") == 0
        assert path.exists()

    assert cache.made("thing", "old", make).read_text() == "half"
