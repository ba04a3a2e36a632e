"""A disk that is really full: a small one of its own, mounted in a namespace."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bundler.pack.forms import FORMATS
from bundler.rehearse.wine import host_tools
from tests.integration.test_pack_writing import ROOT, WRITE

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("kind", FORMATS)
def test_a_full_disk_is_said_and_left_as_it_was(tmp_path: Path, kind: str) -> None:
    host_tools.require_namespaces()
    out = tmp_path / "out"
    out.mkdir()
    script = f'mount -t tmpfs -o size=1m none "{out}" && "$@"; code=$?; ls -A "{out}"; exit $code'
    write = [sys.executable, "-c", WRITE, str(tmp_path / "inputs"), str(out), kind, "3000000"]
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", script, "sh", *write],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        input="go\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "disk-full 7\n")
    assert done.stdout == "ready\n"
