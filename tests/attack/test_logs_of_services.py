"""A service that is broken into leaves something else in the place of its log: what an administrator's run shows of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.attack.test_folders_of_others import ADMIN, MODIFY
from tests.support import only_linux
from tests.target.interpreters import running
from tests.target.test_services import PASSWORD, WEB, WEB_SID, Server, lay_server

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = only_linux.SIMULATED
SHOWN = "what only administrators may read"


@pytest.fixture
def server(tmp_path: Path) -> Server:
    server = lay_server(tmp_path, running(), one=(WEB,))
    assert server.run(server.one, PASSWORD, later={"web": [30, 3]}).code == 0
    return server


@pytest.mark.parametrize("kind", ["file", "link", "hard link", "folder link", "pipe"])
def test_nothing_is_shown_that_is_elsewhere(server: Server, kind: str) -> None:
    log, elsewhere = server.one.data / "logs" / "web" / "web.log", server.root / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "web.log").write_text(SHOWN)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    places = [log]
    if kind == "file":
        log.write_text(SHOWN)
    elif kind == "link":
        log.symlink_to(elsewhere / "web.log")
    elif kind == "hard link":
        log.hardlink_to(elsewhere / "web.log")
    elif kind == "folder link":
        log.parent.rename(server.root / "moved")
        log.parent.symlink_to(elsewhere)
        places = [log.parent]
    else:
        os.mkfifo(log)
    machine = {**ADMIN, "access": {str(each): [WEB_SID, [[WEB_SID, MODIFY, False]]] for each in places}}
    assert server.run(server.one, "/stop", **machine).code == 0
    ran = server.run(server.one, "/start", later={"web": [3, 3]}, **machine)
    assert ran.code == 1603, ran
    assert "The service web " in ran.err
    assert (SHOWN in ran.err + server.one.log()) == (kind == "file")
