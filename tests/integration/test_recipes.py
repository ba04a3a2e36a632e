"""Each recipe that users start from becomes a bundle, with what a rehearsal of it asks for."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from bundler.model.manifest import decode_manifest
from bundler.model.recipe_file import load_recipe
from bundler.model.rehearsal import rehearse_info
from tests.support.commandline import ROOT
from tests.support.recipes import LARGE, SMALL, copied, large_ones_too

if TYPE_CHECKING:
    from pathlib import Path

_LARGE = pytest.mark.skipif(not large_ones_too(), reason="a large one: build/test.py --long builds it")


@pytest.mark.network
@pytest.mark.parametrize("name", [*SMALL, *(pytest.param(each, marks=_LARGE) for each in LARGE)])
def test_it_is_built(name: str, tmp_path: Path) -> None:
    recipe = copied(tmp_path, name)
    command = [sys.executable, "-m", "bundler", "build", str(recipe), "--output", str(tmp_path / "out"), "--quiet"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in done.stderr
    (archive,) = (tmp_path / "out").glob("*.zip")
    with zipfile.ZipFile(archive) as bundle:
        manifest = decode_manifest(bundle.read("manifest.json"))
    assert manifest.rehearse == rehearse_info(load_recipe(recipe).rehearse)
