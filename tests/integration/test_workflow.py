"""The workflow file of the public CI is what its schema says, and runs what everybody else runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bundler.fetch import default_index, pip_settings
from tests.support.commandline import ROOT

WORKFLOW = ROOT / ".github" / "workflows" / "test.yml"
CHECKER = "check-jsonschema==0.39.0"
"""In an environment of its own: it wants a newer click than the product's lower bound."""


@pytest.mark.network
def test_it_fits_the_schema_that_the_checker_carries() -> None:
    checked = check(WORKFLOW)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.network
def test_the_checker_finds_a_mistake(tmp_path: Path) -> None:
    wrong = tmp_path / "test.yml"
    text = WORKFLOW.read_text("utf-8")
    wrong.write_text(text.replace("runs-on: windows-latest", "runs_on: windows-latest"), "utf-8")
    assert wrong.read_text("utf-8") != text
    checked = check(wrong)
    assert checked.returncode == 1, checked.stdout + checked.stderr
    assert "jobs.windows" in checked.stdout


def test_it_runs_the_whole_lane_and_may_only_read() -> None:
    lines = [line.strip() for line in WORKFLOW.read_text("utf-8").splitlines()]
    assert [line for line in lines if line.startswith("- run:")] == [
        "- run: python3 build/test.py",
        r"- run: python build\test.py",
    ]
    assert "contents: read" in lines
    assert not any("write" in line for line in lines)


def check(path: Path) -> subprocess.CompletedProcess[str]:
    index = default_index(pip_settings(os.environ))
    command = [str(Path(sys.executable).with_name("uv")), "tool", "run", "--quiet", "--no-config"]
    command += ["--default-index", index, "--isolated", "--no-python-downloads", "--python", sys.executable, CHECKER]
    return subprocess.run(
        [*command, "--builtin-schema", "vendor.github-workflows", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
