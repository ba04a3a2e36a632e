"""What an earlier version installed is upgraded, rolled back and removed by this one, and no longer touched by the earlier one."""

from __future__ import annotations

import dataclasses
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.earlier import COMMIT, _make, earlier_target, put_earlier
from tests.target.simulated.driver import KILLED
from tests.target.test_modes import state
from tests.target.test_services import ONE, PASSWORD, QUEUE, TWO, WEB, Server, lay_server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.bundles import Laid
    from tests.target.interpreters import Interpreter


def lay(root: Path, boot: Interpreter) -> Server:
    """Two bundles with services: the older one was made by the earlier version."""
    server = lay_server(root, boot, two=(WEB, dataclasses.replace(QUEUE, name="line")))
    put_earlier(server.one.folder)
    return dataclasses.replace(server, one=dataclasses.replace(server.one, driver=earlier_target() / "driver.py"))


@pytest.fixture
def server(tmp_path: Path, few: Interpreter) -> Server:
    return lay(tmp_path, few)


def did(server: Server, laid: Laid, *arguments: str, **machine: Any) -> str:
    ran = server.run(laid, *arguments, **machine)
    assert ran.code == 0, ran.out + ran.err
    return ran.out


def programs(server: Server) -> list[str]:
    path = server.one.temporary / "programs.json"
    return [each["UninstallString"] for each in json.loads(path.read_bytes()).values()]


def formats(server: Server) -> tuple[int, object]:
    receipt = server.receipt()
    return receipt["format"], receipt.get("program")


def test_it_is_upgraded_rolled_back_and_removed(server: Server) -> None:
    environment = server.one.environment
    did(server, server.one, PASSWORD)
    assert formats(server) == (1, None)
    assert ONE in did(server, server.two, "/verify")
    did(server, server.two)
    assert server.pointer() == TWO
    assert server.running() == {"web": TWO, "line": TWO}
    assert formats(server) == (2, TWO)
    assert [path.name for path in (environment / "uninstall").iterdir() if path.is_dir()] == [TWO]

    did(server, server.two, "/rollback")
    assert server.pointer() == ONE
    assert server.running() == {"web": ONE, "queue": ONE}
    assert formats(server) == (2, TWO)
    assert [f'{environment}/uninstall/bootstrap.bat" /uninstall' in each for each in programs(server)] == [True]
    assert (environment / "uninstall" / "program").read_text("ascii").strip() == TWO

    kept = dataclasses.replace(server.two, folder=environment / "uninstall" / TWO)
    shutil.rmtree(server.two.folder)
    did(server, kept, "/rollback")
    assert server.running() == {"web": TWO, "line": TWO}
    did(server, kept, "/rollback")
    did(server, kept, "/uninstall", "/purge")
    assert server.services() == {}
    assert list(environment.parent.iterdir()) == []
    assert programs(server) == []


def test_the_earlier_one_no_longer_touches_it(server: Server) -> None:
    did(server, server.one, PASSWORD)
    did(server, server.two)
    before = state(server.one)
    for arguments in ([], ["/rollback"], ["/uninstall"], ["/repair"], ["/verify"]):
        ran = server.run(server.one, *arguments)
        assert ran.code == 1603, ran
        assert "has format 2; this bootstrap reads format 1" in ran.err
    assert state(server.one) == before


@pytest.mark.parametrize("mode", ["/uninstall", "/rollback"])
def test_it_is_removed_or_rolled_back_without_an_upgrade_before(server: Server, mode: str) -> None:
    """The first that the new program does there."""
    other = dataclasses.replace(server.one.manifest.bundle, version="0.9", release="0.9-0a1b2c3d")
    older = dataclasses.replace(server.one, folder=server.root / "older")
    shutil.copytree(server.one.folder, older.folder)
    older.rewrite(dataclasses.replace(server.one.manifest, bundle=other))
    did(server, older, PASSWORD)
    did(server, server.one)
    did(server, server.two, mode)
    if mode == "/uninstall":
        assert not server.one.environment.exists()
        return
    assert server.pointer() == "0.9-0a1b2c3d"
    assert formats(server) == (2, TWO)
    assert [path.name for path in (server.one.environment / "uninstall").iterdir() if path.is_dir()] == [TWO]
    did(server, dataclasses.replace(server.two, folder=server.one.environment / "uninstall" / TWO), "/uninstall")


@pytest.mark.parametrize("moment", [8, 60, 90, 100, 110])
def test_a_run_of_the_earlier_one_that_was_stopped_is_settled(server: Server, moment: int) -> None:
    """Taken back or finished by the newer program, which reads its journal."""
    ran = server.run(server.one, PASSWORD, kill_at=moment)
    assert ran.code in (KILLED, 0), ran
    did(server, server.two, PASSWORD)
    assert server.running() == {"web": TWO, "line": TWO}
    assert not (server.one.environment / "journal").exists()
    did(server, server.two, "/uninstall", "/purge")
    assert list(server.one.environment.parent.iterdir()) == []
    assert server.services() == {}


def test_a_history_that_was_cut_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.earlier.COMMIT", "0" * len(COMMIT))
    with pytest.raises(AssertionError, match="git fetch --unshallow"):
        _make(tmp_path / "earlier")
