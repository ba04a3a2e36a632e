"""A data folder that somebody removed while a release is in use: /verify says so, and /repair makes it again as the bundle does."""

from __future__ import annotations

import dataclasses
import shutil
from typing import TYPE_CHECKING

from tests.support import only_linux
from tests.target.interpreters import running
from tests.target.test_modes import PASSWORD, did, lay, receipt, refused
from tests.target.test_services import WEB_SID, commands, lay_server

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = only_linux.SIMULATED


def test_the_folder_and_what_the_bundle_puts_there(tmp_path: Path) -> None:
    one = lay(tmp_path, 1, running())
    did(one, PASSWORD)
    held, before = (one.data / "sub" / "data.txt").read_bytes(), receipt(one)
    shutil.rmtree(one.data)
    assert f"- the data folder {one.data} is missing\n" in refused(one, "/verify")
    plan = did(one, "/repair", "/plan").out
    assert f"  - make the folder {one.data}, which is gone\n  - write {one.data}/sub/data.txt\n" in plan
    assert f"  - made {one.data}, which was gone\n" in did(one, "/repair").out
    assert (one.data / "sub" / "data.txt").read_bytes() == held
    assert (receipt(one)["folders"], receipt(one)["files"]) == (before["folders"], before["files"])
    did(one, "/verify")
    did(one, "/uninstall", "/purge")
    assert not one.data.exists()


def test_of_another_bundle_the_releases_own_counts(tmp_path: Path) -> None:
    """Of a newer one, say, whose data folder is another and isn't made yet."""
    one, two = (lay(tmp_path, number, running()) for number in (1, 2))
    environment = dataclasses.replace(two.manifest.environment, data=str(one.data.with_name("Other")))
    two.rewrite(dataclasses.replace(two.manifest, environment=environment))
    did(one, PASSWORD)
    did(two, "/verify")
    shutil.rmtree(one.data)
    assert f"- the data folder {one.data} is missing\n" in refused(two, "/verify")


def test_rights_are_given_again(tmp_path: Path) -> None:
    server = lay_server(tmp_path, running())
    assert server.run(server.one, PASSWORD).code == 0
    shutil.rmtree(server.one.data)
    assert server.run(server.one, "/verify").code == 1603
    assert server.run(server.one, "/repair").code == 0
    given = commands(server.one.log())
    for folder in (server.one.data, server.one.data / "inbox"):
        assert any(each.startswith(f"{folder} /grant *{WEB_SID}:") for each in given)
    assert (server.one.data / "inbox").is_dir()
    assert server.run(server.one, "/verify").code == 0
