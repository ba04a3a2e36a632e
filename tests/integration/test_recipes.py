"""Each recipe that users start from becomes a bundle, with what a rehearsal of it asks for, and a bill of materials that others take."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from bundler.model.manifest_encoding import decode_manifest
from bundler.model.recipe_file import load_recipe
from bundler.model.rehearsal import rehearse_info
from bundler.pack.reading import open_bundle
from bundler.pipeline.written_bill import BillVersion, written_bill
from tests.support.bill_checkers import ntia_faults, schema_faults
from tests.support.commandline import ROOT
from tests.support.recipes import LARGE, SMALL, copied, large_ones_too

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.network
_LARGE = pytest.mark.skipif(not large_ones_too(), reason="a large one: build/test.py --long builds it")


@pytest.fixture(scope="module", params=[*SMALL, *(pytest.param(each, marks=_LARGE) for each in LARGE)])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A recipe, and the archive that was built of it."""
    folder = tmp_path_factory.mktemp(request.param)
    recipe = copied(folder, request.param)
    command = [sys.executable, "-m", "bundler", "build", str(recipe), "--output", str(folder / "out"), "--quiet"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in done.stderr
    (archive,) = (folder / "out").glob("*.zip")
    return recipe, archive


def test_it_is_built(built: tuple[Path, Path]) -> None:
    recipe, archive = built
    with zipfile.ZipFile(archive) as bundle:
        manifest = decode_manifest(bundle.read("manifest.json"))
    assert manifest.rehearse == rehearse_info(load_recipe(recipe).rehearse)


def test_checkers_of_others_find_nothing_in_its_bill(built: tuple[Path, Path], tmp_path: Path) -> None:
    """And something, where something is wrong."""
    bundle = open_bundle(built[1])
    versions: tuple[BillVersion, ...] = ("1.6", "1.7")
    texts = [written_bill(bundle, each).decode("ascii") for each in versions]
    bill = json.loads(texts[0])
    texts.append(texts[0].replace('"alg": "SHA-512"', '"alg": "SHA-513"', 1))
    paths = []
    for number, text in enumerate(texts):
        paths.append(tmp_path / f"{number}.cdx.json")
        paths[-1].write_text(text, encoding="ascii")
    one, other, wrong = schema_faults(paths)
    assert (one, other) == (None, None)
    assert wrong
    assert ntia_faults(bill, tmp_path) == {}
    part = next(each for each in bill["components"] if each["bom-ref"].startswith("package:"))
    del part["supplier"]
    assert ntia_faults(bill, tmp_path) == {"componentSuppliers": [part["name"]]}
