"""A program that was started by it has few rights, and none of what whoever started it has."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bundler.errors import HostError
from bundler.isolation.system_calls import filter_for
from bundler.rehearse.wine import host_tools, unprivileged
from tests.support import only_linux

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = only_linux.NAMESPACES

_NET_BIND_SERVICE, _NET_RAW = 1 << 10, 1 << 13


def run(folder: Path, *command: str, variables: tuple[str, ...] = ()) -> str:
    try:
        host_tools.require_namespaces()
    except HostError as error:
        pytest.skip(error.message)
    calls = filter_for(os.uname().machine, hides_sockets=False)
    filtering = folder / "filter"
    filtering.write_bytes(calls or b"")
    script = [sys.executable, "-I", unprivileged.__file__, "/", str(filtering) if calls else "", *variables, "--"]
    done = subprocess.run(
        [*host_tools.unsharing("mount"), *script, *command],
        env={**host_tools.environment(), "PIP_INDEX_URL": "x"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_it_has_those_rights_only_that_everybody_has_on_windows(tmp_path: Path) -> None:
    status = dict(line.split(":\t", 1) for line in run(tmp_path, "/bin/cat", "/proc/self/status").splitlines())
    assert int(status["CapBnd"], 16) & ~(_NET_BIND_SERVICE | _NET_RAW) == 0
    assert int(status["CapEff"], 16) & ~(_NET_BIND_SERVICE | _NET_RAW) == 0
    assert (int(status["CapInh"], 16), int(status["CapAmb"], 16), status["NoNewPrivs"]) == (0, 0, "1")
    assert status["Seccomp"] == ("2" if filter_for(os.uname().machine, hides_sockets=False) else "0")


def test_it_sees_the_variables_that_it_was_given(tmp_path: Path) -> None:
    assert run(tmp_path, "/usr/bin/env", variables=("A=b=c",)) == "A=b=c\n"


def test_it_cant_make_namespaces_in_which_it_has_rights(tmp_path: Path) -> None:
    if filter_for(os.uname().machine, hides_sockets=False) is None:
        pytest.skip("no filter is known for this processor")
    assert "made" not in run(tmp_path, "/usr/bin/unshare", "--user", "/bin/echo", "made")


def test_its_root_is_another(tmp_path: Path) -> None:
    """What isn't below it can't be started."""
    said = run(tmp_path, "/nothing/there")
    assert "FileNotFoundError" in said
