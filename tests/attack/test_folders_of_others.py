"""Whoever makes a folder first must not decide what an administrator's run does: rights and owners, as Windows would report them."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bundler.target.errors import InstallError
from bundler.target.machine.links import link_target, ways
from bundler.target.machine.posix import PosixFiles, PosixPaths
from bundler.target.machine.rights import Access, Allowed, Rights, contents_only, guarded, is_sid, packed_sid
from bundler.target.state.believed_files import must_be_startable
from bundler.target.state.trusted_folders import must_lead_here, reasons_against
from tests.support import only_linux
from tests.target.bundles import lay_bundle
from tests.target.interpreters import running
from tests.target.test_modes import ONE, PASSWORD, did, installer, lay, refused, run, state
from tests.target.test_services import QUEUE, QUEUE_SID, WEB_SID, lay_server

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.target.bundles import Laid

pytestmark = only_linux.SIMULATED

ADMINISTRATORS, SYSTEM, ME = "S-1-5-32-544", "S-1-5-18", "S-1-5-21-1-2-3-1001"
OTHER, EVERY_ACCOUNT, SERVICE = "S-1-5-21-1-2-3-1002", "S-1-5-11", "S-1-5-80-1-2-3-4-5"
INSTALLER = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"
MODIFY, READ, FULL = 0x1301BF, 0x1200A9, 0x1F01FF
APPEND, DELETE_CHILD, DELETE, WRITE_DAC, WRITE_OWNER = 0x4, 0x40, 0x10000, 0x40000, 0x80000
GENERIC_WRITE, GENERIC_ALL = 0x40000000, 0x10000000
ADMIN = {"admin": True, "account": ["me", ME]}


class Files:
    """``tells``: whether it can be told what a link says."""

    def __init__(self, leads: str | None = None, *, tells: bool = True) -> None:
        self.leads, self.tells = leads, tells

    def real(self, path: str) -> str:
        return self.leads or path

    def is_link(self, path: str) -> bool:
        return Path(path).is_symlink()

    def leads_to(self, path: str) -> str | None:
        return PosixFiles().leads_to(path) if self.tells else None

    def behind_links(self, path: str) -> str:
        return self.real(path)


class Machine:
    """Where every folder is an administrator's, but for those that are given."""

    def __init__(
        self,
        given: Mapping[str, Access],
        *,
        admin: bool = True,
        leads: str | None = None,
        tells: bool = True,
        administrators: tuple[str, ...] = (),
    ) -> None:
        class Own(Rights):
            def is_admin(self) -> bool:
                return admin

            def account(self) -> tuple[str, str | None]:
                return "me", ME

            def account_name(self, _: str) -> None:
                return None

            def administrators(self) -> frozenset[str]:
                return frozenset(administrators)

            def access(self, path: str) -> Access | None:
                return given.get(path) or Access(ADMINISTRATORS, [Allowed(ADMINISTRATORS, FULL, False)])

        self.rights = Own()
        self.files = Files(leads, tells=tells)


def allowed(sid: str, mask: int, *, below_only: bool = False, owner: str = ADMINISTRATORS) -> Access:
    return Access(owner, [Allowed(SYSTEM, FULL, False), Allowed(sid, mask, below_only)])


def reasons(folder: Path, machine: Mapping[Path, Access], given: tuple[str, ...] = (), **more: Any) -> list[str]:
    made: Any = Machine({str(path): access for path, access in machine.items()}, **more)
    return reasons_against(made, str(folder), given)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "above" / "folder"
    made.mkdir(parents=True)
    return made


@pytest.mark.parametrize("owner", [ADMINISTRATORS, SYSTEM, INSTALLER, ME, "S-1-5-21-9-9-9-512", "S-1-5-21-9-9-9-500"])
def test_owners_who_may(folder: Path, owner: str) -> None:
    assert reasons(folder, {folder: allowed(owner, FULL, owner=owner), folder.parent: allowed(owner, FULL)}) == []


@pytest.mark.parametrize("sid", [OTHER, "S-1-12-1-5-6-7-8"])
def test_whom_the_site_made_an_administrator(folder: Path, sid: str) -> None:
    """A group of a domain, most often, that has been given a drive's folder for programs, and is a member of Administrators."""
    machine = {folder: allowed(sid, FULL, owner=sid), folder.parent: allowed(sid, FULL)}
    assert reasons(folder, machine, administrators=(sid,)) == []
    assert reasons(folder, machine, administrators=(f"{sid}0",)) != []


@pytest.mark.parametrize("sid", ["S-1-5-4", "S-1-1-0", EVERY_ACCOUNT, SERVICE])
def test_how_somebody_came_makes_no_administrator(folder: Path, sid: str) -> None:
    """INTERACTIVE in Administrators: what a service or a user starts without their rights is counted to it too."""
    assert reasons(folder, {folder: allowed(sid, FULL)}, administrators=(sid,)) != []


@pytest.mark.parametrize("owner", [OTHER, SERVICE, "S-1-1-0", "S-1-5-21-1-2-3-5120", "S-1-5-80-956008885"])
def test_owners_who_may_not(folder: Path, owner: str) -> None:
    """An owner can give himself every right, at any time."""
    for where in (folder, folder.parent):
        (reason,) = reasons(folder, {where: Access(owner, [])})
        assert reason.startswith(f"{where} belongs to ")


@pytest.mark.parametrize(
    "mask", [MODIFY, FULL, 0x2, 0x100, APPEND, DELETE_CHILD, DELETE, WRITE_DAC, WRITE_OWNER, GENERIC_ALL, GENERIC_WRITE]
)
def test_others_who_may_change_the_folder(folder: Path, mask: int) -> None:
    expected = [f"{folder} can be changed by every account (Authenticated Users)"]
    assert reasons(folder, {folder: allowed(EVERY_ACCOUNT, mask)}) == expected
    assert reasons(folder, {folder: allowed(EVERY_ACCOUNT, mask, below_only=True)}) == expected
    assert reasons(folder, {folder: allowed(EVERY_ACCOUNT, mask)}, given=(EVERY_ACCOUNT,)) == []
    assert reasons(folder, {folder: allowed(EVERY_ACCOUNT, mask)}, admin=False) == []


@pytest.mark.parametrize("mask", [READ, 0x80000000, 0x20000000, 0x100000, 0x1])
def test_others_may_read(folder: Path, mask: int) -> None:
    assert reasons(folder, {folder: allowed(EVERY_ACCOUNT, mask)}) == []


def test_whoever_makes_something_there_is_asked_for_by_himself(folder: Path) -> None:
    assert reasons(folder, {folder: allowed("S-1-3-0", FULL, below_only=True)}) == []


@pytest.mark.parametrize("mask", [MODIFY, FULL, DELETE_CHILD, DELETE, WRITE_DAC, WRITE_OWNER, GENERIC_ALL])
def test_others_who_may_move_a_folder_above(folder: Path, mask: int) -> None:
    above = folder.parent
    assert reasons(folder, {above: allowed(OTHER, mask)}) == [f"{above} can be moved or removed by {OTHER}"]
    assert reasons(folder, {above: allowed(OTHER, mask, below_only=True)}) == []


@pytest.mark.parametrize("mask", [APPEND, 0x2, READ, GENERIC_WRITE])
def test_others_may_make_something_beside_it(folder: Path, mask: int) -> None:
    r"""As everybody may below C:\."""
    assert reasons(folder, {folder.parent: allowed(EVERY_ACCOUNT, mask)}) == []


def test_a_drive_can_not_be_renamed(folder: Path) -> None:
    root = Path(folder.anchor)
    assert reasons(folder, {root: allowed(EVERY_ACCOUNT, MODIFY)}) == []
    assert reasons(folder, {root: allowed(EVERY_ACCOUNT, FULL)}) == [
        f"{root} can be emptied by every account (Authenticated Users)"
    ]


def test_a_folder_that_is_to_be_made_has_folders_above_it(folder: Path) -> None:
    expected = [f"{folder} can be moved or removed by {OTHER}"]
    assert reasons(folder / "new" / "newer", {folder: allowed(OTHER, DELETE)}) == expected


def test_where_a_link_leads_is_asked_too(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    given = {elsewhere: allowed(OTHER, MODIFY)}
    assert reasons(folder, given, leads=str(elsewhere)) == [f"{elsewhere} can be changed by {OTHER}"]


@pytest.mark.parametrize("tells", [True, False])
@pytest.mark.parametrize("open_to_others", ["path", "link", "real place", None])
def test_path_link_and_real_place_are_asked_wherever_the_link_says_it_leads(
    folder: Path, tmp_path: Path, open_to_others: str | None, *, tells: bool
) -> None:
    """One of a kind that isn't known says no path."""
    elsewhere, link = tmp_path / "elsewhere", folder / "link"
    (elsewhere / "x").mkdir(parents=True)
    link.symlink_to(elsewhere, target_is_directory=True)
    which = {"path": folder, "link": link, "real place": elsewhere / "x", None: tmp_path / "none"}[open_to_others]
    given = {which: allowed(OTHER, MODIFY)}
    found = reasons(link / "x", given, leads=str(elsewhere / "x"), tells=tells)
    assert [each.partition(" can be ")[0] for each in found] == ([] if open_to_others is None else [str(which)])
    machine: Any = Machine({str(which): allowed(OTHER, MODIFY)}, leads=str(elsewhere), tells=tells)
    if open_to_others == "link":
        with pytest.raises(InstallError, match=re.escape(f"{link} leads to {elsewhere}, and can be led elsewhere")):
            must_lead_here(machine, str(link / "x"))
    else:
        must_lead_here(machine, str(link / "x"))


def test_what_can_not_be_read_speaks_against_it(folder: Path) -> None:
    class Closed(Rights):
        def is_admin(self) -> bool:
            return True

        def access(self, path: str) -> Access | None:
            raise PermissionError(13, "Access is denied", path)

    machine: Any = Machine({})
    machine.rights = Closed()
    assert "can't be found out" in reasons_against(machine, str(folder))[0]


# -- what a run makes of it


@pytest.fixture
def one(tmp_path: Path) -> Laid:
    return lay(tmp_path, 1, running())


def open_to(path: Path | str, sid: str = EVERY_ACCOUNT, mask: int = MODIFY) -> dict[str, Any]:
    return {**ADMIN, "access": {str(path): [ADMINISTRATORS, [[sid, mask, False]]]}}


def with_icacls(laid: Laid) -> dict[str, Any]:
    return {"icacls": str(laid.root / "icacls")}


def moved_data(laid: Laid, data: Path) -> Laid:
    """The same bundle with another data folder."""
    manifest = dataclasses.replace(
        laid.manifest, environment=dataclasses.replace(laid.manifest.environment, data=str(data))
    )
    laid.rewrite(manifest)
    return dataclasses.replace(laid, manifest=manifest)


@pytest.mark.parametrize("mode", ["", "/uninstall", "/rollback", "/repair", "/verify", "/plan"])
def test_no_mode_believes_an_environment_of_others(one: Laid, mode: str) -> None:
    victim = one.environment.parent / "victim"
    victim.mkdir()
    one.environment.mkdir()
    intention = {"mode": "install", "name": "example", "instance": None, "release": "x", "before": None, "format": 2}
    journal = json.dumps({"run": intention}) + "\n" + json.dumps({"undo": [["tree", str(victim)]]}) + "\n"
    (one.environment / "journal").write_text(journal)
    arguments = [PASSWORD] if mode in ("", "/plan") else []
    said = refused(one, *([mode] if mode else []), *arguments, code=1625, **open_to(one.environment))
    assert f"{one.environment} can be changed by every account (Authenticated Users)" in said
    assert "/setowner" in said


@pytest.mark.parametrize(
    "name",
    [
        "journal",
        "receipt.json",
        "current",
        "releases",
        "uninstall",
        f"releases/{ONE}",
        f"releases/{ONE}/release.json",
        "bin",
    ],
)
def test_what_was_planted_before_the_folder_was_closed(one: Laid, name: str) -> None:
    """It keeps rights of its own, and whoever has them decides what the run believes."""
    did(one, PASSWORD, **ADMIN)
    (one.environment / "journal").touch()
    said = refused(one, "/repair", code=1625, **open_to(one.environment / name))
    assert f"{one.environment / name} can be changed by every account" in said
    assert "/reset /T" in said


@pytest.mark.parametrize("access", [[OTHER, []], [ADMINISTRATORS, [[EVERY_ACCOUNT, MODIFY, False]]]])
@pytest.mark.parametrize(
    "name",
    [
        "current",
        "releases",
        f"releases/{ONE}",
        f"releases/{ONE}/release.json",
        f"releases/{ONE}/bin",
        f"releases/{ONE}/site.json",
        "site.json",
        "receipt.json",
        "bin/demo",
        f"uninstall/{ONE}",
        f"uninstall/{ONE}/bootstrap.bat",
        f"uninstall/{ONE}/target/bootstrap.py",
        "logs",
    ],
)
def test_what_lies_in_a_closed_folder_is_asked_for_its_owner_too(one: Laid, name: str, access: list[Any]) -> None:
    did(one, PASSWORD, **ADMIN)
    assert (one.environment / name).exists()
    said = refused(one, "/uninstall", code=1625, **ADMIN, access={str(one.environment / name): access})
    assert f"{one.environment / name} belongs to {OTHER}" in said or f"{one.environment / name} can be changed" in said


def test_a_program_of_another_is_not_run_by_what_another_planted(one: Laid) -> None:
    """A journal and a release of another, in a folder that is an administrator's by now: the post-install command would run."""
    did(one, PASSWORD, **ADMIN)
    release = one.environment / "releases" / "evil"
    (release / "bin").mkdir(parents=True)
    program = release / "bin" / "p"
    program.write_text(f"#!/bin/sh\ntouch '{one.root}/ran'\n")
    program.chmod(0o755)
    good = json.loads((release.parent / ONE / "release.json").read_text())
    (release / "release.json").write_text(json.dumps({**good, "post_install": [[["p"], ["p"]]], "files": []}))
    intention = {"mode": "install", "name": "example", "instance": None, "release": "evil", "before": ONE, "format": 2}
    undo = {"undo": [["post-install", str(release), "undo", 0]]}
    (one.environment / "journal").write_text(json.dumps({"run": intention}) + "\n" + json.dumps(undo) + "\n")
    planted = [one.environment / "journal", release, release / "release.json", program]
    for count in range(4, 0, -1):  # the last one: the program alone
        given = {str(path): [OTHER, []] for path in planted[-count:]}
        ran = run(one, PASSWORD, **ADMIN, access=given)
        assert ran.code == (1625 if count > 1 else 0), ran
        assert f"{planted[-count]} belongs to {OTHER}" in ran.out + ran.err
        assert not (one.root / "ran").exists()


@pytest.fixture
def release(tmp_path: Path) -> Path:
    made = tmp_path / "releases" / ONE
    names = ("Scripts/python.exe", "Lib/demo/deep/x.py", "services/services.json", "site.json", "cache/x")
    for each in names:
        (made / each).parent.mkdir(parents=True, exist_ok=True)
        (made / each).touch()
    (made / "release.json").write_text(json.dumps({"format": 1, "runtime": str(tmp_path / "python")}))
    grants = [[str(made / "cache"), SERVICE, "modify"]]
    (made / "services" / "services.json").write_text(json.dumps({"format": 1, "services": [], "grants": grants}))
    (made / "Lib" / "led").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "python" / "Lib").mkdir(parents=True)
    (tmp_path / "python" / "Lib" / "os.py").touch()
    return made


def started(release: Path, given: Mapping[Path, Access], *, admin: bool = True) -> None:
    host: Any = Machine({str(path): access for path, access in given.items()}, admin=admin)
    host.files, host.paths = PosixFiles(), PosixPaths()
    must_be_startable(host, str(release))


@pytest.mark.parametrize("access", [Access(OTHER, []), allowed(EVERY_ACCOUNT, MODIFY)])
@pytest.mark.parametrize(
    "name",
    [
        "Scripts/python.exe",
        "Lib",
        "Lib/demo/deep",
        "Lib/demo/deep/x.py",
        "Lib/led",
        "../../python",
        "../../python/Lib",
        "../../python/Lib/os.py",
    ],
)
def test_all_of_a_release_is_asked_about_before_something_of_it_starts(
    release: Path, name: str, access: Access
) -> None:
    """Whatever lies deep in a folder that was closed later is imported."""
    place = Path(os.path.normpath(release / name))
    assert place.exists()
    with pytest.raises(InstallError, match="would start what others put there") as caught:
        started(release, {place: access})
    assert caught.value.code == 1625
    assert f"{place} " in caught.value.message


@pytest.mark.parametrize(
    "name", ["Lib/demo/deep/x.py", "../../python/Lib/os.py", "../../python", "../../python/bin/python"]
)
def test_a_user_is_told_of_another_users_python_alone(release: Path, name: str) -> None:
    place = Path(os.path.normpath(release / name))
    started(release, {place: allowed(EVERY_ACCOUNT, MODIFY)}, admin=False)
    if place.name != "python":
        started(release, {place: Access(OTHER, [])}, admin=False)
        return
    with pytest.raises(InstallError, match=re.escape(f"{place} belongs to {OTHER}")) as caught:
        started(release, {place: Access(OTHER, [])}, admin=False)
    assert caught.value.code == 1625


def test_what_a_release_opened_itself_and_its_site_values_are_left_out(release: Path) -> None:
    started(release, {release / each: Access(SERVICE, []) for each in ("site.json", "cache", "cache/x")})


@pytest.mark.parametrize("mode", ["/repair", "/rollback"])
def test_no_release_is_started_with_a_file_of_another(one: Laid, mode: str) -> None:
    did(one, PASSWORD, **ADMIN)
    two = lay(one.root, 2, running())
    if mode == "/rollback":
        did(two, **ADMIN)
    deep = next((one.environment / "releases" / ONE).rglob("demo*/METADATA"))
    said = refused(two if mode == "/rollback" else one, mode, code=1625, **ADMIN, access={str(deep): [OTHER, []]})
    assert f"{deep} belongs to {OTHER}" in said


def test_an_installed_python_with_a_file_of_another_is_not_used(tmp_path: Path) -> None:
    laid = lay_bundle(tmp_path, kind="exe")
    directory = Path(laid.manifest.runtime.directory or "")
    (directory / "Lib").mkdir(parents=True)
    (directory / "python.exe").symlink_to(laid.folder / "boot" / "python.exe")
    (directory / "Lib" / "os.py").touch()
    said = refused(laid, PASSWORD, code=1625, **ADMIN, access={str(directory / "Lib" / "os.py"): [OTHER, []]})
    assert f"{directory / 'Lib' / 'os.py'} belongs to {OTHER}" in said


@pytest.mark.parametrize("recorded", ["receipt", "release", "journal", None])
def test_site_values_of_an_administrator_who_installed_before(one: Laid, recorded: str | None) -> None:
    """The file's list names the account that made it; another administrator goes on."""
    did(one, PASSWORD, **{**ADMIN, "account": ["other", OTHER if recorded in ("receipt", "release") else SYSTEM]})
    if recorded == "release":
        path = one.environment / "receipt.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "sid": SYSTEM}))
    if recorded == "journal":
        intention = {"mode": "repair", "name": "example", "instance": None, "account": "other", "format": 2}
        (one.environment / "journal").write_text(
            json.dumps({"run": {**intention, "release": ONE, "before": ONE}}) + "\n"
        )
    sites = [str(each) for each in one.environment.rglob("site.json")]
    assert len(sites) == 2
    access = [ADMINISTRATORS, [[OTHER, FULL, False], [SYSTEM, FULL, False]]]
    given = {"accounts": {"other": OTHER}, "access": dict.fromkeys(sites, access)}
    ran = run(lay(one.root, 2, running()), **ADMIN, **given)
    assert ran.code == (1625 if recorded is None else 0), ran


def test_nothing_is_put_into_an_environment_that_was_refused(one: Laid) -> None:
    """Not the log either: whoever has the folder would have it written where he likes."""
    one.environment.mkdir()
    (one.environment / "current").write_text("planted")
    refused(one, PASSWORD, code=1625, **open_to(one.environment))
    assert [each.name for each in one.environment.rglob("*")] == ["current"]


def test_a_log_is_kept_in_a_closed_folder(one: Laid) -> None:
    did(one, PASSWORD, **ADMIN)
    logs = one.environment / "logs"
    assert len(list(logs.glob("example-1.0-*.log"))) == 1
    assert str(logs) in (one.temporary / "guarded").read_text("utf-8").splitlines()


def test_a_folder_above_that_others_may_move(one: Laid) -> None:
    machine = one.environment.parent
    assert f"{machine} can be moved or removed" in refused(one, PASSWORD, code=1625, **open_to(machine))


def test_without_an_administrators_rights_nothing_is_asked(one: Laid) -> None:
    did(one, PASSWORD, **{**open_to(one.environment), "admin": False})


@pytest.mark.parametrize("made_before", [True, False])
def test_a_data_folder_that_others_may_change(one: Laid, *, made_before: bool) -> None:
    """One that an earlier version made is closed; one that was there before is somebody's."""
    if made_before:
        one.data.mkdir()
        said = refused(one, PASSWORD, code=1625, **open_to(one.data))
        assert f"{one.data} can be changed by every account" in said
    else:
        did(one, PASSWORD, **ADMIN)
        two = lay(one.root, 2, running())
        plan = did(two, "/plan", **open_to(one.data))
        assert f"let only administrators change {one.data}" in plan.out
        did(two, **with_icacls(one), **open_to(one.data))


def test_a_folder_above_that_an_earlier_version_made_is_closed_too(tmp_path: Path) -> None:
    """It had made folders above the data folder with the rights of what lies above them."""
    one = lay(tmp_path, 1, running())
    above = one.environment.parent / "above"
    laid = [moved_data(lay(tmp_path, number, running()) if number > 1 else one, above / "Data") for number in (1, 2)]
    did(laid[0], PASSWORD, **ADMIN)
    given = {**open_to(above), **with_icacls(one)}
    plan = did(laid[1], "/plan", **given).out
    assert f"let only administrators change {above}\n" in plan
    assert f"let only administrators change {above}/Data" not in plan
    did(laid[1], **given)


def test_a_service_that_may_move_its_data_folder_no_longer_may(tmp_path: Path) -> None:
    """An earlier version had given `modify` on the folder itself."""
    server = lay_server(tmp_path, running())
    assert server.run(server.one, PASSWORD, **ADMIN).code == 0
    data = str(server.one.data)
    given = {**ADMIN, "access": {data: [ADMINISTRATORS, [[WEB_SID, MODIFY, False], [QUEUE_SID, MODIFY, True]]]}}
    plan = server.run(server.two, "/plan", **given).out
    assert f"no longer let NT SERVICE\\web rename or remove {data} itself" in plan
    assert QUEUE_SID not in plan
    assert server.run(server.two, **given).code == 0
    assert (server.one.temporary / "narrowed").read_text("utf-8") == f"{WEB_SID} {data}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\\\\?\\C:\\a\\b", "C:\\a\\b"), ("\\??\\D:\\", "D:\\"), ("\\\\?\\UNC\\server\\share", "\\\\server\\share"),
        ("\\??\\Volume{01}\\", "\\\\?\\Volume{01}\\"), ("..\\x", "..\\x"), ("/srv/x", "/srv/x"),
    ],
)  # fmt: skip
def test_what_a_link_says_as_other_paths_are_written(text: str, expected: str) -> None:
    assert link_target(text) == expected


def test_a_link_that_says_no_path_is_no_way(tmp_path: Path) -> None:
    class Untold(PosixFiles):
        def _link_text(self, _: str) -> str | None:
            return None

    unknown = tmp_path / "unknown"
    unknown.symlink_to(tmp_path, target_is_directory=True)
    assert Untold().leads_to(str(unknown)) is None
    assert ways(Untold(), f"{unknown}/x") == [(f"{unknown}/x", [str(unknown)])]
    assert PosixFiles().leads_to(str(tmp_path)) is None  # no link


def test_each_link_on_a_way_is_followed_by_itself(tmp_path: Path) -> None:
    first, second, there = tmp_path / "first", tmp_path / "second", tmp_path / "there"
    first.symlink_to("second")
    second.symlink_to(there)
    assert ways(PosixFiles(), f"{first}/x") == [
        (f"{first}/x", [f"{first}"]),
        (f"{second}/x", [f"{second}"]),
        (f"{there}/x", []),
    ]
    there.symlink_to(first)  # and round
    assert [each.path for each in ways(PosixFiles(), f"{first}/x")] == [f"{first}/x", f"{second}/x", f"{there}/x"]


def entry(sid: str, mask: int, flags: int) -> bytes:
    return struct.pack("<BBHI", 0, flags, 8 + len(packed_sid(sid)), mask) + packed_sid(sid)


def listed(*entries: bytes) -> bytes:
    return struct.pack("<BBHHH", 2, 0, 8 + sum(map(len, entries)), len(entries), 0) + b"".join(entries)


def test_what_an_account_may_do_to_the_folder_itself_is_taken_out_of_the_list() -> None:
    """On paper: the bytes as Windows has them."""
    assert packed_sid("S-1-5-32-544") == bytes.fromhex("01020000000000052000000020020000")
    others = entry(SYSTEM, FULL, 3), entry(OTHER, MODIFY, 3), entry(SERVICE, MODIFY, 3 | 16), entry(SERVICE, READ, 3)
    below = entry(SERVICE, MODIFY, 3 | 8)
    found = contents_only(listed(others[0], entry(SERVICE, MODIFY, 3), *others[1:], below), SERVICE)
    assert found == listed(others[0], below, entry(SERVICE, 0x1201BF, 0), *others[1:], below)
    assert contents_only(found, SERVICE) == found
    assert contents_only(listed(entry(SERVICE, FULL, 0)), SERVICE) == listed(entry(SERVICE, FULL & ~0xD0040, 0))


@pytest.mark.parametrize(
    "last", ["S-1-5-18", "s-1-5-32-544", "S-1-5-80-0-4294967295", "S-1-281474976710655-1", "S-1-5" + "-1" * 15]
)
def test_what_is_a_sid_can_be_packed(last: str) -> None:
    assert is_sid(last)
    assert len(packed_sid(last)) == 8 + 4 * (last.count("-") - 2)


@pytest.mark.parametrize(
    "text",
    [
        "", "S-1-5", "S-2-5-18", "S-1-5-018", "S-1-05-18", "S-1-5-1\N{FULLWIDTH DIGIT EIGHT}", "S-1-5-18 ", "S-1-5-18\n", "S-1-5--18",
        "S-1-5-4294967296", "S-1-5-9999999999", "S-1-5-" + "9" * 5000, "S-1-281474976710656-1", "S-1-281474976710661-18",
        "S-1-" + "9" * 5000 + "-1", "S-1-5" + "-1" * 16, "S-1-0x5-18",
    ],
)  # fmt: skip
def test_what_windows_has_no_numbers_for_is_no_sid(text: str) -> None:
    """Packed, they would be another's: S-1-281474976710661-18 is SYSTEM's with one bit more; or nothing that can be packed at all."""
    assert not is_sid(text)


def test_what_others_were_given_goes_when_a_folder_is_guarded() -> None:
    """Entries of their own too, which `icacls /inheritance:r /grant:r` leaves; what the bundle gave stays, and nothing is inherited."""
    own = [entry(sid, FULL if sid != "S-1-5-32-545" else READ, 3) for sid in (SYSTEM, ADMINISTRATORS, "S-1-5-32-545")]
    given = entry(SERVICE, MODIFY, 3 | 8), entry(SERVICE, READ, 0)
    inherited, others = entry(SERVICE, FULL, 3 | 16), (entry(OTHER, FULL, 3), entry(EVERY_ACCOUNT, MODIFY, 3))
    refused_to = struct.pack("<BBHI", 1, 0, 8 + len(packed_sid(SERVICE)), FULL) + packed_sid(SERVICE)
    before = listed(*others, given[0], inherited, refused_to, given[1])
    assert guarded(before, [SERVICE]) == listed(*own, *given)
    assert guarded(before, []) == guarded(b"", [SERVICE]) == listed(*own)


def test_what_the_bundle_gave_stays_when_its_folder_is_guarded(tmp_path: Path) -> None:
    server = lay_server(tmp_path, running())
    assert server.run(server.one, PASSWORD, **ADMIN).code == 0
    data = str(server.one.data)
    (server.one.temporary / "closed").unlink()
    given = {**ADMIN, "access": {data: [ADMINISTRATORS, [[WEB_SID, MODIFY, True], [EVERY_ACCOUNT, MODIFY, False]]]}}
    kept = sorted({sid for path, sid, _ in server.receipt()["grants"] if path == data and sid})
    assert WEB_SID in kept
    assert server.run(server.two, **given).code == 0
    assert (server.one.temporary / "closed").read_text("utf-8") == " ".join([data, *kept]) + "\n"


@pytest.mark.parametrize("damage", ["{", None])
def test_logs_of_services_are_theirs_where_the_receipt_is_damaged(tmp_path: Path, damage: str | None) -> None:
    """The folder of logs was taken for one that others had opened: no run got to making a new receipt."""
    queue = dataclasses.replace(QUEUE, log_directory="{environment}\\logs")
    server = lay_server(tmp_path, running(), one=(queue,), two=(queue,))
    assert server.run(server.one, PASSWORD, **ADMIN).code == 0
    path = server.one.environment / "receipt.json"
    path.unlink() if damage is None else path.write_text(damage)
    logs = str(server.one.environment / "logs")
    others = {**ADMIN, "access": {logs: [ADMINISTRATORS, [[OTHER, MODIFY, False]]]}}
    assert server.run(server.one, "/repair", **others).code == 1625
    ran = server.run(
        server.one, "/repair", **{**ADMIN, "access": {logs: [ADMINISTRATORS, [[QUEUE_SID, MODIFY, False]]]}}
    )
    assert ran.code == 0, ran
    assert "A new one was made from what is there" in ran.err
    assert path.is_file()


@pytest.mark.parametrize("kind", ["data", "runtime"])
def test_a_folder_that_others_make_while_the_run_goes_on(tmp_path: Path, kind: str) -> None:
    """It wasn't there when this machine was looked at; prerequisites may take an hour."""
    laid = lay_bundle(tmp_path, kind="exe")
    place = laid.data if kind == "data" else Path(laid.manifest.runtime.directory or "")
    given = {**ADMIN, "access": {str(place): [OTHER, []]}, "meanwhile": [2, "mkdir", str(place)]}
    ran = run(laid, PASSWORD, installer=installer(laid), **given)
    assert ran.code == 1625, ran
    assert f"{place} belongs to {OTHER}" in ran.err
    assert not place.exists() or list(place.iterdir()) == []
    assert not (laid.temporary / "installed").exists()
    assert not laid.environment.exists()


def test_a_python_that_others_may_change_is_not_used(tmp_path: Path) -> None:
    laid = lay_bundle(tmp_path, kind="exe")
    directory = Path(laid.manifest.runtime.directory or "")
    directory.mkdir()
    (directory / "python.exe").symlink_to(laid.folder / "boot" / "python.exe")
    said = refused(laid, PASSWORD, code=1625, **open_to(directory))
    assert f"{directory} can be changed by every account" in said


def test_a_python_is_installed_into_a_folder_that_is_closed_already(tmp_path: Path) -> None:
    laid = lay_bundle(tmp_path, kind="exe")
    did(laid, PASSWORD, installer=installer(laid), **ADMIN)
    guarded = (laid.temporary / "guarded").read_text("utf-8").splitlines()
    assert {str(laid.environment), str(laid.data), laid.manifest.runtime.directory} <= set(guarded)
    assert str(laid.release.parent) not in guarded


def test_a_python_that_others_may_change_is_not_asked_to_uninstall_itself(tmp_path: Path) -> None:
    laid = lay_bundle(tmp_path, kind="exe")
    directory = Path(laid.manifest.runtime.directory or "")
    did(laid, PASSWORD, installer=installer(laid), **ADMIN)
    ran = run(laid, "/uninstall", installer=installer(laid), **open_to(directory))
    assert ran.code == 1603
    assert f"uninstall the Python in {directory}: an administrator's run would start what others put there" in ran.err
    assert (directory / "python.exe").exists()
    assert not (laid.temporary / "uninstalled").exists()


@pytest.mark.parametrize("place", [".bundles", ".bundles/installer.exe"])
def test_an_installer_that_others_may_change_is_not_started(tmp_path: Path, place: str) -> None:
    """Its folder was closed once it lay there already."""
    laid = lay_bundle(tmp_path, kind="exe")
    directory = Path(laid.manifest.runtime.directory or "")
    did(laid, PASSWORD, installer=installer(laid), **ADMIN)
    ran = run(laid, "/uninstall", installer=installer(laid), **open_to(directory / place))
    assert ran.code == 1603
    assert f"{directory / place} can be changed by every account" in ran.err
    assert not (laid.temporary / "uninstalled").exists()


@pytest.mark.parametrize("mode", ["/repair", "/set:port=81"])
@pytest.mark.parametrize("place", ["", "python.exe"])
def test_a_user_who_repairs_starts_no_python_of_another_user(tmp_path: Path, place: str, mode: str) -> None:
    """That of a release that is in use, which another user has put there since: its checks and commands are started by it."""
    laid = lay_bundle(tmp_path, kind="exe")
    directory = Path(laid.manifest.runtime.directory or "")
    runtime = dataclasses.replace(laid.manifest.runtime, all_users=False)
    laid.rewrite(dataclasses.replace(laid.manifest, runtime=runtime))
    user = {**ADMIN, "admin": False}
    did(laid, PASSWORD, installer=installer(laid), **user)
    said = refused(laid, mode, code=1625, **{**user, "access": {str(directory / place): [OTHER, []]}})
    assert f"{directory / place} belongs to {OTHER}, and isn't started" in said
    did(laid, mode, **user)


@pytest.mark.parametrize("place", ["", ".bundles", ".bundles/installer.exe", ".bundles/origin.txt"])
def test_a_user_starts_no_installer_of_another_user(tmp_path: Path, place: str) -> None:
    r"""Below C:\ another user may make the folder anew once that Python is gone, with what the user's uninstallation would start."""
    laid = lay_bundle(tmp_path, kind="exe")
    directory = Path(laid.manifest.runtime.directory or "")
    runtime = dataclasses.replace(laid.manifest.runtime, all_users=False)
    laid.rewrite(dataclasses.replace(laid.manifest, runtime=runtime))
    user = {**ADMIN, "admin": False}
    did(laid, PASSWORD, installer=installer(laid), **user)
    ran = run(
        laid, "/uninstall", installer=installer(laid), **{**user, "access": {str(directory / place): [OTHER, []]}}
    )
    assert ran.code == 1603
    assert f"{directory / place} belongs to {OTHER}".replace("/ belongs", " belongs") in ran.err
    assert not (laid.temporary / "uninstalled").exists()
    did(laid, "/uninstall", installer=installer(laid), **user)
    assert (laid.temporary / "uninstalled").exists()


def test_site_values_of_others_are_not_taken(one: Laid) -> None:
    path = one.folder / "site.toml"
    path.write_text('port = "1"\n')
    assert f"{path} can be changed by every account" in refused(one, PASSWORD, code=1625, **open_to(path))
    assert f"Site values are read from {path}" in did(one, PASSWORD, **ADMIN).out


def test_a_site_toml_above_the_bundle_is_not_read(one: Laid) -> None:
    (one.folder.parent / "site.toml").write_text('port = "1"\nunknown = "2"\n')
    did(one, PASSWORD)


def test_a_bundle_that_others_may_change_is_reported(one: Laid) -> None:
    before = state(one)
    ran = run(one, PASSWORD, "/plan", **open_to(one.folder))
    assert ran.code == 0
    assert "Others may change this bundle" in ran.err
    assert state(one) == before


def values_in(path: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads(path.read_bytes())["values"]
    return found


def test_site_values_lie_where_no_service_may_write(one: Laid) -> None:
    did(one, PASSWORD, "/set:port=81", **ADMIN)
    assert values_in(one.environment / "site.json")["port"] == "81"
    assert not (one.data / "site.json").exists()
    did(one, "/uninstall", **ADMIN)
    kept = one.data / "site.json"
    assert values_in(kept)["port"] == "81"
    said = run(one, **open_to(kept))
    assert said.code == 1639  # the password is missing
    assert f"The values in {kept} aren't taken: others may have changed them" in said.err
    did(one, **ADMIN)
    assert values_in(one.environment / "site.json")["port"] == "81"
    assert not kept.exists()


def test_what_lies_in_the_data_folder_is_not_believed_while_something_is_installed(one: Laid) -> None:
    """An earlier version had the values there: those of the release are the same, and nobody else could change them."""
    did(one, PASSWORD, "/set:port=81", **ADMIN)
    (one.environment / "site.json").rename(one.data / "site.json")
    table = json.loads((one.data / "site.json").read_bytes())
    (one.data / "site.json").write_text(json.dumps({**table, "values": {"port": "666", "password": "x"}}))
    did(lay(one.root, 2, running()), **ADMIN)
    assert values_in(one.environment / "site.json")["port"] == "81"
    assert not (one.data / "site.json").exists()


def test_what_is_planted_beside_the_values_is_not_written_to(one: Laid) -> None:
    did(one, PASSWORD, **ADMIN)
    victim = one.environment.parent / "victim"
    victim.write_text("theirs")
    (one.data / "site.json.new").symlink_to(victim)
    did(one, "/uninstall", **ADMIN)
    assert victim.read_text() == "theirs"
    assert not (one.data / "site.json").is_symlink()


@pytest.mark.parametrize("mode", ["", "/uninstall", "/rollback", "/repair", "/stop", "/start"])
def test_a_user_is_not_led_by_another_one(one: Laid, mode: str) -> None:
    """Whoever made the folder first has planted what a run would start, with the rights of whoever starts it."""
    did(one, PASSWORD, admin=False)
    machine = {**ADMIN, "admin": False, "names": {OTHER: "PC\\bob"}}
    said = refused(one, mode or PASSWORD, code=1625, **machine, access={str(one.environment): [OTHER, []]})
    assert f"{one.environment} belongs to PC\\bob ({OTHER}), who decides what this run would believe and start" in said
    said = refused(one, mode or PASSWORD, code=1625, **machine, access={str(one.environment): [None, []]})
    assert f"whose {one.environment} is can't be found out: " in said
    for owner in (ME, ADMINISTRATORS, SYSTEM):
        did(one, "/repair", **machine, access={str(one.environment): [owner, [[EVERY_ACCOUNT, MODIFY, False]]]})
    did(one, "/verify", **machine, access={str(one.environment): [OTHER, []]})
