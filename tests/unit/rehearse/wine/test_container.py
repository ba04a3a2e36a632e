"""Command lines for podman and docker, as their manuals have them; a program plays both and writes down what it is asked."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bundler.errors import HostError
from bundler.isolation.core_limit import core_limit
from bundler.rehearse.wine import host_tools
from bundler.rehearse.wine.bed_cache import Cache
from bundler.rehearse.wine.chroot import PACKAGES
from bundler.rehearse.wine.container import BASE, Container, Engine, find_container
from bundler.rehearse.wine.wine_system import Bounds
from bundler.report import Reporter
from tests.support import only_linux

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.rehearse.wine.container import Contained
    from bundler.rehearse.wine.wine_system import Isolated

pytestmark = only_linux.NAMESPACES

# `run` plays the first process: it says its number, and answers until its input ends
_PLAYED = """#!/bin/sh
for each in "$@"; do printf '%s\\n' "$each" >> '{asked}'; done
echo -- >> '{asked}'
case "$1 $2" in
  "image inspect") [ -e '{image}' ];;
  "info "*) [ ! -e "{denied}-${{0##*/}}" ] || {{ echo 'permission denied: the socket' >&2; exit 1; }};;
  "build "*) : > '{image}';;
  "image rm") rm '{image}';;
  "run "*)
    case "$*" in
      *" true") [ ! -e '{limitless}' ];;
      *) echo 1; while read line; do echo '{{"attempts": [["tcp 192.0.2.1:80", null]], "peak": 5, "exceeded": null, "ends": 0, "alone": false}}'; done;;
    esac;;
esac
"""


class Played:
    def __init__(self, folder: Path) -> None:
        self.folder, self.tools = folder, folder / "tools"
        self.tools.mkdir()

    def have(self, *tools: str) -> None:
        names = ("asked", "image", "denied", "limitless")
        script = _PLAYED.format(**{name: self.folder / name for name in names})
        for each in tools:
            (self.tools / each).write_text(script)
            (self.tools / each).chmod(0o755)

    def note(self, name: str) -> None:
        (self.folder / name).touch()

    def asked(self) -> list[list[str]]:
        """The command lines since the last call."""
        text = (self.folder / "asked").read_text() if (self.folder / "asked").exists() else ""
        (self.folder / "asked").unlink(missing_ok=True)
        return [each.splitlines() for each in text.split("--\n") if each.strip()]


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Played:
    found = Played(tmp_path)
    for each in ("rm", "setpriv"):
        (found.tools / each).symlink_to(str(shutil.which(each)))
    monkeypatch.setattr(host_tools, "_SYSTEM_PATH", str(found.tools))
    monkeypatch.setenv("PATH", str(found.tools))
    return found


@pytest.fixture
def contained(played: Played, tmp_path: Path) -> Iterator[Contained]:
    played.have("podman")
    system = Container(Engine(tool="podman", user=1000, group=100), "").made(Cache(tmp_path / "cache"), Reporter())
    played.asked()
    prefix, own = tmp_path / "prefix", tmp_path / "own"
    prefix.mkdir()
    (own / "session").mkdir(parents=True)
    made = system.isolated(prefix, own, Bounds(memory=8_000_000_000, processes=500))
    yield made
    made.close()


def options(line: list[str]) -> dict[str, list[str]]:
    """Each option with its values; a flag's are empty."""
    found: dict[str, list[str]] = {}
    for word, following in zip(line, [*line[1:], ""], strict=True):
        if word.startswith("--"):
            found.setdefault(word, []).append("" if following.startswith("--") else following)
    return found


def test_podman_comes_before_docker(played: Played) -> None:
    assert find_container({}) is None
    played.have("docker")
    found = find_container({})
    assert found is not None
    assert (found.engine.tool, found.words) == ("docker", "in an image of docker")
    played.have("podman")
    found = find_container({})
    assert found is not None
    assert found.engine.tool == "podman"
    played.note("denied-podman")
    found = find_container({})
    assert found is not None
    assert found.engine.tool == "docker", "it is the one that answers"
    other = find_container({BASE: "registry.example/debian:forky"})
    assert other is not None
    assert other.image != found.image


def test_an_image_is_built_once_and_with_a_network(played: Played, tmp_path: Path) -> None:
    played.have("docker")
    source, cache = Container(Engine(tool="docker", user=0, group=0), "other:1"), Cache(tmp_path / "cache")
    source.made(cache, Reporter())
    (built,) = [each for each in played.asked() if each[0] == "build"]
    assert "--network" not in built
    assert (options(built)["--build-arg"], options(built)["--tag"]) == (["BASE=other:1"], [source.image])
    assert (Path(options(built)["--file"][0]).name, Path(built[-1]).is_dir()) == ("Containerfile", True)
    source.made(cache, Reporter())
    assert [each[0] for each in played.asked()] == ["image", "run"]
    source.discard()
    assert not source.is_made()


def test_the_image_has_what_the_chroot_has() -> None:
    import bundler.rehearse.wine.container as module

    text = (Path(module.__file__).parent / "image" / "Containerfile").read_text()
    assert set(PACKAGES) <= set(text.split())
    assert "ARG BASE=debian:trixie-slim\nFROM ${BASE}\n" in text


def test_one_that_this_user_cant_use(played: Played, tmp_path: Path) -> None:
    played.have("docker")
    played.note("denied-docker")
    with pytest.raises(HostError) as caught:
        Container(Engine(tool="docker", user=1000, group=100), "").made(Cache(tmp_path), Reporter())
    assert (caught.value.reference, caught.value.context) == ("container-denied", ("permission denied: the socket",))
    assert "`docker info`" in caught.value.hint


def test_a_machine_is_behind_walls(contained: Contained, played: Played, tmp_path: Path) -> None:
    (line,) = played.asked()
    given = options(line)
    assert given["--network"] == ["none"]
    assert given["--cap-drop"] == ["ALL"]
    assert given["--security-opt"] == ["no-new-privileges"]
    assert given["--ulimit"] == [f"core={core_limit()}:{core_limit()}"], (
        "no program of this host is started for a crash"
    )
    assert (given["--memory"], given["--memory-swap"], given["--pids-limit"]) == (
        ["8000000000"],
        ["8000000000"],
        ["8000"],
    )
    assert (given["--pull"], given["--userns"], given["--user"]) == (["never"], ["keep-id"], ["0:0"])
    assert {"--read-only", "--rm", "--interactive"} <= given.keys()
    assert given["--volume"] == [
        f"{tmp_path / 'prefix'}:/srv/prefix:Z",
        f"{tmp_path / 'own' / 'session'}:/srv/session:Z",
        f"{tmp_path / 'own' / 'ours'}:/srv/bundle:ro,Z",
        f"{tmp_path / 'own' / 'ours' / 'resolv.conf'}:/etc/resolv.conf:ro,Z",
    ]
    assert line[-6:] == ["/srv/bundle", "/", "/srv/prefix", "/srv/bundle", "8000000000", "500"]
    assert (contained.seen().peak, [each.address for each in contained.seen().attempts]) == (5, ["tcp 192.0.2.1:80"])
    isolated: Isolated = contained
    assert isolated.entering("net") is None


def test_programs_run_as_this_user_and_lose_what_they_could_have(contained: Contained) -> None:
    line = contained.inside("/usr/lib/wine/wine64", "cmd", env={"TERM": "xterm"})
    assert line[:2] == ("podman", "exec")
    assert options(list(line))["--user"] == ["1000:100"]
    assert "--tty" in line
    assert "--tty" not in contained.inside("x", env={})
    assert line[-6:-3] == ("sh", "/usr/bin/setpriv", "--no-new-privs")
    assert line[-3:] == ("--seccomp-filter=/srv/bundle/filter", "/usr/lib/wine/wine64", "cmd")
    assert contained.seen_path("/srv/prefix/drive_c").name == "drive_c"


def test_where_no_limits_can_be_set_the_first_process_counts(played: Played, tmp_path: Path) -> None:
    played.have("podman")
    played.note("limitless")
    system = Container(Engine(tool="podman", user=0, group=0), "").made(Cache(tmp_path / "cache"), Reporter())
    assert not system.counts
    (tmp_path / "own" / "session").mkdir(parents=True)
    played.asked()
    system.isolated(tmp_path, tmp_path / "own", Bounds(memory=1000, processes=5)).close()
    (line,) = played.asked()
    assert not {"--memory", "--pids-limit", "--userns"} & options(line).keys()
    assert line[-2:] == ["1000", "5"]


def test_a_program_is_ended_in_there_by_its_number(contained: Contained, played: Played) -> None:
    """Ending what runs here would end nothing there."""
    command = contained.inside("x", env={})
    mark = next(each for each in command if each.startswith("BUNDLE_MARK=")).partition("=")[2]
    with subprocess.Popen(command, start_new_session=True) as process:
        process.wait()  # its own call is noted then
        played.asked()
        contained.kill(process)
    (killed,) = [each for each in played.asked() if "kill -9" in each[-3]]
    assert (killed[0], killed[-2:]) == ("exec", ["sh", mark])
