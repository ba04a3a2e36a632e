"""A bundle that is refused changes nothing but the folder for temporary files, whatever its manifest says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support import only_linux
from tests.target.interpreters import running
from tests.target.test_modes import PASSWORD, did, lay, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.bundles import Laid

pytestmark = only_linux.SIMULATED


@pytest.fixture
def one(tmp_path: Path) -> Laid:
    return lay(tmp_path, 1, running())


@pytest.mark.parametrize("mode", ["", "/repair", "/rollback", "/uninstall", "/verify"])
def test_the_manifest_does_not_say_where_the_log_lies(one: Laid, mode: str) -> None:
    elsewhere = one.root / "elsewhere"
    (elsewhere / "logs").mkdir(parents=True)
    path = one.folder / "manifest.json"
    manifest = json.loads(path.read_bytes())
    manifest["environment"]["path"] = str(elsewhere)
    manifest["bundle"]["name"] = "planted"
    path.write_text(json.dumps(manifest))
    before = one.tree()
    ran = run(one, *([mode] if mode else [PASSWORD]))
    assert ran.code == 1603
    assert one.tree() == before
    assert list(one.temporary.glob("bundle-*.log"))
    assert not list(one.temporary.glob("planted*"))


def test_what_changes_an_environment_is_told_in_it(one: Laid) -> None:
    did(one, PASSWORD)
    did(one, "/repair")
    logs = sorted((one.environment / "logs").iterdir())
    assert len(logs) == 2
    assert all(each.name.startswith("example-1.0-") for each in logs)
    assert all("exit code 0" in each.read_text("utf-8") for each in logs)
    assert any("mode repair" in each.read_text("utf-8").splitlines()[1] for each in logs)


def test_a_folder_for_logs_that_leads_elsewhere_gets_none(one: Laid) -> None:
    did(one, PASSWORD)
    elsewhere = one.root / "elsewhere"
    (one.environment / "logs").rename(elsewhere)
    (one.environment / "logs").symlink_to(elsewhere, target_is_directory=True)
    before = list(elsewhere.iterdir())
    assert run(one, "/repair").code == 1603
    assert list(elsewhere.iterdir()) == before


def test_a_log_that_can_not_be_written_stops_nothing(one: Laid) -> None:
    name = "x" * 300
    ran = did(one, PASSWORD, f"/log:{one.root / name}")
    assert "can't be written: " in ran.err
    assert list(one.temporary.glob("bundle-*.log"))
    full = did(one, "/repair", "/log:/dev/full")
    assert "can't be written" not in full.out


def test_a_folder_is_no_log(one: Laid) -> None:
    ran = run(one, PASSWORD, f"/log:{one.root}")
    assert ran.code == 1639
    assert "is a folder: /log needs a file" in ran.err
