"""On Windows too, what our installer leaves is what pip leaves: the real pip of the bundle, run in Wine, in the same place."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

import pytest

from tests.support.installed_trees import differences, tree
from tests.support.rehearse import FOLDER, bootstrap, unpack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.bed import Session
    from tests.support.index import LocalIndex

pytestmark = [pytest.mark.e2e, pytest.mark.network]

PYTHONS = ("python.3.11.7.nupkg",)
RECIPE = """
[bundle]
name = "tree"
version = "1.0"

[[target]]
python = "3.11.7"
platform = "win_amd64"
[target.runtime]
kind = "nuget"
source = "{source}"

[packages]
requirements = ["Twisted", "pywin32", "greenlet", "docutils", "black", "supervisor", "qtconsole"]

[environment]
path = 'C:\\Envs é (x86) ! & co\\Tree'
"""


def test_a_release_is_as_pip_would_have_made_it(
    windows: Session, build: Callable[[Path], Path], served: LocalIndex, tmp_path: Path
) -> None:
    recipe = tmp_path / "tree.toml"
    recipe.write_text(RECIPE.format(source=f"{served.base}/python/3.11.7/python.3.11.7.nupkg"), encoding="utf-8")
    manifest = unpack(windows, build(recipe))
    result = bootstrap(windows, "/quiet")
    assert result.returncode == 0, result.output
    release = windows.host_path(manifest.environment.path) / "releases" / manifest.bundle.release
    ours = release.rename(release.with_name("ours"))

    # the same environment, at the same place
    place = rf"{manifest.environment.path}\releases\{manifest.bundle.release}"
    windows.copy_in(ours / "runtime", place + r"\runtime")
    made = windows.run([place + r"\runtime\python.exe", "-m", "venv", "--without-pip", "--copies", place])
    assert made.returncode == 0, made.output
    wheels = {each.name: rf"C:\wheels\{each.file.rpartition('/')[2]}" for each in (*manifest.packages, *manifest.seeds)}
    windows.copy_in(windows.host_path(FOLDER) / "wheels", r"C:\wheels")
    moment = manifest.created.rstrip("Z") + "+00:00"
    environ = {"SOURCE_DATE_EPOCH": str(int(datetime.datetime.fromisoformat(moment).timestamp()))}
    command = [place + r"\Scripts\python.exe", "-I", wheels["pip"] + r"\pip", "install", "--no-index", "--no-deps"]
    command += ["--no-warn-script-location", "--no-cache-dir", "--find-links", r"C:\wheels"]
    installed = windows.run(
        [*command, *(f"{each.name}=={each.version}" for each in manifest.packages)], env=environ, timeout=600
    )
    assert installed.returncode == 0, installed.output

    # all are asked for by name there; what lies beside the folders is the product's own
    requested = {each.name for each in manifest.packages if each.requested}
    assert requested
    mine, theirs = tree(ours, modes=False), tree(release, modes=False)
    for found in (mine, theirs):
        for name in [each for each in found if each.endswith("/REQUESTED") or "/" not in each]:
            del found[name]
        for name in [each for each in found if each.endswith("/RECORD")]:
            lines = found[name][1].splitlines(keepends=True)
            found[name] = (0, b"".join(each for each in lines if b"/REQUESTED," not in each))
    assert differences(mine, theirs) == []
    assert len([each for each in mine if each.startswith("Scripts/") and each.endswith(".exe")]) > 20
    assert len(list(ours.rglob("*.dist-info/REQUESTED"))) == len(requested)
