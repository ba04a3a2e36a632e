"""What the entry points of packages lead to, as a Python tells whose modules may do anything."""

from __future__ import annotations

import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from bundler.rehearse.installation_steps import install
from bundler.rehearse.pictures import Picture
from bundler.rehearse.results import Outcome
from tests.support.rehearsed import ran

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bundler.rehearse.port import Ran
    from bundler.rehearse.results import Verdict


def looked_at(folder: Path, modules: dict[str, str], *before: str) -> Verdict:
    """What the step finds in a package whose programs are the functions ``main`` of modules with these texts."""
    (folder / "app-1.dist-info").mkdir()
    (folder / "app-1.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: app\nVersion: 1\n")
    points = "".join(f"{name} = {name}:main\n" for name in modules)
    (folder / "app-1.dist-info/entry_points.txt").write_text(f"[console_scripts]\n{points}")
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text)

    def run(command: Sequence[str], *, timeout: float) -> Ran:
        del timeout
        python, option, script, *given = command
        begin = "\n".join([f"import sys; sys.path.insert(0, {str(folder)!r})", *before, ""])
        command = [python, "-I", option, begin + script, *given]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return ran(done.returncode, done.stdout + done.stderr)

    verdicts: list[Verdict] = []
    taker = SimpleNamespace(take=lambda name, _, __, work: verdicts.append(work()) if name == "entry-points" else True)
    packages = [SimpleNamespace(name="app", requested=True)]
    subject = SimpleNamespace(manifest=SimpleNamespace(packages=packages))
    bench = SimpleNamespace(subject=subject, python=sys.executable, run=run)
    install(taker, bench, Picture(files={}, registry={}))  # type: ignore[arg-type]
    return verdicts[0]


def test_programs_that_lead_to_something(tmp_path: Path) -> None:
    verdict = looked_at(tmp_path, {"noisy": "print('said', end='')\nmain = 1", "raising": "raise SystemExit(0)"})
    assert verdict.outcome is Outcome.PASSED, verdict


def test_one_that_leads_nowhere(tmp_path: Path) -> None:
    verdict = looked_at(tmp_path, {"absent": "print('said', end='')"})
    assert verdict.outcome is Outcome.FAILED
    assert "absent = absent:main: absent has no main" in verdict.reason


@pytest.mark.parametrize(
    "text",
    ["import os; os._exit(0)", "import os, sys; sys.stdout = open(os.devnull, 'w')", "import sys; sys.stdout = None"],
)
def test_a_module_that_ends_python_or_takes_its_output(tmp_path: Path, text: str) -> None:
    """What comes after it isn't looked at, or not told."""
    verdict = looked_at(tmp_path, {"first": text, "second": ""})
    assert (verdict.outcome, verdict.reason[:15]) == (Outcome.FAILED, "a module ended ")


def test_a_python_that_can_not_tell(tmp_path: Path) -> None:
    """Those before 3.8."""
    without = "sys.modules['importlib.metadata'] = None"
    assert looked_at(tmp_path, {"absent": ""}, without).outcome is Outcome.SKIPPED
