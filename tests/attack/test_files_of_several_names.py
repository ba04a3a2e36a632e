"""A service that was broken into gives a file of somebody's another name in its data folder: rights on the folder would be rights on that file."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.attack.test_folders_of_others import ADMIN, ADMINISTRATORS, MODIFY, OTHER
from tests.support import only_linux
from tests.target.interpreters import running
from tests.target.test_services import PASSWORD, QUEUE_SID, RIGHTS, WEB_SID, lay_server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.test_services import Server

pytestmark = only_linux.SIMULATED
AS_ADMIN: dict[str, Any] = {**ADMIN, "access": {}}


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return lay_server(tmp_path, running())


def plant(server: Server, place: Path) -> Path:
    """A file of an administrator's, and its other name."""
    victim = server.root / "victim.exe"
    victim.write_text("v")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.hardlink_to(victim)
    return place


def rights(server: Server) -> str:
    path = server.one.temporary / "rights.json"
    return path.read_text() if path.exists() else ""


@pytest.mark.parametrize("name", ["planted", "inbox/deep/planted"])
def test_an_installation_over_the_data_of_an_earlier_one(server: Server, name: str) -> None:
    assert server.run(server.one, PASSWORD, **AS_ADMIN).code == 0
    place = plant(server, server.one.data / name)
    assert server.run(server.one, "/uninstall", **AS_ADMIN).code == 1603  # rights on the folder are left
    before = rights(server)
    ran = server.run(server.one, PASSWORD, **AS_ADMIN)
    assert ran.code == 1625, ran
    assert f"{place} has another name somewhere (a hard link)" in ran.err
    assert rights(server) == before
    assert not (server.one.environment / "current").exists()
    place.unlink()
    assert server.run(server.one, PASSWORD, **AS_ADMIN).code == 0


def test_an_upgrade_that_gives_another_account_something(server: Server) -> None:
    assert server.run(server.one, PASSWORD, **AS_ADMIN).code == 0
    newer = dataclasses.replace(
        server.two.manifest, permissions=(*RIGHTS, dataclasses.replace(RIGHTS[1], rights="modify"))
    )
    server.two.rewrite(newer)
    place = plant(server, server.one.data / "planted")
    before = rights(server)
    ran = server.run(server.two, **AS_ADMIN)
    assert (ran.code, rights(server)) == (1625, before), ran
    assert f"{place} has another name" in ran.err
    assert "is in use" in ran.err or "1.0" in server.pointer()


def test_repair_that_gives_a_lost_right_again(server: Server) -> None:
    assert server.run(server.one, PASSWORD, **AS_ADMIN).code == 0
    place = plant(server, server.one.data / "inbox" / "planted")
    before = rights(server)
    ran = server.run(server.one, "/repair", **AS_ADMIN)
    assert ran.code == 1625, ran
    assert f"{place} has another name" in ran.err
    assert rights(server) == before


def test_files_of_its_own_that_a_service_gave_two_names(server: Server) -> None:
    """It may do with them what it likes anyway."""
    assert server.run(server.one, PASSWORD, **AS_ADMIN).code == 0
    inbox = server.one.data / "inbox"
    (inbox / "own").write_text("x")
    (inbox / "again").hardlink_to(inbox / "own")
    access = {str(inbox / each): [WEB_SID, []] for each in ("own", "again")}
    assert server.run(server.one, "/repair", **ADMIN, access=access).code == 0
    access = {path: [OTHER, []] for path in access}
    assert server.run(server.one, "/repair", **ADMIN, access=access).code == 1625


def test_without_an_administrators_rights_nothing_is_asked(server: Server) -> None:
    assert server.run(server.one, PASSWORD).code == 0
    plant(server, server.one.data / "inbox" / "planted")
    assert server.run(server.one, "/repair").code == 0


def test_rights_that_are_taken_back_are_not_inherited_anew(server: Server) -> None:
    """Windows gives what lies in a folder all of the folder's rights anew, those of others that stay too: it is left to a later run."""
    assert server.run(server.one, PASSWORD, **AS_ADMIN).code == 0
    server.two.rewrite(dataclasses.replace(server.two.manifest, permissions=RIGHTS[:1]))
    place = plant(server, server.one.data / "inbox" / "planted")
    assert "S-1-5-21-7" in rights(server)
    ran = server.run(server.two, **AS_ADMIN)
    assert ran.code == 0, ran
    assert "S-1-5-21-7" in rights(server)
    (left,) = json.loads((server.one.environment / "leftovers.json").read_bytes())["left"]
    assert f"{place} has another name" in left["why"]
    access = {str(server.one.data): [ADMINISTRATORS, [[sid, MODIFY, False] for sid in (WEB_SID, QUEUE_SID)]]}
    assert server.run(server.two, **{**AS_ADMIN, "access": access}).code == 0
    assert "S-1-5-21-7" in rights(server)
    place.unlink()
    assert server.run(server.two, "/repair", **AS_ADMIN).code == 0
    assert "S-1-5-21-7" not in rights(server)
    assert ADMINISTRATORS not in rights(server)


def test_an_uninstallation_names_it_and_ends_all_the_same(server: Server) -> None:
    assert server.run(server.one, PASSWORD, **AS_ADMIN).code == 0
    place = plant(server, server.one.data / "planted")
    ran = server.run(server.one, "/uninstall", **AS_ADMIN)
    assert f"{place} has another name somewhere (a hard link)" in ran.out + ran.err
    assert not (server.one.environment / "current").exists()
    assert server.services() == {}
    place.unlink()
    assert server.run(server.one, "/uninstall", **AS_ADMIN).code == 0
    assert not server.one.environment.exists()
    assert str(server.one.data) not in json.loads(rights(server))


def test_a_purge_takes_all_names_with_it(server: Server) -> None:
    assert server.run(server.one, PASSWORD, **AS_ADMIN).code == 0
    plant(server, server.one.data / "planted")
    assert server.run(server.one, "/uninstall", "/purge", **AS_ADMIN).code == 0
    assert not server.one.data.exists()
    assert not server.one.environment.exists()
    assert (server.root / "victim.exe").read_text() == "v"
