"""What a failed run couldn't take back: told, kept, tried again first by every later run, and gone when it is done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.target.interpreters import running
from tests.target.simulated.driver import KILLED
from tests.target.test_modes import lay as lay_version
from tests.target.test_modes import run as run_quickly
from tests.target.test_services import ONE, PASSWORD, QUEUE, WEB, Server, lay_server
from tests.target.test_services_killed import ServiceGround

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.interpreters import Interpreter

FAILS: dict[str, Any] = {"no_start": {"web": 1069}, "no_remove": {"queue": 5}}
LEFT = "remove the service queue: Windows error 5: it needs administrator rights"


@pytest.fixture
def server(tmp_path: Path, few: Interpreter) -> Server:
    return lay_server(tmp_path, few)


def left_alone(server: Server) -> None:
    """A first installation that failed, and a service of it that Windows didn't remove."""
    ran = server.run(server.one, PASSWORD, **FAILS)
    assert ran.code == 1603
    assert "This couldn't be done, and every run of bootstrap.bat tries it again first:\n- " + LEFT + "\n" in ran.err
    assert list(server.services()) == ["queue"]
    environment = server.one.environment
    assert [path.name for path in environment.iterdir()] == ["leftovers.json"]


@pytest.mark.parametrize("mode", ["/uninstall", "/rollback", "/repair"])
def test_a_service_that_was_not_removed_is_removed_by_any_later_run(server: Server, mode: str) -> None:
    left_alone(server)
    still = server.run(server.one, mode, no_remove={"queue": 5})
    assert still.code == 1603
    assert "- " + LEFT in still.err
    assert list(server.services()) == ["queue"]
    again = server.run(server.one, mode)
    assert again.code == (0 if mode == "/uninstall" else 1603), again
    assert "It is taken back now." in again.out
    assert server.services() == {}
    assert not server.one.environment.exists()


def test_a_service_that_somebody_else_made_meanwhile_stays(server: Server) -> None:
    left_alone(server)
    other = {"command": '"C:\\other.exe"', "status": "stopped", "code": 0, "dependencies": [], "runs": None}
    (server.one.temporary / "services.json").write_text(json.dumps({"queue": other}))
    assert server.run(server.one, "/uninstall").code == 0
    assert server.services() == {"queue": other}
    assert not server.one.environment.exists()


def test_runs_that_only_look_say_so_and_leave_it(server: Server) -> None:
    left_alone(server)
    before = server.one.tree()
    checked = server.run(server.one, "/verify")
    assert checked.code == 1603
    assert "Nothing is in use in " in checked.err
    assert "- an earlier run couldn't " + LEFT in checked.err
    planned = server.run(server.one, "/plan", PASSWORD)
    assert planned.code == 0, planned
    assert f"First, what an earlier run couldn't do: {LEFT}\n" in planned.out
    assert server.one.tree() == before
    assert list(server.services()) == ["queue"]


@pytest.mark.parametrize("machine", [{}, {"no_remove": {"queue": 5}}])
def test_what_is_in_use_now_is_no_leftover(server: Server, machine: dict[str, object]) -> None:
    """The release that is switched to has the service: nobody removes it any more."""
    left_alone(server)
    ran = server.run(server.one, PASSWORD, **machine)
    assert ran.code == 0, ran
    assert (LEFT in ran.err) == bool(machine)
    assert not (server.one.environment / "leftovers.json").exists()
    assert server.run(server.one, "/verify").code == 0
    assert server.run(server.one).code == 0
    assert server.running() == {"web": ONE, "queue": ONE}
    assert server.run(server.one, "/uninstall", "/purge").code == 0
    assert list(server.one.environment.parent.iterdir()) == []


def test_a_service_that_a_release_lacks_and_windows_keeps(tmp_path: Path) -> None:
    server = lay_server(tmp_path, running(), two=(WEB,))
    assert server.run(server.one, PASSWORD).code == 0
    ran = server.run(server.two, no_remove={"queue": 5})
    assert ran.code == 0
    assert "- " + LEFT in ran.err
    assert sorted(server.services()) == ["queue", "web"]
    assert server.run(server.two).code == 0
    assert list(server.services()) == ["web"]


def test_a_right_that_stays_after_an_uninstallation(server: Server) -> None:
    assert server.run(server.one, PASSWORD).code == 0
    ran = server.run(server.one, "/uninstall", fails=["/remove:g"])
    assert ran.code == 1603
    assert ran.err.startswith("\nNothing is in use any more, but this is left:\n- take the right of ")
    assert f"- take the right of S-1-5-21-7 on {server.one.data} back: The rights of " in ran.err
    assert [path.name for path in server.one.environment.iterdir()] == ["leftovers.json"]
    assert server.run(server.one, "/uninstall").code == 0
    assert not server.one.environment.exists()


def test_a_file_that_a_program_holds_is_removed_later_or_taken_over(tmp_path: Path, few: Interpreter) -> None:
    one = lay_version(tmp_path, 1, few)
    held = one.data / "sub" / "data.txt"
    ran = run_quickly(one, PASSWORD, stuck=[str(held)], interrupt="pip_check.py")
    assert ran.code == 1603  # nobody may take it for one that took everything back
    assert "Cancelled. What was begun has been taken back, but for what is named above." in ran.err
    assert f"- remove {held}: " in ran.err
    assert held.exists()
    assert run_quickly(one, PASSWORD, stuck=[str(held)]).code == 0
    assert not (one.environment / "leftovers.json").exists()
    assert run_quickly(one, "/verify").code == 0
    assert held.exists()
    receipt = json.loads((one.environment / "receipt.json").read_bytes())
    assert str(held) in receipt["files"]
    assert str(held.parent) in receipt["folders"]


def test_a_folder_in_use_goes_later(tmp_path: Path, few: Interpreter) -> None:
    one = lay_version(tmp_path, 1, few)
    held = one.release / "bin"
    ran = run_quickly(one, PASSWORD, stuck=[str(held)], interrupt="pip_check.py")
    assert ran.code == 1603
    assert f"- remove {one.release}: " in ran.err
    assert run_quickly(one, "/uninstall", stuck=[str(held)]).code == 1603
    done = run_quickly(one, "/uninstall")
    assert done.code == 0, done
    assert list(one.environment.parent.iterdir()) == []


def test_those_of_another_bundle_are_left_alone(tmp_path: Path) -> None:
    one = lay_version(tmp_path, 1, running())
    one.environment.mkdir()
    left = {"format": 1, "name": "other", "instance": None, "left": [{"action": ["folder", "/x"], "why": "y"}]}
    path = one.environment / "leftovers.json"
    for content, code, words in (
        (left, 1638, "belongs to the bundle other and not to example"),
        (
            {**left, "format": 5},
            1638,
            "was written by a newer bootstrap.bat: it has format 5, and this one reads formats up to 4",
        ),
    ):
        path.write_text(json.dumps(content))
        for mode in ("/uninstall", "/rollback", "/verify", PASSWORD):
            ran = run_quickly(one, mode)
            assert (ran.code, words in ran.err) == (code, True), ran
        assert [each.name for each in one.environment.iterdir()] == ["leftovers.json"]


# -- killed meanwhile


@pytest.fixture
def ground(tmp_path: Path) -> ServiceGround:
    """A failing first installation: 1.0 has a service that doesn't start."""
    server = lay_server(tmp_path, running(), one=(WEB, QUEUE), two=(WEB, QUEUE))
    return ServiceGround(root=tmp_path, one=server.one, two=server.two)


@pytest.mark.every_moment
def test_killed_while_it_takes_back_and_while_it_tries_again(ground: ServiceGround) -> None:
    """Before every change, from the failure on (how far it got before is other tests' matter): at the end nothing is left."""
    ground.keep()
    every_moment(ground, [PASSWORD], FAILS, last=45)
    ground.restore()
    assert ground.run(ground.one, PASSWORD, **FAILS)[0] == 1603
    ground.keep()
    every_moment(ground, ["/uninstall"], {}, last=100)
    # a release that takes over what is left: from its own switch on
    every_moment(ground, [PASSWORD], {"no_remove": {"queue": 5}}, last=20)


def every_moment(ground: ServiceGround, arguments: list[str], machine: dict[str, Any], last: int) -> None:
    """``last``: so many changes of the run, the last ones; each time another run takes back what there is."""
    ground.restore()
    ground.run(ground.one, *arguments, **machine)
    changes = int((ground.one.temporary / "effects").read_text())
    for moment in range(max(1, changes - last), changes + 1):
        ground.restore()
        code, _ = ground.run(ground.one, *arguments, kill_at=moment, **machine)
        assert code == KILLED
        ground.must_be_whole({None, ONE})
        done, shown = ground.run(ground.one, "/uninstall", "/purge")
        assert done == 0, (moment, shown)
        assert ground.services() == {}, moment
        assert list(ground.machine.iterdir()) == [], moment
