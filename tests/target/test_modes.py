"""Upgrade, rollback, repair, uninstallation and what they refuse, on a simulated machine."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from bundler.target.machine.environment import Environment
from tests.support import only_linux
from tests.target.bundles import Laid, Ran, bootstrap, demo_wheel, lay_bundle
from tests.target.interpreters import Interpreter, running
from tests.target.own_host import own_host

pytestmark = only_linux.SIMULATED

PASSWORD = "/set:password=secret-words"
ONE, TWO, THREE, FOUR = (f"{number}.0-0a1b2c3d" for number in (1, 2, 3, 4))
QUICK = {"quick": str(running().path), "minor": running().minor, "identity": f"{running().version} 64"}


def run(laid: Laid, *arguments: str, **machine: object) -> Ran:
    return bootstrap(laid, *arguments, **{**QUICK, **machine})  # type: ignore[arg-type]


def did(laid: Laid, *arguments: str, **machine: object) -> Ran:
    ran = run(laid, *arguments, **machine)
    assert ran.code == 0, ran.out + ran.err
    return ran


def refused(laid: Laid, *arguments: str, code: int = 1603, **machine: object) -> str:
    """It ends with the code, says why, and nothing on the machine is another than before."""
    before = state(laid)
    ran = run(laid, *arguments, **machine)
    assert ran.code == code, ran.out + ran.err
    assert state(laid) == before
    return ran.err


def lay(root: Path, number: int, boot: Interpreter, keep: int = 2) -> Laid:
    """A bundle of one application's version NUMBER.0; several of them live on one machine."""
    packages = [demo_wheel(root / f"made {number}", f"{number}.0", requires=["helper"]), *root.glob("made/helper*.whl")]
    laid = lay_bundle(root, boot=boot, version=f"{number}.0", packages=packages if number > 1 else None)
    environment = dataclasses.replace(laid.manifest.environment, keep=keep)
    laid.rewrite(dataclasses.replace(laid.manifest, environment=environment))
    laid.folder.rename(root / f"bundle {number}")
    return dataclasses.replace(laid, folder=root / f"bundle {number}")


@pytest.fixture
def one(tmp_path: Path, few: Interpreter) -> Laid:
    return lay(tmp_path, 1, few)


@pytest.fixture
def two(one: Laid) -> Laid:
    return lay(one.root, 2, one.boot)


def state(laid: Laid) -> dict[str, bytes | None]:
    """Everything on the machine but logs."""
    machine = laid.environment.parent
    paths = (path for path in machine.rglob("*") if not path.name.endswith(".log"))
    return {str(path): path.read_bytes() if path.is_file() and not path.is_symlink() else None for path in paths}


def pointer(laid: Laid) -> str:
    return (laid.environment / "current").read_text("ascii").strip()


def use(laid: Laid) -> str:
    done = subprocess.run([laid.environment / "bin" / "demo"], capture_output=True, encoding="utf-8", check=True)
    return done.stdout.split()[1]


def receipt(laid: Laid) -> dict[str, object]:
    content = json.loads((laid.environment / "receipt.json").read_bytes())
    assert isinstance(content, dict)
    return content


def programs(laid: Laid) -> list[dict[str, object]]:
    path = laid.temporary / "programs.json"
    found = list(json.loads(path.read_bytes()).values()) if path.exists() else []
    return [each for each in found if isinstance(each, dict)]


def releases(laid: Laid) -> list[str]:
    return sorted(path.name for path in (laid.environment / "releases").iterdir())


# -- upgrade and rollback


def test_the_receipt_says_what_is_installed_by_whom_and_from_where(one: Laid) -> None:
    did(one, PASSWORD)
    found = receipt(one)
    assert (found["version"], found["current"], found["previous"]) == ("1.0", ONE, None)
    assert found["bundle"] == str(one.folder)
    assert found["account"] == own_host().rights.account()[0]
    assert found["environment"] == str(one.environment)
    assert found["data"] == str(one.data)
    assert set(found["folders"]) == {  # type: ignore[call-overload]
        str(path)
        for path in (
            one.environment, one.environment / "releases", one.environment / "uninstall", one.environment / "bin", one.data,
            one.data / "sub",
        )
    }  # fmt: skip


def test_two_releases_are_kept_and_older_ones_go(one: Laid, two: Laid) -> None:
    did(one, PASSWORD)
    did(two)
    assert releases(one) == [ONE, TWO]
    third = lay(one.root, 3, one.boot)
    plan = did(third, "/plan")
    assert f"  - remove the old release {ONE}\n" in plan.out
    did(third)
    assert releases(one) == [TWO, THREE]
    assert sorted(path.name for path in (one.environment / "uninstall").iterdir() if path.is_dir()) == [THREE]
    assert receipt(one)["releases"] == [TWO, THREE]
    assert receipt(one)["previous"] == TWO


def test_one_release_is_kept_if_the_recipe_says_so(one: Laid) -> None:
    did(one, PASSWORD)
    did(lay(one.root, 2, one.boot, keep=1))
    assert releases(one) == [TWO]
    assert "There is no release before" in refused(one, "/rollback")


def test_what_is_in_use_is_removed_another_time(one: Laid, two: Laid) -> None:
    did(one, PASSWORD)
    did(two)
    stuck = str(one.release / "bin")
    did(lay(one.root, 3, one.boot), stuck=[stuck])
    assert (one.release / ".incomplete").exists()
    assert receipt(one)["releases"] == [ONE, TWO, THREE]
    did(lay(one.root, 4, one.boot))
    assert releases(one) == [THREE, FOUR]
    assert receipt(one)["releases"] == [THREE, FOUR]


def test_an_older_bundle_is_another_switch(one: Laid, two: Laid) -> None:
    did(one, PASSWORD)
    did(two, "/set:port=9")
    ran = did(one)
    assert f"Switched to {ONE}" in ran.out
    assert use(one) == "1.0"
    assert json.loads((one.environment / "site.json").read_bytes())["values"]["port"] == "8080"
    assert receipt(one)["previous"] == TWO
    assert programs(one)[0]["DisplayVersion"] == "1.0"


def test_rollback_and_forward_again(one: Laid, two: Laid) -> None:
    did(one, PASSWORD)
    did(two, "/set:port=9")
    plan = did(two, "/rollback", "/plan")
    assert f"  - make {ONE} current (now: {TWO})\n" in plan.out
    assert use(one) == "2.0"
    ran = did(two, "/rollback")
    assert f"Rolled back from {TWO} to {ONE} in " in ran.out
    assert (use(one), receipt(one)["version"]) == ("1.0", "1.0")
    assert json.loads((one.environment / "site.json").read_bytes())["values"]["port"] == "8080"
    kept = dataclasses.replace(one, folder=one.environment / "uninstall" / TWO)
    did(kept, "/rollback")
    assert (use(one), receipt(one)["previous"]) == ("2.0", ONE)
    assert json.loads((one.environment / "site.json").read_bytes())["values"]["port"] == "9"


def test_what_can_not_be_rolled_back(one: Laid, two: Laid) -> None:
    assert "Nothing is installed in" in refused(one, "/rollback")
    did(one, PASSWORD)
    assert "There is no release before" in refused(one, "/rollback")
    did(two)
    assert "administrator" in refused(two, "/rollback", admin=False, code=1625)
    module = next(one.release.glob("lib/python*/site-packages/demo.py"))
    module.unlink()
    assert "site-packages/demo.py is missing" in refused(two, "/rollback")


def test_a_python_that_no_longer_starts_is_not_rolled_back_to(one: Laid, two: Laid) -> None:
    did(one, PASSWORD)
    did(two)
    assert "there is no Python that runs" in refused(two, "/rollback", identity="Segmentation fault")
    assert use(two) == "2.0"


def test_a_damaged_program_changes_nothing_even_when_only_the_program_is_looked_at(one: Laid, two: Laid) -> None:
    did(one, PASSWORD)
    did(two)
    (two.folder / "wheels" / "more.whl").write_bytes(b"the whole bundle isn't read")
    (two.folder / "target" / "more.py").write_bytes(b"but this is")
    assert "target/more.py does not belong to the bundle" in refused(two, "/rollback")
    (two.folder / "target" / "more.py").unlink()
    did(two, "/rollback")


# -- uninstallation


def test_an_uninstallation_leaves_the_data_and_nothing_else(one: Laid, two: Laid) -> None:
    did(one, PASSWORD)
    did(two)
    (one.data / "orders.db").write_text("the application's")
    plan = did(two, "/uninstall", "/plan")
    assert f"  - keep {one.data} as it is\n" in plan.out
    assert use(one) == "2.0"
    ran = did(two, "/uninstall")
    assert f"{one.data} is kept." in ran.out
    assert not one.environment.exists()
    assert sorted(path.name for path in one.data.rglob("*")) == ["data.txt", "orders.db", "site.json", "sub"]
    assert programs(one) == []
    assert "nothing to do" in did(two, "/uninstall").out


def test_purge_takes_the_data_folder_that_a_bundle_made(one: Laid) -> None:
    did(one, PASSWORD)
    (one.data / "orders.db").write_text("the application's")
    assert f"  - remove {one.data} with everything in it\n" in did(one, "/uninstall", "/purge", "/plan").out
    did(one, "/uninstall", "/purge")
    assert list(one.environment.parent.iterdir()) == []


@pytest.mark.parametrize("again", [False, True], ids=["at once", "after an installation between"])
def test_purge_takes_what_an_uninstallation_kept(one: Laid, *, again: bool) -> None:
    """A bundle made the data folder, and what an uninstallation keeps in it holds passwords."""
    did(one, PASSWORD)
    (one.data / "orders.db").write_text("the application's")
    did(one, "/uninstall")
    assert f"{one.data} is kept: /uninstall /purge removes what a bundle put there" in did(one, "/uninstall").out
    if again:
        did(one)
        did(one, "/uninstall", "/purge")
    else:
        assert f"  - remove {one.data} with everything in it\n" in did(one, "/uninstall", "/purge", "/plan").out
        held = {str(one.data / "orders.db"): [["db", 7]]}
        assert f"{one.data / 'orders.db'} is in use by db" in refused(one, "/uninstall", "/purge", locked=held)
        assert f"removed {one.data}." in did(one, "/uninstall", "/purge").out
    assert list(one.environment.parent.iterdir()) == []
    assert remembered(one) == []
    assert "nothing to do" in did(one, "/uninstall", "/purge").out


@pytest.mark.parametrize("gone", [False, True], ids=["with the data folder", "alone"])
def test_purge_takes_the_quarantine_that_an_uninstallation_kept(one: Laid, *, gone: bool) -> None:
    """A file of the release that was edited is kept there, and may hold passwords."""
    did(one, PASSWORD)
    (one.release / "evil.pth").write_text("import os")
    did(one, "/repair")
    quarantine = one.environment / "quarantine"
    said = f"{quarantine} is kept: what was moved out of releases, or had been edited there. Look at it; /uninstall /purge removes it."
    assert said in did(one, "/uninstall").out
    assert said in did(one, "/uninstall").out
    if gone:
        shutil.rmtree(one.data)
        did(one, "/uninstall")
    assert f"  - remove {quarantine} with everything in it\n" in did(one, "/uninstall", "/purge", "/plan").out
    assert quarantine.is_dir()
    did(one, "/uninstall", "/purge")
    assert list(one.environment.parent.iterdir()) == []
    assert remembered(one) == []


def test_a_quarantine_of_which_nothing_is_known_stays(one: Laid) -> None:
    did(one, PASSWORD)
    did(one, "/uninstall")
    quarantine = one.environment / "quarantine"
    quarantine.mkdir(parents=True)
    (quarantine / "theirs").write_text("x")
    said = did(one, "/uninstall", "/purge").out
    assert f"{quarantine} is kept: nothing says that a bundle made it" in said
    assert not one.data.exists()
    assert (quarantine / "theirs").is_file()


def test_nothing_is_remembered_of_a_data_folder_that_is_gone(one: Laid) -> None:
    """By somebody's hand; an empty one goes with the uninstallation."""
    did(one, PASSWORD)
    did(one, "/uninstall")
    assert len(remembered(one)) == 1
    shutil.rmtree(one.data)
    assert "nothing to do" in did(one, "/uninstall", "/purge").out
    assert remembered(one) == []


def remembered(laid: Laid) -> list[str]:
    table = json.loads((laid.temporary / "programs.json").read_bytes())
    return [str(each) for each in table.values() if isinstance(each, str)]


def test_a_later_purge_leaves_what_was_in_a_data_folder_before(one: Laid) -> None:
    one.data.mkdir()
    (one.data / "theirs").write_text("x")
    did(one, PASSWORD)
    did(one, "/uninstall")
    assert (one.data / "site.json").is_file()
    did(one, "/uninstall", "/purge")
    assert [path.name for path in one.data.rglob("*")] == ["theirs"]


def test_a_later_purge_of_what_nothing_is_known_of(one: Laid) -> None:
    """An earlier version had uninstalled it: the site values are removed, the rest is named."""
    did(one, PASSWORD)
    did(one, "/uninstall")
    (one.temporary / "programs.json").write_text("{}")
    ran = did(one, "/uninstall", "/purge")
    assert f"{one.data} is kept: nothing says that a bundle made it" in ran.out
    assert sorted(path.name for path in one.data.rglob("*")) == ["data.txt", "sub"]


@pytest.mark.parametrize(
    "text", ["", "[]", '{"name": "example"}', '{"name": 1, "data": [], "folders": {}, "files": 3}']
)
def test_what_is_remembered_may_be_damaged(one: Laid, text: str) -> None:
    did(one, PASSWORD)
    did(one, "/uninstall")
    path = one.temporary / "programs.json"
    path.write_text(json.dumps(dict.fromkeys(json.loads(path.read_bytes()), text)))
    assert "nothing says that a bundle made it" in did(one, "/uninstall", "/purge").out


def test_what_is_remembered_names_nothing_elsewhere(one: Laid) -> None:
    """Not even where somebody could write it."""
    did(one, PASSWORD)
    did(one, "/uninstall")
    path, victim = one.temporary / "programs.json", one.environment.parent / "victim"
    victim.mkdir()
    (victim / "theirs").write_text("x")
    for data in (one.data, victim):
        table = {"name": "example", "data": str(data), "folders": [str(victim)], "files": [str(victim / "theirs")]}
        path.write_text(json.dumps(dict.fromkeys(json.loads(path.read_bytes()), json.dumps(table))))
        did(one, "/uninstall", "/purge")
        assert (victim / "theirs").is_file()


def test_an_administrator_does_not_believe_what_an_account_remembers(one: Laid) -> None:
    did(one, PASSWORD, admin=False)
    did(one, "/uninstall", admin=False)
    assert "nothing says that a bundle made it" in did(one, "/uninstall", "/purge").out
    did(one, "/uninstall", "/purge", admin=False)
    assert not one.data.exists()


def test_purge_leaves_what_was_in_a_data_folder_before(one: Laid) -> None:
    one.data.mkdir()
    (one.data / "theirs").write_text("x")
    did(one, PASSWORD)
    did(one, "/uninstall", "/purge")
    assert [path.name for path in one.data.rglob("*")] == ["theirs"]


def test_what_somebody_put_into_the_environment_stays(one: Laid) -> None:
    did(one, PASSWORD)
    for each in ("notes.txt", "bin/own-script", "releases/mine/x"):
        path = one.environment / each
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
    did(one, "/uninstall")
    left = [path for path in one.environment.rglob("*") if path.is_file()]
    assert sorted(path.relative_to(one.environment).as_posix() for path in left) == [
        "bin/own-script",
        "notes.txt",
        "releases/mine/x",
    ]


def test_the_kept_copy_uninstalls_when_nobody_has_the_bundle(one: Laid) -> None:
    did(one, PASSWORD)
    shutil.rmtree(one.folder)
    kept = dataclasses.replace(one, folder=one.environment / "uninstall" / ONE)
    [program] = programs(one)
    starter, cmd = one.environment / "uninstall" / "bootstrap.bat", "C:\\Windows/System32/cmd.exe"
    assert program["UninstallString"] == f'"{cmd}" /d /c ""{starter}" /uninstall"'
    assert program["QuietUninstallString"] == f'"{cmd}" /d /c ""{starter}" /uninstall /quiet"'
    assert starter.read_bytes() == (kept.folder / "target" / "kept.bat").read_bytes()
    assert (starter.parent / "program").read_bytes() == f"{ONE}\r\n".encode()
    assert (program["DisplayVersion"], program["scope"]) == ("1.0", "machine")
    assert "to install, add or repair, start the bootstrap.bat of the bundle" in refused(kept, code=1639)
    assert "to install, add or repair" in refused(kept, "/repair", code=1639)
    assert "The kept copy is whole." in did(kept, "/verify").out
    did(kept, "/uninstall")
    assert not one.environment.exists()


def test_what_uninstalls_is_started_in_the_same_way_whatever_release_is_in_use(one: Laid, two: Laid) -> None:
    """Deployment tools note it down; which copy of the program serves stands in a file beside the script."""
    serving = one.environment / "uninstall" / "program"
    did(one, PASSWORD)
    [first] = programs(one)
    for laid, mode, program in ((two, [], TWO), (two, ["/rollback"], TWO), (two, ["/rollback"], TWO)):
        did(laid, *mode)
        [now] = programs(one)
        for key in ("UninstallString", "QuietUninstallString"):
            assert now[key] == first[key]
        assert serving.read_text("ascii").strip() == program
    assert sorted(each.name for each in serving.parent.iterdir()) == [TWO, "bootstrap.bat", "program"]
    did(two, "/uninstall", "/purge")
    assert not one.environment.exists()


@pytest.mark.parametrize("fault", ["script", "no script", "pointer", "no pointer"])
def test_what_starts_the_kept_copy_is_verified_and_repaired(one: Laid, fault: str) -> None:
    did(one, PASSWORD)
    starter, serving = (one.environment / "uninstall" / name for name in ("bootstrap.bat", "program"))
    before = starter.read_bytes(), serving.read_bytes()
    path = starter if "script" in fault else serving
    if fault.startswith("no"):
        path.unlink()
    else:
        path.write_text("other")
    assert str(path) in refused(one, "/verify")
    did(one, "/repair")
    assert (starter.read_bytes(), serving.read_bytes()) == before
    did(one, "/verify")


def test_a_file_in_use_is_told_with_who_holds_it_before_anything_is_changed(one: Laid) -> None:
    did(one, PASSWORD)
    held = str(one.release / "bin" / "demo")
    words = refused(one, "/uninstall", locked={held: [["demo.exe", 12]]})
    assert f"{held} is in use by demo.exe (process 12): end that first" in words
    assert use(one) == "1.0"


def test_an_upgrade_tells_what_is_in_the_way_too(one: Laid, two: Laid) -> None:
    did(one, PASSWORD)
    held = str(one.environment / "current")
    assert f"{held} is in use by backup.exe (process 3)" in refused(two, locked={held: [["backup.exe", 3]]})
    assert f"{held} is in use: end that first" in refused(two, "/plan", locked={held: []})


def test_an_uninstallation_that_was_begun_goes_on(one: Laid) -> None:
    did(one, PASSWORD)
    stuck = str(one.release / "bin")
    ran = run(one, "/uninstall", stuck=[stuck])
    assert ran.code == 1603
    assert f"- {stuck}\n" in ran.err
    assert not (one.environment / "current").exists()
    again = did(one, "/uninstall")
    assert "was interrupted" in again.out
    assert "it is finished" in again.out
    assert not one.environment.exists()


# -- repair and verify


def damaged(laid: Laid) -> list[str]:
    packages = next(laid.release.glob("lib/python*/site-packages"))
    (packages / "demo.py").write_text("raise SystemExit(1)\n")  # out of a wheel
    (laid.release / "bin" / "demo").unlink()  # made by the installation
    (laid.release / "etc" / "settings.ini").write_text("port = 1\n")  # a template, filled in
    (laid.release / "runtime" / "python.exe").unlink()  # out of the boot Python
    (laid.environment / "bin" / "demo").unlink()  # a launcher
    names = [packages / "demo.py", laid.release / "etc/settings.ini", laid.release / "runtime/python.exe"]
    return ["bin/demo", *(path.relative_to(laid.release).as_posix() for path in names)]


def test_repair_puts_back_every_kind_of_file(one: Laid) -> None:
    did(one, PASSWORD)
    whole = state(one)
    assert f"{ONE} is in use, and its " in did(one, "/verify").out
    names = damaged(one)
    told = refused(one, "/verify")
    assert all(f"- {name} " in told for name in names)
    plan = did(one, "/repair", "/plan")
    assert all(f"  - repair {name}, which " in plan.out for name in names)
    ran = did(one, "/repair")
    assert all(f"  - repaired {name}, which " in ran.out for name in names)
    assert use(one) == "1.0"
    found = state(one)
    changed = {name for name in whole | found if whole.get(name) != found.get(name) and "pyc" not in name}
    assert changed <= {str(one.environment / "receipt.json")}
    assert "Nothing had to be repaired." in did(one, "/repair").out


def test_repair_puts_back_the_kept_copy(one: Laid) -> None:
    did(one, PASSWORD)
    module = one.environment / "uninstall" / ONE / "target" / "modes" / "plan.py"
    module.write_text("")
    assert "repaired the copy in " in did(one, "/repair").out
    assert module.read_bytes() == (one.folder / "target" / "modes" / "plan.py").read_bytes()


def test_what_nobody_has_any_more_can_not_be_repaired(one: Laid) -> None:
    did(one, PASSWORD)
    (one.release / "spares.zip").unlink()
    (one.release / "etc" / "settings.ini").unlink()
    ran = run(one, "/repair")
    assert ran.code == 1603
    assert "- etc/settings.ini is missing\n" in ran.err
    assert use(one) == "1.0"


def test_a_release_is_repaired_by_its_own_bundle(one: Laid, two: Laid) -> None:
    assert "Nothing is installed" in refused(one, "/repair")
    did(one, PASSWORD)
    assert f"{ONE} is installed, and this bundle holds {TWO}" in refused(two, "/repair", code=1638)


def test_repair_of_a_release_that_is_no_release_installs_it_again(one: Laid) -> None:
    did(one, PASSWORD)
    (one.release / "release.json").unlink()
    assert "it is installed again" in did(one, "/repair").out
    assert use(one) == "1.0"
    assert "Nothing had to be repaired." in did(one, "/repair").out


# -- several instances, several at once


def test_instances_live_beside_each_other(one: Laid) -> None:
    did(one, PASSWORD)
    did(one, "/instance:Second", PASSWORD, "/set:port=81")
    second = Path(f"{one.environment}-Second")
    assert (second / "current").read_text("ascii") == f"{ONE}\n"
    assert json.loads(Path(f"{one.environment}-Second", "site.json").read_bytes())["values"]["port"] == "81"
    assert {each["DisplayName"] for each in programs(one)} == {"example", "example (Second)"}
    kept = dataclasses.replace(one, folder=second / "uninstall" / ONE)
    assert "belongs to another instance" in refused(kept, "/uninstall", "/instance:Third", code=1639)
    did(kept, "/uninstall", "/purge")
    assert not second.exists()
    assert use(one) == "1.0"


@pytest.mark.parametrize("mode", ["/rollback", "/uninstall", "/repair"])
def test_only_one_at_a_time(one: Laid, mode: str) -> None:
    class Other(Environment):
        def temporary(self) -> str:
            return str(one.temporary)

    did(one, PASSWORD)
    held = own_host(environment=Other()).system.lock(str(one.environment))
    assert held is not None
    assert "another bootstrap.bat is working" in refused(one, mode, code=1618)
    held.close()


@pytest.mark.parametrize("arguments", [[], ["/plan"]])
def test_what_another_run_changes_meanwhile_is_no_fault(one: Laid, arguments: list[str]) -> None:
    """Folders that it removes can't be opened, or are gone by the time they are looked into."""

    class Other(Environment):
        def temporary(self) -> str:
            return str(one.temporary)

    did(one, PASSWORD)
    two = lay(one.root, 2, running())
    begun = one.environment / "releases" / TWO
    begun.mkdir()
    held = own_host(environment=Other()).system.lock(str(one.environment))
    assert held is not None
    said = refused(two, *arguments, code=1618, going=[str(begun)])
    assert f"another bootstrap.bat is working on {one.environment}" in said
    held.close()
    assert "it is about to go" in refused(two, *arguments, code=1603, going=[str(begun)])
    did(two, *arguments)


# -- a Python that an installer brought


def installer(laid: Laid) -> str:
    """Stands in for python.org's: makes the Python, and takes it away again."""
    directory, path = laid.manifest.runtime.directory, laid.temporary / "installer"
    python = laid.folder / "boot" / "python.exe"
    path.write_text(
        '#!/bin/sh\ncase "$1" in\n'
        f'*/uninstall*) echo "$1" > "{laid.temporary}/uninstalled"; rm "{directory}/python.exe" ;;\n'
        f'*) mkdir -p "{directory}/Scripts"; cp "{python}" "{directory}/python.exe"; touch "{directory}/Scripts/pip" ;;\n'
        "esac\n",
        "utf-8",
    )
    path.chmod(0o755)
    return str(path)


def test_an_installed_python_goes_with_the_last_that_needs_it(tmp_path: Path, few: Interpreter) -> None:
    laid = lay_bundle(tmp_path, boot=few, kind="exe")
    directory = Path(laid.manifest.runtime.directory or "")
    program = installer(laid)
    did(laid, PASSWORD, installer=program)
    did(laid, "/instance:Second", PASSWORD)
    plan = did(laid, "/uninstall", "/plan")
    assert f"  - keep the Python in {directory}: {laid.environment}-Second needs it\n" in plan.out
    did(laid, "/uninstall", "/purge", installer=program)
    assert (directory / "python.exe").exists()
    did(laid, "/uninstall", "/purge", "/instance:Second", installer=program)
    assert "/uninstall /quiet /norestart" in (laid.temporary / "uninstalled").read_text("utf-8")
    assert list(laid.environment.parent.iterdir()) == []


def test_an_uninstaller_has_temporary_files_of_its_own(tmp_path: Path, few: Interpreter) -> None:
    """It unpacks itself there and starts that, with an administrator's rights; the account's own folder may be one in which others write."""
    laid = lay_bundle(tmp_path, boot=few, kind="exe")
    did(laid, PASSWORD, installer=installer(laid))
    own = Path(installer(laid))
    own.write_text(
        own.read_text("utf-8").replace("case", f'echo "$TMPDIR|$PATH|$PIP_X" > "{laid.temporary}/seen"\ncase', 1)
    )
    others = tmp_path / "others"
    others.mkdir()
    environ = {"TMPDIR": "/tmp", "PIP_X": "1", "PATH": f"{others}:/usr/bin:/bin"}  # noqa: S108 - it isn't used
    access = {str(others): ["S-1-5-21-1-2-3-1002", []]}
    did(laid, "/uninstall", installer=str(own), environ=environ, account=["me", "S-1-5-21-1-2-3-1001"], access=access)
    temporary, path, pip = (laid.temporary / "seen").read_text("utf-8").strip().split("|")
    assert Path(temporary).is_relative_to(laid.temporary)
    assert (path, pip) == ("/usr/bin:/bin", "")


def test_a_python_is_neither_claimed_nor_removed_while_another_run_does_either(
    tmp_path: Path, few: Interpreter
) -> None:
    """Each environment has a lock of its own: one would lose the Python that the other was just asked about."""

    class Other(Environment):
        def temporary(self) -> str:
            return str(laid.temporary)

    laid = lay_bundle(tmp_path, boot=few, kind="exe")
    directory = laid.manifest.runtime.directory or ""
    did(laid, PASSWORD, installer=installer(laid))
    held = own_host(environment=Other()).system.lock(directory)
    assert held is not None
    with held:
        said = refused(laid, "/instance:Second", PASSWORD, code=1618)
        assert f"another bootstrap.bat is working on the Python in {directory}" in said
        assert not Path(f"{laid.environment}-Second").exists()
        gone = run(laid, "/uninstall", installer=installer(laid))
        assert (gone.code, "is working on the Python" in gone.err) == (1603, True)
        assert not (laid.temporary / "uninstalled").exists()
    assert "It is taken back now." in did(laid, "/uninstall", installer=installer(laid)).out
    assert (laid.temporary / "uninstalled").exists()


def test_what_somebody_put_into_that_python_stays(tmp_path: Path, few: Interpreter) -> None:
    laid = lay_bundle(tmp_path, boot=few, kind="exe")
    directory = Path(laid.manifest.runtime.directory or "")
    program = installer(laid)
    did(laid, PASSWORD, installer=program)
    (directory / "theirs").write_text("x")
    did(laid, "/uninstall", "/purge", installer=program)
    assert [path.name for path in directory.rglob("*")] == ["theirs"]


def test_what_an_interrupted_installer_left_is_installed_over(tmp_path: Path, few: Interpreter) -> None:
    laid = lay_bundle(tmp_path, boot=few, kind="exe")
    directory = Path(laid.manifest.runtime.directory or "")
    broken = tmp_path / "broken"
    broken.write_text(f"#!/bin/sh\nmkdir -p '{directory}/Lib'\nexit 1603\n")
    broken.chmod(0o755)
    (directory / ".bundles").mkdir(parents=True)
    for stale in ("files.txt", "installer.msi"):  # of one before it, whose Python a restart took
        (directory / ".bundles" / stale).write_text("[]")
    assert run(laid, PASSWORD, installer=str(broken)).code == 1603
    assert (directory / "Lib").is_dir()
    assert not {"files.txt", "installer.msi"} & {each.name for each in (directory / ".bundles").iterdir()}
    program = installer(laid)
    did(laid, PASSWORD, installer=program)
    assert (directory / "python.exe").exists()
    did(laid, "/uninstall", "/purge", installer=program)
    assert not laid.environment.exists()


def test_half_a_python_of_somebody_else_is_not_touched(tmp_path: Path, few: Interpreter) -> None:
    laid = lay_bundle(tmp_path, boot=few, kind="exe")
    directory = Path(laid.manifest.runtime.directory or "")
    (directory / "Lib").mkdir(parents=True)
    assert "holds something else: move it out of the way" in refused(laid, PASSWORD, code=1638)
    assert [each.name for each in directory.iterdir()] == ["Lib"]


POLICY = "A policy of this machine (AppLocker, App Control or software restriction) refuses it: `bundle app-control`"


def test_a_python_that_is_there_and_that_a_policy_refuses(tmp_path: Path, few: Interpreter) -> None:
    laid = lay_bundle(tmp_path, boot=few, kind="exe")
    directory = Path(laid.manifest.runtime.directory or "")
    directory.mkdir(parents=True)
    (directory / "python.exe").write_bytes(b"somebody's")
    said = refused(laid, PASSWORD, code=1638, refused_by_policy=["python.exe"])
    assert "holds a Python that can't be started (" in said
    assert POLICY in said


def test_a_policy_refuses_what_was_installed(tmp_path: Path, few: Interpreter) -> None:
    laid = lay_bundle(tmp_path, boot=few)
    said = refused(laid, PASSWORD, refused_by_policy=["python", "python.exe"])
    assert "can't be started: " in said
    assert POLICY in said


def test_a_restart_that_the_removal_of_python_needs_is_told(tmp_path: Path) -> None:
    laid = lay_bundle(tmp_path, kind="exe")
    program = installer(laid)
    did(laid, PASSWORD, installer=program)
    ran = run(laid, "/uninstall", installer=program, installer_code=3010)
    assert ran.code == 3010
    assert "Restart this machine" in ran.out
    assert not laid.environment.exists()


def test_what_a_restart_was_to_remove_is_looked_at_by_the_next_run(tmp_path: Path) -> None:
    laid = lay_bundle(tmp_path, kind="exe")
    program, directory = installer(laid), Path(laid.manifest.runtime.directory or "")
    did(laid, PASSWORD, installer=program)
    ran = run(laid, "/uninstall", installer="/bin/true", installer_code=3010)
    assert (ran.code, ran.err) == (3010, "")
    assert (
        f"{directory} is there until this machine restarts. The next run of bootstrap.bat looks at it again" in ran.out
    )
    assert [path.name for path in laid.environment.iterdir()] == ["leftovers.json"]
    again = run(laid, "/uninstall", installer="/bin/true", installer_code=3010)  # before it
    assert again.code == 1603
    assert f"- uninstall the Python in {directory}: a restart of this machine finishes its uninstallation" in again.err
    for plan in ([], ["/plan"]):  # the restart would take the Python from what was installed
        early = refused(laid, PASSWORD, *plan, installer="/bin/true", installer_code=3010)
        assert f"the Python in {directory} goes when this machine restarts" in early
    (directory / "python.exe").unlink()  # by it
    did(laid, "/uninstall", installer="/bin/true", installer_code=1605)
    assert not laid.environment.exists()
    assert not directory.exists()


@pytest.mark.parametrize("is_there", [True, False])
def test_no_python_is_shared_whose_files_the_next_restart_removes(
    tmp_path: Path, few: Interpreter, is_there: bool
) -> None:
    """Another environment knew nothing of the uninstallation that wasn't over: the restart took the Python from it."""
    laid = lay_bundle(tmp_path, boot=few, kind="exe")
    program, directory = installer(laid), Path(laid.manifest.runtime.directory or "")
    did(laid, PASSWORD, installer=program)
    run(laid, "/uninstall", installer="/bin/true" if is_there else program, installer_code=3010)
    assert (directory / "python.exe").exists() == is_there
    going = [str(directory / "python.exe"), str(directory / "DLLs" / "held.pyd")][not is_there :]
    for plan in ([], ["/plan"]):
        early = refused(laid, PASSWORD, "/instance:Second", *plan, installer=program, leaving=going)
        assert f"a restart of this machine removes {', '.join(going)}, as an earlier" in early
    (directory / "python.exe").unlink(missing_ok=True)
    shutil.rmtree(directory / "Scripts", ignore_errors=True)
    did(laid, PASSWORD, "/instance:Second", installer=program)


def test_what_a_restart_removes_elsewhere_is_in_nobodys_way(one: Laid) -> None:
    """Its own files that were in use have other names by then, and a folder goes only if it is empty."""
    (one.environment / "services").mkdir(parents=True)
    (one.environment / "services" / "service.exe.1.old").touch()
    going = ["/elsewhere", *map(str, (one.environment / "services").iterdir()), str(one.environment / "services")]
    did(one, PASSWORD, leaving=[*going, str(one.environment), str(one.data / "x"), f"{one.release}x/y"])
    did(one, "/uninstall")
    copy = one.environment / "uninstall" / one.release.name / "boot" / "python.exe"
    assert f"removes {copy}, as an earlier" in refused(one, PASSWORD, leaving=[str(copy)])


def test_an_uninstallation_that_ends_meanwhile_is_seen_too(tmp_path: Path, few: Interpreter) -> None:
    """Its Python was looked at, and is claimed a moment later."""
    laid = lay_bundle(tmp_path, boot=few, kind="exe")
    directory = Path(laid.manifest.runtime.directory or "")
    said = refused(laid, PASSWORD, installer=installer(laid), leaving=[str(directory / "python.exe")], leaves_after=1)
    assert f"removes {directory / 'python.exe'}, as an earlier" in said


def test_what_was_installed_for_all_users_is_upgraded_by_an_administrator(one: Laid, two: Laid) -> None:
    did(one, PASSWORD)
    assert "it was installed for all users" in refused(two, admin=False, code=1625)
    did(two)


def test_without_administrators_rights_it_is_listed_for_this_account(one: Laid, two: Laid) -> None:
    did(one, PASSWORD, admin=False)
    assert [each["scope"] for each in programs(one)] == ["user"]
    did(two)
    assert [(each["scope"], each["DisplayVersion"]) for each in programs(one)] == [("user", "2.0")]
    did(two, "/uninstall", admin=False)
    assert programs(one) == []


def test_a_python_that_can_not_be_uninstalled_is_left_whole(tmp_path: Path, few: Interpreter) -> None:
    laid = lay_bundle(tmp_path, boot=few, kind="exe")
    directory = Path(laid.manifest.runtime.directory or "")
    did(laid, PASSWORD, installer=installer(laid))
    ran = run(laid, "/uninstall", installer="/bin/false", installer_code=1603)
    assert ran.code == 1603
    assert f"- uninstall the Python in {directory}: its uninstallation failed (exit code 1603)" in ran.err
    assert {path.name for path in directory.rglob("*")} >= {"Scripts", "pip", "python.exe", "installer.exe"}
    assert [path.name for path in laid.environment.iterdir()] == ["leftovers.json"]
    plan = run(laid, "/uninstall", "/plan")
    assert f"First, what an earlier run couldn't do: uninstall the Python in {directory}" in plan.out
    did(laid, "/uninstall", installer=installer(laid))
    assert list(laid.environment.parent.iterdir()) == [laid.data]


def test_a_python_that_its_uninstaller_leaves_is_not_believed_gone(tmp_path: Path, few: Interpreter) -> None:
    """As one of an account, under SYSTEM: python.org's installer finds nothing of its own, and ends with 0."""
    laid = lay_bundle(tmp_path, boot=few, kind="exe")
    directory = Path(laid.manifest.runtime.directory or "")
    did(laid, PASSWORD, installer=installer(laid), account=["HERE\\anna", "S-1-5-21-1-2-3-1001"])
    ran = run(laid, "/uninstall", "/purge", installer="/bin/true", account=["SYSTEM", "S-1-5-18"])
    assert ran.code == 1603
    assert f"its uninstallation ended with 0, and yet {directory / 'python.exe'} is there" in ran.err
    assert "HERE\\anna installed it" in ran.err
    assert (directory / ".bundles" / "installer.exe").exists()
    done = did(laid, "/uninstall", installer=installer(laid), account=["HERE\\anna", "S-1-5-21-1-2-3-1001"])
    assert "It is taken back now." in done.out
    assert list(laid.environment.parent.iterdir()) == []


def test_another_account_is_told_what_stays_in_the_list_of_programs(tmp_path: Path) -> None:
    laid = lay_bundle(tmp_path, kind="exe")
    did(laid, PASSWORD, installer=installer(laid), account=["HERE\\anna", "S-1-5-21-1-2-3-1001"])
    done = did(laid, "/uninstall", installer=installer(laid), account=["HERE\\bob", "S-1-5-21-1-2-3-1002"])
    assert "HERE\\anna installed Python: its entry in that account's list of programs may stay" in done.out


def test_a_kept_installer_that_is_another_one_by_now_is_not_started(tmp_path: Path, few: Interpreter) -> None:
    laid = lay_bundle(tmp_path, boot=few, kind="exe")
    directory = Path(laid.manifest.runtime.directory or "")
    did(laid, PASSWORD, installer=installer(laid))
    (directory / ".bundles" / "installer.exe").write_bytes(b"damaged")
    ran = run(laid, "/uninstall", installer=installer(laid))
    assert ran.code == 1603
    assert "isn't the installer that was kept" in ran.err
    assert not (laid.temporary / "uninstalled").exists()
    assert (directory / "python.exe").exists()


def test_a_python_that_was_there_before_stays(tmp_path: Path, few: Interpreter) -> None:
    laid = lay_bundle(tmp_path, boot=few, kind="exe")
    directory = Path(laid.manifest.runtime.directory or "")
    directory.mkdir()
    python = shutil.copy(laid.folder / "boot" / "python.exe", directory)
    did(laid, PASSWORD)
    did(laid, "/uninstall", "/purge")
    assert list(directory.iterdir()) == [Path(python)]


# -- a failure after the switch, a journal of others


def test_a_journal_of_another_bundle_is_left_alone(one: Laid) -> None:
    did(one, PASSWORD)
    intention = {"format": 1, "mode": "uninstall", "name": "other", "instance": None, "release": None}
    (one.environment / "journal").write_text(json.dumps({"run": intention}) + "\n")
    for mode in ("/uninstall", "/rollback", "/repair"):
        assert "belongs to the bundle other and not to example" in refused(one, mode, code=1638)


def test_a_journal_of_a_newer_program_stops_everything(one: Laid) -> None:
    did(one, PASSWORD)
    (one.environment / "journal").write_text('{"run": {"format": 9}}\n')
    assert "was written by a newer bootstrap.bat: it has format 9" in refused(one, "/rollback", code=1638)


def test_a_journal_that_can_not_be_read_is_set_aside(one: Laid) -> None:
    did(one, PASSWORD)
    (one.environment / "journal").write_text('{"run"\n{"begin": "x"}\n')
    ran = did(one)
    assert "journal, line 1, can't be read" in ran.err
    assert "nothing to do" in ran.out
    assert (one.environment / "journal.unreadable").exists()


def test_a_run_that_only_looks_says_what_it_would_settle(one: Laid, two: Laid) -> None:
    did(one, PASSWORD)
    ran = run(two, kill_at=40)
    assert ran.code == 77
    before = state(one)
    assert "First: The installation of 2.0-0a1b2c3d that was begun at " in run(two, "/plan").out
    told = did(two, "/verify").out
    assert "The installation of 2.0-0a1b2c3d that was begun at " in told
    assert "; it is not over: the next run that may change something takes back what of it was done.\n" in told
    assert state(one) == before
    assert "it is taken back" in did(two).out
