"""The machine stops before every single change of a run that has services: what runs is what the pointer names, and the next run
brings services, rights and accounts to where they would be without the interruption.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import socket
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import only_linux
from tests.target.interpreters import Interpreter, interpreters, running
from tests.target.test_killed import Ground, every_moment
from tests.target.test_services import ONE, PASSWORD, QUEUE, TWO, WEB, lay_server, with_health

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.target.bundles import Laid

pytestmark = [only_linux.SIMULATED, pytest.mark.every_moment]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ServiceGround(Ground):
    """The service manager's table lies beside the machine's folders, as its registry does."""

    def keep(self) -> None:
        super().keep()
        if self._table.exists():
            shutil.copy(self._table, self.root / "services before")

    def restore(self) -> None:
        super().restore()
        self._table.unlink(missing_ok=True)
        if (self.root / "services before").exists():
            shutil.copy(self.root / "services before", self._table)

    @property
    def _table(self) -> Path:
        return self.one.temporary / "services.json"

    def services(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = json.loads(self._table.read_bytes()) if self._table.exists() else {}
        return found

    def run(self, laid: Laid, *arguments: str, kill_at: int | None = None, **machine: Any) -> tuple[int, str]:
        services = {"icacls": str(self.root / "icacls"), "accounts": {"EXAMPLE\\readers": "S-1-5-21-7"}}
        return super().run(laid, *arguments, kill_at=kill_at, **services, **machine)

    def state(self) -> dict[str, object]:
        # how a service ended before it was started again is told by Windows, and is of no importance
        services = {name: {**each, "code": None} for name, each in self.services().items()}
        return {**super().state(), "services": services}

    def must_be_whole(self, allowed: set[str | None]) -> None:
        super().must_be_whole(allowed)
        runs = {each["runs"] for each in self.services().values() if each["status"] == "running"}
        assert runs <= {self.pointer()}


@pytest.fixture
def address() -> Iterator[str]:
    """Something that takes connections: a service that answers is healthy at once."""
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture(params=dict.fromkeys([interpreters()[0], running()]), ids=str)
def ground(request: pytest.FixtureRequest, tmp_path: Path, address: str) -> ServiceGround:
    boot: Interpreter = request.param
    web, queue = with_health(WEB, tcp=address), with_health(QUEUE, tcp=address)
    later = dataclasses.replace(web, display_name="Another name", account="LocalService", start="manual")
    server = lay_server(tmp_path, boot, one=(web, queue), two=(later, dataclasses.replace(queue, name="line")))
    return ServiceGround(root=tmp_path, one=server.one, two=server.two)


def test_an_upgrade_of_services(ground: ServiceGround) -> None:
    """To a release that is complete already: how one is made is another test's."""
    for laid, arguments in ((ground.one, [PASSWORD]), (ground.two, [PASSWORD]), (ground.two, ["/rollback"])):
        code, shown = ground.run(laid, *arguments)
        assert code == 0, shown
    assert every_moment(ground, ground.two, allowed={ONE, TWO}, then=[[]]) > 30
    assert sorted(ground.services()) == ["line", "web"]


def test_a_rollback_of_services(ground: ServiceGround) -> None:
    assert ground.run(ground.one, PASSWORD)[0] == 0
    assert ground.run(ground.two, PASSWORD)[0] == 0
    assert every_moment(ground, ground.two, "/rollback", allowed={ONE, TWO}, then=[["/rollback"]]) > 20
    assert sorted(ground.services()) == ["queue", "web"]


def test_an_uninstallation_of_services(ground: ServiceGround) -> None:
    assert ground.run(ground.one, PASSWORD)[0] == 0
    assert every_moment(ground, ground.one, "/uninstall", allowed={ONE, None}, then=[["/uninstall"]]) > 10
    assert ground.services() == {}
