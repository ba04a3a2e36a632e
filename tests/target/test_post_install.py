"""Commands that a release runs once it is in use: their turn at every switch, and what is left when one fails or the machine stops."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from bundler.model.prerequisite import PostInstallInfo
from tests.support import only_linux
from tests.support.packages import make_wheel
from tests.target.bundles import Laid, Ran, bootstrap, demo_wheel, lay_bundle

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.interpreters import Interpreter

pytestmark = only_linux.SIMULATED

PASSWORD = "/set:password=hush hush"
REGISTER = PostInstallInfo(
    command=("register", "enter", "{release}", "{site.password}"), undo=("register", "leave"), needs_admin=False
)
SECOND = PostInstallInfo(command=("register", "second"), undo=("register", "unsecond"), needs_admin=False)
LATER = PostInstallInfo(command=("register", "no undo"), undo=(), needs_admin=False)
SCRIPT = """
import io, os, sys

def main():
    machine = os.path.dirname(os.path.dirname(os.path.dirname(sys.prefix)))
    words = [each if isinstance(each, str) else each.decode("utf-8") for each in sys.argv[1:]]
    with io.open(os.path.join(machine, "did"), "ab") as stream:
        shown = os.path.basename(sys.prefix).split("-")[0] + " " + " ".join(words[:1])
        stream.write(("%s\\n" % shown).encode("utf-8"))
    if words[0] == "enter":
        assert words[1:] == [sys.prefix, "hush hush"], words
        io.open(os.path.join(sys.prefix, "copied.dll"), "ab").close()
    print(" ".join(words))
    stop = os.path.join(machine, "stop at " + shown)
    sys.exit(3 if os.path.exists(stop) else 0)
"""


def bundle(
    root: Path, version: str, *commands: PostInstallInfo, like: Laid | None = None, boot: Interpreter | None = None
) -> Laid:
    """``like``: a bundle of the same machine."""
    made = root / "made"
    register = make_wheel(
        made,
        "helper",
        version,
        tag="py2.py3-none-any",
        files={"helper.py": SCRIPT},
        entry_points={"console_scripts": {"register": "helper:main"}},
    )
    laid = lay_bundle(
        root, boot=boot, version=version, packages=[demo_wheel(made, version, requires=["helper"]), register]
    )
    environment = like.manifest.environment if like else laid.manifest.environment
    manifest = dataclasses.replace(laid.manifest, post_install=commands, environment=environment)
    laid.rewrite(manifest)
    return Laid(root=like.root if like else root, folder=laid.folder, manifest=manifest, boot=laid.boot)


def run(laid: Laid, *arguments: str, environ: dict[str, str] | None = None, **machine: object) -> Ran:
    given = [] if {"/uninstall", "/rollback", "/verify"} & set(arguments) else [PASSWORD]
    return bootstrap(laid, *arguments, *given, environ=environ, **machine)


def did(laid: Laid) -> list[str]:
    """What the commands did since it was last asked: release and first word."""
    path = laid.environment.parent / "did"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    path.unlink(missing_ok=True)
    return lines


def pointer(laid: Laid) -> str | None:
    path = laid.environment / "current"
    return path.read_text().strip().partition("-")[0] if path.exists() else None


def test_from_installation_to_uninstallation(tmp_path: Path, interpreter: Interpreter) -> None:
    one = bundle(tmp_path / "one", "1.0", REGISTER, SECOND, boot=interpreter)
    plan = run(one, "/plan")
    assert "  - run register enter {release} {site.password}, which may change this machine" in plan.out.splitlines()
    assert did(one) == []
    done = run(one)
    assert (done.code, done.err) == (0, "")
    assert "[11/12] Ran 2 commands" in done.out
    assert did(one) == ["1.0 enter", "1.0 second"]
    assert "hush hush" not in one.log() + done.out
    assert "nothing to do" in run(one).out
    assert did(one) == []

    two = bundle(tmp_path / "two", "2.0", REGISTER, LATER, like=one, boot=interpreter)
    plan = run(two, "/plan")
    assert "  - run register unsecond (of 1.0-0a1b2c3d)" in plan.out.splitlines()
    assert run(two).code == 0
    assert did(one) == ["1.0 unsecond", "1.0 leave", "2.0 enter", "2.0 no undo"]

    (one.release / "evil.txt").write_text("added while it wasn't in use")
    assert run(two, "/rollback").code == 0
    assert pointer(one) == "1.0"
    assert did(one) == ["2.0 leave", "1.0 enter", "1.0 second"]
    verified = run(two, "/verify")  # what the commands add is the release's own, and nothing else is
    assert ("evil.txt was added" in verified.err, "copied.dll" in verified.err) == (True, False)
    (one.release / "evil.txt").unlink()
    assert (run(two, "/verify").code, (one.release / "copied.dll").exists()) == (0, True)
    assert run(one, "/rollback").code == 0
    assert did(one) == ["1.0 unsecond", "1.0 leave", "2.0 enter", "2.0 no undo"]

    plan = run(two, "/uninstall", "/plan")
    assert "  - run register leave" in plan.out.splitlines()
    assert run(two, "/uninstall").code == 0
    assert did(one) == ["2.0 leave"]


def test_what_an_undo_says_is_in_the_log_without_secrets(tmp_path: Path, few: Interpreter) -> None:
    """An uninstallation is given no site values, and what it runs is."""
    says = dataclasses.replace(REGISTER, undo=("register", "leave", "it was {site.password}"))
    laid = bundle(tmp_path, "1.0", says, boot=few)
    assert run(laid).code == 0
    ran = run(laid, "/uninstall")
    assert ran.code == 0, ran.err
    logs = "".join(path.read_text("utf-8") for path in laid.root.rglob("*.log"))
    assert "leave it was ***" in logs
    assert "hush hush" not in logs + ran.out + ran.err


def test_a_release_that_has_none_takes_the_old_ones_back(tmp_path: Path, few: Interpreter) -> None:
    one = bundle(tmp_path / "one", "1.0", REGISTER, boot=few)
    two = bundle(tmp_path / "two", "2.0", like=one, boot=few)
    assert run(one).code == 0
    assert run(two).code == 0
    assert did(one) == ["1.0 enter", "1.0 leave"]
    assert run(two, "/rollback").code == 0
    assert did(one) == ["1.0 enter"]


def test_what_fails_at_first_leaves_nothing(tmp_path: Path, few: Interpreter) -> None:
    one = bundle(tmp_path / "one", "1.0", SECOND, REGISTER, boot=few)
    (one.environment.parent / "stop at 1.0 enter").touch()
    done = run(one)
    assert done.code == 1603
    assert "register enter {release} {site.password} failed (exit code 3):" in done.err
    assert did(one) == ["1.0 second", "1.0 enter", "1.0 leave", "1.0 unsecond"]
    assert not one.environment.exists()


def test_what_fails_in_an_upgrade_puts_the_old_release_back(tmp_path: Path, few: Interpreter) -> None:
    one = bundle(tmp_path / "one", "1.0", REGISTER, SECOND, boot=few)
    two = bundle(tmp_path / "two", "2.0", REGISTER, like=one, boot=few)
    assert run(one).code == 0
    did(one)
    stop = one.environment.parent / "stop at 2.0 enter"
    stop.touch()
    done = run(two)
    assert done.code == 1603
    assert pointer(one) == "1.0"
    assert did(one) == ["1.0 unsecond", "1.0 leave", "2.0 enter", "2.0 leave", "1.0 enter", "1.0 second"]
    assert not two.release.exists()
    stop.unlink()
    assert run(two).code == 0
    assert pointer(one) == "2.0"


def test_an_undo_that_fails_is_told_and_keeps_nothing_in_use(tmp_path: Path, few: Interpreter) -> None:
    one = bundle(tmp_path / "one", "1.0", REGISTER, SECOND, boot=few)
    two = bundle(tmp_path / "two", "2.0", REGISTER, like=one, boot=few)
    assert run(one).code == 0
    for each in ("1.0 unsecond", "2.0 leave"):
        (one.environment.parent / f"stop at {each}").touch()
    done = run(two)
    assert done.code == 0
    assert "Took back what 1.0-0a1b2c3d did (register unsecond failed (exit code 3))" in done.out
    assert did(one)[2:] == ["1.0 unsecond", "1.0 leave", "2.0 enter"]
    gone = run(two, "/uninstall")
    assert gone.code == 0, gone
    assert "register leave failed (exit code 3)" in gone.err
    assert not one.environment.exists()


def test_what_can_not_be_taken_back_is_told(tmp_path: Path, few: Interpreter) -> None:
    one = bundle(tmp_path / "one", "1.0", REGISTER, boot=few)
    two = bundle(tmp_path / "two", "2.0", REGISTER, like=one, boot=few)
    assert run(one).code == 0
    for each in ("2.0 enter", "1.0 enter"):
        (one.environment.parent / f"stop at {each}").touch()
    done = run(two)
    assert (done.code, pointer(one)) == (1603, "1.0")
    command = "run register enter {release} {site.password} (of 1.0-0a1b2c3d)"
    (told,) = [each for each in done.err.splitlines() if each.startswith("- run")]
    assert told == f"- {command}: register enter {{release}} {{site.password}} failed (exit code 3)"
    assert not (one.environment / "journal").exists()
    assert f"First, what an earlier run couldn't do: {command}" in run(one, "/plan").out
    did(one)
    (one.environment.parent / "stop at 1.0 enter").unlink()
    again = run(one)
    assert (again.code, again.err, did(one)) == (0, "", ["1.0 enter"])
    assert "It is taken back now." in again.out
    assert (run(one).code, did(one)) == (0, [])


def test_a_release_stays_for_the_command_that_takes_it_back(tmp_path: Path, few: Interpreter) -> None:
    """What only it can run is run by it, and then again what the release in use did."""
    one = bundle(tmp_path / "one", "1.0", REGISTER, boot=few)
    two = bundle(tmp_path / "two", "2.0", REGISTER, like=one, boot=few)
    assert run(one).code == 0
    for each in ("2.0 enter", "2.0 leave"):
        (one.environment.parent / f"stop at {each}").touch()
    assert run(two).code == 1603
    assert two.release.name in {path.name for path in (one.environment / "releases").iterdir()}
    did(one)
    told = run(one, "/verify")
    assert told.code == 1603
    assert (
        "- an earlier run couldn't run register leave (of 2.0-0a1b2c3d): register leave failed (exit code 3)"
        in told.err
    )
    assert did(one) == []
    (one.environment.parent / "stop at 2.0 leave").unlink()
    assert run(one).code == 0
    assert did(one) == ["2.0 leave", "1.0 enter"]
    assert [path.name for path in (one.environment / "releases").iterdir()] == [one.release.name]
    assert run(one, "/verify").code == 0


@pytest.mark.parametrize("commands", [(), (REGISTER,)])
def test_a_later_release_decides_what_is_still_to_be_taken_back(
    tmp_path: Path, few: Interpreter, commands: tuple[PostInstallInfo, ...]
) -> None:
    one = bundle(tmp_path / "one", "1.0", REGISTER, boot=few)
    two = bundle(tmp_path / "two", "2.0", REGISTER, like=one, boot=few)
    three = bundle(tmp_path / "three", "3.0", *commands, like=one, boot=few)
    assert run(one).code == 0
    for each in ("2.0 enter", "2.0 leave"):
        (one.environment.parent / f"stop at {each}").touch()
    assert run(two).code == 1603
    done = run(three)
    assert (done.code, pointer(one)) == (0, "3.0")
    did(one)
    (one.environment.parent / "stop at 2.0 leave").unlink()
    assert run(three).code == 0
    assert did(one) == ([] if commands else ["2.0 leave"])
    assert not (one.environment / "leftovers.json").exists()
    assert sorted(path.name[:3] for path in (one.environment / "releases").iterdir()) == ["1.0", "3.0"]


@pytest.mark.parametrize(
    ("mode", "word", "in_use", "done"),
    [
        ("first", "enter", "1.0", ([], ["1.0 leave", "1.0 enter"])),
        ("upgrade", "leave", "1.0", ([], ["1.0 enter", "1.0 leave", "2.0 enter"])),
        ("upgrade", "enter", "2.0", (["1.0 leave"], ["2.0 leave", "1.0 enter", "1.0 leave", "2.0 enter"])),
        ("rollback", "leave", "2.0", ([], ["2.0 enter"])),
        ("rollback", "enter", "1.0", (["2.0 leave"], ["1.0 leave", "2.0 enter"])),
    ],
)
def test_a_machine_that_stops_meanwhile(
    tmp_path: Path, mode: str, word: str, in_use: str, done: tuple[list[str], list[str]]
) -> None:
    """Nobody knows whether what was begun works: back to what was in use before, and on from there. ``done``: before it stops, and after."""
    one = bundle(tmp_path / "one", "1.0", REGISTER)
    two = bundle(tmp_path / "two", "2.0", REGISTER, like=one)
    for each in {"first": [], "upgrade": [one], "rollback": [one, two]}[mode]:
        assert run(each).code == 0
    did(one)
    wanted = one if mode == "first" else two
    assert run(wanted, *(["/rollback"] if mode == "rollback" else []), power_off=word).code == 1
    assert (pointer(one), did(one)) == (in_use, done[0])
    next_run = run(wanted)
    assert (next_run.code, next_run.err) == (0, "")
    assert "it is taken back" in next_run.out
    assert did(one) == done[1]
    assert pointer(one) == wanted.manifest.bundle.version


def test_a_command_that_is_not_there(tmp_path: Path) -> None:
    missing = PostInstallInfo(command=("no-such-program",), undo=(), needs_admin=False)
    one = bundle(tmp_path / "one", "1.0", missing)
    done = run(one)
    assert done.code == 1603
    assert "no-such-program can't be run: there is no no-such-program in " in done.err
    assert not one.environment.exists()


def test_rights_are_found_out_before_anything_starts(tmp_path: Path) -> None:
    one = bundle(tmp_path / "one", "1.0", dataclasses.replace(REGISTER, needs_admin=True))
    refused = run(one, admin=False)
    assert refused.code == 1625
    assert "register enter {release} {site.password} needs administrator rights" in refused.err
    assert did(one) == []
    assert run(one).code == 0


VALUED = PostInstallInfo(
    command=("register", "on {site.port}"), undo=("register", "off {site.port}"), needs_admin=False
)


def changed(laid: Laid, *arguments: str) -> Ran:
    return bootstrap(laid, *arguments)


def test_other_site_values_run_those_commands_again_that_have_one(tmp_path: Path, few: Interpreter) -> None:
    one = bundle(tmp_path / "one", "1.0", SECOND, VALUED, LATER, boot=few)
    two = bundle(tmp_path / "two", "2.0", VALUED, like=one, boot=few)
    assert run(one).code == 0
    did(one)
    plan = changed(one, "/set:port=9999", "/plan")
    assert plan.out.index("- run register off {site.port} (of 1.0-0a1b2c3d)") < plan.out.index("- make 1.0-0a1b2c3d+2")
    assert "- run register on {site.port}, which may change this machine" in plan.out
    assert "register second" not in plan.out
    assert did(one) == []
    ran = changed(one, "/set:port=9999")
    assert (ran.code, ran.err) == (0, ""), ran
    assert did(one) == ["1.0 off 8080", "1.0 on 9999"]
    assert (changed(one, "/rollback").code, did(one)) == (0, ["1.0 off 9999", "1.0 on 8080"])
    assert (changed(one, "/rollback").code, did(one)) == (0, ["1.0 off 8080", "1.0 on 9999"])
    assert (changed(one, "/set:password=another").code, did(one)) == (0, [])
    assert changed(two).code == 0
    assert did(one) == ["1.0 off 9999", "1.0 unsecond", "2.0 on 9999"]
    assert changed(two, "/set:port=7").code == 0
    assert did(one) == ["2.0 off 9999", "2.0 on 7"]
    assert changed(two, "/rollback").code == 0
    assert did(one) == ["2.0 off 7", "2.0 on 9999"]
    assert changed(two, "/set:port=5").code == 0
    did(one)
    plan = changed(two, "/uninstall", "/plan")
    assert "  - run register off {site.port}" in plan.out.splitlines()
    assert (changed(two, "/uninstall").code, did(one)) == (0, ["2.0 off 5"])


def test_a_command_that_fails_with_another_value_brings_the_old_one_back(tmp_path: Path, few: Interpreter) -> None:
    one = bundle(tmp_path / "one", "1.0", VALUED, boot=few)
    assert run(one).code == 0
    did(one)
    stop = one.environment.parent / "stop at 1.0 on 9999"
    stop.touch()
    ran = changed(one, "/set:port=9999")
    assert (ran.code, "register on {site.port} failed (exit code 3):" in ran.err) == (1603, True)
    assert (pointer(one), did(one)) == ("1.0", ["1.0 off 8080", "1.0 on 9999", "1.0 off 9999", "1.0 on 8080"])
    assert not (one.environment / "settings").exists()
    # and where that fails too, its values stay for it
    also = one.environment.parent / "stop at 1.0 off 9999"
    also.touch()
    assert changed(one, "/set:port=9999").code == 1603
    assert did(one) == ["1.0 off 8080", "1.0 on 9999", "1.0 off 9999", "1.0 on 8080"]
    assert [path.name for path in (one.environment / "settings").iterdir()] == ["1.0-0a1b2c3d+2"]
    also.unlink()
    again = changed(one)
    assert (again.code, again.err, did(one)) == (0, "", ["1.0 off 9999", "1.0 on 8080"])
    assert not (one.environment / "settings").exists()
    assert changed(one, "/verify").code == 0
