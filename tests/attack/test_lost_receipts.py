"""A receipt that is gone or can't be understood: what is installed is found out from the disk, and nothing else is touched."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import only_linux
from tests.target.bundles import lay_bundle
from tests.target.interpreters import interpreters, running
from tests.target.test_modes import ONE, PASSWORD, TWO, did, installer, lay, pointer, programs, receipt, refused, use
from tests.target.test_services import Server, lay_server

if TYPE_CHECKING:
    from tests.target.bundles import Laid

pytestmark = only_linux.SIMULATED

DAMAGES = ("gone", "cut", "shape", "folder")
UNKNOWN = ("files", "folders", "prerequisites", "grants", "account", "installed", "bundle", "sid")


def damage(path: Path, kind: str) -> None:
    content = path.read_bytes()
    if kind in ("gone", "folder"):
        path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "cut":
        path.write_bytes(content[:100])
    elif kind == "shape":
        path.write_text(json.dumps({**json.loads(content), "releases": [5]}))


@pytest.fixture(params=dict.fromkeys([interpreters()[0], running()]), ids=str)
def two(request: pytest.FixtureRequest, tmp_path: Path) -> Laid:
    did(lay(tmp_path, 1, request.param), PASSWORD)
    laid = lay(tmp_path, 2, request.param)
    did(laid)
    return laid


@pytest.mark.parametrize("kind", DAMAGES)
def test_it_is_made_anew_and_the_operator_is_told(two: Laid, kind: str) -> None:
    path = two.environment / "receipt.json"
    before = receipt(two)
    damage(path, kind)
    if kind != "gone":
        assert "may change something, makes a new one from what is installed" in refused(two, "/verify")
        refused(two, "/uninstall", "/plan")
    said = did(two, "/repair").err
    assert f"A new one was made from what is there: {TWO} is in use" in said
    assert ("There is no" if kind == "gone" else f"It is kept as {path}.unreadable") in said
    found = receipt(two)
    assert {key: found[key] for key in found if key not in UNKNOWN} == {
        key: before[key] for key in before if key not in UNKNOWN
    }
    did(two, "/verify")
    assert did(two, "/repair").err == ""


@pytest.mark.parametrize("kind", DAMAGES)
@pytest.mark.parametrize("mode", ["/rollback", "/uninstall", "upgrade"])
def test_every_mode_goes_on_with_it(two: Laid, kind: str, mode: str) -> None:
    (two.data / "theirs").write_text("x")
    damage(two.environment / "receipt.json", kind)
    if mode == "upgrade":
        did(lay(two.root, 3, two.boot))
        assert use(two) == "3.0"
    elif mode == "/rollback":
        did(two, mode)
        assert pointer(two) == ONE
        did(two, mode)
    did(two, "/uninstall")
    assert not two.environment.exists()
    assert (two.data / "theirs").exists()
    assert programs(two) == []


def test_without_a_whole_release_nothing_is_installed(two: Laid) -> None:
    (two.environment / "receipt.json").write_bytes(b"{")
    for each in (two.environment / "releases").iterdir():
        (each / "release.json").write_bytes(b"{")
    said = did(two, PASSWORD).err
    assert "A new one was made from what is there: nothing is in use" in said
    assert use(two) == "2.0"
    did(two, "/verify")


def test_another_bundles_receipt_is_left_to_it(two: Laid) -> None:
    for each in (two.environment / "releases").iterdir():
        table = json.loads((each / "release.json").read_bytes())
        (each / "release.json").write_text(json.dumps({**table, "name": "other"}))
    (two.environment / "receipt.json").write_bytes(b"{")
    assert "belongs to the bundle other and not to example" in refused(two, "/repair", code=1638)


def test_services_and_rights_are_known_too(tmp_path: Path) -> None:
    server = lay_server(tmp_path, running())
    assert server.run(server.one, PASSWORD).code == 0
    assert server.run(server.two).code == 0
    path = server.one.environment / "receipt.json"
    before = server.receipt()
    shutil.copy(path, tmp_path / "receipt.json")
    path.unlink()
    assert server.run(server.two, "/repair").code == 0
    found = server.receipt()
    guard = [str(server.one.environment), "", "guard"]
    assert sorted(found["services"]) == sorted(before["services"])
    assert sorted(found["grants"]) == sorted(each for each in before["grants"] if each != guard)
    assert server.running() == {"web": "2.0-0a1b2c3d", "queue": "2.0-0a1b2c3d"}
    assert server.run(server.two, "/uninstall").code == 0
    assert server.services() == {}


def test_a_python_goes_with_it(tmp_path: Path) -> None:
    laid = lay_bundle(tmp_path, kind="exe")
    did(laid, PASSWORD, installer=installer(laid))
    (laid.environment / "receipt.json").unlink()
    did(laid, "/uninstall", installer=installer(laid))
    assert not Path(laid.manifest.runtime.directory or "").exists()


def test_a_service_of_others_is_none_of_it(tmp_path: Path) -> None:
    server: Server = lay_server(tmp_path, running())
    assert server.run(server.one, PASSWORD).code == 0
    (server.one.environment / "receipt.json").unlink()
    path = server.one.temporary / "services.json"
    table = server.services()
    table["web"].update(command='"C:\\Windows\\other.exe"', status="stopped")
    path.write_text(json.dumps(table))
    server.run(server.one, "/uninstall")
    assert list(server.services()) == ["web"]
