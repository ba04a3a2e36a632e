"""What all tests need: what can't run on this machine is skipped with a reason, and the reasons are counted at the end."""

from __future__ import annotations

import ctypes
import itertools
import signal
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.cases import load_profile
from tests.support.commandline import Bench, make_bench
from tests.support.index import LocalIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

# A run in the background begins with SIGINT ignored, and so would every program that a test starts and then interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

load_profile()

LINUX = sys.platform.startswith("linux")
WINDOWS = sys.platform == "win32"
TESTS = Path(__file__).parent

collect_ignore = [] if LINUX else ["e2e"]
"""The end-to-end tests in Wine can't even be imported elsewhere: chroot, namespaces, terminals. On Windows tests/native does it."""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A user's folder with a small recipe, and an index with all that it needs."""
    with LocalIndex() as index:
        yield make_bench(tmp_path / "bench", index)


LONGEST_FIRST = ("e2e", "integration", "target", "attack")
"""Suites by how long their files take. Workers get whole files: whoever gets a long one at the end works while the others have nothing to do."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what this platform can't run; side by side, long files first."""
    if hasattr(config, "workerinput"):
        items.sort(key=_place)
    for item in items:
        for reason in _reasons(item):
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many tests were skipped, for each reason; with --durations, which files took longest."""
    if most := terminalreporter.config.getoption("durations"):
        seconds: defaultdict[str, float] = defaultdict(float)
        for report in itertools.chain.from_iterable(terminalreporter.stats.values()):
            if isinstance(report, pytest.TestReport):
                seconds[report.nodeid.partition("::")[0]] += report.duration
        terminalreporter.section(f"slowest {most} files")
        for file, taken in sorted(seconds.items(), key=lambda pair: -pair[1])[:most]:
            terminalreporter.line(f"{taken:7.1f} s  {file}")
    counts = Counter(
        str(each.longrepr[2]).removeprefix("Skipped: ") for each in terminalreporter.stats.get("skipped", ())
    )
    if counts:
        terminalreporter.section("skipped, by reason")
        for reason, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
            terminalreporter.line(f"{count:5}  {reason}")


def _place(item: pytest.Item) -> int:
    suite = item.path.relative_to(TESTS).parts[0]
    return LONGEST_FIRST.index(suite) if suite in LONGEST_FIRST else len(LONGEST_FIRST)


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
