"""Folders of one installation that are another's too: by an instance's name, by a recipe, from an earlier version."""

from __future__ import annotations

import dataclasses
import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support import only_linux
from tests.target.interpreters import running
from tests.target.test_modes import PASSWORD, did, lay, refused

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.bundles import Laid

pytestmark = only_linux.SIMULATED


@pytest.fixture
def one(tmp_path: Path) -> Laid:
    return lay(tmp_path, 1, running())


def moved(laid: Laid, environment: str, data: str, number: int) -> Laid:
    """The same bundle with other folders, and its own."""
    places = dataclasses.replace(
        laid.manifest.environment, path=str(laid.data.parent / environment), data=str(laid.data.parent / data)
    )
    made = dataclasses.replace(
        laid, folder=laid.root / f"moved {number}", manifest=dataclasses.replace(laid.manifest, environment=places)
    )
    shutil.copytree(laid.folder, made.folder)
    made.rewrite()
    return made


@pytest.mark.parametrize("first", [(), ("/instance:data",)])
def test_an_instance_whose_environment_would_be_anothers_data_folder(one: Laid, first: tuple[str, ...]) -> None:
    laid = moved(one, "App", "App-data", 1)
    did(laid, PASSWORD, *first)
    second = () if first else ("/instance:data",)
    words = refused(laid, PASSWORD, *second, code=1638)
    assert f"{laid.data.parent / 'App-data'} of example" in words
    assert "lie in one another, or are the same" in words


def test_a_purge_leaves_the_data_folder_that_another_installation_has_its_own_in(one: Laid) -> None:
    did(one, PASSWORD)
    inner = moved(one, "other", f"{one.data.name}/other", 2)
    did(inner, PASSWORD)
    (inner.data / "kept.txt").write_text("content", encoding="utf-8")
    assert f"  - keep what else is in {one.data}\n" in did(one, "/uninstall", "/purge", "/plan").out
    assert f"{one.data} is kept: example in {inner.environment} needs it." in did(one, "/uninstall", "/purge").out
    assert (inner.data / "kept.txt").exists()
    assert f"{one.data} is kept: example in {inner.environment} needs it." in did(one, "/uninstall", "/purge").out
    did(inner, "/uninstall", "/purge")
    did(one, "/uninstall", "/purge")
    assert not one.data.exists()


def test_an_environment_from_before_that_lies_in_a_data_folder_outlives_its_purge(one: Laid) -> None:
    did(one, PASSWORD)
    inner = moved(one, "other", "data of other", 2)
    did(inner, PASSWORD)
    place = one.data / "other"
    inner.environment.rename(place)
    receipt = place / "receipt.json"
    receipt.write_text(json.dumps(json.loads(receipt.read_bytes()) | {"environment": str(place)}), encoding="ascii")
    programs = one.temporary / "programs.json"
    old, new = json.dumps(str(inner.environment)), json.dumps(str(place))
    programs.write_text(programs.read_text("ascii").replace(old, new), encoding="ascii")
    did(one, "/uninstall", "/purge")
    assert (place / "current").exists()


def test_an_environment_in_anothers_data_folder_by_way_of_a_link(one: Laid) -> None:
    did(one, PASSWORD)
    (one.data.parent / "link").symlink_to(one.data, target_is_directory=True)
    inner = moved(one, "link/app", "data of other", 1)
    assert "lie in one another" in refused(inner, PASSWORD, code=1638)


def test_a_purge_leaves_what_another_installation_reaches_by_a_link(one: Laid) -> None:
    did(one, PASSWORD)
    (one.data.parent / "link").symlink_to(one.data, target_is_directory=True)
    inner = moved(one, "other", "link/other", 2)
    did(inner, PASSWORD)
    (inner.data / "kept.txt").write_text("content", encoding="utf-8")
    did(one, "/uninstall", "/purge")
    assert (inner.data / "kept.txt").exists()
