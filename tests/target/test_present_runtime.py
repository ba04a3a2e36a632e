"""A Python that the site installed: found, looked at before it is started, used, and left as it is."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bundler.target.machine.registry import InstalledPython
from tests.support import only_linux
from tests.target.bundles import Laid, Ran, bootstrap, lay_bundle

if TYPE_CHECKING:
    from tests.target.interpreters import Interpreter

pytestmark = only_linux.SIMULATED

PASSWORD = "/set:password=hidden-words"
ADMINISTRATORS, OTHER, EVERY_USER = "S-1-5-32-544", "S-1-5-21-1-2-3-1002", "S-1-5-32-545"
MODIFY = 0x1301BF


@pytest.fixture
def present(tmp_path: Path, few: Interpreter) -> Laid:
    """A bundle without a runtime; the recipe names no folder."""
    return lay_bundle(tmp_path, boot=few, kind="none")


def python_in(folder: Path, laid: Laid, script: str = "") -> Path:
    """A Python of the site's; or a program that passes for one."""
    (folder / "Lib").mkdir(parents=True)
    python = folder / "python.exe"
    content = (laid.folder / "boot" / "python.exe").read_text("utf-8")
    python.write_text(f"#!/bin/sh\n{script}\n" if script else content, "utf-8")
    python.chmod(0o755)
    return folder


def says(
    laid: Laid,
    *,
    facts: str = "CPython win-amd64 0 0 0",
    more: tuple[str, ...] = (),
    version: str = "",
    bits: int = 0,
) -> str:
    """The script of a stand-in that answers what a Python is."""
    target = laid.manifest.target
    lines = [f"{version or target.python} {bits or target.bits}", facts, *more]
    return "\n".join(f"echo '{each}'" for each in lines)


def registered(laid: Laid, *folders: Path, **changed: object) -> dict[str, Any]:
    entries = [{"directory": f"{each}/", "bits": 64, "all_users": True, **changed} for each in folders]
    return {laid.manifest.target.python.rpartition(".")[0]: entries}


def named(laid: Laid, folder: Path) -> Laid:
    """The recipe names the folder."""
    runtime = dataclasses.replace(laid.manifest.runtime, directory=str(folder))
    manifest = dataclasses.replace(laid.manifest, runtime=runtime)
    laid.rewrite(manifest)
    return dataclasses.replace(laid, manifest=manifest)


def contents(folder: Path) -> dict[str, bytes | None]:
    return {str(each): each.read_bytes() if each.is_file() else None for each in folder.rglob("*")}


def refused(laid: Laid, ran: Ran, code: int, *words: str) -> None:
    assert ran.code == code, (ran.out, ran.err)
    for each in words:
        assert each in ran.err
    assert not laid.environment.exists()


@pytest.mark.parametrize("how", ["registered", "named"])
def test_the_whole_life_with_it(present: Laid, how: str) -> None:
    folder = python_in(present.root / "Sites own", present)
    before, machine = contents(folder), dict[str, Any]()
    if how == "named":
        present = named(present, folder)
    else:
        machine["pythons"] = registered(present, folder)
    planned = bootstrap(present, "/plan", PASSWORD, **machine)
    assert f"  - use the Python {present.manifest.target.python} that is in {folder}" in planned.out
    ran = bootstrap(present, PASSWORD, **machine)
    assert ran.code == 0, ran.err
    assert f"Found Python {present.manifest.target.python} in {folder}" in ran.out
    assert not (present.release / "runtime").exists()
    release = json.loads((present.release / "release.json").read_bytes())
    assert release["runtime"] == str(folder)
    assert json.loads((present.environment / "receipt.json").read_bytes())["runtimes"] == []
    for mode in ("/verify", "/repair"):
        ran = bootstrap(present, mode, **machine)
        assert ran.code == 0, ran.err
    upgraded = lay_upgrade(present)
    assert bootstrap(upgraded, **machine).code == 0
    assert bootstrap(upgraded, "/rollback", **machine).code == 0
    assert bootstrap(present, "/uninstall", "/purge", **machine).code == 0
    assert not present.environment.exists()
    assert contents(folder) == before


def lay_upgrade(present: Laid) -> Laid:
    runtime = present.manifest.runtime
    laid = lay_bundle_again(present)
    laid.rewrite(dataclasses.replace(laid.manifest, runtime=runtime))
    return laid


def lay_bundle_again(present: Laid) -> Laid:
    present.folder.rename(present.root / "first bundle")
    laid = lay_bundle(present.root, boot=present.boot, kind="none", version="2.0")
    laid.folder.rename(present.root / "second bundle")
    (present.root / "first bundle").rename(present.folder)
    return dataclasses.replace(laid, folder=present.root / "second bundle")


def test_the_first_one_that_will_do_is_taken(present: Laid) -> None:
    old = python_in(present.root / "Old", present, says(present, version="3.0.1"))
    right = python_in(present.root / "Right", present)
    ran = bootstrap(present, "/plan", PASSWORD, pythons=registered(present, old, right))
    assert (ran.code, f"that is in {right}" in ran.out) == (0, True), ran.err
    ran = bootstrap(present, PASSWORD, pythons=registered(present, old, old))
    refused(present, ran, 1638, "is Python 3.0.1 with", "One problem found")


def test_without_one_it_is_said_what_there_is(present: Laid) -> None:
    target = present.manifest.target
    refused(present, bootstrap(present, PASSWORD), 1603, "none is registered for all users of this machine. Install it")
    other = python_in(present.root / "Other", present)
    for changed, words in (
        ({"bits": 32}, f"the one in {other}/ is for 32 bits"),
        ({"arm64": True}, f"the one in {other}/ is for 64-bit ARM"),
        ({"all_users": False}, f"the one in {other}/ is registered for this account only"),
    ):
        ran = bootstrap(present, PASSWORD, pythons=registered(present, other, **changed))
        refused(present, ran, 1603, f"a Python {target.python} (64 bits) that is there already", words)


@pytest.mark.parametrize(("admin", "code"), [(True, 1603), (False, 0)])
def test_an_accounts_own_python_is_never_an_administrators(present: Laid, admin: bool, code: int) -> None:
    """Even where the recipe takes one: whoever owns the account would decide what the elevated run starts."""
    own = python_in(present.root / "Own", present)
    runtime = dataclasses.replace(present.manifest.runtime, all_users=False)
    present.rewrite(dataclasses.replace(present.manifest, runtime=runtime))
    pythons = registered(present, own, all_users=False, bits=None)
    assert bootstrap(present, PASSWORD, pythons=pythons, admin=admin).code == code


@pytest.mark.parametrize(
    ("script", "code", "words"),
    [
        ({"version": "3.11.250"}, 1638, "is Python 3.11.250 with 64 bits, and this bundle is made for"),
        ({"bits": 32}, 1638, "with 32 bits, and this bundle is made for"),
        ({"facts": "PyPy win-amd64 0 0 0"}, 1603, "is PyPy, and this bundle is made for CPython"),
        ({"facts": "CPython win-arm64 0 0 0"}, 1603, "is for win-arm64, and this bundle for win_amd64"),
        ({"facts": "CPython win32 0 0 0"}, 1603, "is for win32, and this bundle for win_amd64"),
        ({"facts": "CPython win-amd64 1 0 0"}, 1603, "is free-threaded, and this bundle is made for one with a global lock"),
        ({"facts": "CPython win-amd64 0 1 0"}, 1603, "belongs to a virtual environment"),
        ({"facts": "CPython win-amd64 0 0 1"}, 1603, "is a debug build"),
        ({"facts": "Traceback"}, 1603, "is not complete: "),
        ({"more": ("lacks ssl", "lacks venv")}, 1603, "it has no working module ssl, venv"),
        ({}, 1603, "makes no virtual environments"),
        (None, 1603, "doesn't run: it says nothing"),
    ],
)  # fmt: skip
def test_one_that_will_not_do(present: Laid, script: dict[str, Any] | None, code: int, words: str) -> None:
    text = "true" if script is None else says(present, **script)
    folder = python_in(present.root / "Odd", present, text)
    refused(present, bootstrap(present, PASSWORD, pythons=registered(present, folder)), code, words)


def test_a_folder_without_a_python(present: Laid) -> None:
    named(present, present.root / "Nothing")
    refused(present, bootstrap(present, PASSWORD), 1603, f"there is no {present.root / 'Nothing' / 'python.exe'}")


def test_one_of_the_store(present: Laid) -> None:
    mark = present.root / "started"
    folder = python_in(present.root / "Microsoft" / "WindowsApps", present, f"touch '{mark}'")
    ran = bootstrap(present, PASSWORD, pythons=registered(present, folder))
    refused(present, ran, 1603, "belongs to the Store")
    assert not mark.exists()


@pytest.mark.parametrize("where", ["folder", "above", "inside"])
@pytest.mark.parametrize("how", ["registered", "named"])
def test_what_others_may_change_is_not_started(present: Laid, where: str, how: str) -> None:
    mark = present.root / "started"
    folder = python_in(present.root / "above" / "Planted", present, f"touch '{mark}'")
    open_one = {"folder": folder, "above": folder.parent, "inside": folder / "Lib"}[where]
    access = {str(open_one): [ADMINISTRATORS, [[EVERY_USER, MODIFY, False]]]}
    machine: dict[str, Any] = {"access": access, "account": ["me", "S-1-5-21-1-2-3-1001"]}
    if how == "named":
        named(present, folder)
    else:
        machine["pythons"] = registered(present, folder)
    refused(present, bootstrap(present, PASSWORD, **machine), 1625, f"{open_one} can be", "every user (Users)")
    assert not mark.exists()
    owned = {str(open_one): [OTHER, []]}
    refused(present, bootstrap(present, PASSWORD, **dict(machine, access=owned)), 1625, f"belongs to {OTHER}")
    assert not mark.exists()


@pytest.mark.parametrize("whose", [(where, owner) for where in ("folder", "program") for owner in (OTHER, None)])
@pytest.mark.parametrize("how", ["registered", "named", "of an installer"])
def test_a_user_starts_no_python_of_another_user(
    tmp_path: Path, present: Laid, whose: tuple[str, str | None], how: str, few: Interpreter
) -> None:
    r"""Below C:\ every user may make the folder that a recipe names; what lies there would run with the rights of whoever installs. Its owner can
    keep others from asking whose it is, and let them start it all the same.
    """
    laid = present
    if how == "of an installer":
        (tmp_path / "other").mkdir()
        laid = lay_bundle(tmp_path / "other", boot=few, kind="exe")
    mark = laid.root / "started"
    place = Path(laid.manifest.runtime.directory or laid.root / "Planted")
    folder = python_in(place, laid, f"touch '{mark}'")
    where, owner = whose
    machine: dict[str, Any] = {"admin": False, "account": ["me", "S-1-5-21-1-2-3-1001"]}
    planted = folder if where == "folder" else folder / "python.exe"
    machine["access"] = {str(planted): [owner, []]}
    if how == "named":
        named(laid, folder)
    elif how == "registered":
        runtime = dataclasses.replace(laid.manifest.runtime, all_users=False)
        laid.rewrite(dataclasses.replace(laid.manifest, runtime=runtime))
        machine["pythons"] = registered(laid, folder, all_users=False)
    for arguments in ([PASSWORD], [PASSWORD, "/plan"]):
        ran = bootstrap(laid, *arguments, **machine)
        assert ran.code == 1625, ran
        assert (f"{planted} belongs to {OTHER}" if owner else f"whose {planted} is can't be found out") in ran.err
        assert not mark.exists()


def test_a_user_who_verifies_starts_no_python_of_another_user(present: Laid) -> None:
    """Of an installation that another user has planted, or whose Python another user has put there since."""
    folder = python_in(present.root / "Planted", present)
    named(present, folder)
    machine: dict[str, Any] = {"admin": False, "account": ["me", "S-1-5-21-1-2-3-1001"], "access": {}}
    assert bootstrap(present, PASSWORD, **machine).code == 0
    mark = present.root / "started"
    (folder / "python.exe").write_text(f"#!/bin/sh\ntouch '{mark}'\n")
    planted = {str(each): [OTHER, []] for each in (present.environment, folder / "python.exe")}
    ran = bootstrap(present, "/verify", **dict(machine, access=planted))
    assert ran.code == 1603, ran
    assert f"{folder / 'python.exe'} belongs to {OTHER}, and isn't started" in ran.err
    assert not mark.exists()


def test_an_installers_folder_that_others_may_change_is_not_started_either(tmp_path: Path, few: Interpreter) -> None:
    laid = lay_bundle(tmp_path, boot=few, kind="exe")
    assert laid.manifest.runtime.directory is not None
    mark = laid.root / "started"
    folder = python_in(Path(laid.manifest.runtime.directory), laid, f"touch '{mark}'")
    access = {str(folder): [OTHER, []]}
    ran = bootstrap(laid, PASSWORD, access=access, account=["me", "S-1-5-21-1-2-3-1001"])
    assert ran.code == 1625
    assert not mark.exists()


def test_a_python_of_another_bundle_is_not_the_sites(present: Laid) -> None:
    folder = python_in(present.root / "Bundles", present)
    (folder / ".bundles").mkdir()
    ran = bootstrap(present, PASSWORD, pythons=registered(present, folder))
    refused(present, ran, 1638, "was installed by another bundle, and goes with it")


def test_a_python_that_went_or_changed_is_reported(present: Laid) -> None:
    folder = python_in(present.root / "Sites own", present)
    machine = {"pythons": registered(present, folder)}
    assert bootstrap(present, PASSWORD, **machine).code == 0
    (folder / "python.exe").write_text(f"#!/bin/sh\n{says(present, version='3.11.250')}\n")
    ran = bootstrap(present, "/verify", **machine)
    assert (ran.code, "is Python 3.11.250, and it was made with Python" in ran.err) == (1603, True)
    (folder / "python.exe").unlink()
    ran = bootstrap(present, "/verify", **machine)
    assert (ran.code, "its Python is gone: there is no" in ran.err) == (1603, True)
    ran = bootstrap(present, "/repair", **machine)
    assert (ran.code, "whoever installed it must put it back" in ran.err) == (1603, True)
    assert bootstrap(present, "/uninstall", **machine).code == 0


def test_it_may_change_between_the_preflight_and_its_use(present: Laid) -> None:
    """The program behind the name is replaced while folders are made."""
    folder = python_in(present.root / "Sites own", present)
    swap = present.root / "swap"
    swap.write_text(f"#!/bin/sh\nprintf '#!/bin/sh\\ntrue\\n' > '{folder}/python.exe'\n")
    swap.chmod(0o755)
    ran = bootstrap(present, PASSWORD, pythons=registered(present, folder), meanwhile=[5, str(swap)])
    assert (ran.code, "can't be used" in ran.err) == (1603, True)
    assert not present.environment.exists()


def test_a_manifest_with_an_installer_for_it_is_malformed(present: Laid) -> None:
    present.rewrite(
        dataclasses.replace(
            present.manifest, runtime=dataclasses.replace(present.manifest.runtime, file="boot/python.exe")
        )
    )
    ran = bootstrap(present, PASSWORD)
    assert (ran.code, "runtime.file must be null for kind none" in ran.err) == (1603, True)


def test_a_registration_says_nothing_of_arm_by_itself() -> None:
    assert not InstalledPython("C:\\Python311", 64, True).arm64
