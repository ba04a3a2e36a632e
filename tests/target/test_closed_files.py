"""Files that hold a secret: nobody but administrators, the installing account and services may read them, from their first byte on."""

from __future__ import annotations

import dataclasses
import json
import os
from typing import TYPE_CHECKING

import pytest

from bundler.model.manifest import SiteInfo
from bundler.target.machine.rights import closed
from tests.attack.test_folders_of_others import entry, listed
from tests.support import only_linux
from tests.target.bundles import demo_wheel, lay_bundle
from tests.target.interpreters import interpreters, running
from tests.target.test_services import PASSWORD, QUEUE, QUEUE_SID, SITE, WEB, WEB_SID, Server, commands, lay_server

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = only_linux.SIMULATED
FILES = {
    "files/settings.ini": ("password = {site.password}\n", "{release}\\etc\\settings.ini", True),
    "files/plain.ini": ("port = {site.port}\n", "{release}\\etc\\plain.ini", True),
    "files/literal.ini": ("{site.password}\n", "{release}\\etc\\literal.ini", False),
    "files/own.ini": ("password = {site.password}\n", "{data}\\own.ini", True),
}


@pytest.fixture(params=dict.fromkeys([interpreters()[0], running()]), ids=str)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Server:
    first = lay_bundle(tmp_path, boot=request.param, services=(WEB, QUEUE), site=SITE, files=FILES)
    first.folder.rename(tmp_path / "one")
    packages = [demo_wheel(tmp_path / "newer", "2.0", requires=["helper"]), *tmp_path.glob("made/helper*.whl")]
    second = lay_bundle(
        tmp_path, boot=request.param, version="2.0", packages=packages, services=(WEB, QUEUE), site=SITE, files=FILES
    )
    return Server(root=tmp_path, one=dataclasses.replace(first, folder=tmp_path / "one"), two=second)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_they_are_closed_and_services_may_read_them(server: Server) -> None:
    old = os.umask(0o022)
    try:
        ran = server.run(server.one, PASSWORD)
        assert ran.code == 0, ran
        release, data = server.one.release, server.one.data
        closed = [release / "etc" / "settings.ini", data / "own.ini", release / "services" / "web.conf"]
        closed += [release / "site.json", release / "spares.zip", server.one.environment / "site.json"]
        assert [mode(path) for path in closed] == [0o600] * 6
        for name in ("plain.ini", "literal.ini"):
            assert mode(release / "etc" / name) == 0o644
        given = commands(server.one.log())
        for path in (release / "etc" / "settings.ini", data / "own.ini"):
            for sid in (WEB_SID, QUEUE_SID):
                assert f"{path} /grant *{sid}:RX /q" in given
        assert f"{release}/etc/plain.ini" not in " ".join(given)
        assert json.loads((release / "release.json").read_bytes())["closed"] == [
            "etc/settings.ini",
            "services/web.conf",
        ]

        for name in ("etc/settings.ini", "services/web.conf", "site.json"):
            (release / name).unlink()
        ran = server.run(server.one, "/repair")
        assert ran.code == 0, ran
        assert [mode(path) for path in closed] == [0o600] * 6
        given = commands(server.one.log())
        assert f"{release}/etc/settings.ini /grant *{WEB_SID}:RX /q" in given
    finally:
        os.umask(old)


def test_one_that_was_removed_from_the_data_folder_is_no_folder_after_a_rollback(server: Server) -> None:
    assert server.run(server.one, PASSWORD).code == 0
    assert server.run(server.two).code == 0
    assert f"{server.one.data}/own.ini" not in " ".join(commands(server.two.log()))
    (server.one.data / "own.ini").unlink()
    assert server.run(server.two, "/rollback").code == 0
    assert not (server.one.data / "own.ini").exists()
    gone = server.run(server.one, "/uninstall", "/purge")
    assert gone.code == 0, gone


def test_without_services_they_are_closed_all_the_same(tmp_path: Path) -> None:
    site = (SiteInfo(name="password", default=None, help="", secret=True),)
    laid = lay_bundle(tmp_path, site=site, files={"files/own.ini": FILES["files/own.ini"]})
    server = Server(root=tmp_path, one=laid, two=laid)
    assert server.run(laid, PASSWORD).code == 0
    assert mode(laid.data / "own.ini") == 0o600
    assert "s3cret" not in (laid.release / "release.json").read_text("utf-8") + laid.log()


# -- those of earlier versions, and those that became secret

OPEN = dataclasses.replace(SITE[1], secret=False)
USERS, ADMINISTRATORS, READ = "S-1-5-32-545", "S-1-5-32-544", 0x1200A9


def as_of_an_earlier_version(server: Server) -> list[Path]:
    """It left filled-in files and the copies of them to every user, and didn't say which they are."""
    release = server.one.release
    inventory = json.loads((release / "release.json").read_bytes())
    for key in ("closed", "closed_data"):
        del inventory[key]
    (release / "release.json").write_text(json.dumps(inventory))
    left = [release / "etc" / "settings.ini", release / "spares.zip", server.one.data / "own.ini"]
    for each in left:
        each.chmod(0o644)
    return left


def test_what_an_earlier_version_left_open_is_closed_by_an_upgrade(server: Server) -> None:
    assert server.run(server.one, PASSWORD).code == 0
    left = as_of_an_earlier_version(server)
    assert server.run(server.two).code == 0
    assert [mode(path) for path in left] == [0o600] * 3
    assert mode(server.one.release / "etc" / "plain.ini") == mode(server.one.release / "pyvenv.cfg") == 0o644
    inventory = json.loads((server.two.release / "release.json").read_bytes())
    assert inventory["closed_data"] == [str(server.one.data / "own.ini")]


@pytest.mark.parametrize("uninstalled", [True, False])
def test_a_value_that_becomes_secret_closes_what_was_written_before(tmp_path: Path, *, uninstalled: bool) -> None:
    files = {name: FILES[name] for name in ("files/settings.ini", "files/own.ini")}
    first = lay_bundle(tmp_path, site=(OPEN,), files=files)
    first.folder.rename(tmp_path / "one")
    one = dataclasses.replace(first, folder=tmp_path / "one")
    packages = [demo_wheel(tmp_path / "newer", "2.0", requires=["helper"]), *tmp_path.glob("made/helper*.whl")]
    two = lay_bundle(tmp_path, version="2.0", packages=packages, site=SITE[1:], files=files)
    server = Server(root=tmp_path, one=one, two=two)
    own, old = one.data / "own.ini", os.umask(0o022)
    try:
        assert server.run(one, PASSWORD).code == 0
        assert mode(own) == 0o644
        if uninstalled:
            assert server.run(one, "/uninstall").code == 0
        assert server.run(two).code == 0
    finally:
        os.umask(old)
    assert mode(own) == 0o600
    if not uninstalled:  # that release didn't know
        assert mode(one.release / "etc" / "settings.ini") == 0o644


def test_open_ones_are_named_and_closed_again_by_repair(server: Server) -> None:
    """Whoever was given rights on the file keeps them; the installing account too."""
    machine: dict[str, object] = {"admin": True, "account": ["me", "S-1-5-21-1"]}
    assert server.run(server.one, PASSWORD, **machine).code == 0
    release, data = server.one.release, server.one.data
    places = [data / "own.ini", release / "spares.zip", release / "etc" / "settings.ini"]
    entries = [[USERS, READ, False], [WEB_SID, READ, False], [QUEUE_SID, READ, False], [ADMINISTRATORS, READ, False]]
    access = {str(each): [ADMINISTRATORS, entries] for each in places}
    ran = server.run(server.one, "/verify", **machine, access=access)
    assert ran.code == 1603
    for each in places:
        assert f"{each} can be read by every user (Users)" in ran.err
    assert f"{release / 'spares.zip'} can be read by {WEB_SID}" in ran.err
    assert f"own.ini can be read by {WEB_SID}" not in ran.err
    ran = server.run(server.one, "/repair", **machine, access=access)
    assert ran.code == 0, ran
    assert f"put right: {data / 'own.ini'} can be read by every user" in ran.out
    lines = (server.one.temporary / "closed_files").read_text("utf-8").splitlines()
    readers = {name: set(sids) for name, *sids in (each.split("|") for each in lines)}
    services = {WEB_SID, QUEUE_SID, "S-1-5-21-1"}
    assert readers == {str(places[0]): services, str(places[1]): {"S-1-5-21-1"}, str(places[2]): services}


@pytest.mark.parametrize("planted", ["link", "name", "folder"])
def test_what_is_no_file_of_its_own_any_more_is_left_and_said(server: Server, planted: str) -> None:
    """A service may change what is in its data folder."""
    assert server.run(server.one, PASSWORD).code == 0
    own, victim = server.one.data / "own.ini", server.root / "victim"
    own.unlink()
    victim.write_text("x")
    victim.chmod(0o644)
    if planted == "link":
        own.symlink_to(victim)
    elif planted == "name":
        own.hardlink_to(victim)
    else:
        own.mkdir()
    ran = server.run(server.two)
    assert ran.code == 0, ran
    assert f"{own}, which holds a secret, can't be closed to others" in ran.out
    assert mode(victim) == 0o644


def test_paths_that_were_planted_are_not_closed(server: Server) -> None:
    assert server.run(server.one, PASSWORD).code == 0
    victim = server.root / "victim"
    victim.write_text("x")
    victim.chmod(0o644)
    inventory = json.loads((server.one.release / "release.json").read_bytes())
    up = "../" * len(server.one.release.relative_to(server.root).parts)
    inventory.update(closed=[f"{up}victim"], closed_data=[str(victim), f"{server.one.data}/../../victim"])
    (server.one.release / "release.json").write_text(json.dumps(inventory))
    assert server.run(server.two).code == 0
    assert mode(victim) == 0o644


def test_the_list_of_a_closed_file_on_paper() -> None:
    """Those who may go on keep what they had from above too; nobody else, and nothing is inherited."""
    me, reader = "S-1-5-21-1-2-3-1001", "S-1-5-80-1-2-3-4-5"
    full, modify = 0x1F01FF, 0x1301BF
    own = [entry("S-1-5-18", full, 0), entry(me, full, 0), entry(ADMINISTRATORS, full, 0)]
    before = listed(
        entry(USERS, READ, 16), entry(reader, modify, 16), entry(reader, READ, 0), entry(reader, full, 8), entry(me, READ, 0)
    )  # fmt: skip
    assert closed(before, me, [reader]) == listed(*own, entry(reader, modify, 0), entry(reader, READ, 0))
    assert closed(before, me, []) == closed(b"", me, [reader]) == listed(*own)


@pytest.mark.parametrize("sid", ["me", "S-1-5-21-1-2-3-99999999999", "S-1-281474976710661-18"])
@pytest.mark.parametrize("mode_of_run", ["install", "/rollback", "/repair", "/verify"])
def test_an_account_that_there_can_not_be_keeps_no_run_from_its_end(tmp_path: Path, sid: str, mode_of_run: str) -> None:
    """In the file of a damaged release: Windows' own form of it can't be made, after the point of no return, and every later run failed there."""
    server = lay_server(tmp_path, running())
    assert server.run(server.one, PASSWORD).code == 0
    assert mode_of_run == "install" or server.run(server.two).code == 0
    for path in server.one.environment.glob("releases/*/release.json"):
        path.write_text(json.dumps({**json.loads(path.read_bytes()), "sid": sid}))
    ran = server.run(server.two, *([] if mode_of_run == "install" else [mode_of_run]))
    assert ran.code == 0, ran
