"""Windows itself: what Microsoft documents, the target relies on, and Wine doesn't show. See docs/development/windows-confirmed.md."""

from __future__ import annotations

import importlib
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bundler.target.machine.own_entries import staying
from bundler.target.machine.rights import WELL_KNOWN
from tests.support.commandline import ROOT
from tests.support.programs import make_program
from tests.target.own_host import own_host

pytestmark = pytest.mark.windows

_MODE = "import ctypes; print(ctypes.WinDLL('kernel32').GetErrorMode())"


@pytest.mark.real_windows("rights are not enforced")
def test_a_folder_in_which_only_folders_may_be_made(tmp_path: Path) -> None:
    r"""As ``C:\`` is to users: FILE_ADD_SUBDIRECTORY, and not FILE_ADD_FILE."""
    folder = tmp_path / "folder"
    folder.mkdir()
    files = own_host().files
    assert (files.may_create(str(folder)), files.may_make_folder(str(folder))) == (True, True)
    account = "*" + str(own_host().rights.account()[1])
    icacls = own_host().rights.icacls()
    assert icacls is not None
    subprocess.run([icacls, folder, "/inheritance:r", "/grant:r", f"{account}:(RX,AD,DC,WDAC)"], check=True)
    try:
        assert (files.may_create(str(folder)), files.may_make_folder(str(folder))) == (False, True)
    finally:
        subprocess.run([icacls, folder, "/reset"], check=True)


@pytest.mark.real_windows("rights are kept as modes")
def test_a_folder_that_is_guarded_has_nobody_elses_entries(tmp_path: Path) -> None:
    """Owner and whole list at once; a file that lies there already inherits what the folder has then."""
    rights, folder = own_host().rights, tmp_path / "folder"
    if not rights.is_admin():
        pytest.skip("an elevated prompt is needed")
    folder.mkdir()
    (folder / "file").write_bytes(b"")
    icacls = rights.icacls()
    assert icacls is not None
    for sid in ("S-1-1-0", "S-1-5-80-1-2-3-4-5"):
        subprocess.run([icacls, folder, "/grant", f"*{sid}:(OI)(CI)M"], check=True)
    rights.guard(str(folder), ["S-1-5-80-1-2-3-4-5"])
    wanted = {"S-1-5-18", "S-1-5-32-544", "S-1-5-32-545", "S-1-5-80-1-2-3-4-5"}
    for path in (folder, folder / "file"):
        found = rights.access(str(path))
        assert found is not None
        assert {each.sid for each in found.allowed} == wanted, path
    owner = rights.access(str(folder))
    assert owner is not None
    assert owner.owner == "S-1-5-32-544"


@pytest.mark.real_windows("rights are kept as modes")
def test_a_list_of_rights_lasts(tmp_path: Path) -> None:
    """What is missing after icacls has ended with 0 is believed then."""
    assert own_host().rights.keeps_entries(str(tmp_path))
    assert (0, 0x80) in own_host().rights.own_entries(str(tmp_path), "S-1-5-19")


@pytest.mark.real_windows("rights are kept as modes")
@pytest.mark.parametrize("is_closed", [True, False])
def test_what_the_site_gave_stays_when_a_right_is_taken_back(tmp_path: Path, is_closed: bool) -> None:
    """On a folder that inherits, and on one that doesn't; what lies below follows, and what comes from above stays."""
    rights, folder, sid = own_host().rights, tmp_path / "folder", "S-1-5-80-1-2-3-4-5"
    folder.mkdir()
    (folder / "file").write_bytes(b"")
    icacls = rights.icacls()
    assert icacls is not None
    if is_closed:
        subprocess.run([icacls, folder, "/inheritance:d"], check=True)
    before = rights.access(str(folder))
    subprocess.run([icacls, folder, "/grant", f"*{sid}:(OI)(CI)RX"], check=True)
    had = rights.own_entries(str(folder), sid)
    assert had == [(3, 0x1200A9)]
    subprocess.run([icacls, folder, "/grant", f"*{sid}:(OI)(CI)(IO)M", f"*{sid}:(RX,WD,AD,WEA,WA)"], check=True)
    now = rights.own_entries(str(folder), sid)
    stays = staying(now, had, 0x1301BF)
    assert stays == had
    rights.leave_entries(str(folder), sid, stays)
    assert rights.own_entries(str(folder), sid) == had
    below = rights.access(str(folder / "file"))
    assert below is not None
    assert [each.mask for each in below.allowed if each.sid == sid] == [0x1200A9]
    rights.leave_entries(str(folder), sid, [])
    assert rights.access(str(folder)) == before


@pytest.mark.real_windows("accounts have no rights of this kind")
def test_an_account_may_log_on_as_a_service() -> None:
    """One of no machine: the right goes by SIDs, and what has no other right is forgotten with it."""
    rights, sid = own_host().rights, "S-1-5-21-1001-1002-1003-1004"
    if not rights.is_admin():
        pytest.skip("an elevated prompt is needed")
    assert rights.has_service_logon(sid) is False
    try:
        assert rights.give_service_logon(sid)
        assert rights.give_service_logon(sid)
        assert rights.has_service_logon(sid) is True
    finally:
        rights.take_service_logon(sid)
    assert rights.has_service_logon(sid) is False
    rights.take_service_logon(sid)


def test_a_port_belongs_to_the_process_that_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        found = own_host().programs.listeners(listening.getsockname()[1])
    assert found is not None
    assert [each.process for each in found] == [os.getpid()]
    assert own_host().programs.name_of(os.getpid())


@pytest.mark.real_windows("its services have other accounts")
def test_services_are_listed_with_their_accounts() -> None:
    accounts = dict(own_host().services.accounts())
    assert accounts.get("EventLog", "").lower().startswith("nt authority\\")


@pytest.mark.real_windows("rights are kept as modes")
def test_a_file_that_is_closed_keeps_what_its_readers_had_from_above(tmp_path: Path) -> None:
    rights, folder = own_host().rights, tmp_path / "folder"
    folder.mkdir()
    icacls = rights.icacls()
    assert icacls is not None
    for sid in ("S-1-1-0", "S-1-5-80-1-2-3-4-5"):
        subprocess.run([icacls, folder, "/grant", f"*{sid}:(OI)(CI)M"], check=True)
    (folder / "file").write_bytes(b"")
    rights.close_file(str(folder / "file"), ["S-1-5-80-1-2-3-4-5"])
    found = rights.access(str(folder / "file"))
    assert found is not None
    wanted = {"S-1-5-18", "S-1-5-32-544", "S-1-5-80-1-2-3-4-5", rights.account()[1]}
    assert {each.sid for each in found.allowed} == wanted
    os.link(folder / "file", folder / "other")
    for path in (folder / "other", folder):
        with pytest.raises(OSError, match="another name"):
            rights.close_file(str(path), [])


@pytest.mark.real_windows("rights are kept as modes")
def test_what_is_taken_over_has_what_its_folder_gives_it(tmp_path: Path) -> None:
    rights, folder = own_host().rights, tmp_path / "folder"
    if not rights.is_admin():
        pytest.skip("an elevated prompt is needed")
    folder.mkdir()
    (folder / "file").write_bytes(b"")
    icacls = rights.icacls()
    assert icacls is not None
    subprocess.run([icacls, folder / "file", "/grant", "*S-1-1-0:F"], check=True)
    rights.guard(str(folder), [])
    rights.take_over(str(folder / "file"))
    found = rights.access(str(folder / "file"))
    assert found is not None
    assert found.owner == "S-1-5-32-544"
    assert {each.sid for each in found.allowed} == {"S-1-5-18", "S-1-5-32-544", "S-1-5-32-545"}
    assert own_host().files.names_of(str(folder / "file")) == 1
    os.link(folder / "file", folder / "other")
    assert own_host().files.names_of(str(folder / "other")) == 2
    with pytest.raises(OSError, match="another name"):
        rights.take_over(str(folder / "other"))
    assert "\\" in (rights.account_name("S-1-5-32-544") or "")


@pytest.mark.real_windows("a substituted drive looks otherwise")
def test_a_drive_that_subst_made_is_known_with_its_folder(tmp_path: Path) -> None:
    """Services don't see it; the system's own drive they see."""
    files = own_host().files
    assert files.behind_drive(os.environ["SYSTEMDRIVE"] + "\\Windows") is None
    letter = next(each for each in "QRSTUVWXYZ" if not os.path.exists(f"{each}:\\"))  # noqa: PTH110
    subprocess.run(["subst", f"{letter}:", str(tmp_path)], check=True)
    try:
        assert files.behind_drive(f"{letter}:\\x") == str(tmp_path)
        assert os.path.normcase(files.real(f"{letter}:\\")) == os.path.normcase(files.real(str(tmp_path)))
    finally:
        subprocess.run(["subst", f"{letter}:", "/d"], check=True)
    assert not files.is_read_only(str(tmp_path))


@pytest.mark.real_windows("error modes are not inherited")
def test_programs_inherit_that_there_are_no_message_boxes() -> None:
    own_host().system.no_message_boxes()
    done = subprocess.run([sys.executable, "-c", _MODE], capture_output=True, text=True, check=True)
    assert int(done.stdout) & 0x8003 == 0x8003


@pytest.mark.real_windows("it may count the programs of consoles otherwise")
def test_a_program_that_has_a_console_for_itself_is_alone_in_it(tmp_path: Path) -> None:
    """So a run from "Uninstall" in Settings finds out that its window closes with it."""
    if sys.platform == "win32":
        found = tmp_path / "found"
        count = f"open({str(found)!r}, 'w').write(str(ctypes.WinDLL('kernel32').GetConsoleProcessList((ctypes.c_uint * 3)(), 3)))"
        program = [sys.executable, "-c", "import ctypes; " + count]
        if sys.prefix != sys.base_prefix:  # an environment's own program starts that of its Python, and waits for it
            program[0] = str(getattr(sys, "_base_executable", sys.executable))
        subprocess.run(program, creationflags=subprocess.CREATE_NEW_CONSOLE, check=True)
        assert found.read_text() == "1"


@pytest.mark.real_windows("cmd writes in the code page for windows")
def test_what_a_console_program_writes_is_read_in_its_letters(tmp_path: Path) -> None:
    """In the code page for consoles (OEM), and not in the one for windows (ANSI)."""
    host = own_host()
    wanted = "ü".encode(host.processes.encoding(), "replace").decode(host.processes.encoding())
    environ = host.environment.variables()
    done = host.processes.run(["cmd.exe", "/d", "/c", "echo ü"], environ, str(tmp_path))
    assert (done.code, done.output.strip()) == (0, wanted)


def test_an_account_of_this_machine_is_looked_for_on_this_machine() -> None:
    """``.\\name`` isn't the domain's, and a name that only the system has is none of its accounts."""
    rights = own_host().rights
    assert rights.account_sid(".\\no-such-account") is None
    name, sid = rights.account()
    machine, _, account = name.rpartition("\\")
    if machine.lower() == os.environ["COMPUTERNAME"].lower():
        assert rights.account_sid(f".\\{account}") == sid


@pytest.mark.parametrize("name", sorted(WELL_KNOWN))
@pytest.mark.real_windows("it lacks groups that Windows has")
def test_names_of_windows_are_those_of_the_table(name: str) -> None:
    """Where Windows speaks English; elsewhere it doesn't know the name, or has given it to another account."""
    assert own_host().rights.account_sid(name) in (WELL_KNOWN[name], None)


@pytest.mark.real_windows("its own python.exe is signed by nobody, or by a root that wine lacks")
def test_whose_signature_windows_finds_good() -> None:
    """WinVerifyTrust, and the certificate that it built its answer on; python.org's python.exe has its signature inside."""
    assert trust().signer_of(Path(sys.base_prefix, "python.exe")) == "Python Software Foundation"


def test_what_nobody_signed(tmp_path: Path) -> None:
    file = tmp_path / "x.exe"
    file.write_bytes(make_program())
    with pytest.raises(trust().UntrustedError):
        trust().signer_of(file)


def trust() -> Any:
    """That of the script that sets a build host up."""
    sys.path.insert(0, str(ROOT / "build"))
    try:
        return importlib.import_module("windows.trust")
    finally:
        sys.path.remove(str(ROOT / "build"))


def test_a_folder_goes_whose_paths_only_devices_take(tmp_path: Path) -> None:
    """Beyond 260 characters, and with names that Windows takes no other way; links in it stay what they lead to."""
    files, folder = own_host().files, tmp_path / "folder"
    folder.mkdir()
    deep = "\\\\?\\" + str(folder.resolve())
    for _ in range(12):
        deep += "\\" + "x" * 100
        os.mkdir(deep)  # noqa: PTH102 -- pathlib may take the prefix for a part of the path
        with open(deep + "\\file", "wb"):  # noqa: PTH123
            pass
    assert len(files.walk(str(folder))) == 12
    assert sum(size for _, size in files.sizes(str(folder))) == 0
    assert files.discard(str(folder)) == []
    assert not folder.exists()
