"""Files that hold a secret: nobody but administrators, the installing account and services may read them, from their first byte on."""

from __future__ import annotations

import dataclasses
import json
import os
from typing import TYPE_CHECKING

import pytest

from bundler.model.manifest import SiteInfo
from tests.support import only_linux
from tests.target.bundles import demo_wheel, lay_bundle
from tests.target.interpreters import interpreters, running
from tests.target.test_services import PASSWORD, QUEUE, QUEUE_SID, SITE, WEB, WEB_SID, Server, commands

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = only_linux.SIMULATED
FILES = {
    "files/settings.ini": ("password = {site.password}\n", "{release}\\etc\\settings.ini", True),
    "files/plain.ini": ("port = {site.port}\n", "{release}\\etc\\plain.ini", True),
    "files/literal.ini": ("{site.password}\n", "{release}\\etc\\literal.ini", False),
    "files/own.ini": ("password = {site.password}\n", "{data}\\own.ini", True),
}


@pytest.fixture(params=dict.fromkeys([interpreters()[0], running()]), ids=str)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Server:
    first = lay_bundle(tmp_path, boot=request.param, services=(WEB, QUEUE), site=SITE, files=FILES)
    first.folder.rename(tmp_path / "one")
    packages = [demo_wheel(tmp_path / "newer", "2.0", requires=["helper"]), *tmp_path.glob("made/helper*.whl")]
    second = lay_bundle(
        tmp_path, boot=request.param, version="2.0", packages=packages, services=(WEB, QUEUE), site=SITE, files=FILES
    )
    return Server(root=tmp_path, one=dataclasses.replace(first, folder=tmp_path / "one"), two=second)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_they_are_closed_and_services_may_read_them(server: Server) -> None:
    old = os.umask(0o022)
    try:
        ran = server.run(server.one, PASSWORD)
        assert ran.code == 0, ran
        release, data = server.one.release, server.one.data
        closed = [release / "etc" / "settings.ini", data / "own.ini", release / "services" / "web.conf"]
        closed += [release / "site.json", release / "spares.zip", server.one.environment / "site.json"]
        assert [mode(path) for path in closed] == [0o600] * 6
        for name in ("plain.ini", "literal.ini"):
            assert mode(release / "etc" / name) == 0o644
        given = commands(server.one.log())
        for path in (release / "etc" / "settings.ini", data / "own.ini"):
            for sid in (WEB_SID, QUEUE_SID):
                assert f"{path} /grant *{sid}:RX /q" in given
        assert f"{release}/etc/plain.ini" not in " ".join(given)
        assert json.loads((release / "release.json").read_bytes())["closed"] == [
            "etc/settings.ini",
            "services/web.conf",
        ]

        for name in ("etc/settings.ini", "services/web.conf", "site.json"):
            (release / name).unlink()
        ran = server.run(server.one, "/repair")
        assert ran.code == 0, ran
        assert [mode(path) for path in closed] == [0o600] * 6
        given = commands(server.one.log())
        assert f"{release}/etc/settings.ini /grant *{WEB_SID}:RX /q" in given
    finally:
        os.umask(old)


def test_one_that_was_removed_from_the_data_folder_is_no_folder_after_a_rollback(server: Server) -> None:
    assert server.run(server.one, PASSWORD).code == 0
    assert server.run(server.two).code == 0
    assert f"{server.one.data}/own.ini" not in " ".join(commands(server.two.log()))
    (server.one.data / "own.ini").unlink()
    assert server.run(server.two, "/rollback").code == 0
    assert not (server.one.data / "own.ini").exists()
    gone = server.run(server.one, "/uninstall", "/purge")
    assert gone.code == 0, gone


def test_without_services_they_are_closed_all_the_same(tmp_path: Path) -> None:
    site = (SiteInfo(name="password", default=None, help="", secret=True),)
    laid = lay_bundle(tmp_path, site=site, files={"files/own.ini": FILES["files/own.ini"]})
    server = Server(root=tmp_path, one=laid, two=laid)
    assert server.run(laid, PASSWORD).code == 0
    assert mode(laid.data / "own.ini") == 0o600
    assert "s3cret" not in (laid.release / "release.json").read_text("utf-8") + laid.log()
