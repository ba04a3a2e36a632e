"""Accounts and places that the site chooses: which are refused and why, and whose rights are given and taken back when they change."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bundler.model.manifest import SiteInfo
from bundler.model.service import PermissionInfo
from bundler.target.machine.services import service_sid
from tests.support import only_linux
from tests.target.bundles import Ran, demo_wheel, lay_bundle
from tests.target.interpreters import Interpreter, interpreters, running
from tests.target.test_services import ONE, QUEUE, TWO, Server

if TYPE_CHECKING:
    from bundler.model.service import ServiceInfo

pytestmark = only_linux.SIMULATED
SITE = (
    SiteInfo(name="who", default=None, help="who runs it", secret=False, type="account"),
    SiteInfo(name="secret", default=None, help="of that account", secret=True, required=False),
    SiteInfo(name="drop", default=None, help="where files come in", secret=False, type="path"),
    SiteInfo(name="reader", default="EXAMPLE\\readers", help="who puts them there", secret=False, type="account"),
)
OWN = dataclasses.replace(
    QUEUE, account="{site.who}", password="secret", log_directory="{site.drop}\\log", directory="{site.drop}"
)
RIGHTS = (PermissionInfo(path="{site.drop}\\in", account="{site.reader}", service=False, rights="modify"),)
SIDS = {
    "EXAMPLE\\readers": "S-1-5-21-7",
    "EXAMPLE\\first": "S-1-5-21-11",
    "EXAMPLE\\second": "S-1-5-21-12",
    "example\\SECOND": "S-1-5-21-12",
}
OWN_SID = service_sid("queue")
USERS = "S-1-5-32-545"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """A server, and folders of it that a site may name."""

    server: Server

    def folder(self, name: str) -> Path:
        path = self.server.root / name
        path.mkdir(exist_ok=True)
        return path

    def run(self, *arguments: str, two: bool = False, **machine: Any) -> Ran:
        laid = self.server.two if two else self.server.one
        return self.server.run(laid, *arguments, **{"accounts": SIDS, **machine})

    def did(self, *arguments: str, two: bool = False, **machine: Any) -> str:
        ran = self.run(*arguments, two=two, **machine)
        assert (ran.code, ran.err) == (0, ""), ran
        return ran.out

    def rights(self, path: Path) -> list[str]:
        """Who has rights of its own there."""
        place = self.server.one.temporary / "rights.json"
        table = json.loads(place.read_bytes()) if place.exists() else {}
        return sorted(table.get(str(path), {}))

    def given(self, **values: str) -> list[str]:
        chosen = {"who": "EXAMPLE\\first", "secret": "one", "drop": str(self.folder("drop")), **values}
        return [f"/set:{name}={value}" for name, value in chosen.items()]


def lay(root: Path, boot: Interpreter, later: ServiceInfo = OWN) -> Site:
    made = {"boot": boot, "site": SITE, "permissions": RIGHTS, "files": {"files/x": ("x\n", "{release}\\x", False)}}
    first = lay_bundle(root, services=(OWN,), **made)  # type: ignore[arg-type]
    first.folder.rename(root / "one")
    packages = [demo_wheel(root / "newer", "2.0", requires=["helper"]), *root.glob("made/helper*.whl")]
    second = lay_bundle(root, version="2.0", packages=packages, services=(later,), **made)  # type: ignore[arg-type]
    return Site(server=Server(root=root, one=dataclasses.replace(first, folder=root / "one"), two=second))


@pytest.fixture(params=dict.fromkeys([interpreters()[0], running()]), ids=str)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    return lay(tmp_path, request.param)


def test_the_site_chooses_account_and_places(site: Site) -> None:
    drop, environment = site.folder("drop"), site.server.one.environment
    plan = site.did(*site.given(), "/plan")
    assert "let S-1-5-21-7 change " + str(drop / "in") in plan
    site.did(*site.given())
    queue = site.server.services()["queue"]
    assert (queue["account"], queue["given"]) == ("EXAMPLE\\first", "one")
    assert f'queue "{drop}/log/queue.log"' in queue["command"]
    conf = (environment / "releases" / ONE / "services" / "queue.conf").read_text("utf-8")
    assert f"directory={drop}\n" in conf
    assert site.rights(drop / "in") == ["S-1-5-21-7"]
    assert site.rights(drop / "log") == ["S-1-5-21-11", OWN_SID]
    assert site.rights(environment) == ["S-1-5-21-11", OWN_SID]
    assert "are as they were installed" in site.did("/verify")
    assert "nothing to do" in site.did()
    site.did("/uninstall", "/purge")
    assert site.rights(drop / "in") == site.rights(drop / "log") == []
    assert sorted(path.name for path in drop.iterdir()) == []
    assert drop.is_dir()


def test_another_account_gets_the_rights_and_the_old_one_loses_them(site: Site) -> None:
    drop, environment = site.folder("drop"), site.server.one.environment
    site.did(*site.given())
    site.did("/set:who=EXAMPLE\\second", "/set:secret=two")
    queue = site.server.services()["queue"]
    assert (queue["account"], queue["given"]) == ("EXAMPLE\\second", "two")
    for path in (environment, site.server.one.data, drop / "log"):
        assert site.rights(path) == ["S-1-5-21-12", OWN_SID], path
    assert not [each for each in site.server.receipt()["grants"] if each[1] == "S-1-5-21-11"]
    site.did("/rollback")
    queue = site.server.services()["queue"]
    assert (queue["account"], queue["given"]) == ("EXAMPLE\\first", "one")
    assert site.rights(drop / "log") == ["S-1-5-21-11", OWN_SID]
    site.did("/set:WHO=localservice")
    queue = site.server.services()["queue"]
    assert (queue["account"], queue["given"]) == ("NT AUTHORITY\\LocalService", None)
    assert site.rights(drop / "log") == [OWN_SID]
    site.did("/set:reader=EXAMPLE\\second")
    assert site.rights(drop / "in") == ["S-1-5-21-12"]
    assert "are as they were installed" in site.did("/verify")


def test_another_folder_is_opened_and_the_old_one_closed(site: Site) -> None:
    site.did(*site.given(drop=str(site.folder("drop"))))
    old, new = site.folder("drop"), site.folder("other")
    (old / "in" / "left").write_text("x")
    site.did(f"/set:drop={new}")
    assert site.rights(old / "in") == site.rights(old / "log") == []
    assert site.rights(new / "in") == ["S-1-5-21-7"]
    assert sorted(path.name for path in old.iterdir()) == ["in"]
    folders = site.server.receipt()["folders"]
    assert (str(old / "log") in folders, str(new / "log") in folders) == (False, True)
    site.did("/rollback")
    assert site.rights(old / "in") == ["S-1-5-21-7"]
    assert site.rights(new / "in") == []
    assert list(new.iterdir()) == []
    site.did("/uninstall", "/purge")
    assert (old / "in" / "left").read_text() == "x"
    assert site.rights(old / "in") == []


def test_a_failed_change_takes_the_rights_back(site: Site) -> None:
    site.did(*site.given())
    table = site.server.one.temporary / "rights.json"
    rights, services, receipt = table.read_bytes(), site.server.services(), site.server.receipt()
    new = site.folder("other")
    ran = site.run(f"/set:drop={new}", "/set:who=EXAMPLE\\second", "/set:secret=two", ends={"queue": [f"{ONE}+2", 7]})
    assert ran.code == 1603
    assert (table.read_bytes(), site.server.receipt()) == (rights, receipt)
    assert {name: {**each, "code": 0} for name, each in site.server.services().items()} == services
    assert sorted(path.relative_to(new).as_posix() for path in new.rglob("*")) == ["log", "log/queue.log"]


def test_an_upgrade_keeps_what_the_site_chose(site: Site) -> None:
    site.did(*site.given())
    site.did("/set:who=EXAMPLE\\second", "/set:secret=two")
    site.did(two=True)
    assert site.server.pointer() == TWO
    queue = site.server.services()["queue"]
    assert (queue["account"], queue["given"]) == ("EXAMPLE\\second", "two")


def test_an_upgrade_asks_for_what_no_longer_fits(site: Site) -> None:
    site.did(*site.given())
    changed = tuple(dataclasses.replace(each, type="url") if each.name == "reader" else each for each in SITE)
    changed += (SiteInfo(name="new", default=None, help="of this version", secret=False),)
    permission = dataclasses.replace(RIGHTS[0], account="EXAMPLE\\readers")
    two = site.server.two
    two.rewrite(dataclasses.replace(two.manifest, site=changed, permissions=(permission,)))
    ran = site.run(two=True)
    assert (ran.code, "- new: of this version" in ran.err, "- reader (from " in ran.err) == (1639, True, True)
    site.did(two=True, answers=["https://example.com/", "now"])
    values = json.loads((site.server.one.environment / "site.json").read_bytes())["values"]
    assert (values["reader"], values["new"]) == ("https://example.com/", "now")


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"secret": ""}, "- secret: the password of EXAMPLE\\first"),
        ({"who": "NT SERVICE\\other"}, "- who is NT SERVICE\\other, and that account belongs to another service"),
        ({"who": "EXAMPLE\\nobody"}, "The site value who: There is no account EXAMPLE\\nobody on this machine"),
        ({"reader": "EXAMPLE\\nobody"}, "The site value reader: There is no account EXAMPLE\\nobody"),
    ],
)
def test_an_account_that_cant_be(site: Site, values: dict[str, str], fault: str) -> None:
    before = site.server.one.tree()
    ran = site.run(*site.given(**values))
    assert ran.code == 1639, ran
    assert fault in ran.err
    site.folder("drop").rmdir()
    assert site.server.one.tree() == before


def test_a_new_account_needs_its_own_password(site: Site) -> None:
    site.did(*site.given())
    ran = site.run("/set:who=EXAMPLE\\second")
    assert (ran.code, "- secret: the password of EXAMPLE\\second\n" in ran.err) == (1639, True)
    site.did("/set:who=EXAMPLE\\second", answers=["two"])
    assert site.server.services()["queue"]["given"] == "two"
    assert "two" not in site.server.one.log()
    site.did("/set:who=example\\SECOND")
    site.did("/set:who=NT SERVICE\\queue")
    queue = site.server.services()["queue"]
    assert (queue["account"], queue["given"]) == ("NT SERVICE\\queue", None)


def test_an_account_without_a_value_for_its_password(site: Site) -> None:
    one = site.server.one
    one.rewrite(dataclasses.replace(one.manifest, services=(dataclasses.replace(OWN, password=None),)))
    ran = site.run(*site.given())
    assert (ran.code, "- who needs a password, and this bundle has no site value for one" in ran.err) == (1639, True)
    site.did(*site.given(who="EXAMPLE\\first$"), accounts={**SIDS, "EXAMPLE\\first$": "S-1-5-21-13"})


PLACES = [
    ("windows", 1639, "holds Windows itself"),
    ("windows/System32", 1639, "holds Windows itself"),
    ("programs/Other", 1639, "holds programs of the machine"),
    ("", 1639, "can't be opened to services and others"),
    ("shared", 1639, "holds the data of other programs"),
    ("shared/Example", 0, ""),
    ("on path", 1639, "is on PATH"),
    ("maschine é (x86) & 100%!/Example", 1639, "is this environment"),
    ("maschine é (x86) & 100%!/Example/releases", 1639, "holds what administrators and services run"),
    ("maschine é (x86) & 100%!/Example/var", 0, ""),
    ("maschine é (x86) & 100%!/Data/drop", 0, ""),
    ("neighbour", 1639, "belongs to other"),
    ("neighbour/x", 1639, "belongs to other"),
    ("neighbours data/x", 1639, "belongs to other"),
    ("neighbours python", 1639, "is the Python of other"),
    ("of a user", 1625, "belongs to EXAMPLE\\bob"),
    ("open", 1625, "can be changed by every user (Users)"),
    ("below a movable/x", 1625, "can be moved or removed by every user (Users)"),
    ("led", 1639, "holds Windows itself"),
    ("new", 0, ""),
]


@pytest.mark.parametrize(("name", "code", "fault"), PLACES)
def test_what_a_place_may_be(tmp_path: Path, name: str, code: int, fault: str) -> None:
    site = lay(tmp_path, running(), OWN)
    one = site.server.one
    service = dataclasses.replace(OWN, directory="{release}", log_directory="{data}\\logs")
    permission = dataclasses.replace(RIGHTS[0], path="{site.drop}")
    one.rewrite(dataclasses.replace(one.manifest, services=(service,), permissions=(permission,)))
    for each in ("windows", "programs", "on path", "of a user", "open", "below a movable", "neighbour"):
        site.folder(each)
    (tmp_path / "led").symlink_to(tmp_path / "windows")
    _neighbour(site)
    access = {
        str(tmp_path / "of a user"): ["S-1-5-21-99", []],
        str(tmp_path / "open"): ["S-1-5-32-544", [[USERS, 0x2, False]]],
        str(tmp_path / "below a movable"): ["S-1-5-32-544", [[USERS, 0x10000, False]]],
    }
    environ = {
        "SystemRoot": str(tmp_path / "windows"),
        "ProgramFiles": str(tmp_path / "programs"),
        "ProgramData": str(tmp_path / "shared"),
        "PATH": f"{tmp_path / 'on path'}:/bin",
    }
    drop = str(tmp_path / name) if name else str(tmp_path)
    before = one.tree()
    ran = site.run(*site.given(drop=drop), access=access, environ=environ, names={"S-1-5-21-99": "EXAMPLE\\bob"})
    assert ran.code == code, ran
    if code:
        assert "The site value drop: " in ran.err
        assert fault in ran.err
        assert set(one.tree()) - set(before) <= {str(tmp_path / "drop")}
    else:
        assert site.rights(Path(drop)) == ["S-1-5-21-7"]


def _neighbour(site: Site) -> None:
    """Another bundle, as the list of installed programs and its receipt tell of it."""
    place, root = site.server.root / "neighbour", site.server.root
    receipt = {"format": 2, "name": "other", "data": str(root / "neighbours data")}
    (place / "receipt.json").write_text(json.dumps({**receipt, "runtimes": [str(root / "neighbours python")]}))
    listed = {"offline-bundle-0": {"InstallLocation": str(place), "scope": "machine"}}
    (site.server.one.temporary / "programs.json").write_text(json.dumps(listed))


@pytest.mark.parametrize("value", ["\\\\server\\share", "/", "/a/../b", "/with|bar", "/ends in a dot."])
def test_a_place_that_is_none(site: Site, value: str) -> None:
    ran = site.run(*site.given(drop=value))
    assert ran.code == 1639, ran
    assert "drop" in ran.err


def test_a_service_runs_in_a_folder_that_is_there_and_nobody_else_writes(site: Site) -> None:
    path = site.folder("drop")
    ran = site.run(*site.given(), access={str(path): ["S-1-5-32-544", [[USERS, 0x2, False]]]})
    assert (ran.code, "can be changed by every user (Users)" in ran.err) == (1625, True)
    missing = path.with_name("missing")
    ran = site.run(*site.given(drop=str(missing)))
    assert (ran.code, f"{missing} is no folder, and a service is to run there: make it first" in ran.err) == (
        1639,
        True,
    )
    site.did(*site.given())
    ran = site.run("/set:who=LocalService", access={str(path): ["S-1-5-21-99", []]})
    assert (ran.code, site.server.services()["queue"]["account"]) == (1625, "EXAMPLE\\first")


def test_what_others_have_of_the_folder_because_the_bundle_gave_it_is_no_fault(site: Site) -> None:
    site.did(*site.given())
    drop = site.folder("drop")
    access = {str(drop / "in"): ["S-1-5-32-544", [["S-1-5-21-7", 0x1301BF, True]]]}
    site.did("/set:who=LocalService", access=access)


def test_a_drive_of_one_session(site: Site) -> None:
    drop = str(site.folder("drop"))
    ran = site.run(*site.given(), behind_drive={drop: "\\\\server\\share"})
    assert (ran.code, "services can't see it" in ran.err) == (1639, True)


def test_a_place_of_this_installation_by_another_way_to_it(site: Site) -> None:
    """An administrator's link leads to the environment: where the value leads is the same folder."""
    environment = site.server.one.environment
    real = site.folder("real")
    environment.symlink_to(real, target_is_directory=True)
    for name in ("releases", "uninstall"):
        (real / name).mkdir()
    for each in (real / "releases", real / "uninstall"):
        ran = site.run(*site.given(drop=str(each)), admin=True)
        assert ran.code in (1638, 1639), ran  # the second also speaks of what lies there
        assert "can't be opened to services and others" in ran.err
        assert sorted(place.name for place in real.iterdir()) == ["releases", "uninstall"]
