"""Windows itself: services that a bundle brings, and what Microsoft's documentation leaves open about them. Needs an administrator."""

from __future__ import annotations

import dataclasses
import secrets
import subprocess
import textwrap
import time
from typing import TYPE_CHECKING

import pytest

from bundler.target.machine.services import service_sid
from tests.support.native import Target, Unpacked
from tests.target.own_host import own_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.windows, pytest.mark.elevated]

POLITE = """
    import time
    print("begun", flush=True)
    try:
        time.sleep(3600)
    except KeyboardInterrupt:
        print("asked to stop", flush=True)
        time.sleep(2)
        print("the last word", flush=True)
"""
WHO = """
    import subprocess, time
    print(subprocess.run(["whoami", "/groups", "/fo", "csv"], capture_output=True, text=True).stdout, flush=True)
    print("begun", flush=True)
    time.sleep(3600)
"""
FAILING = """
    import pathlib, sys, time
    print("begun", flush=True)
    again = pathlib.Path(r"{data}\\again")
    if not again.exists():
        again.touch()
        time.sleep(5)
        sys.exit(7)
    print("started again", flush=True)
    time.sleep(3600)
"""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Installed:
    """A bundle with one service."""

    name: str
    target: Target
    bundle: Unpacked

    @property
    def log(self) -> str:
        path = self.target.data / "logs" / self.name / f"{self.name}.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def query(self) -> str:
        return self.target.run("sc", "query", self.name).output

    def wait(self, condition: Callable[[], bool]) -> bool:
        for _ in range(600):
            if condition():
                return True
            time.sleep(0.2)
        return condition()


@pytest.fixture
def install(target: Target, build: Callable[..., Path]) -> Iterator[Callable[..., Installed]]:
    """``program`` is what the service's Python runs; it is removed afterwards with all that belongs to it."""
    made: list[Unpacked] = []

    def run(program: str, *, account: str = "", password: str = "") -> Installed:
        name = f"native-{target.root.name}"
        path = target.root / "program.py"
        path.write_text(textwrap.dedent(program).replace("{data}", str(target.data)), encoding="utf-8")
        more = f"[[service]]\nname = '{name}'\ncommand = ['python.exe', '{path}']\n"
        more += f"account = '{account}'\n" if account else ""
        more += "password = '{site.password}'\n" if password else ""
        more += "[service.recovery]\nrestart = [1]\n"
        more += "[site.password]\nsecret = true\nhelp = 'of its account'\n" if password else ""
        made.append(target.unpack(build("1.0", more=more), "disk"))
        done = made[0].bootstrap(*([f"/set:password={password}"] if password else []))
        assert done.code == 0, done.output
        return Installed(name=name, target=target, bundle=made[0])

    yield run
    for each in made:
        removed = each.bootstrap("/uninstall")
        assert removed.code == 0, removed.output


def test_it_is_asked_to_stop(install: Callable[..., Installed]) -> None:
    """The host sends Ctrl-C to the program and isn't ended by it itself: a stop is an end without an error, and isn't followed by a restart."""
    service = install(POLITE)
    assert service.wait(lambda: "begun" in service.log)
    assert service.target.run("sc", "stop", service.name).code == 0
    assert service.wait(lambda: "STOPPED" in service.query())
    query = service.query()
    assert "WIN32_EXIT_CODE    : 0" in query, query
    assert "asked to stop" in service.log
    assert "the last word" in service.log
    assert service.log.rstrip().endswith("Stopped.")


@pytest.mark.real_windows("services have no SIDs")
def test_its_own_sid_counts_from_the_first_start(install: Callable[..., Installed]) -> None:
    service = install(WHO, account="LocalService")
    assert service.wait(lambda: "begun" in service.log)
    assert service_sid(service.name) in service.log
    assert "own SID" not in service.log


@pytest.mark.real_windows("recovery actions are kept and not taken")
def test_it_is_started_again_after_a_failure(install: Callable[..., Installed]) -> None:
    service = install(FAILING)
    assert service.wait(lambda: "started again" in service.log), service.log + service.query()
    assert "ended by itself with exit code 7" in service.log


@pytest.mark.real_windows("accounts need no right to log on")
def test_an_account_with_a_password_is_given_the_right_to_log_on(
    install: Callable[..., Installed], user: tuple[str, str]
) -> None:
    """Its service starts, and with the last bundle that needs it the right is gone."""
    name, password = user
    sid = own_host().rights.account_sid(f".\\{name}")
    assert sid is not None
    assert own_host().rights.has_service_logon(sid) is False
    service = install(WHO, account=f".\\{name}", password=password)
    assert service.wait(lambda: "begun" in service.log)
    assert own_host().rights.has_service_logon(sid) is True
    removed = service.bundle.bootstrap("/uninstall")
    assert removed.code == 0, removed.output
    assert own_host().rights.has_service_logon(sid) is False


@pytest.fixture
def user() -> Iterator[tuple[str, str]]:
    """A local account for this test, and its password."""
    name, password = f"bundle-{secrets.token_hex(4)}", f"Aa1!{secrets.token_hex(8)}"
    subprocess.run(["net", "user", name, password, "/add"], check=True, capture_output=True)
    yield name, password
    subprocess.run(["net", "user", name, "/delete"], check=True, capture_output=True)


def test_what_happened_to_it_is_told_and_put_right(install: Callable[..., Installed]) -> None:
    """Stopped by somebody: a fault. Another start type: the site's to say."""
    service = install(WHO)
    assert service.wait(lambda: "begun" in service.log)
    assert service.target.run("sc", "stop", service.name).code == 0
    assert service.wait(lambda: "STOPPED" in service.query())
    seen = service.bundle.bootstrap("/verify")
    assert (seen.code, f"the service {service.name} does not run" in seen.output) == (1603, True), seen.output
    assert service.bundle.bootstrap("/status").code == 1603
    again = service.bundle.bootstrap()
    assert again.code == 0, again.output
    assert "RUNNING" in service.query()
    assert service.target.run("sc", "config", service.name, "start=", "demand").code == 0
    seen = service.bundle.bootstrap("/verify")
    assert (seen.code, "has the start type manual" in seen.output) == (0, True), seen.output
    stopped = service.bundle.bootstrap("/stop")
    assert (stopped.code, "STOPPED" in service.query()) == (0, True), stopped.output
    started = service.bundle.bootstrap("/start")
    assert (started.code, "RUNNING" in service.query()) == (0, True), started.output
