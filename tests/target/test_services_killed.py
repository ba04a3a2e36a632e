"""The machine stops before every single change of a run that has services: what runs is what the pointer names, and the next run
brings services, rights and accounts to where they would be without the interruption.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bundler.target.machine.services import service_sid
from tests.support import only_linux
from tests.target.interpreters import Interpreter, interpreters, running
from tests.target.simulated.driver import KILLED
from tests.target.test_adding import add, allowed, extra
from tests.target.test_killed import Ground, every_moment
from tests.target.test_services import ONE, PASSWORD, QUEUE, TWO, WEB, lay_server, with_health
from tests.target.test_site_places import SIDS
from tests.target.test_site_places import lay as lay_site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.target.bundles import Laid

pytestmark = [only_linux.SIMULATED, pytest.mark.every_moment]
FILLED = {"files/web.ini": ("port={site.port}\npassword={site.password}\n", "{data}\\web.ini", True)}


@dataclasses.dataclass(frozen=True, kw_only=True)
class ServiceGround(Ground):
    """The service manager's table, and who has which rights, lie beside the machine's folders, as its registry does."""

    def keep(self) -> None:
        super().keep()
        for each in (self._table, self._rights, self._logons):
            if each.exists():
                shutil.copy(each, self.root / f"{each.name} before")

    def restore(self) -> None:
        super().restore()
        for each in (self._table, self._rights, self._logons):
            each.unlink(missing_ok=True)
            if (self.root / f"{each.name} before").exists():
                shutil.copy(self.root / f"{each.name} before", each)

    @property
    def _table(self) -> Path:
        return self.one.temporary / "services.json"

    @property
    def _rights(self) -> Path:
        return self.one.temporary / "rights.json"

    @property
    def _logons(self) -> Path:
        return self.one.temporary / "logons.json"

    def logons(self) -> list[str]:
        """Accounts that have the right to log on as services."""
        found: list[str] = json.loads(self._logons.read_bytes()) if self._logons.exists() else []
        return found

    def rights(self) -> dict[str, dict[str, list[str]]]:
        """By path, of what is there; the rest went with it."""
        found: dict[str, dict[str, list[str]]] = json.loads(self._rights.read_bytes()) if self._rights.exists() else {}
        return {path: own for path, own in found.items() if Path(path).exists()}

    def services(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = json.loads(self._table.read_bytes()) if self._table.exists() else {}
        return found

    def run(self, laid: Laid, *arguments: str, kill_at: int | None = None, **machine: Any) -> tuple[int, str]:
        services = {"icacls": str(self.root / "icacls"), "accounts": SIDS}
        return super().run(laid, *arguments, kill_at=kill_at, **services, **machine)

    def state(self) -> dict[str, object]:
        # how a service ended before it was started again is told by Windows, and is of no importance
        services = {name: {**each, "code": None} for name, each in self.services().items()}
        return {**super().state(), "services": services, "rights": self.rights(), "logons": self.logons()}

    def must_be_whole(self, allowed: set[str | None]) -> None:
        super().must_be_whole(allowed)
        runs = {each["runs"] for each in self.services().values() if each["status"] == "running"}
        assert runs <= {self.pointer()}


@pytest.fixture
def addresses() -> Iterator[tuple[str, str]]:
    """Something that takes connections, for each service."""
    with (
        socket.create_server(("127.0.0.1", 0), backlog=4000) as one,
        socket.create_server(("127.0.0.1", 0), backlog=4000) as two,
    ):
        yield f"127.0.0.1:{one.getsockname()[1]}", f"127.0.0.1:{two.getsockname()[1]}"


@pytest.fixture(params=dict.fromkeys([interpreters()[0], running()]), ids=str)
def ground(request: pytest.FixtureRequest, tmp_path: Path, addresses: tuple[str, str]) -> ServiceGround:
    boot: Interpreter = request.param
    web, queue = with_health(WEB, tcp=addresses[0]), with_health(QUEUE, tcp=addresses[1])
    later = dataclasses.replace(web, display_name="Another name", account="LocalService", start="manual")
    server = lay_server(
        tmp_path, boot, one=(web, queue), two=(later, dataclasses.replace(queue, name="line")), more=FILLED
    )
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
    give_by_hand(ground)
    assert ground.run(ground.one, PASSWORD)[0] == 0
    assert every_moment(ground, ground.one, "/uninstall", allowed={ONE, None}, then=[["/uninstall"]]) > 10
    assert ground.services() == {}
    assert ground.rights() == {str(ground.one.data): {"S-1-5-21-7": ["RX"]}}


@pytest.mark.parametrize("ground", [running()], indirect=True, ids=str)
def test_wheels_that_are_added(ground: ServiceGround) -> None:
    one = allowed(ground.one)
    extra(one)
    assert ground.run(one, PASSWORD)[0] == 0
    ground.keep()
    code, shown = ground.run(one, add(one))
    assert code == 0, shown
    uses = {ONE, ground.pointer()}
    ground.restore()
    assert every_moment(ground, one, add(one), allowed=uses, then=[[add(one)], ["/uninstall", "/purge"]]) > 40
    assert every_moment(ground, one, "/rollback", allowed=uses, then=[["/rollback"]]) > 20
    assert ground.pointer() == ONE


@pytest.mark.parametrize("ground", [running()], indirect=True, ids=str)
def test_a_stop_and_a_start(ground: ServiceGround) -> None:
    """Ended at any moment, the same or an upgrade brings it to its end; what is stopped is never started by that."""
    assert ground.run(ground.one, PASSWORD)[0] == 0
    assert every_moment(ground, ground.one, "/stop", allowed={ONE}, then=[["/stop"], ["/uninstall", "/purge"]]) > 2
    assert {each["status"] for each in ground.services().values()} == {"stopped"}
    assert every_moment(ground, ground.one, "/start", allowed={ONE}, then=[["/start"], ["/uninstall", "/purge"]]) > 2
    assert {each["status"] for each in ground.services().values()} == {"running"}


@pytest.mark.parametrize("ground", [running()], indirect=True, ids=str)
def test_a_purge(ground: ServiceGround) -> None:
    """With the uninstallation, and after it."""
    assert ground.run(ground.one, PASSWORD)[0] == 0
    purge = ["/uninstall", "/purge"]
    assert every_moment(ground, ground.one, *purge, allowed={ONE, None}, then=[purge]) > 10
    assert not ground.one.data.exists()
    assert ground.run(ground.one, PASSWORD)[0] == 0
    assert ground.run(ground.one, "/uninstall")[0] == 0
    assert every_moment(ground, ground.one, *purge, allowed={None}, then=[purge]) > 1
    assert not ground.one.data.exists()


@pytest.mark.parametrize("ground", [running()], indirect=True, ids=str)
def test_a_repair(ground: ServiceGround) -> None:
    """Of a file, a service that is gone, one that leads elsewhere, and what Windows lists."""
    assert ground.run(ground.one, PASSWORD)[0] == 0
    whole = ground.state()
    (ground.one.environment / "releases" / ONE / "etc" / "settings.ini").write_text("changed\n")
    table = ground.services()
    table["web"].update(command="other.exe", status="stopped", runs=None)
    del table["queue"]
    (ground.one.temporary / "services.json").write_text(json.dumps(table))
    (ground.one.temporary / "programs.json").write_text("{}")
    code, shown = ground.run(ground.one, "/verify")
    assert (code, "(5 faults)" in shown) == (1603, True), shown
    assert every_moment(ground, ground.one, "/repair", allowed={ONE}, then=[["/repair"]]) > 10
    assert ground.state() == whole


@pytest.mark.parametrize("ground", [running()], indirect=True, ids=str)
def test_a_change_of_site_values(ground: ServiceGround) -> None:
    """Also where what is in use has changed values already, and where a rollback takes them back."""
    assert ground.run(ground.one, PASSWORD)[0] == 0
    change = ["/set:port=9999", "/set:password=second secret"]
    uses: set[str | None] = {ONE, f"{ONE}+2"}
    assert every_moment(ground, ground.one, *change, allowed=uses, then=[change, ["/uninstall", "/purge"]]) > 40
    assert (ground.one.data / "web.ini").read_text("utf-8") == "port=9999\npassword=second secret\n"
    assert every_moment(ground, ground.one, "/rollback", allowed={*uses, f"{ONE}+3"}, then=[["/rollback"]]) > 40
    assert ground.pointer() == f"{ONE}+3"
    assert (ground.one.data / "web.ini").read_text("utf-8") == "port=8080\npassword=second secret\n"


@pytest.mark.parametrize("boot", dict.fromkeys([interpreters()[0], running()]), ids=str)
def test_another_account_and_another_folder(tmp_path: Path, boot: Interpreter) -> None:
    server = lay_site(tmp_path, boot).server
    ground = ServiceGround(root=tmp_path, one=server.one, two=server.two)
    old, new = (ground.machine / name for name in ("old", "new"))
    for each in (old, new):
        each.mkdir()
    first = ["/set:who=EXAMPLE\\first", "/set:secret=one", f"/set:drop={old}"]
    code, shown = ground.run(ground.one, *first)
    assert code == 0, shown
    change = ["/set:who=EXAMPLE\\second", "/set:secret=two", f"/set:drop={new}"]
    uses: set[str | None] = {ONE, f"{ONE}+2"}
    assert every_moment(ground, ground.one, *change, allowed=uses, then=[change, ["/uninstall", "/purge"]]) > 40
    assert {sid for path, own in ground.rights().items() for sid in own if "releases" not in path} == {
        "S-1-5-21-12",
        "S-1-5-21-7",
        service_sid("queue"),
    }
    assert not [path for path in ground.rights() if Path(path).is_relative_to(old)]
    assert ground.logons() == ["S-1-5-21-12"]
    assert every_moment(ground, ground.one, "/rollback", allowed=uses, then=[["/rollback"]]) > 40
    assert not [path for path in ground.rights() if Path(path).is_relative_to(new)]


@pytest.mark.parametrize("boot", dict.fromkeys([interpreters()[0], running()]), ids=str)
@pytest.mark.parametrize("how", ["kill_at", "fail_at"])
def test_an_upgrade_that_gives_an_account_other_rights_on_the_same_path(
    tmp_path: Path, boot: Interpreter, how: str
) -> None:
    """Whenever it fails, or is killed and taken back, the account has what it had."""
    ground = rights_ground(tmp_path, boot)
    before = ground.rights()
    ground.keep()
    for moment in range(1, 1000):
        ground.restore()
        code, shown = ground.run(ground.two, **{how: moment})
        if code == 0:
            break
        if code == KILLED:
            code, shown = ground.run(ground.one, "/start")
            assert code == 0, shown
        if ground.pointer() != ONE:
            break
        assert ground.rights() == before, moment
        assert not (ground.one.environment / "leftovers.json").exists()
    assert moment > 20
    ground.restore()
    assert ground.run(ground.two)[0] == 0
    data = str(ground.one.data)
    assert sorted(ground.rights()[data]["S-1-5-21-7"]) == ["(OI)(CI)(IO)M", "(RX,WD,AD,WEA,WA)", "RX"]
    assert ground.run(ground.two, "/rollback")[0] == 0
    assert ground.rights()[data] == before[data]


def give_by_hand(ground: ServiceGround) -> None:
    """What the site gives to readers before anything is installed, and what no run takes away."""
    ground.one.data.mkdir()
    (ground.one.temporary / "rights.json").write_text(json.dumps({str(ground.one.data): {"S-1-5-21-7": ["RX"]}}))


def rights_ground(tmp_path: Path, boot: Interpreter) -> ServiceGround:
    """The first release is in use, and the second one is there: it gives readers of the first one more. The site gave them something itself."""
    server = lay_server(tmp_path, boot, one=(WEB,), two=(WEB,))
    more = tuple(
        dataclasses.replace(each, rights="modify" if each.rights == "read" else each.rights)
        for each in server.one.manifest.permissions
    )
    server.two.rewrite(dataclasses.replace(server.two.manifest, permissions=more))
    ground = ServiceGround(root=tmp_path, one=server.one, two=server.two)
    give_by_hand(ground)
    for laid, arguments in ((ground.one, [PASSWORD]), (ground.two, []), (ground.two, ["/rollback"])):
        code, shown = ground.run(laid, *arguments)
        assert code == 0, shown
    return ground


@pytest.mark.parametrize("ground", [running()], indirect=True, ids=str)
@pytest.mark.parametrize("kind", ["begin", "done", "undo"])
def test_a_journal_with_a_damaged_line(ground: ServiceGround, kind: str) -> None:
    """What its other lines say is taken back while the old release is in use; where a change isn't told any more, the old one works."""
    assert ground.run(ground.one, PASSWORD)[0] == 0
    code, shown = ground.run(ground.one, "/repair")
    assert code == 0, shown
    expected = ground.state()
    ground.keep()
    taken_back = 0
    for moment in range(20, 1000, 13):
        ground.restore()
        journal, aside = (ground.one.environment / name for name in ("journal", "journal.unreadable"))
        code, shown = ground.run(ground.two, PASSWORD, kill_at=moment)
        if code != KILLED:
            assert code == 0, shown
            break
        lines = journal.read_bytes().splitlines(keepends=True) if journal.exists() else []
        of_kind = [number for number, line in enumerate(lines[1:-1], 1) if line.startswith(b'{"%s"' % kind.encode())]
        if not of_kind:
            continue
        lines[of_kind[len(of_kind) // 2]] = b"\0\0\n"
        journal.write_bytes(b"".join(lines))
        code, shown = ground.run(ground.one if ground.pointer() == ONE else ground.two, "/repair")
        assert code == 0, shown
        assert aside.exists()
        ground.must_be_whole({ONE, TWO})
        if ground.pointer() == ONE and kind != "undo":
            aside.unlink()
            assert ground.state() == expected
            taken_back += "What can be read of the installation that was begun at " in shown
    assert taken_back > 1 or kind == "undo"
