"""A Python that the site installed, on a Windows of Wine: found in its registry, used, and still there in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.e2e.test_install import PYTHONS as ALL
from tests.e2e.test_install import SMALL, files_of, small
from tests.support.rehearse import bootstrap, program, unpack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.bed import Mirror, Session

pytestmark = [pytest.mark.e2e, pytest.mark.network]

PYTHONS = tuple(each for each in ALL if "3.11.7-embed" in each)
SITES = "C:\\Sites own (x86)\\Python"


def test_it_is_found_used_and_left_alone(
    windows: Session, build: Callable[[Path], Path], mirror: Mirror, tmp_path: Path
) -> None:
    assert 'kind = "{kind}"' in SMALL
    manifest = unpack(windows, build(small(tmp_path, "none")))
    bare = files_of(windows)
    without = bootstrap(windows)
    assert without.returncode == 1603, without.output
    assert "none is registered for all users of this machine" in without.output
    assert files_of(windows) == bare

    windows.copy_in(mirror.file("python-3.11.7.amd64.msi"), r"C:\other.msi")
    there = windows.run(f'msiexec /i C:\\other.msi /qn TARGETDIR="{SITES}" ALLUSERS=1')
    assert there.returncode == 0, there.output
    before = files_of(windows)
    installed = bootstrap(windows)
    assert installed.returncode == 0, installed.output
    assert f"Found Python {manifest.target.python} in {SITES}" in installed.output
    base = windows.run([program(manifest, "python.exe"), "-c", "import incremental, sys; print(sys.base_prefix)"])
    assert base.output.strip() == SITES
    verified = bootstrap(windows, "/verify")
    assert verified.returncode == 0, verified.output
    gone = bootstrap(windows, "/uninstall")
    assert gone.returncode == 0, gone.output
    after = {name: content for name, content in files_of(windows).items() if "/__pycache__/" not in name}
    assert after == {name: content for name, content in before.items() if "/__pycache__/" not in name}
