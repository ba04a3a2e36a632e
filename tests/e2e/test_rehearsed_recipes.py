"""The recipes that users start from, built and rehearsed in Wine as users do; the large ones before a release only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.recipes import LARGE, SMALL, copied, large_ones_too
from tests.support.rehearse import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.bed import Bed

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.network,
    pytest.mark.timeout(3600),
]
PYTHONS = ("python-2.7.18.msi",)
NO_DRIVER = "ODBC Driver 18 for SQL Server is not installed on this machine"


def rehearsed(bed: Bed, archive: Path, logs: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bundler", "rehearse", str(archive), "--json", "--logs", str(logs)]
    environ = {**os.environ, "BUNDLE_TESTBED": str(bed.cache.root)}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 8), done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["passed"] == (done.returncode == 0)
    return found


def failed(found: dict[str, Any]) -> dict[str, str]:
    return {
        each["name"]: f"{each['reason']}\n{each['output']}" for each in found["steps"] if each["outcome"] == "failed"
    }


_RELEASE_ONLY = pytest.mark.skipif(not large_ones_too(), reason="build/test.py --long rehearses all recipes")


_ARTICLE = ("quickstart", "twisted-2015")
"""Of the first ones: they have no [rehearse]."""


@pytest.mark.parametrize(
    "name",
    [
        *(each for each in SMALL if each != "flask-sqlserver"),
        *(pytest.param(each, marks=_RELEASE_ONLY) for each in (*LARGE, *_ARTICLE)),
    ],
)
def test_it_passes(name: str, bed: Bed, build: Callable[[Path], Path], tmp_path: Path) -> None:
    found = rehearsed(bed, build(copied(tmp_path, name)), tmp_path / "logs")
    assert not failed(found), json.dumps(found["steps"], indent=1)
    assert name in _ARTICLE or any(
        each["outcome"] == "passed" and each["name"].startswith(("command-", "request-")) for each in found["steps"]
    )


def test_a_missing_driver_is_named(bed: Bed, build: Callable[[Path], Path], tmp_path: Path) -> None:
    found = failed(rehearsed(bed, build(copied(tmp_path, "flask-sqlserver")), tmp_path / "logs"))
    assert set(found) == {"command-1"}
    assert NO_DRIVER in found["command-1"]
