"""The recipes that users start from, with what lies beside them, in a folder where locks may be written."""

from __future__ import annotations

import os
import runpy
import shutil
from typing import TYPE_CHECKING

from tests.support.commandline import ROOT

if TYPE_CHECKING:
    from pathlib import Path

RECIPES = ROOT / "recipes"
WRITTEN = sorted(each for each in RECIPES.glob("*.toml") if not each.name.startswith("pylock."))
"""All of them; building one leaves its lock there."""
SMALL = ("serial-gateway", "flask-sqlserver")
"""What the whole run builds; the others take more packages, or larger ones."""
LARGE = ("django", "desktop", "jupyterlab", "onnx-model")
ALL = "BUNDLE_TEST_RECIPES"
"""The environment variable that says "all" where the large ones are built too."""
LEFT_BY_BUILDS = shutil.ignore_patterns("build", "*.egg-info", "__pycache__", "pylock.*", "model")
"""What building recipes leaves beside them, as README's first command does: a copy for a test is of what is written."""
MEGABYTES = 8
"""Of the model in tests; users have larger ones."""


def large_ones_too() -> bool:
    return os.environ.get(ALL) == "all"


def copied(folder: Path, name: str) -> Path:
    """The recipe ``name`` in a copy of recipes/, with the files that somebody has to make first."""
    place = folder / "recipes"
    shutil.copytree(RECIPES, place, ignore=LEFT_BY_BUILDS)
    if name == "onnx-model":
        runpy.run_path(str(place / "onnx_sorter" / "make_model.py"))["main"](MEGABYTES)
    return place / f"{name}.toml"
