"""What all tests need: what can't run on this machine is skipped with a reason, and the reasons are counted at the end."""

from __future__ import annotations

import ctypes
import signal
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.support.cases import load_profile
from tests.support.commandline import Bench, make_bench
from tests.support.index import LocalIndex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A run in the background begins with SIGINT ignored, and so would every program that a test starts and then interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

load_profile()

LINUX = sys.platform.startswith("linux")
WINDOWS = sys.platform == "win32"

collect_ignore = [] if LINUX else ["e2e"]
"""The end-to-end tests in Wine can't even be imported elsewhere: chroot, namespaces, terminals. On Windows tests/native does it."""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A user's folder with a small recipe, and an index with all that it needs."""
    with LocalIndex() as index:
        yield make_bench(tmp_path / "bench", index)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this platform can't run."""
    for item in items:
        for reason in _reasons(item):
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many tests were skipped, for each reason."""
    counts = Counter(
        str(each.longrepr[2]).removeprefix("Skipped: ") for each in terminalreporter.stats.get("skipped", ())
    )
    if counts:
        terminalreporter.section("skipped, by reason")
        for reason, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
            terminalreporter.line(f"{count:5}  {reason}")


def _reasons(item: pytest.Item) -> Iterator[str]:
    if not LINUX:
        for mark in item.iter_markers("linux_only"):
            yield f"Linux only: {mark.args[0]}"
    if not WINDOWS and item.get_closest_marker("windows"):
        yield "Windows only: it installs on this machine itself (in Wine: python3 build/test.py --wine)"
    if _is_wine():
        for mark in item.iter_markers("real_windows"):
            yield f"Windows itself only: {mark.args[0]}"
    if WINDOWS and item.get_closest_marker("elevated") and not _is_elevated():
        yield "needs an administrator: run it in an elevated prompt"


def _is_wine() -> bool:
    return sys.platform == "win32" and hasattr(ctypes.WinDLL("ntdll"), "wine_get_version")


def _is_elevated() -> bool:
    return sys.platform == "win32" and bool(ctypes.windll.shell32.IsUserAnAdmin())
