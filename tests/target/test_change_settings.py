"""Site values of a release that is in use are changed: a switch to the same release with other settings, which a rollback takes back."""

from __future__ import annotations

import dataclasses
import json
import shutil
from typing import TYPE_CHECKING

import pytest

from bundler.model.manifest import FileInfo
from bundler.target.machine.services import service_sid
from tests.support import only_linux
from tests.target.bundles import Laid, demo_wheel, lay_bundle
from tests.target.interpreters import Interpreter, interpreters, running
from tests.target.test_services import ONE, QUEUE, SITE, TWO, WEB, Server

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.model.service import ServiceInfo

pytestmark = only_linux.SIMULATED
PASSWORD = "/set:password=first secret"
FILES = {
    "files/web.ini": ("port={site.port}\nin={release}\n", "{data}\\web.ini", True),
    "files/dsn.ini": ("password={site.password}\n", "{data}\\dsn.ini", True),
    "files/app.ini": ("port={site.port}\n", "{release}\\etc\\app.ini", True),
    "files/seed.txt": ("seed\n", "{data}\\seed.txt", False),
}
OWN = dataclasses.replace(WEB, environment={**WEB.environment, "APP": "{release}/etc/app.ini"})


def lay(root: Path, boot: Interpreter, later: ServiceInfo = QUEUE) -> Server:
    first = lay_bundle(root, boot=boot, services=(OWN, QUEUE), site=SITE, files=FILES)
    first.folder.rename(root / "one")
    packages = [demo_wheel(root / "newer", "2.0", requires=["helper"]), *root.glob("made/helper*.whl")]
    newer = {**FILES, "files/web.ini": ("port={site.port}\nnew=1\n", "{data}\\web.ini", True)}
    second = lay_bundle(
        root, boot=boot, version="2.0", packages=packages, services=(OWN, later), site=SITE, files=newer
    )
    return Server(root=root, one=dataclasses.replace(first, folder=root / "one"), two=second)


@pytest.fixture(params=dict.fromkeys([interpreters()[0], running()]), ids=str)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Server:
    found = lay(tmp_path, request.param)
    did(found, found.one, PASSWORD)
    return found


def did(server: Server, laid: Laid, *arguments: str) -> str:
    ran = server.run(laid, *arguments)
    assert (ran.code, ran.err) == (0, ""), ran
    return ran.out


def kept(server: Server, release: str = ONE) -> Laid:
    return dataclasses.replace(server.one, folder=server.one.environment / "uninstall" / release)


def conf(server: Server, name: str = "web") -> str:
    folder = "settings" if "+" in server.pointer() else "releases"
    return (server.one.environment / folder / server.pointer() / "services" / f"{name}.conf").read_text("utf-8")


def data(server: Server, name: str) -> str:
    return (server.one.data / name).read_text("utf-8")


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def files(server: Server) -> dict[str, bytes]:
    return {name: content for name, content in tree(server.one.data).items() if not name.endswith(".log")}


def test_a_value_is_changed_and_a_rollback_takes_it_back(server: Server) -> None:
    environment = server.one.environment
    release = environment / "releases" / ONE
    before, receipt = tree(release), server.receipt()
    assert "Changed port in " in did(server, server.one, "/set:PORT=9999")
    assert server.pointer() == f"{ONE}+2"
    assert tree(release) == before
    moved = environment / "settings" / f"{ONE}+2" / "files" / "0" / "app.ini"
    assert "--port 9999" in conf(server)
    assert f"environment=APP={moved}" in conf(server)
    assert moved.read_text("utf-8") == "port=9999\n"
    assert data(server, "web.ini") == f"port=9999\nin={release}\n"
    assert json.loads((environment / "site.json").read_bytes())["values"] == {
        "port": "9999",
        "password": "first secret",
    }
    assert server.running() == {"web": f"{ONE}+2", "queue": f"{ONE}+2"}
    now = server.receipt()
    assert (now["current"], now["previous"], now["releases"], now["format"]) == (f"{ONE}+2", ONE, [ONE], 4)
    assert not [path for path in server.one.data.iterdir() if path.suffix in (".old", ".new")]
    assert "first secret" not in server.one.log()
    assert "are as they were installed" in did(server, server.one, "/verify")
    assert "nothing to do" in did(server, server.one)
    assert "now: 9999" in did(server, server.one, "/set")

    did(server, server.one, "/rollback")
    assert server.pointer() == ONE
    assert "--port 8080" in conf(server)
    assert data(server, "web.ini") == f"port=8080\nin={release}\n"
    did(server, server.one, "/rollback")
    assert server.pointer() == f"{ONE}+2"
    assert data(server, "web.ini") == f"port=9999\nin={release}\n"
    did(server, server.one, "/rollback")
    did(server, server.one, "/uninstall", "/purge")
    assert list(environment.parent.iterdir()) == []
    assert server.services() == {}
    assert receipt["format"] == 2


def test_the_kept_copy_changes_values_without_the_bundle(server: Server) -> None:
    shutil.rmtree(server.one.folder)
    assert "nothing to do" in did(server, kept(server), "/set:port=8080")
    plan = did(server, kept(server), "/set:port=9999", "/plan")
    assert f"write the settings {server.one.environment}/settings/{ONE}+2" in plan
    assert server.pointer() == ONE
    did(server, kept(server), "/set:port=9999")
    did(server, kept(server), "/set:port=9998")
    assert (server.pointer(), "--port 9998" in conf(server)) == (f"{ONE}+3", True)
    assert data(server, "web.ini").startswith("port=9998\n")
    ran = server.run(kept(server))
    assert (ran.code, "start the bootstrap.bat of the bundle" in ran.err) == (1639, True)
    ran = server.run(kept(server), "/set:prot=1")
    assert (ran.code, "- /set:prot\n" in ran.err) == (1639, True)


def test_a_newer_kept_copy_changes_values_of_an_older_release(server: Server) -> None:
    did(server, server.two)
    did(server, server.two, "/rollback")
    did(server, kept(server, TWO), "/set:port=9999")
    assert server.pointer() == f"{ONE}+2"
    assert data(server, "web.ini") == f"port=9999\nin={server.one.environment / 'releases' / ONE}\n"
    did(server, kept(server, TWO), "/rollback")
    assert server.pointer() == ONE


def test_what_is_not_healthy_is_taken_back(server: Server) -> None:
    before = (server.services(), files(server), server.receipt())
    ran = server.run(server.one, "/set:port=9999", ends={"web": [f"{ONE}+2", 7]})
    assert ran.code == 1603
    assert f"{ONE} is in use, as before." in ran.err
    assert server.pointer() == ONE
    assert {name: {**each, "code": 0} for name, each in server.services().items()} == before[0]
    assert (files(server), server.receipt()) == before[1:]
    assert not (server.one.environment / "settings").exists()


def test_a_password_is_rotated_and_stays(server: Server) -> None:
    did(server, server.one, "/set:password=second secret")
    assert server.pointer() == f"{ONE}+2"
    assert server.services()["queue"]["given"] == "second secret"
    assert "environment=SECRET=second secret" in conf(server)
    assert data(server, "dsn.ini") == "password=second secret\n"
    assert (server.one.data / "dsn.ini").stat().st_mode & 0o777 == 0o600
    assert (server.receipt()["previous"], server.receipt()["releases"]) == (None, [ONE])
    ran = server.run(server.one, "/rollback")
    assert (ran.code, "There is no release before" in ran.err) == (1603, True)
    did(server, server.two)
    assert server.services()["queue"]["given"] == "second secret"
    did(server, server.two, "/set:password=third secret", "/set:port=7")
    did(server, server.two, "/rollback")
    assert server.pointer() == f"{TWO}+3"
    assert ("--port 8080" in conf(server), "SECRET=third secret" in conf(server)) == (True, True)
    assert data(server, "dsn.ini") == "password=third secret\n"
    assert "secret" not in server.one.log()


def test_a_rollback_over_releases_keeps_the_password(server: Server) -> None:
    did(server, server.two)
    did(server, server.two, "/set:password=second secret")
    did(server, server.two, "/rollback")
    assert server.pointer() == f"{ONE}+2"
    assert "SECRET=second secret" in conf(server)
    assert server.services()["queue"]["given"] == "second secret"
    assert data(server, "dsn.ini") == "password=second secret\n"
    did(server, server.two, "/rollback")
    assert server.pointer() == f"{TWO}+2"


def test_an_edited_file_stays(server: Server) -> None:
    path = server.one.data / "web.ini"
    path.write_text("port=8080\nmine=1\n")
    plan = server.run(server.one, "/set:port=9999", "/plan")
    assert (plan.code, path.with_name("web.ini.new").exists()) == (1603, False)
    ran = server.run(server.one, "/set:port=9999")
    assert ran.code == 1603
    assert f"- {path} was edited, and isn't filled in anew. What it would hold is in {path}.new" in ran.err
    assert (server.pointer(), path.read_text()) == (ONE, "port=8080\nmine=1\n")
    assert data(server, "web.ini.new") == f"port=9999\nin={server.one.environment / 'releases' / ONE}\n"
    path.write_text("port=9999\nmine=1\n")
    assert f"{path} was edited and is kept" in did(server, server.one, "/set:port=9999")
    assert (server.pointer(), path.read_text()) == (f"{ONE}+2", "port=9999\nmine=1\n")


def kept_aside(server: Server) -> list[str]:
    folder = server.one.environment / "quarantine"
    return sorted(path.read_text() for path in folder.rglob("*") if path.is_file())


def test_a_file_of_the_release_that_was_edited_is_kept_aside(server: Server) -> None:
    """Its services are led to another one, and a rollback leads back to it as it is."""
    path = server.one.environment / "releases" / ONE / "etc" / "app.ini"
    new = server.one.environment / "settings" / f"{ONE}+2" / "files" / "0" / "app.ini"
    path.write_text("port=8080\nmine=1\n")
    plan = did(server, server.one, "/set:port=9999", "/plan")
    assert f"  - take {path}, which was edited, out of use ({new} has the new values), and keep a copy below " in plan
    assert kept_aside(server) == []
    out = did(server, server.one, "/set:port=9999")
    assert f"{path} was edited. What is in use now is in {new}; the edited one is kept as " in out
    assert (kept_aside(server), new.read_text()) == (["port=8080\nmine=1\n"], "port=9999\n")
    path.write_text("port=8080\n")
    new.write_text("port=9999\nmine=2\n")
    assert f"{new} was edited. What is in use now is in {path}; " in did(server, server.one, "/rollback")
    assert kept_aside(server) == ["port=8080\nmine=1\n", "port=9999\nmine=2\n"]
    path.write_text("mine\n")
    out = did(server, server.two)
    assert f"Files of {ONE} were edited by hand, and this release has its own instead: {path}\n" in out
    assert "had been edited there" in did(server, server.two, "/uninstall")


@pytest.mark.parametrize("fails", [False, True])
def test_one_that_no_service_is_told_of_is_replaced_and_kept_aside(tmp_path: Path, fails: bool) -> None:
    server = lay(tmp_path, running())
    services = tuple(dataclasses.replace(each, environment={}) for each in server.one.manifest.services)
    server.one.rewrite(dataclasses.replace(server.one.manifest, services=services))
    did(server, server.one, PASSWORD)
    path = server.one.environment / "releases" / ONE / "etc" / "app.ini"
    assert "was edited" not in did(server, server.one, "/set:port=1")
    path.write_text("mine\n")
    if fails:
        ran = server.run(server.one, "/set:port=2", ends={"web": [f"{ONE}+3", 7]})
        assert (ran.code, path.read_text(), kept_aside(server)) == (1603, "mine\n", []), ran
        return
    plan = did(server, server.one, "/set:port=2", "/plan")
    assert f"  - take {path}, which was edited, out of use ({path} has the new values), and keep a copy below " in plan
    assert f"{path} was edited. What is in use now is in {path}; " in did(server, server.one, "/set:port=2")
    assert (path.read_text(), kept_aside(server)) == ("port=2\n", ["mine\n"])
    assert "was edited" not in did(server, server.one, "/set:port=3")


def test_an_upgrade_fills_in_what_nobody_edited_and_puts_the_rest_beside_it(server: Server) -> None:
    did(server, server.two)
    assert data(server, "web.ini") == "port=8080\nnew=1\n"
    did(server, server.two, "/rollback")
    path = server.one.data / "web.ini"
    assert path.read_text() == f"port=8080\nin={server.one.environment / 'releases' / ONE}\n"
    path.write_text("mine\n")
    (server.one.data / "seed.txt").write_text("mine\n")
    out = did(server, server.two)
    assert f"{path} was edited and is kept; the new default is in {path}.new\n" in out
    assert (path.read_text(), data(server, "web.ini.new")) == ("mine\n", "port=8080\nnew=1\n")
    assert not (server.one.data / "seed.txt.new").exists()
    did(server, server.two, "/rollback")
    assert path.read_text() == "mine\n"


def test_values_given_with_an_upgrade(server: Server) -> None:
    did(server, server.one, "/set:port=9999")
    did(server, server.two, "/set:port=7")
    assert (server.pointer(), data(server, "web.ini")) == (TWO, "port=7\nnew=1\n")
    did(server, server.two, "/rollback")
    assert (server.pointer(), server.receipt()["format"]) == (f"{ONE}+2", 4)
    assert data(server, "web.ini").startswith("port=9999\n")
    did(server, server.two)
    assert server.pointer() == TWO
    did(server, server.two, "/rollback")
    did(server, server.two, "/set:port=11")
    assert (server.pointer(), data(server, "web.ini")) == (f"{TWO}+2", "port=11\nnew=1\n")


def test_a_damaged_template_is_told(server: Server) -> None:
    (server.one.environment / "releases" / ONE / "spares.zip").unlink()
    ran = server.run(kept(server), "/set:port=9999")
    words = "spares.zip is missing. The bootstrap.bat of the release's bundle puts it right: /repair"
    assert (ran.code, words in ran.err) == (1603, True)
    did(server, server.one, "/set:port=9999")
    assert server.pointer() == f"{ONE}+2"


def test_damaged_settings_are_found_and_repaired(server: Server) -> None:
    did(server, server.one, "/set:port=9999")
    folder = server.one.environment / "settings" / f"{ONE}+2"
    before = tree(folder)
    (folder / "services" / "web.conf").write_text("format=1\n")
    (folder / "files" / "0" / "app.ini").unlink()
    (folder / "site.json").write_text("{")
    ran = server.run(server.one, "/verify")
    assert (ran.code, f"- {folder}/services/web.conf was changed\n" in ran.err) == (1603, True)
    assert f"- {folder}/files/0/app.ini is missing\n" in ran.err
    ran = server.run(server.one, "/repair")
    assert (ran.code, f"It is kept as {folder}/site.json.unreadable" in ran.err) == (0, True)
    assert f"repaired {folder}/services/web.conf, which was changed" in ran.out
    (folder / "site.json.unreadable").unlink()
    assert tree(folder) == before
    assert "are as they were installed" in did(server, server.one, "/verify")


def of_site(server: Server, **changes: object) -> None:
    """What an administrator sets in the service manager: of the service ``queue``."""
    path = server.one.temporary / "services.json"
    table = json.loads(path.read_bytes())
    table["queue"].update(changes)
    path.write_text(json.dumps(table))


def test_what_the_site_changed_in_the_service_manager_stays(server: Server) -> None:
    of_site(server, account="EXAMPLE\\other", given="of the site", start="manual", restart=[5], reset=60)
    expected = {"account": "EXAMPLE\\other", "given": "of the site", "start": "manual", "restart": [5], "reset": 60}
    for arguments in (
        [server.one, "/set:port=9999"],
        [server.one, "/rollback"],
        [server.two],
        [server.two, "/rollback"],
    ):
        out = did(server, *arguments)
        assert "The service queue keeps the account EXAMPLE\\other, which this site gave it\n" in out
        assert "The service queue keeps the start type manual, which this site gave it\n" in out
        assert "The service queue keeps its recovery after failures, which this site gave it\n" in out
        assert {key: server.services()["queue"][key] for key in expected} == expected
    of_site(server, start="disabled")
    did(server, server.two)
    assert list(server.running()) == ["web"]
    before = server.services()["queue"]
    ran = server.run(server.two, "/set:port=7", ends={"web": [f"{TWO}+2", 7]})
    assert ran.code == 1603
    assert {**server.services()["queue"], "code": 0} == {**before, "code": 0}


def test_a_password_that_the_site_changed_stays_until_another_one_is_given(server: Server) -> None:
    of_site(server, given="of the site")
    did(server, server.one, "/set:port=9999")
    did(server, server.two)
    did(server, server.two, "/rollback")
    assert server.services()["queue"]["given"] == "of the site"
    did(server, server.one, "/set:password=second secret")
    assert server.services()["queue"]["given"] == "second secret"
    ran = server.run(server.one, "/set:password=wrong secret", ends={"queue": [f"{ONE}+4", 1069]})
    assert (ran.code, server.services()["queue"]["given"]) == (1603, "second secret")


def test_what_the_recipe_changed_too_is_said(tmp_path: Path) -> None:
    server = lay(tmp_path, running(), dataclasses.replace(QUEUE, start="delayed", restart=(7,)))
    did(server, server.one, PASSWORD)
    of_site(server, start="manual", account="EXAMPLE\\other", given="of the site")
    ran = server.run(server.two, ends={"web": [TWO, 7]})
    queue = server.services()["queue"]
    assert (ran.code, queue["start"], queue["restart"], queue["given"]) == (1603, "manual", [1, 60], "of the site")
    out = did(server, server.two)
    assert (
        "The service queue no longer has the start type manual, which this site gave it: the bundle changed that too"
        in out
    )
    queue = server.services()["queue"]
    assert (queue["start"], queue["restart"], queue["account"]) == ("delayed", [7], "EXAMPLE\\other")


def lay_plain(root: Path) -> Server:
    """With files that programs find in the release, and that no service is told of."""
    more = {
        "files/plain.ini": ("plain={site.port}\n", "{release}\\etc\\plain.ini", True),
        "files/key.ini": ("key={site.password}\n", "{release}\\etc\\key.ini", True),
    }
    server = lay(root, running())
    laid = []
    for each in (server.one, server.two):
        for name, (content, _, _) in more.items():
            (each.folder / name).write_text(content)
        infos = tuple(FileInfo(file=name, destination=place, template=True) for name, (_, place, _) in more.items())
        manifest = dataclasses.replace(each.manifest, files=each.manifest.files + infos)
        each.rewrite(manifest)
        laid.append(dataclasses.replace(each, manifest=manifest))
    return dataclasses.replace(server, one=laid[0], two=laid[1])


def test_a_file_that_is_found_in_the_release_changes_there(tmp_path: Path) -> None:
    server = lay_plain(tmp_path)
    did(server, server.one, PASSWORD)
    etc = server.one.environment / "releases" / ONE / "etc"
    first = tree(server.one.environment / "releases" / ONE)
    assert f"fill in {etc}/plain.ini anew" in did(server, server.one, "/set:port=9999", "/plan")
    did(server, server.one, "/set:port=9999")
    assert (etc / "plain.ini").read_text() == "plain=9999\n"
    assert (etc / "app.ini").read_text() == "port=8080\n"  # a service is told where the other one is
    assert "are as they were installed" in did(server, server.one, "/verify")
    assert "nothing to do" in did(server, server.one)

    (etc / "plain.ini").write_text("plain=1\n")
    ran = server.run(server.one, "/verify")
    assert (ran.code, "- etc/plain.ini was changed\n" in ran.err) == (1603, True)
    assert "repaired etc/plain.ini, which was changed" in did(server, server.one, "/repair")
    assert (etc / "plain.ini").read_text() == "plain=9999\n"

    did(server, server.two)
    did(server, server.two, "/set:port=10")
    two = server.one.environment / "releases" / TWO / "etc" / "plain.ini"
    assert two.read_text() == "plain=10\n"
    did(server, server.two, "/rollback")
    assert (server.pointer(), two.read_text()) == (TWO, "plain=9999\n")
    did(server, server.two, "/set:password=second secret")
    assert (two.with_name("key.ini").read_text(), two.with_name("key.ini").stat().st_mode & 0o777) == (
        "key=second secret\n",
        0o600,
    )
    assert "are as they were installed" in did(server, server.two, "/verify")
    shutil.rmtree(server.one.folder)
    did(server, kept(server, TWO), "/set:port=12")
    assert two.read_text() == "plain=12\n"
    assert not list(server.one.environment.rglob("*.old"))
    assert len(first) == len(tree(server.one.environment / "releases" / ONE))
    did(server, kept(server, TWO), "/uninstall", "/purge")
    assert not server.one.environment.exists()


def test_a_secret_in_the_release_is_read_by_the_services_only(tmp_path: Path) -> None:
    server = lay_plain(tmp_path)
    did(server, server.one, PASSWORD)
    did(server, server.one, "/set:password=second secret")
    key = server.one.environment / "releases" / ONE / "etc" / "key.ini"
    rights = json.loads((server.one.temporary / "rights.json").read_bytes())
    assert sorted(rights[str(key)]) == sorted([service_sid("web"), service_sid("queue")])
    assert (key.read_text(), key.stat().st_mode & 0o777) == ("key=second secret\n", 0o600)


def test_a_failed_change_leaves_the_release_as_it_was(tmp_path: Path) -> None:
    server = lay_plain(tmp_path)
    did(server, server.one, PASSWORD)
    before = tree(server.one.environment / "releases" / ONE)
    ran = server.run(server.one, "/set:port=9999", ends={"web": [f"{ONE}+2", 7]})
    assert (ran.code, tree(server.one.environment / "releases" / ONE)) == (1603, before)


def newer_default(server: Server) -> None:
    """The second bundle brings another default of a file that isn't a template."""
    (server.two.folder / "files" / "seed.txt").write_text("a newer seed\n")
    server.two.rewrite(server.two.manifest)


def test_a_new_default_is_put_beside_the_file_that_the_operator_keeps(server: Server) -> None:
    path, beside = server.one.data / "seed.txt", server.one.data / "seed.txt.new"
    newer_default(server)
    path.write_text("mine\n")
    line = f"keep {path}, and put its new default beside it, as {beside}"
    assert line in did(server, server.two, "/plan")
    assert not beside.exists()
    assert f"{path} is kept; its new default is in {beside}\n" in did(server, server.two)
    assert (path.read_text(), beside.read_text()) == ("mine\n", "a newer seed\n")
    assert str(beside) in server.receipt()["files"]
    assert "nothing to do" in did(server, server.two)
    did(server, server.two, "/rollback")
    assert "its new default" not in did(server, server.two)
    did(server, server.two, "/rollback")
    path.write_text("a newer seed\n")
    beside.unlink()
    did(server, server.two)
    assert not beside.exists()
    did(server, server.two, "/uninstall", "/purge")
    assert not server.one.data.exists()


def test_a_file_that_a_service_made_endlessly_large_is_not_read_for_its_default(server: Server) -> None:
    """It takes no room on the disk, and a day to read."""
    path = server.one.data / "seed.txt"
    newer_default(server)
    with path.open("wb") as stream:
        stream.truncate(1 << 43)
    assert f"{path} is kept; its new default is in {path}.new\n" in did(server, server.two)


@pytest.mark.parametrize("name", ["web.ini", "web.ini.new"])
def test_a_filled_in_file_that_a_service_made_endlessly_large_is_an_edited_one(server: Server, name: str) -> None:
    """A service that was broken into could keep its bundle from being upgraded."""
    path = server.one.data / "web.ini"
    path.write_text("mine\n")
    with (server.one.data / name).open("wb") as stream:
        stream.truncate(1 << 43)
    assert f"{path} was edited and is kept; the new default is in {path}.new\n" in did(server, server.two)
    assert (server.one.data / "web.ini.new").read_text().endswith("new=1\n")
    did(server, server.two, "/rollback")


def test_a_new_default_is_taken_back_with_an_upgrade_that_fails(server: Server) -> None:
    newer_default(server)
    before = files(server)
    ran = server.run(server.two, ends={"web": [TWO, 7]})
    assert (ran.code, files(server)) == (1603, before)
    did(server, server.two)
    # nobody edited it, and it is made once all the same
    assert (data(server, "seed.txt"), data(server, "seed.txt.new")) == ("seed\n", "a newer seed\n")
