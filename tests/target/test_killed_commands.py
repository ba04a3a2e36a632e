"""The machine stops before every change of a run whose releases have post-install commands and sequence numbers: what commands did always means
the release in use, and a number is noted if and only if its release came into use.
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import pytest

from bundler.model.prerequisite import PostInstallInfo
from tests.target.interpreters import Interpreter, interpreters, running
from tests.target.test_freshness import numbered, sequence
from tests.target.test_killed import ONE, PASSWORD, TWO, Ground, every_moment, prepared
from tests.target.test_services import lay_server

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.every_moment

COMMAND = PostInstallInfo(command=("demo", "enter"), undo=("demo", "leave"), needs_admin=False)


class Registering(Ground):
    """A machine on which the release in use is registered, and no other."""

    def state(self) -> dict[str, object]:
        found = super().state()
        pointer, registered = self.pointer(), self.machine / "registered"
        assert (registered.read_text() if registered.exists() else None) == pointer
        if pointer == TWO:
            assert sequence(self.one) == 2
        elif pointer is None:  # which numbers were in use before depends on how far the run got
            found = {name: each for name, each in found.items() if not name.startswith("ProgramData")}
        return found


def registering(tmp_path: Path, boot: Interpreter) -> Registering:
    made = prepared(tmp_path, boot)
    one, two = (
        numbered(
            dataclasses.replace(each, manifest=dataclasses.replace(each.manifest, post_install=(COMMAND,))), number
        )
        for number, each in enumerate((made.one, made.two), 1)
    )
    return Registering(root=made.root, one=one, two=two)


@pytest.fixture
def ground(tmp_path: Path) -> Registering:
    return registering(tmp_path, running())


@pytest.fixture(params=dict.fromkeys([interpreters()[0], running()]), ids=str)
def each_ground(request: pytest.FixtureRequest, tmp_path: Path) -> Registering:
    """Under the oldest Python too."""
    return registering(tmp_path, request.param)


def test_a_first_installation(ground: Registering) -> None:
    assert (
        every_moment(ground, ground.one, PASSWORD, allowed={None, ONE}, then=[[PASSWORD], ["/uninstall", "/purge"]])
        > 60
    )


def test_an_upgrade(ground: Registering) -> None:
    assert ground.run(ground.one, PASSWORD)[0] == 0
    again = ["/set:port=9"]
    assert every_moment(ground, ground.two, *again, allowed={ONE, TWO}, then=[again, ["/uninstall", "/purge"]]) > 60


def test_a_rollback(each_ground: Registering) -> None:
    ground = each_ground
    assert ground.run(ground.one, PASSWORD)[0] == 0
    assert ground.run(ground.two)[0] == 0
    assert every_moment(ground, ground.two, "/rollback", allowed={ONE, TWO}, then=[["/rollback"]]) > 10


def test_an_uninstallation(each_ground: Registering) -> None:
    ground = each_ground
    assert ground.run(ground.one, PASSWORD)[0] == 0
    assert ground.run(ground.two)[0] == 0
    assert every_moment(ground, ground.two, "/uninstall", allowed={None, TWO}, then=[["/uninstall"]]) > 20


class Valued(Ground):
    """A machine on which it is known which port the release in use has."""

    def must_be_whole(self, allowed: set[str | None]) -> None:
        assert self.pointer() in allowed

    def state(self) -> dict[str, object]:
        found = super().state()
        pointer = self.pointer()
        assert pointer is not None
        folder = self.one.environment / ("settings" if "+" in pointer else "releases") / pointer
        port = json.loads((folder / "site.json").read_bytes())["values"]["port"]
        assert (self.machine / "registered").read_text() == f"{ONE} {port}"
        assert (self.one.release / "etc" / "port.ini").read_text() == f"{port}\n"
        return found


@pytest.mark.parametrize("boot", dict.fromkeys([interpreters()[0], running()]), ids=str)
def test_a_change_of_a_value_that_a_command_was_run_with(tmp_path: Path, boot: Interpreter) -> None:
    """A filled-in file that is found in the release changes with it."""
    made = prepared(tmp_path, boot, files={"files/port.ini": ("{site.port}\n", "{release}\\etc\\port.ini", True)})
    command = PostInstallInfo(
        command=("demo", "{site.port}", "enter"), undo=("demo", "{site.port}", "leave"), needs_admin=False
    )
    made.one.rewrite(dataclasses.replace(made.one.manifest, post_install=(command,)))
    ground = Valued(root=made.root, one=made.one, two=made.two)
    assert ground.run(ground.one, PASSWORD)[0] == 0
    uses: set[str | None] = {ONE, f"{ONE}+2"}
    change = ["/set:port=9999"]
    assert every_moment(ground, ground.one, *change, allowed=uses, then=[change]) > 20
    assert every_moment(ground, ground.one, "/rollback", allowed=uses, then=[["/rollback"]]) > 20
    assert (ground.machine / "registered").read_text() == f"{ONE} 8080"


def test_services_that_fail_bring_the_old_releases_commands_back(tmp_path: Path) -> None:
    """The commands have their turn while nothing runs: after the stop and before the start."""
    server = lay_server(tmp_path, running())
    for each in (server.one, server.two):
        each.rewrite(dataclasses.replace(each.manifest, post_install=(COMMAND,)))
    registered = server.one.environment.parent / "registered"
    assert server.run(server.one, PASSWORD).code == 0
    failed = server.run(server.two, ends={"web": [TWO, 3]})
    assert failed.code == 1603
    assert "The service web ended with exit code 3." in failed.err
    assert (server.pointer(), registered.read_text()) == (ONE, ONE)
    assert server.running() == {"web": ONE, "queue": ONE}
    done = server.run(server.two)
    assert (done.code, registered.read_text()) == (0, TWO)
    words = ["Stopped 2 services", "Took back what 1.0", "Switched to 2.0", "Ran 1 command"]
    places = [done.out.index(each) for each in words]
    assert places == sorted(places)
    assert server.run(server.two, "/uninstall").code == 0
    assert not registered.exists()
