"""Who sits before the screen: windows that close, and what cmd asks after Ctrl-C."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.target.machine.operator_terminal import Operator, is_only_for_batch
from tests.support import only_linux
from tests.target.bundles import Laid, bootstrap

if TYPE_CHECKING:
    from pathlib import Path

PASSWORD = "/set:password=hidden-words"


@pytest.mark.parametrize(
    ("line", "closes"),
    [
        ("C:\\Windows\\system32\\cmd.exe /c C:\\a b & co\\bootstrap.bat ", True),
        ("C:\\WINDOWS\\SYSTEM32\\CMD.EXE /C \\\\server\\share\\Bootstrap.bat  /uninstall", True),
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
