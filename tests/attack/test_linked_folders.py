"""An administrator has a folder lead elsewhere, or a volume mounted in it: what lies there is looked at as if it lay here."""

from __future__ import annotations

import dataclasses
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from bundler.target.machine.posix import PosixFiles
from bundler.target.state.data_trust import names_elsewhere
from bundler.target.state.runtime_claims import CLAIMS, record_files, sweep
from bundler.target.state.trusted_folders import may_move, reasons_against, reasons_inside
from tests.attack.test_files_of_several_names import AS_ADMIN, plant, rights
from tests.attack.test_folders_of_others import (
    ADMIN,
    ADMINISTRATORS,
    MODIFY,
    OTHER,
    Machine,
    allowed,
    open_to,
    with_icacls,
)
from tests.support import only_linux
from tests.target.interpreters import running
from tests.target.test_modes import PASSWORD, did, lay, run
from tests.target.test_services import RIGHTS, WEB_SID, lay_server

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.target.machine.host import Host
    from bundler.target.machine.rights import Access

pytestmark = only_linux.SIMULATED


class Mounted(PosixFiles):
    """Links are folders in which volumes are mounted that have no letter: where they lead, Windows calls by the folder's own name."""

    def real(self, path: str) -> str:
        return path


@pytest.fixture(params=[PosixFiles, Mounted])
def files(request: pytest.FixtureRequest) -> PosixFiles:
    made: PosixFiles = request.param()
    return made


@pytest.fixture
def there(tmp_path: Path) -> Path:
    made = tmp_path / "there"
    (made / "inner").mkdir(parents=True)
    (tmp_path / "link").symlink_to(made, target_is_directory=True)
    return made


def machine(files: PosixFiles, given: dict[Path, Access]) -> Host:
    made: Any = Machine({str(path): access for path, access in given.items()})
    made.files = files
    host: Host = made
    return host


def test_rights_lie_with_what_is_behind_the_link(tmp_path: Path, there: Path, files: PosixFiles) -> None:
    link, moved = str(tmp_path / "link"), {there: allowed(OTHER, MODIFY)}
    assert files.behind_links(link) == files.behind_links(str(there)) == str(there)
    assert reasons_against(machine(files, moved), link) == [f"{there} can be changed by {OTHER}"]
    assert reasons_against(machine(files, moved), link, guarded=[link]) == []
    assert may_move(machine(files, moved), link, OTHER)
    assert not may_move(machine(files, {tmp_path / "link": allowed(OTHER, MODIFY)}), link, OTHER)


def test_what_lies_behind_the_link_is_looked_at(tmp_path: Path, there: Path, files: PosixFiles) -> None:
    link, planted = str(tmp_path / "link"), there / "inner" / "planted"
    (tmp_path / "victim").touch()
    planted.hardlink_to(tmp_path / "victim")
    host = machine(files, {planted: allowed(OTHER, MODIFY)})
    assert reasons_inside(host, link) == [f"{planted} can be changed by {OTHER}"]
    assert names_elsewhere(host, link, []) == [f"{planted} has another name somewhere (a hard link)"]


def test_a_python_behind_a_link_is_swept(tmp_path: Path, there: Path, files: PosixFiles) -> None:
    link = tmp_path / "link"
    (there / CLAIMS).mkdir()
    (there / "inner" / "made").touch()
    host = machine(files, {})
    record_files(host, str(link))
    (there / "inner" / "theirs").touch()
    sweep(host, str(link))
    assert [each.relative_to(there).as_posix() for each in sorted(there.rglob("*"))] == ["inner", "inner/theirs"]


@pytest.mark.parametrize("is_denied", [True, False])
def test_what_windows_keeps_on_a_volume_is_not_looked_into_where_that_is_denied(
    tmp_path: Path, is_denied: bool
) -> None:
    """A service could make a folder of that name where Windows has none yet."""
    kept = tmp_path / "System Volume Information"

    class Volume(PosixFiles):
        def whole_path(self, path: str) -> str:
            if is_denied and path == f"/{kept.name}":
                raise PermissionError(13, "Access is denied", path)
            return f"{tmp_path}{path}" if path in ("/", f"/{kept.name}") else path

    (tmp_path / "file").touch()
    kept.mkdir()
    (kept / "file").touch()
    assert Volume().walk("/") == ["/file"] + ([] if is_denied else [f"/{kept.name}/file"])


def test_a_data_folder_that_was_moved_is_closed_where_it_lies(tmp_path: Path) -> None:
    """Only the link was closed: others could go on changing what is behind it, though the run had said that they no longer may."""
    one = lay(tmp_path, 1, running())
    did(one, PASSWORD, **ADMIN)
    elsewhere = tmp_path / "elsewhere"
    shutil.move(one.data, elsewhere)
    one.data.symlink_to(elsewhere, target_is_directory=True)
    two = lay(tmp_path, 2, running())
    did(two, **with_icacls(one), **open_to(elsewhere))
    closed = (one.temporary / "closed").read_text("utf-8").splitlines()
    assert {str(one.data), str(elsewhere)} <= set(closed)


def test_a_file_with_another_name_behind_the_link_gets_no_rights(tmp_path: Path) -> None:
    server = lay_server(tmp_path, running())
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    server.one.data.symlink_to(elsewhere, target_is_directory=True)
    assert server.run(server.one, PASSWORD, **AS_ADMIN).code == 0
    wanted = (*RIGHTS, dataclasses.replace(RIGHTS[1], path="{data}", rights="modify"))
    server.two.rewrite(dataclasses.replace(server.two.manifest, permissions=wanted))
    place, before = plant(server, elsewhere / "planted"), rights(server)
    ran = server.run(server.two, **AS_ADMIN)
    assert (ran.code, rights(server)) == (1625, before), ran
    assert f"{place} has another name" in ran.err


def test_behind_a_link_of_others_nothing_is_gone_through(tmp_path: Path) -> None:
    """It may lead to the whole machine, or to another one."""
    server = lay_server(tmp_path, running())
    assert server.run(server.one, PASSWORD, **AS_ADMIN).code == 0
    wanted = (*RIGHTS, dataclasses.replace(RIGHTS[1], path="{data}\\spool", rights="modify"))
    server.two.rewrite(dataclasses.replace(server.two.manifest, permissions=wanted))
    plant(server, tmp_path / "victim" / "planted")
    link = server.one.data / "spool"
    link.symlink_to(tmp_path / "victim", target_is_directory=True)
    ran = server.run(server.two, **{**AS_ADMIN, "access": {str(link): [OTHER, []]}})
    assert (ran.code, "nothing was changed" in ran.err) == (1625, True), ran
    assert f"{link} leads to {tmp_path / 'victim'}, and belongs to {OTHER}" in ran.err
    assert "another name" not in ran.err


def test_a_right_to_move_what_is_behind_the_link_is_narrowed(tmp_path: Path) -> None:
    server = lay_server(tmp_path, running())
    assert server.run(server.one, PASSWORD, **ADMIN).code == 0
    elsewhere = tmp_path / "elsewhere"
    shutil.move(server.one.data, elsewhere)
    server.one.data.symlink_to(elsewhere, target_is_directory=True)
    given = {**ADMIN, "access": {str(elsewhere): [ADMINISTRATORS, [[WEB_SID, MODIFY, False]]]}}
    assert server.run(server.two, **given).code == 0
    assert (server.one.temporary / "narrowed").read_text("utf-8") == f"{WEB_SID} {elsewhere}\n"


@pytest.mark.parametrize("later", [False, True])
def test_a_purge_says_of_a_data_folder_that_was_moved_that_it_stays(tmp_path: Path, later: bool) -> None:
    """It said that the folder goes with everything in it, and removed the link."""
    one, elsewhere = lay(tmp_path, 1, running()), tmp_path / "elsewhere"
    did(one, PASSWORD)
    (one.data / "kept").touch()
    shutil.move(one.data, elsewhere)
    one.data.symlink_to(elsewhere, target_is_directory=True)
    own = {each.name for each in elsewhere.iterdir()} - {"kept"}
    assert "with everything in it" not in did(one, "/uninstall", "/purge", "/plan").out
    if later:
        did(one, "/uninstall")
    ran = did(one, "/uninstall", "/purge")
    assert f"{one.data} is kept: it is a link to {elsewhere}, or a volume is mounted there, and only what" in ran.out
    assert own
    assert [each.name for each in elsewhere.iterdir()] == ["kept"]
    assert one.data.is_symlink()


@pytest.mark.parametrize("made_by", ["bundle", "administrator"])
def test_a_purge_removes_nothing_behind_a_link_of_others(tmp_path: Path, made_by: str) -> None:
    """A service that has emptied its data folder makes a junction of it: site values are called the same everywhere."""
    one, victim = lay(tmp_path, 1, running()), tmp_path / "victim"
    if made_by == "administrator":
        one.data.mkdir()
    did(one, PASSWORD, **ADMIN)
    shutil.rmtree(one.data)
    victim.mkdir()
    (victim / "site.json").touch()
    one.data.symlink_to(victim, target_is_directory=True)
    ran = run(one, "/uninstall", "/purge", **ADMIN, access={str(one.data): [OTHER, []]})
    assert (victim / "site.json").exists()
    assert f"{one.data} is kept: it is a link to {victim}, or a volume is mounted there, and only what" in ran.out


def test_a_switch_removes_nothing_behind_a_link_of_others(tmp_path: Path) -> None:
    """Site values that wait in the data folder go once others are in use."""
    one, victim = lay(tmp_path, 1, running()), tmp_path / "victim"
    did(one, PASSWORD, **ADMIN)
    two = lay(tmp_path, 2, running())
    did(two, **ADMIN)
    shutil.rmtree(one.data)
    victim.mkdir()
    (victim / "site.json").touch()
    one.data.symlink_to(victim, target_is_directory=True)
    run(two, "/rollback", **ADMIN, access={str(one.data): [OTHER, []]})
    assert (victim / "site.json").exists()
