"""Windows itself: a bundle is built on this machine, and its bootstrap.bat installs, upgrades and removes it for this user."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.native import Target

pytestmark = pytest.mark.windows


def test_from_the_first_installation_to_the_last_file(target: Target, build: Callable[..., Path]) -> None:
    one = target.unpack(build("1.0"), "Disk é (x86) ! & co")
    two = target.unpack(build("2.0", requirements='"beta"'), "newer")
    before = target.files()
    plan = one.bootstrap("/plan")
    assert plan.code == 0, plan.output
    assert "Nothing was changed" in plan.output
    assert target.files() == before

    first = one.bootstrap("/set:port=81")
    assert first.code == 0, first.output
    assert target.current == one.manifest.bundle.release
    assert target.listed()["DisplayVersion"] == "1.0"
    assert answers(target) == "application here\n"
    assert settings(target, one.manifest.bundle.release) == "port = 81\n"

    before = target.files()
    again = one.bootstrap()
    assert again.code == 0, again.output
    assert "othing to do" in again.output
    assert {name for name, when in target.files().items() if before.get(name) != when and "logs" not in name} == set()

    upgrade = two.bootstrap()
    assert upgrade.code == 0, upgrade.output
    assert target.current == two.manifest.bundle.release
    assert target.listed()["DisplayVersion"] == "2.0"
    assert settings(target, two.manifest.bundle.release) == "port = 81\n"

    back = two.bootstrap("/rollback")
    assert back.code == 0, back.output
    assert target.current == one.manifest.bundle.release
    assert answers(target) == "application here\n"

    gone = target.command(target.listed()["QuietUninstallString"])
    assert gone.code == 0, gone.output
    assert settled(lambda: not target.environment.parent.exists()), sorted(target.environment.parent.rglob("*"))[:20]
    assert target.listed() == {}
    assert sorted(each.name for each in target.data.iterdir()) == ["settings.ini", "site.json"]


def test_what_was_changed_is_found_and_repaired(target: Target, build: Callable[..., Path]) -> None:
    bundle = target.unpack(build("1.0"), "disk")
    assert bundle.bootstrap().code == 0
    release = target.environment / "releases" / bundle.manifest.bundle.release
    (release / "Lib" / "site-packages" / "application.py").write_text("raise SystemExit('broken')\n")
    (release / "settings.ini").unlink()
    seen = bundle.bootstrap("/verify")
    assert seen.code == 1603, seen.output
    assert "Lib/site-packages/application.py was changed" in seen.output
    repaired = bundle.bootstrap("/repair")
    assert repaired.code == 0, repaired.output
    verified = bundle.bootstrap("/verify")
    assert verified.code == 0, verified.output
    assert answers(target) == "application here\n"
    removed = bundle.bootstrap("/uninstall")
    assert removed.code == 0, removed.output


def test_what_somebody_added_is_found_and_set_aside(target: Target, build: Callable[..., Path]) -> None:
    """And what the machine's variables say leads no program to another library."""
    bundle = target.unpack(build("1.0"), "disk")
    assert bundle.bootstrap().code == 0
    release = target.environment / "releases" / bundle.manifest.bundle.release
    (release / "Lib" / "site-packages" / "evil.pth").write_text("import os\n")
    seen = bundle.bootstrap("/verify")
    assert (seen.code, "Lib/site-packages/evil.pth was added" in seen.output) == (1603, True), seen.output
    repaired = bundle.bootstrap("/repair")
    assert repaired.code == 0, repaired.output
    assert [path.name for path in (target.environment / "quarantine").rglob("*.pth")] == ["evil.pth"]
    assert bundle.bootstrap("/verify").code == 0
    program = target.program("application.exe")
    led = target.command(f'cmd.exe /d /s /c "set PYTHONHOME=C:\\nowhere&& "{program}" here"')
    assert (led.code, led.output) == (0, "application here\n"), led
    removed = bundle.bootstrap("/uninstall", "/purge")
    assert removed.code == 0, removed.output


def test_values_are_changed_and_come_back(target: Target, build: Callable[..., Path]) -> None:
    """By the copy that was kept too; programs read how it is."""
    bundle = target.unpack(build("1.0"), "disk")
    release = bundle.manifest.bundle.release
    assert bundle.bootstrap().code == 0
    changed = target.run(str(target.environment / "uninstall" / "bootstrap.bat"), "/set:PORT=82")
    assert changed.code == 0, changed.output
    assert target.current == f"{release}+2"
    assert settings(target, release) == "port = 82\n"
    assert (target.data / "settings.ini").read_text() == "port = 82\n"
    told = bundle.bootstrap("/status", f"/json:{target.root / 'status.json'}")
    assert told.code == 0, told.output
    found = json.loads((target.root / "status.json").read_bytes())
    assert (found["status"]["release"], found["exit_code"], found["result"]) == (f"{release}+2", 0, "done")
    (target.data / "settings.ini").write_text("mine\n")
    edited = bundle.bootstrap("/set:port=83")
    assert (edited.code, "settings.ini.new" in edited.output) == (1603, True), edited.output
    assert target.current == f"{release}+2"
    back = bundle.bootstrap("/rollback")
    assert back.code == 0, back.output
    assert settings(target, release) == "port = 8080\n"
    assert (target.data / "settings.ini").read_text() == "mine\n"
    removed = bundle.bootstrap("/uninstall", "/purge")
    assert removed.code == 0, removed.output
    assert not target.data.exists()


def test_an_embeddable_python(target: Target, build: Callable[..., Path]) -> None:
    bundle = target.unpack(build("1.0", kind="embed"), "disk")
    assert bundle.manifest.environment.maker == "virtualenv"
    done = bundle.bootstrap()
    assert done.code == 0, done.output
    assert answers(target) == "application here\n"
    removed = bundle.bootstrap("/uninstall")
    assert removed.code == 0, removed.output


@pytest.mark.parametrize("damaged", ["wheels", "target/__main__.py"])
def test_a_damaged_bundle_changes_nothing(target: Target, build: Callable[..., Path], damaged: str) -> None:
    bundle = target.unpack(build("1.0"), "disk")
    path = bundle.folder / damaged
    path = next(path.glob("alpha-*.whl")) if path.is_dir() else path
    path.write_bytes(path.read_bytes()[:100])
    done = bundle.bootstrap()
    assert done.code == 1603, done.output
    assert not target.environment.exists()


@pytest.mark.elevated
def test_a_service_runs_and_goes(target: Target, build: Callable[..., Path]) -> None:
    name = f"native-test-{target.root.name}"
    body = '-c", "import time; time.sleep(3600)'
    more = f'[[service]]\nname = "{name}"\ncommand = ["python.exe", "{body}"]\n'
    bundle = target.unpack(build("1.0", more=more), "disk")
    done = bundle.bootstrap()
    try:
        assert done.code == 0, done.output
        assert "RUNNING" in target.run("sc", "query", name).output
    finally:
        removed = bundle.bootstrap("/uninstall")
    assert removed.code == 0, removed.output
    assert target.run("sc", "query", name).code == 1060


def answers(target: Target) -> str:
    """What the application prints, started by its stable name."""
    done = target.run(target.program("application.exe"), "here")
    assert done.code == 0, done.output
    return done.output


def settings(target: Target, release: str) -> str:
    return (target.environment / "releases" / release / "settings.ini").read_text("utf-8")


def settled(condition: Callable[[], bool]) -> bool:
    """What happens after a program's end takes a moment: the last process removes its own folder."""
    for _ in range(300):
        if condition():
            return True
        time.sleep(0.2)
    return condition()
