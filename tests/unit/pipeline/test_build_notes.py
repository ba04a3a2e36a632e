"""What a build says of a recipe whose services ran in the data folder before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.model.recipe_file import load_recipe
from bundler.pipeline.build_notes import tell_directories
from tests.support.reporters import Remembering
from tests.unit.model.recipe_head import HEAD
from tests.unit.model.test_services import SERVICE

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("head", "directory", "told"),
    [
        (HEAD, "", True),
        (HEAD, "directory = '{release}'", False),
        (HEAD, "directory = '{data}'", False),
        (HEAD.replace("data = 'C:\\D'", ""), "", False),
    ],
)
def test_a_service_without_a_directory(tmp_path: Path, head: str, directory: str, *, told: bool) -> None:
    path = tmp_path / "r.toml"
    path.write_text(head + SERVICE + directory + "\n", encoding="utf-8")
    reporter = Remembering()
    tell_directories(load_recipe(path), reporter)
    assert [reference for reference, words in reporter.warnings if "web: no directory is given" in words] == [
        "service-directory"
    ] * told
