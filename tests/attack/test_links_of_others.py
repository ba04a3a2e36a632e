"""Links that a service or an ordinary account made in a place that an administrator's run writes to, or gives rights on."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import only_linux
from tests.target.bundles import lay_bundle
from tests.target.interpreters import running
from tests.target.test_modes import PASSWORD, did, installer, lay, run
from tests.target.test_services import WEB, WEB_SID, Server, commands, lay_server

if TYPE_CHECKING:
    from tests.target.bundles import Laid

pytestmark = only_linux.SIMULATED

SERVICE, ADMINISTRATORS = "S-1-5-80-1-2-3-4-5", "S-1-5-32-544"
ADMIN: dict[str, Any] = {"admin": True, "account": ["me", "S-1-5-21-1-2-3-1001"]}


@pytest.fixture
def one(tmp_path: Path) -> Laid:
    return lay(tmp_path, 1, running())


@pytest.fixture
def victim(one: Laid) -> Path:
    folder = one.environment.parent / "victim"
    folder.mkdir()
    return folder


def planted(link: Path, to: Path, owner: str = SERVICE) -> dict[str, Any]:
    link.symlink_to(to, target_is_directory=True)
    return {**ADMIN, "access": {str(link): [owner, []]}}


def test_a_file_is_not_put_where_a_link_of_others_leads(one: Laid, victim: Path) -> None:
    one.data.mkdir()
    ran = run(one, PASSWORD, **planted(one.data / "sub", victim))
    assert ran.code == 1625, ran
    assert f"{one.data / 'sub'} leads to {victim}, and belongs to {SERVICE}" in ran.err
    assert list(victim.iterdir()) == []
    assert not one.environment.exists()


@pytest.mark.parametrize("mode", ["upgrade", "/set:port=81"])
def test_what_is_dropped_at_the_end_is_not_what_a_link_leads_to(one: Laid, victim: Path, mode: str) -> None:
    """A file that an earlier run exchanged is dropped once nobody needs it, by the name that it was given then."""
    did(one, PASSWORD, **ADMIN)
    for each in (one.data / "sub").iterdir():
        each.unlink()
    (one.data / "sub").rmdir()
    (victim / "data.txt").write_text("theirs")
    (victim / "data.txt.0.old").mkdir()
    (victim / "data.txt.0.old" / "precious").touch()
    machine = planted(one.data / "sub", victim)
    did(lay(one.root, 2, running()) if mode == "upgrade" else one, *([] if mode == "upgrade" else [mode]), **machine)
    assert (victim / "data.txt.0.old" / "precious").exists()


def test_a_link_whose_owner_lets_nobody_ask_is_another_users(one: Laid, victim: Path) -> None:
    """It ended as an error that named no way out, and each later run did so too."""
    one.data.mkdir()
    machine = planted(one.data / "sub", victim)
    machine["access"][str(one.data / "sub")] = [None, []]
    ran = run(one, PASSWORD, **machine)
    assert ran.code == 1625, ran
    assert f"who may change {one.data / 'sub'} can't be found out" in ran.err
    assert "/setowner" in ran.err
    assert list(victim.iterdir()) == []


def test_a_folder_of_a_service_that_lets_nobody_ask(server: Server) -> None:
    """A service may make the folder that it was given anew, and take the right to ask from administrators."""
    assert server.run(server.one, PASSWORD, **ADMIN).code == 0
    inbox = server.one.data / "inbox"
    ran = server.run(server.two, **ADMIN, access={str(inbox): [None, []]})
    assert ran.code == 1625, ran
    assert f"who may change {inbox} can't be found out" in ran.err
    assert "/setowner" in ran.err


def test_a_link_of_an_administrator_is_there_by_intention(one: Laid, victim: Path) -> None:
    one.data.mkdir()
    did(one, PASSWORD, **planted(one.data / "sub", victim, ADMINISTRATORS))
    assert (victim / "data.txt").read_text() == "first\n"


WRITE_DATA, WRITE_ATTRIBUTES, MODIFY_CONTENTS = 0x2, 0x100, 0x1301BF & ~0x10000
"""Any of them is enough to make a junction of an empty folder, whose owner stays, and to lead one elsewhere."""


@pytest.mark.parametrize("mask", [WRITE_DATA, WRITE_ATTRIBUTES, MODIFY_CONTENTS])
def test_a_folder_of_an_administrator_that_others_made_a_link_of_is_a_link_of_others(
    one: Laid, victim: Path, mask: int
) -> None:
    """A service empties a folder of its data, which an administrator's run had made, and makes a junction of it."""
    one.data.mkdir()
    link = one.data / "sub"
    ran = run(one, PASSWORD, **turned(link, victim, mask))
    assert ran.code == 1625, ran
    assert f"{link} leads to {victim}, and can be led elsewhere by {SERVICE}" in ran.err
    assert f'icacls "{link}" /L' in ran.err
    assert list(victim.iterdir()) == []


@pytest.mark.parametrize("who", ["S-1-5-32-545", None])
def test_a_folder_above_that_others_can_lead_elsewhere_is_refused(one: Laid, victim: Path, who: str | None) -> None:
    r"""Below ``C:\ProgramData`` every user may make a junction of a folder that is empty, and lead it elsewhere once services start from there."""
    above = one.environment.parent / "vendor"
    machine = turned(above, victim, WRITE_DATA | WRITE_ATTRIBUTES, who)
    environment = dataclasses.replace(one.manifest.environment, path=str(above / "Env"))
    one.rewrite(dataclasses.replace(one.manifest, environment=environment))
    ran = run(one, PASSWORD, **machine)
    assert ran.code == (0 if who is None else 1625), ran
    assert who is None or f"{above} can be led elsewhere by every user" in ran.err
    assert who is None or list(victim.iterdir()) == []


def test_a_folder_above_that_others_lead_elsewhere_at_the_last_moment_is_refused(one: Laid, victim: Path) -> None:
    """It was looked at while it was a folder; what is made in it, services would start from."""
    above = one.environment.parent / "vendor"
    above.mkdir()
    environment = dataclasses.replace(one.manifest.environment, path=str(above / "Env"))
    one.rewrite(dataclasses.replace(one.manifest, environment=environment))
    script = 'rmdir "$1" && ln -s "$2" "$1"'
    given = {**ADMIN, "access": {str(above): [ADMINISTRATORS, [["S-1-5-32-545", WRITE_DATA, False]]]}}
    ran = run(one, PASSWORD, **given, meanwhile=[1, "sh", "-c", script, "sh", str(above), str(victim)])
    assert ran.code == 1625, ran
    assert f"{above} leads to {victim}, and can be led elsewhere by every user" in ran.err
    assert above.is_symlink()
    assert list(victim.iterdir()) == []


def turned(link: Path, to: Path, mask: int, who: str | None = SERVICE) -> dict[str, Any]:
    """A folder of an administrator in which others could write, and which they made a link of."""
    machine = planted(link, to, ADMINISTRATORS)
    machine["access"][str(link)][1] = [[who, mask, False]] if who is not None else []
    return machine


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return lay_server(tmp_path, running(), one=(dataclasses.replace(WEB, dependencies=()),))


@pytest.mark.parametrize("where", ["data", "inbox"])
def test_no_rights_are_given_on_what_a_link_of_others_leads_to(server: Server, where: str) -> None:
    """A service may make links in its data folder; every account may make the folder first."""
    laid = server.one
    victim = laid.environment.parent / "victim"
    victim.mkdir()
    if where == "inbox":
        laid.data.mkdir()
    link = laid.data if where == "data" else laid.data / "inbox"
    ran = server.run(laid, PASSWORD, **planted(link, victim))
    assert ran.code == 1625, ran
    assert not [each for each in commands(laid.log()) if str(link) in each]
    assert list(victim.iterdir()) == []


def test_no_rights_are_given_on_what_a_service_led_its_folder_to(server: Server) -> None:
    """It may empty its folder, which stays an administrator's, and make a junction of it: the next installation gave it rights there."""
    assert server.run(server.one, PASSWORD, **ADMIN).code == 0
    data, victim = server.one.data, server.one.environment.parent / "victim"
    victim.mkdir()
    data.rename(data.with_name("elsewhere"))
    ran = server.run(server.two, **turned(data, victim, MODIFY_CONTENTS, WEB_SID))
    assert ran.code == 1625, ran
    assert f"can be led elsewhere by {WEB_SID}" in ran.err
    assert not [each for each in commands(server.two.log()) if str(data) in each]
    assert list(victim.iterdir()) == []


@pytest.mark.parametrize("who", [WEB_SID, None])
def test_a_link_of_an_administrator_may_lead_to_one_of_others(server: Server, who: str | None) -> None:
    """The site has its data on another drive: the service makes a junction of the folder there, and nobody else may lead the link elsewhere."""
    data, drive, victim = (server.one.environment.parent / each for each in (server.one.data.name, "drive", "victim"))
    drive.mkdir()
    victim.mkdir()
    (drive / "data").mkdir()
    data.symlink_to(drive / "data", target_is_directory=True)
    ran = server.run(server.one, PASSWORD, **ADMIN, access={})
    assert ran.code == 0, ran
    (drive / "data").rename(drive / "elsewhere")
    rights = json.loads((server.one.temporary / "rights.json").read_text())
    assert WEB_SID in rights[str(drive / "data")]
    ran = server.run(server.two, **turned(drive / "data", victim, MODIFY_CONTENTS, who))
    assert ran.code == (0 if who is None else 1625), ran
    assert who is None or f"{drive / 'data'} can be led elsewhere by {WEB_SID}" in ran.err
    assert who is None or json.loads((server.one.temporary / "rights.json").read_text()) == rights


@pytest.mark.parametrize(("mode", "where"), [("/uninstall", "data"), ("/uninstall", "inbox"), ("upgrade", "inbox")])
def test_no_rights_are_taken_back_on_what_a_service_led_its_folder_to(server: Server, mode: str, where: str) -> None:
    """``icacls`` follows links: of a bundle that lets Users change its folder they would have lost what they may in Windows' own."""
    assert server.run(server.one, PASSWORD, **ADMIN).code == 0
    link = server.one.data if where == "data" else server.one.data / "inbox"
    victim, rights = server.one.environment.parent / "victim", server.one.temporary / "rights.json"
    victim.mkdir()
    table = json.loads(rights.read_text())
    before = table[str(victim)] = table[str(link)]
    rights.write_text(json.dumps(table))
    link.rename(link.with_name("elsewhere"))
    machine = turned(link, victim, MODIFY_CONTENTS, WEB_SID)
    ran = server.run(server.two, **machine) if mode == "upgrade" else server.run(server.one, mode, **machine)
    assert ran.code == (0 if mode == "upgrade" else 1603), ran
    assert f"{link} leads to {victim}, and can be led elsewhere by {WEB_SID}" in ran.err
    assert json.loads(rights.read_text())[str(link)] == before
    assert WEB_SID in json.loads(rights.read_text())[str(victim)]
    assert list(victim.iterdir()) == []
    link.unlink()
    again = server.run(server.two if mode == "upgrade" else server.one, *([] if mode == "upgrade" else [mode]), **ADMIN)
    assert again.code == 0, again
    assert not (server.one.environment / "leftovers.json").exists()


LOGGING = """l=$(printf %s "$1" | sed 's/.*\\/log "\\([^"]*\\)".*/\\1/'); echo "log of the installer $l" > "$l"; echo more > "$l.2"\n"""
"""python.org's installer writes the log that /log names, wherever that leads, and others beside it."""


def logging(laid: Laid) -> str:
    program = Path(installer(laid))
    program.write_text(program.read_text("utf-8").replace("#!/bin/sh\n", "#!/bin/sh\n" + LOGGING), "utf-8")
    return str(program)


@pytest.mark.parametrize("arguments", [(PASSWORD,), ("/uninstall",)])
def test_no_log_of_an_installer_goes_where_a_link_leads(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """`/log:` names a folder in which others may make files."""
    laid = lay_bundle(tmp_path, kind="exe")
    program = logging(laid)
    if arguments == ("/uninstall",):
        did(laid, PASSWORD, installer=program, **ADMIN)
    folder, victim = laid.root / "everybody's", laid.root / "victim.txt"
    folder.mkdir()
    victim.write_text("theirs")
    log = folder / "x.log"
    links = [Path(f"{log}.python.log"), Path(f"{log}.python.log.2")]
    for each in links:
        each.symlink_to(victim)
    did(laid, *arguments, f"/log:{log}", installer=program, **ADMIN, access={str(links[0]): [SERVICE, []]})
    assert victim.read_text() == "theirs"
    assert not any(each.is_symlink() for each in links)
    assert "log of the installer" in links[0].read_text()
    assert str(folder) not in links[0].read_text()
    assert links[1].read_text() == "more\n"


def test_a_purge_leaves_what_a_link_leads_to(one: Laid, victim: Path) -> None:
    """The data folder was there before: only the bundle's own files in it are removed."""
    one.data.mkdir()
    did(one, PASSWORD, **ADMIN)
    (victim / "data.txt").write_text("theirs")
    (one.data / "sub" / "data.txt").unlink()
    (one.data / "sub").rmdir()
    did(one, "/uninstall", "/purge", **planted(one.data / "sub", victim))
    assert (victim / "data.txt").read_text() == "theirs"


def test_a_purge_leaves_what_a_service_led_its_data_folder_to(one: Laid, victim: Path) -> None:
    one.data.mkdir()
    did(one, PASSWORD, **ADMIN)
    one.data.rename(one.data.with_name("elsewhere"))
    (victim / "sub").mkdir()
    (victim / "sub" / "data.txt").write_text("theirs")
    did(one, "/uninstall", "/purge", **turned(one.data, victim, MODIFY_CONTENTS))
    assert (victim / "sub" / "data.txt").read_text() == "theirs"


def test_site_values_are_not_kept_where_a_link_of_others_leads(one: Laid, victim: Path) -> None:
    did(one, PASSWORD, **ADMIN)
    one.data.rename(one.data.with_name("elsewhere"))
    ran = did(one, "/uninstall", **planted(one.data, victim))
    assert f"{one.data} leads to {victim}" in ran.err
    assert list(victim.iterdir()) == []


def test_a_log_is_not_written_where_a_link_of_others_leads(one: Laid, victim: Path) -> None:
    (victim / "file").write_text("theirs")
    link = one.root / "install.log"
    link.symlink_to(victim / "file")
    given = {**ADMIN, "access": {str(link): [SERVICE, []]}}
    ran = run(one, PASSWORD, f"/log:{link}", **given)
    assert ran.code == 1625, ran
    assert (victim / "file").read_text() == "theirs"


@pytest.mark.parametrize("what", ["link", "folder"])
def test_what_is_planted_beside_a_new_file_is_not_written_to(one: Laid, victim: Path, what: str) -> None:
    """A file gets its name when it is whole; the name that it has before is known."""
    (one.data / "sub").mkdir(parents=True)
    beside = one.data / "sub" / "data.txt.new"
    if what == "link":
        (victim / "file").write_text("theirs")
        beside.symlink_to(victim / "file")
    else:
        (beside / "folder").mkdir(parents=True)
    did(one, PASSWORD, **ADMIN)
    assert (one.data / "sub" / "data.txt").read_text() == "first\n"
    assert what != "link" or (victim / "file").read_text() == "theirs"


def test_a_bundle_that_says_it_is_a_kept_copy_is_reported_too(one: Laid) -> None:
    did(one, PASSWORD, **ADMIN)
    (one.folder / "kept.json").write_text(json.dumps({"instance": None, "format": 2}))
    given = {**ADMIN, "access": {str(one.folder): [SERVICE, []]}}
    assert "Others may change this bundle" in run(one, "/verify", **given).err


def test_values_that_others_planted_are_not_read_before_the_folder_is_trusted(one: Laid) -> None:
    """A secret of one letter would make the log unreadable."""
    release = one.environment / "releases" / "x"
    release.mkdir(parents=True)
    (release / "site.json").write_text(json.dumps({"values": {"password": "e"}, "format": 1}))
    ran = run(one, PASSWORD, **{**ADMIN, "access": {str(one.environment): [SERVICE, []]}})
    assert ran.code == 1625
    assert f"{one.environment} belongs to {SERVICE}" in ran.err


def test_values_that_a_service_put_where_they_wait_are_not_read(one: Laid) -> None:
    """It may write in its data folder: a secret of one letter made what every run says unreadable, and hid what it had done."""
    did(one, PASSWORD, **ADMIN)
    kept = one.data / "site.json"
    kept.write_text(json.dumps({"values": {"password": "e", "port": "666"}, "format": 1}))
    machine = {**ADMIN, "access": {str(kept): [SERVICE, []]}}
    (one.release / "pyvenv.cfg").write_text("x")
    ran = run(one, "/verify", **machine)
    assert "- pyvenv.cfg was changed" in ran.err
    did(one, "/uninstall", **machine)
    assert "666" not in kept.read_text()  # what an administrator had given waits there now
    kept.write_text(json.dumps({"values": {"password": "e", "port": "666"}, "format": 1}))
    ran = run(one, "/set", **machine)
    assert ran.code == 0
    assert "now: not given" in ran.out
    assert "666" not in ran.out


def test_nothing_is_moved_where_a_link_leads(one: Laid, victim: Path) -> None:
    """What no bundle brought is moved out of a release."""
    did(one, PASSWORD)
    (one.environment / "quarantine").symlink_to(victim, target_is_directory=True)
    added = one.release / "added.txt"
    added.write_text("content", encoding="utf-8")
    ran = run(one, "/repair")
    assert ran.code == 1603, ran
    assert f"{one.environment / 'quarantine'} leads elsewhere" in ran.err
    assert list(victim.iterdir()) == []
    assert added.exists()
