"""Sandboxes at the command line: what is said, recorded, required, and which package gets the network."""

from __future__ import annotations

import json
import os
import shutil
import socket
from typing import TYPE_CHECKING

import pytest

from tests.support.packages import make_sdist
from tests.support.strangers import needs_sandbox, stranger

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.commandline import Bench, Done

pytestmark = pytest.mark.linux_only("rooms are made of namespaces")

ONLINE = """
import socket

def prepare_metadata_for_build_wheel(folder, settings=None):
    socket.create_connection(("127.0.0.1", {port}), 10).close()
    return describe(folder)

def build_wheel(folder, settings=None, metadata=None):
    socket.create_connection(("127.0.0.1", {port}), 10).close()
    honest(folder)
    return HONEST
"""


def from_source(bench: Bench) -> None:
    bench.index.add(make_sdist(bench.published, "beta", "1.0"))
    bench.write(packages='build = ["beta"]')


def built_in(bench: Bench) -> dict[str, str]:
    note = json.loads(bench.bundle.with_name(f"{bench.bundle.name}.build.json").read_text(encoding="utf-8"))
    return dict(note.get("built-in", {}))


def without_bubblewrap(bench: Bench, tmp_path: Path, *arguments: str) -> Done:
    return bench.run("build", bench.recipe, "--output", bench.output, *arguments, env={"PATH": str(tmp_path)})


def test_what_a_wheel_was_built_in_is_recorded(bench: Bench) -> None:
    needs_sandbox()
    from_source(bench)
    done = bench.build("--require-sandbox")
    assert done.code == 0, done.err
    (place,) = built_in(bench).values()
    assert place.startswith("bubblewrap ")
    assert place.endswith(", no network")
    assert f"runs its code on this host ({place})" in done.err + done.out


def test_a_host_that_has_none(bench: Bench, tmp_path: Path) -> None:
    from_source(bench)
    done = without_bubblewrap(bench, tmp_path, "--require-sandbox")
    assert (done.code, done.reference) == (7, "sandbox-missing"), done.err
    assert "bubblewrap (bwrap)" in done.err
    assert "apt install bubblewrap" in done.err
    done = without_bubblewrap(bench, tmp_path)
    assert done.code == 0, done.err
    assert done.err.count("[sandbox-missing]") == 1, done.err
    assert built_in(bench) == {"beta-1.0-py3-none-any.whl": "no sandbox"}


def test_where_nothing_is_built_none_is_needed(bench: Bench, tmp_path: Path) -> None:
    done = without_bubblewrap(bench, tmp_path, "--require-sandbox")
    assert done.code == 0, done.err
    assert built_in(bench) == {}


@pytest.fixture
def bwrap(bench: Bench, tmp_path: Path) -> Path:
    """A program of that name, found first, which may be replaced while everything else stays."""
    needs_sandbox()
    from_source(bench)
    real, found = shutil.which("bwrap"), tmp_path / "first" / "bwrap"
    found.parent.mkdir()
    found.write_text(f'#!/bin/sh\nexec {real} "$@"\n', encoding="utf-8")
    found.chmod(0o755)
    return found


def with_first(bench: Bench, bwrap: Path, *arguments: str) -> str:
    """Build; in what the one wheel was built."""
    done = bench.build(*arguments, env={"PATH": f"{bwrap.parent}{os.pathsep}{os.environ['PATH']}"})
    assert done.code == 0, done.err
    (place,) = built_in(bench).values()
    return place


def test_what_was_built_in_one_needs_none_again(bench: Bench, bwrap: Path) -> None:
    place = with_first(bench, bwrap)
    assert place.startswith("bubblewrap ")
    bwrap.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    assert with_first(bench, bwrap, "--require-sandbox") == place


def test_what_was_built_without_one_is_built_again_in_one(bench: Bench, bwrap: Path) -> None:
    working = bwrap.read_text(encoding="utf-8")
    bwrap.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    assert with_first(bench, bwrap) == "no sandbox"
    bwrap.write_text(working, encoding="utf-8")
    assert with_first(bench, bwrap).startswith("bubblewrap "), (
        "a build that ran openly may have done what no room allows"
    )
    assert with_first(bench, bwrap, "--no-sandbox") == "no sandbox", "a wish may have its reason in what is built"
    assert with_first(bench, bwrap).startswith("bubblewrap ")


def test_without_one_by_wish(bench: Bench) -> None:
    from_source(bench)
    done = bench.build("--no-sandbox")
    assert done.code == 0, done.err
    assert done.err.count("[sandbox-off]") == 1, done.err
    assert built_in(bench) == {"beta-1.0-py3-none-any.whl": "no sandbox"}
    both = bench.build("--no-sandbox", "--require-sandbox")
    assert both.code == 2
    assert "contradict each other" in both.err


def test_the_network_for_one_package_by_the_recipe(bench: Bench) -> None:
    needs_sandbox()
    stranger(bench.folder / "demo", "").rename(bench.folder / "demo" / "demo")
    with socket.create_server(("127.0.0.1", 0)) as server:
        backend = bench.folder / "demo" / "demo" / "backend.py"
        code = ONLINE.format(port=server.getsockname()[1])
        backend.write_text(backend.read_text(encoding="utf-8") + code, encoding="utf-8")
        bench.write(packages='projects = ["demo/demo"]')
        done = bench.run("lock", bench.recipe)
        assert (done.code, done.reference) == (6, "build-failed"), done.err
        assert "unreachable" in done.err or "refused" in done.err
        bench.write(packages='projects = ["demo/demo"]\n[packages.source.Demo]\nnetwork = true')
        done = bench.build()
        assert done.code == 0, done.err
        (place,) = built_in(bench).values()
        assert place.endswith(", with network")


def test_the_key_is_an_input_of_the_lock(bench: Bench) -> None:
    bench.write()
    assert bench.build().code == 0
    bench.write(packages="source = {}")
    assert bench.build("--locked").code == 0, "an empty table says nothing"
    bench.write(packages="source = { beta = { network = true } }")
    stale = bench.build("--locked")
    assert (stale.code, stale.reference) == (2, "lock-stale"), stale.err
    bench.write(packages="source = { betta = { network = true } }")
    done = bench.build()
    assert done.code == 0
    assert "packages.source names betta, which is not a package of this bundle" in done.err


def test_doctor_tries_one(bench: Bench, tmp_path: Path) -> None:
    done = bench.run("doctor")
    found = bench.run("doctor", env={"PATH": str(tmp_path)})
    assert "sandbox for builds" in done.out
    assert "none: bubblewrap (bwrap) and prlimit" in " ".join(found.out.split())
