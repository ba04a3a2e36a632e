"""Who sits before the screen: windows that close, and what cmd asks after Ctrl-C."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bundler.target.machine.operator_terminal import Operator, is_only_for_batch
from tests.support import only_linux
from tests.target.bundles import Laid, bootstrap, lay_bundle

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "/set:password=hidden-words"


@pytest.mark.parametrize(
    ("line", "closes"),
    [
        ("C:\\Windows\\system32\\cmd.exe /c C:\\a b & co\\bootstrap.bat ", True),
        ("C:\\WINDOWS\\SYSTEM32\\CMD.EXE /C \\\\server\\share\\Bootstrap.bat  /uninstall", True),
        ("C:\\Windows\\System32\\cmd.exe /d /c C:\\Envs\\X\\uninstall\\bootstrap.bat /uninstall", True),
        ("C:\\Windows\\system32\\cmd.exe", False),  # a prompt, in which somebody typed bootstrap.bat
        ("C:\\Windows\\system32\\cmd.exe /k C:\\x\\bootstrap.bat", False),
        ("cmd.exe /d /s /c C:\\x\\bootstrap.bat", False),  # as other programs start it
        ("C:\\Windows\\system32\\cmd.exe /c C:\\x\\deploy.bat", False),
        ("", False),
    ],
)
def test_a_cmd_that_was_started_for_the_batch_file_alone(line: str, closes: bool) -> None:
    assert is_only_for_batch(line) is closes


def test_elsewhere_no_window_closes() -> None:
    operator = Operator()
    assert (operator.window_closes(), operator.is_asked_by_batch()) == (False, False)
    operator.wait_for_key(0)


def held(laid: Laid) -> str | None:
    path: Path = laid.temporary / "held"
    said = path.read_text("ascii") if path.exists() else None
    path.unlink(missing_ok=True)
    return said


@only_linux.SIMULATED
def test_a_window_that_closes_is_held(laid: Laid) -> None:
    """One of a double click, or of "Uninstall" in Settings; what stays there isn't held, and /quiet holds nothing."""
    done = bootstrap(laid, "/verify", window_closes=True)
    assert "Press a key to close this window; it closes by itself after 600 seconds." in done.out
    assert held(laid) == "600"
    assert bootstrap(laid, "/nonsense", window_closes=True).code == 1639
    assert held(laid) == "600"
    bootstrap(laid, "/verify")
    bootstrap(laid, "/verify", "/quiet", window_closes=True)
    assert held(laid) is None
    (laid.folder / "kept.json").write_text("{}")  # removing it takes a minute after its program's end at most
    bootstrap(laid, "/uninstall", window_closes=True)
    assert held(laid) == "20"


@only_linux.SIMULATED
def test_what_to_answer_after_ctrl_c(laid: Laid) -> None:
    words = "Answer N if you are asked whether to terminate the batch job: only then the exit code is 1602."
    for batch in (True, False):
        done = bootstrap(laid, PASSWORD, interrupt="pip_check.py", batch=batch)
        assert done.code == 1602
        assert (words in done.err) == batch


# -- rights that are lacking

USER: dict[str, Any] = {"admin": False}
PORT = "/set:port=1 2"


def elevated(laid: Laid) -> list[str] | None:
    path = laid.temporary / "elevated"
    return path.read_text("utf-8").splitlines() if path.exists() else None


@pytest.fixture
def for_all(tmp_path: Path) -> Laid:
    return lay_bundle(tmp_path, kind="exe")


@only_linux.SIMULATED
def test_a_person_is_offered_the_rights_that_are_lacking(for_all: Laid) -> None:
    report = for_all.root / "report.json"
    words = (PASSWORD, PORT, f"/json:{report}")
    ran = bootstrap(for_all, *words, **USER, answers=["Y"], elevated=3010, window_closes=True)
    assert ran.code == 3010, ran
    assert held(for_all) is None  # the other window stays
    assert json.loads(report.read_bytes())["result"] == "running"  # the other run writes how it ended
    assert "It ran in a window of its own, and ended with exit code 3010." in ran.out
    program, parameters, _ = elevated(for_all) or ["", "", ""]
    assert program.startswith(f"{for_all.folder}/boot/")
    start = f'-E -s -S -B "{for_all.folder}/target/__main__.py" {PASSWORD} "{PORT}"'
    assert parameters.startswith(start)


@only_linux.SIMULATED
def test_nothing_is_started_beside_what_somebody_put_there_meanwhile(for_all: Laid) -> None:
    """bootstrap.bat had looked before it started the run without the rights."""
    planted = for_all.folder.parent / "Modules" / "Setup.local"
    planted.parent.mkdir()
    planted.touch()
    ran = bootstrap(for_all, PASSWORD, PORT, **USER, answers=["y"], elevated=0)
    assert (ran.code, elevated(for_all)) == (1625, None)
    assert f"There is {planted} now" in ran.err


@only_linux.SIMULATED
def test_whoever_declines_has_changed_nothing(for_all: Laid) -> None:
    before = for_all.tree()
    said_no = bootstrap(for_all, PASSWORD, PORT, **USER, answers=[""])
    assert (said_no.code, elevated(for_all)) == (1625, None)
    windows_said_no = bootstrap(for_all, PASSWORD, PORT, **USER, answers=["yes"], elevated=None)
    assert windows_said_no.code == 1625
    assert "It was not started with administrator rights" in windows_said_no.err
    assert for_all.tree() == before


@only_linux.SIMULATED
@pytest.mark.parametrize("more", [("/quiet",), ("/plan",), ()])
def test_nobody_is_asked_who_would_not_answer(for_all: Laid, more: tuple[str, ...]) -> None:
    """Deployment tools; and /plan, which starts nothing."""
    machine: dict[str, Any] = {"answers": ["y"]} if more else {}
    assert bootstrap(for_all, PASSWORD, PORT, *more, **USER, **machine, elevated=0).code == 1625
    assert elevated(for_all) is None


@only_linux.SIMULATED
def test_an_administrator_is_not_asked(for_all: Laid) -> None:
    access = {str(for_all.environment.parent): ["S-1-5-21-9", []]}
    assert bootstrap(for_all, PASSWORD, PORT, admin=True, access=access, answers=["y"], elevated=0).code == 1625
    assert elevated(for_all) is None


@only_linux.SIMULATED
def test_nothing_is_asked_for_that_would_be_asked_again(for_all: Laid) -> None:
    """Site values, by the run with the rights."""
    ran = bootstrap(for_all, **USER, answers=["n"])
    assert ran.code == 1625, ran


# -- what to do next


@only_linux.SIMULATED
def test_a_window_that_closes_ends_with_what_to_do_next(laid: Laid) -> None:
    asked = bootstrap(laid, window_closes=True)
    assert asked.code == 1639, asked
    assert "What to do next:\nGive what is missing in a command prompt" in asked.out
    done = bootstrap(laid, PASSWORD, window_closes=True)
    assert done.code == 0, done
    starter = laid.environment / "uninstall" / "bootstrap.bat"
    for each in (f"Its programs are in {laid.environment / 'bin'}.", f'"{starter}" /status', f'"{starter}" /uninstall'):
        assert each in done.out.partition("What to do next:")[2]
    for more in ({}, {"window_closes": True}):
        quiet = ("/quiet",) if more else ()
        assert "What to do next" not in bootstrap(laid, *quiet, **more).out  # type: ignore[arg-type]


@only_linux.SIMULATED
def test_lacking_rights_and_those_of_others_are_told_apart(for_all: Laid) -> None:
    user = bootstrap(for_all, PASSWORD, PORT, **USER, window_closes=True)
    assert "Right-click bootstrap.bat and choose 'Run as administrator'." in user.out
    access = {str(for_all.environment.parent): ["S-1-5-21-9", []]}
    admin = bootstrap(for_all, PASSWORD, PORT, admin=True, access=access, window_closes=True)
    assert "Let an administrator look at the folders" in admin.out


@only_linux.SIMULATED
def test_folders_that_a_failed_first_installation_leaves_are_named(laid: Laid) -> None:
    """As where a service's log lies in the data folder by then."""
    ran = bootstrap(laid, PASSWORD, fails=["--where"], stuck=[str(laid.data / "sub" / "data.txt")])
    assert ran.code == 1603, ran
    assert f"{laid.data} stays, with what is in it: 1 file\n" in ran.err
    assert f"{laid.data / 'sub'} stays" not in ran.err
