"""Releases whose data folder and whose Python are others each time: what the ones that are gone had made goes too, and nothing else."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from tests.support import only_linux
from tests.target.bundles import demo_wheel, lay_bundle
from tests.target.test_modes import PASSWORD, did, installer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.bundles import Laid
    from tests.target.interpreters import Interpreter

pytestmark = only_linux.SIMULATED


@pytest.fixture
def three(tmp_path: Path, few: Interpreter) -> list[Laid]:
    """Versions of one application, of which two are kept."""
    return [_laid(tmp_path, few, number) for number in (1, 2, 3)]


def _laid(root: Path, boot: Interpreter, number: int) -> Laid:
    packages = [demo_wheel(root / f"made {number}", f"{number}.0", requires=["helper"]), *root.glob("made/helper*.whl")]
    laid = lay_bundle(root, boot=boot, version=f"{number}.0", kind="exe", packages=packages if number > 1 else None)
    machine = laid.environment.parent
    manifest = dataclasses.replace(
        laid.manifest,
        environment=dataclasses.replace(laid.manifest.environment, data=str(machine / f"Data {number}"), keep=2),
        runtime=dataclasses.replace(laid.manifest.runtime, directory=str(machine / f"Python {number}")),
    )
    laid.rewrite(manifest)
    laid.folder.rename(root / f"bundle {number}")
    return dataclasses.replace(laid, folder=root / f"bundle {number}", manifest=manifest)


def test_folders_and_pythons_of_releases_that_are_gone_go_too(three: list[Laid]) -> None:
    machine = three[0].environment.parent
    for laid in three:
        did(laid, PASSWORD, installer=installer(laid))
    assert sorted(each.name for each in three[2].environment.joinpath("releases").iterdir()) == [
        "2.0-0a1b2c3d",
        "3.0-0a1b2c3d",
    ]
    did(three[2], "/rollback")
    did(three[2], "/rollback")
    for number in (1, 2, 3):  # what a release puts into its data folder stays when the release goes
        assert (machine / f"Data {number}" / "sub" / "data.txt").exists()
    did(three[2], "/uninstall", "/purge", installer=_any(three))
    assert sorted(each.name for each in machine.iterdir()) == ["Data 1", "Data 2"]


def test_a_data_folder_that_is_empty_goes_with_its_last_release(three: list[Laid]) -> None:
    machine = three[0].environment.parent
    did(three[0], PASSWORD, installer=installer(three[0]))
    (machine / "Data 1" / "sub" / "data.txt").unlink()
    did(three[1], PASSWORD, installer=installer(three[1]))
    assert (machine / "Data 1" / "sub").is_dir()
    did(three[2], PASSWORD, installer=installer(three[2]))
    assert not (machine / "Data 1").exists()
    assert (machine / "Data 2").is_dir()


def _any(three: list[Laid]) -> str:
    """A program that stands in for the installers of all three."""
    path = three[0].root / "any-installer"
    removes = [f'rm -f "{each.manifest.runtime.directory}/python.exe"\n' for each in three]
    path.write_text("#!/bin/sh\n" + "".join(removes), "utf-8")
    path.chmod(0o755)
    return str(path)
