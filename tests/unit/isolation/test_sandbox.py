"""Which builds run in a room, and what is said where they don't."""

from __future__ import annotations

import dataclasses
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bundler.errors import BuildError, HostError
from bundler.isolation import Limits, Room, Sandbox
from bundler.isolation.bubblewrap import Bubblewrap, find_bubblewrap
from bundler.isolation.room import python_places
from bundler.isolation.sandbox import NO_SANDBOX, Unavailable, sandbox_of_this_host
from tests.support.reporters import Remembering

if TYPE_CHECKING:
    from bundler.isolation import Wish

MISSING = Unavailable(reason="it isn't installed", fix="install it")


def ran(sandbox: Sandbox, tmp_path: Path, code: str = "print('ran')", room: Room | None = None) -> tuple[int, str]:
    with (tmp_path / "output").open("wb") as output:
        ended = sandbox.run(room or Room(), [sys.executable, "-I", "-c", code], cwd=tmp_path, output=output)
    return ended, (tmp_path / "output").read_text(encoding="utf-8").strip()


@pytest.mark.parametrize(("wish", "reference"), [("if-possible", "sandbox-missing"), ("off", "sandbox-off")])
def test_builds_go_on_without_a_room_and_that_is_said_once(tmp_path: Path, wish: Wish, reference: str) -> None:
    reporter = Remembering()
    sandbox = Sandbox(wish, reporter, lambda: MISSING)
    assert not reporter.warnings, "nothing was run yet"
    assert (ran(sandbox, tmp_path), ran(sandbox, tmp_path)) == ((0, "ran"), (0, "ran"))
    assert [each for each, _ in reporter.warnings] == [reference]
    assert sandbox.description(network=False) == NO_SANDBOX


@pytest.mark.parametrize(
    ("wish", "made_in_a_room", "made_without"),
    [("if-possible", True, False), ("required", True, False), ("off", False, True)],
)
def test_what_an_earlier_run_made(wish: Wish, *, made_in_a_room: bool, made_without: bool) -> None:
    tried = []

    def find() -> Bubblewrap:
        tried.append(1)
        return Bubblewrap(program=Path("/usr/bin/bwrap"), prlimit=Path("/usr/bin/prlimit"), name="bubblewrap 2")

    sandbox = Sandbox(wish, Remembering(), find)
    assert sandbox.accepts("bubblewrap 1, no network", network=False) == made_in_a_room
    assert not tried, "a room is good, whoever made it: nothing is to be run"
    assert sandbox.accepts(NO_SANDBOX, network=False) == made_without


def test_what_was_made_without_a_room_is_taken_where_there_is_still_none() -> None:
    assert Sandbox("if-possible", Remembering(), lambda: MISSING).accepts(NO_SANDBOX, network=False)
    with pytest.raises(HostError):
        Sandbox("required", Remembering(), lambda: MISSING).accepts(NO_SANDBOX, network=False)


def test_a_required_room_that_there_is_not(tmp_path: Path) -> None:
    sandbox = Sandbox("required", Remembering(), lambda: MISSING)
    with pytest.raises(HostError, match="it isn't installed") as caught:
        ran(sandbox, tmp_path)
    assert (caught.value.reference, caught.value.hint) == ("sandbox-missing", "install it")
    assert caught.value.exit_code == 7


def test_a_system_that_never_has_one_is_a_note(tmp_path: Path) -> None:
    reporter = Remembering()
    assert (
        ran(Sandbox("if-possible", reporter, lambda: Unavailable(reason="there is one on Linux only")), tmp_path)[0]
        == 0
    )
    assert (len(reporter.notes), reporter.warnings) == (1, [])


def test_without_a_room_time_has_a_limit_too(tmp_path: Path) -> None:
    sandbox = Sandbox("off", Remembering())
    with pytest.raises(BuildError) as caught:
        ran(sandbox, tmp_path, "import os; os.read(os.pipe()[0], 1)", Room(limits=Limits(seconds=0.1)))
    assert caught.value.reference == "build-too-long"


@pytest.mark.linux_only("bubblewrap")
class TestBubblewrap:
    """Found, tried, and told why not."""

    def test_what_is_not_installed_is_named(self, tmp_path: Path) -> None:
        tools = "prlimit, unshare, mount" if os.geteuid() == 0 else "prlimit"
        assert find_bubblewrap(str(tmp_path)) == f"bubblewrap (bwrap) and {tools} of util-linux are not installed"

    def test_what_makes_the_room_gets_no_variables_of_strangers(self, tmp_path: Path) -> None:
        """LD_PRELOAD in a recipe, or what else the loader heeds, would run code of theirs before there is a room."""
        made = find_bubblewrap(os.environ.get("PATH", os.defpath))
        if isinstance(made, str):
            pytest.skip(made)
        (scratch := tmp_path / "tried").mkdir()
        if isinstance(tried := made.tried(scratch), str):
            pytest.skip(tried)
        seen, inside = tmp_path / "seen", tmp_path / "inside"
        inside.mkdir()
        variables = {"PATH": os.defpath, "LD_DEBUG": "libs", "LD_DEBUG_OUTPUT": str(seen), "ITS_OWN": "a b"}
        code, said = ran(
            Sandbox("required", Remembering(), lambda: tried),
            inside,
            "import os; print(os.environ['ITS_OWN'], os.environ['LD_DEBUG'], os.environ['HOME'])",
            Room(environment=variables, read_only=python_places(Path(sys.executable), {}), writable=(inside,)),
        )
        assert (code, said) == (0, "a b libs /home/build")
        assert not list(tmp_path.glob("seen*")), "the loader wrote it where the room's programs can't"

    def test_all_ways_of_making_one_are_tried(self, tmp_path: Path) -> None:
        """In a container root may make no mounts until it is root of a namespace of its own."""
        program = tmp_path / "bwrap"
        program.write_text("#!/bin/sh\nexit 0\n", encoding="utf-8")
        program.chmod(0o755)
        made = Bubblewrap(
            program=program, prlimit=Path("/usr/bin/prlimit"), beginnings=(("/bin/false",), ("/usr/bin/env",))
        )
        (scratch := tmp_path / "scratch").mkdir()
        tried = made.tried(scratch)
        assert isinstance(tried, Bubblewrap)
        assert tried.beginnings == (("/usr/bin/env",),)
        never = dataclasses.replace(made, beginnings=(("/bin/false",),))
        (scratch := tmp_path / "again").mkdir()
        assert never.tried(scratch) == "bubblewrap can't make one: exit status 1"

    @pytest.mark.parametrize(
        ("script", "words"),
        [
            ("echo 'bwrap: No permissions to create new namespace'; exit 1", "can't make one: bwrap: No permissions"),
            ("exit 3", "can't make one: exit status 3"),
            ("kill -9 $$", "can't make one: exit status"),
        ],
    )
    def test_a_kernel_that_forbids_it_is_found_out_by_trying(self, tmp_path: Path, script: str, words: str) -> None:
        program = tmp_path / "bwrap"
        program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        program.chmod(0o755)
        (scratch := tmp_path / "scratch").mkdir()
        tried = Bubblewrap(program=program, prlimit=Path("/usr/bin/prlimit")).tried(scratch)
        assert isinstance(tried, str)
        assert words in tried

    def test_what_is_no_program(self, tmp_path: Path) -> None:
        (tmp_path / "bwrap").write_bytes(b"no program")
        (tmp_path / "bwrap").chmod(0o755)
        (scratch := tmp_path / "scratch").mkdir()
        tried = Bubblewrap(program=tmp_path / "bwrap", prlimit=Path("/usr/bin/prlimit")).tried(scratch)
        assert "can't be run" in str(tried)

    def test_this_host_is_asked_once(self) -> None:
        assert sandbox_of_this_host() is sandbox_of_this_host()

    def test_a_python_behind_links(self, tmp_path: Path) -> None:
        found = sandbox_of_this_host()
        if isinstance(found, Unavailable):
            pytest.skip(found.reason)
        (tmp_path / "one").symlink_to(Path(sys.executable))
        (tmp_path / "two").symlink_to("one")
        room = Room(read_only=python_places(tmp_path / "two", {}), environment={"PATH": os.defpath})
        with (tmp_path / "output").open("wb") as output:
            command = [str(tmp_path / "two"), "-I", "-c", "import sys, ssl; print(sys.version_info[:2])"]
            assert Sandbox("required", Remembering()).run(room, command, cwd=Path("/"), output=output) == 0
        assert (tmp_path / "output").read_text(encoding="utf-8").strip() == str(sys.version_info[:2])

    def test_folders_of_libraries_are_shown_and_homes_are_not(self, tmp_path: Path) -> None:
        variables = {"LD_LIBRARY_PATH": f"{tmp_path}:{Path.home()}:/:relative::{tmp_path}/nothing"}
        python = Path(sys.executable)
        assert set(python_places(python, variables)) - set(python_places(python, {})) == {tmp_path}

    @pytest.mark.parametrize("parent", ["/tmp", "/var/tmp", "/dev/shm"])  # noqa: S108
    def test_places_where_the_room_has_folders_of_its_own(self, parent: str) -> None:
        if isinstance(found := sandbox_of_this_host(), Unavailable):
            pytest.skip(found.reason)
        with tempfile.TemporaryDirectory(dir=parent) as name, tempfile.TemporaryFile() as output:
            room = Room(writable=(Path(name),), environment={"PATH": os.defpath})
            command = ["/bin/sh", "-c", f"echo x > {name}/file"]
            assert Sandbox("required", Remembering()).run(room, command, cwd=Path(name), output=output) == 0
            assert (Path(name) / "file").read_bytes() == b"x\n"

    def test_the_longer_path_decides(self, tmp_path: Path) -> None:
        found = sandbox_of_this_host()
        if isinstance(found, Unavailable):
            pytest.skip(found.reason)
        for each in ("outer/inner/innermost", "other"):
            (tmp_path / each).mkdir(parents=True)
        room = Room(
            read_only=(tmp_path / "outer", tmp_path / "outer/inner/innermost"), writable=(tmp_path / "outer/inner",)
        )
        script = (
            f"cd {tmp_path}; ls; for each in outer outer/inner outer/inner/innermost; do touch $each/here; done; exit 0"
        )
        with (tmp_path / "output").open("wb") as output:
            Sandbox("required", Remembering()).run(room, ["/bin/sh", "-c", script], cwd=Path("/"), output=output)
        assert sorted(each.relative_to(tmp_path).as_posix() for each in tmp_path.rglob("here")) == ["outer/inner/here"]
        assert (tmp_path / "output").read_text(encoding="utf-8").startswith("outer\n")


@pytest.mark.linux_only("on Windows a home stays the user's")
def test_a_home_is_gone_with_its_room(tmp_path: Path) -> None:
    code = "import os; home = os.path.expanduser('~'); open(os.path.join(home, 'file'), 'w').close(); print(home)"
    ended, home = ran(Sandbox("off", Remembering()), tmp_path, code)
    assert ended == 0
    assert Path(home).is_absolute()
    assert not Path(home).parent.exists()
