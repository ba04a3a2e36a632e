"""Commands around rehearsals, where a script plays Wine: builds that demand one, and hosts that lack what it takes."""

from __future__ import annotations

import dataclasses
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bundler.rehearse.wine import host_tools
from bundler.rehearse.wine.host_wine import find_host_wine
from tests.support.bundles import make_inputs, write_made
from tests.support.played_wine import PlayedHostWine, PlayedWine
from tests.support.rehearse import ROOT

if TYPE_CHECKING:
    from tests.support.commandline import Bench

pytestmark = pytest.mark.e2e
DEMANDING = '\n[[rehearse.command]]\ncommand = ["python", "-V"]\noutput = "Python 4"\n'


class Host:
    """A host with a bundle on it, on which ``bundle rehearse`` is run in a mount namespace: what a test does to files is seen there only."""

    def __init__(self, folder: Path, kind: type[PlayedWine]) -> None:
        host_tools.require_namespaces()
        self.wine = kind(folder)
        self.bundle = write_made(make_inputs(folder / "made").lay_out(), folder, "zip").path
        self.temporary = folder / "tmp"
        self.temporary.mkdir()

    def run(self, *arguments: str | Path, before: str = ":", user: str = "--map-root-user") -> tuple[int, str]:
        """Exit code and standard error. ``before``: what a shell does first in there; ``user``: who it is."""
        asked = ["--wine", self.wine.source, *map(str, arguments or (self.bundle, "--set", "dsn=x"))]
        command = [sys.executable, "-m", "bundler", "rehearse", *asked, "--quiet"]
        environ = {
            **os.environ,
            "BUNDLE_TESTBED": str(self.wine.root),
            "TMPDIR": str(self.temporary),
            "PATH": f"{self.wine.host}:{os.environ['PATH']}",
        }
        script = f"{before}\nexec {shlex.join(self.wine.started(command))}"
        namespaces = ["unshare", "--mount", "--user", *([user] if user else [])]
        done = subprocess.run(
            [*namespaces, "sh", "-e", "-c", script], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stderr

    def left(self) -> list[str]:
        return [*self.wine.folders(), *(each.name for each in self.temporary.iterdir())]


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path, PlayedWine)


@pytest.fixture
def with_wine(tmp_path: Path) -> Host:
    if find_host_wine() is not None:
        pytest.skip("this host has a Wine of its own")
    return Host(tmp_path, PlayedHostWine)


def places(tool: str) -> list[Path]:
    """Where a program is found."""
    folders = host_tools.environment()["PATH"].split(":")
    return sorted({(Path(folder) / tool).resolve() for folder in folders if (Path(folder) / tool).is_file()})


def reference(said: str) -> str:
    """That of the one error."""
    (line,) = [each for each in said.splitlines() if each.startswith("error: ")]
    return line.rpartition("[")[2].rstrip("]")


BESIDE = ("build.json", "intoto.jsonl", "rehearsal")


def test_a_build_is_written_once_it_was_rehearsed(bench: Bench, tmp_path: Path) -> None:
    host_tools.require_namespaces()
    wine = PlayedWine(tmp_path / "wine")
    wine.make()
    variables = {"BUNDLE_TESTBED": str(wine.root)}
    done = bench.build("--rehearse", env=variables)
    assert done.code == 0, done.err
    written = sorted(each.name for each in bench.output.iterdir())
    assert written == [bench.bundle.name, *(f"{bench.bundle.name}.{each}" for each in BESIDE)]
    assert bench.run("inspect", bench.bundle, "--html", "review.html").code == 0
    assert "Its rehearsal passed" in (bench.folder / "review.html").read_text("utf-8")
    before = bench.bundle.read_bytes()
    bench.recipe.write_text(bench.recipe.read_text("utf-8") + DEMANDING, encoding="utf-8")
    done = bench.build("--rehearse", "--json", env=variables)
    assert done.code == 8
    error = json.loads(done.out)["error"]
    assert error["reference"] == "rehearsal-failed"
    assert "didn't print 'Python 4'" in error["context"][0]
    assert bench.bundle.read_bytes() == before
    assert sorted(each.name for each in bench.output.iterdir()) == written
    assert "[rehearsal-of-another]" in bench.run("inspect", bench.bundle, "--html", "review.html").err
    bench.bundle.unlink()
    assert bench.build("--rehearse", env=variables).code == 8
    assert not bench.bundle.exists()
    assert wine.folders() == []


def test_tools_that_are_missing(host: Host) -> None:
    host.wine.make()
    tools = [each for name in ("ip", "nsenter") for each in places(name)]
    code, said = host.run(before="\n".join(f"mount --bind /dev/null {each}" for each in tools))
    assert (code, reference(said)) == (7, "rehearsal-tools-missing")
    assert "apt-get install -y iproute2 util-linux" in said
    assert host.left() == []


@pytest.mark.parametrize("user", ["--map-root-user", "--map-user=1000"])
def test_namespaces_that_are_denied(host: Host, user: str) -> None:
    """Once root of a container, once a user who isn't root of anything."""
    host.wine.make()
    before = "echo 0 > /proc/sys/user/max_net_namespaces" if user == "--map-root-user" else ":"
    code, said = host.run(before=before, user=user)
    assert (code, reference(said)) == (7, "namespaces-denied")
    assert "run it as root; or let users make namespaces" in said
    assert host.left() == []


def test_an_old_wine_is_tried_and_removed(host: Host) -> None:
    host.wine.grow_old()
    code, said = host.run("--prepare")
    assert (code, reference(said)) == (7, "wine-unfit")
    assert "loses the exit code of a batch file and doesn't run 32-bit programs" in said
    assert "Wine 10.0" in said
    assert host.left() == []
    assert not list(host.wine.root.glob("*/chroot"))


def test_the_wine_of_a_host_rehearses(with_wine: Host) -> None:
    assert with_wine.run() == (0, "")
    assert with_wine.left() == []
    assert not list(with_wine.wine.root.glob("*/chroot"))


def test_an_old_wine_of_a_host_is_tried_once(with_wine: Host) -> None:
    with_wine.wine.grow_old()
    for _ in range(2):
        code, said = with_wine.run()
        assert (code, reference(said)) == (7, "wine-unfit")
        assert "the Wine of this host loses the exit code of a batch file" in said
        assert "--wine chroot" in said
        assert with_wine.left() == []


def test_a_host_without_the_wine_that_is_wanted(host: Host) -> None:
    if find_host_wine() is not None:
        pytest.skip("this host has a Wine of its own")
    code, said = host.run(host.bundle, "--wine", "host")
    assert (code, reference(said)) == (7, "wine-missing")
    assert "install Wine 10 or later" in said


def test_a_full_disk_while_the_bed_is_made(host: Host) -> None:
    host.wine.root.mkdir()
    code, said = host.run("--prepare", before=f"mount -t tmpfs -o size=1m none '{host.wine.root}'")
    assert (code, reference(said)) == (7, "disk-full"), said
    assert "takes 3.0 GB" in said
    assert "name another disk with --store" in said


def test_a_full_disk_while_a_bundle_is_rehearsed(host: Host) -> None:
    host.wine.make()
    running = host.wine.root / "running"
    running.mkdir()
    code, said = host.run(before=f"mount -t tmpfs -o size=64k none '{running}'")
    assert (code, reference(said)) == (7, "disk-full"), said
    assert f"is full: {running}" in said
    assert host.left() == []


def test_a_full_disk_where_logs_go(host: Host, tmp_path: Path) -> None:
    host.wine.make()
    logs = tmp_path / "logs"
    logs.mkdir()
    fill = f"mount -t tmpfs -o size=4k none '{logs}'; echo > '{logs}/full'"
    code, said = host.run(host.bundle, "--set", "dsn=x", "--logs", logs, before=fill)
    assert (code, reference(said)) == (7, "disk-full"), said
    assert f"is full: {logs}" in said
    assert host.left() == []


def test_an_old_bed_goes_when_a_new_one_is_made(host: Host) -> None:
    old = host.wine.root / "0123456789ab"
    (old / "chroot/usr").mkdir(parents=True)
    assert host.run("--prepare") == (0, "")
    assert not (old / "chroot").exists()


def test_each_machine_is_kept_and_shown(host: Host, tmp_path: Path) -> None:
    host.wine.make()
    inputs = make_inputs(tmp_path / "before")
    inputs.recipe = dataclasses.replace(inputs.recipe, bundle=dataclasses.replace(inputs.recipe.bundle, version="4.13"))
    previous = write_made(inputs.lay_out(), tmp_path / "before", "zip").path
    kept = tmp_path / "kept"
    options = ("--set", "dsn=x", "--from", previous, "--keep", kept, "--shell")
    assert host.run(host.bundle, *options) == (0, "")
    assert sorted(each.name for each in kept.iterdir()) == ["bare", "upgraded", "used"]
    assert (kept / "upgraded/From the disk of before/manifest.json").is_file()
    assert all((each / "shell.txt").is_file() for each in kept.iterdir()), "cmd was there, and before the copy was made"
    assert host.left() == []
