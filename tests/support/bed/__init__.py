"""The test bed: the product's engine (bundler/rehearse/wine) with what only tests need in it.

bed = Bed.open()
with bed.session(tmp_path / "prefix") as windows:
    windows.copy_in(installer, r"C:\\setup.exe")
    assert windows.run([r"C:\\setup.exe", "/quiet"]).returncode == 0
"""

from bundler.rehearse.wine.program import Daemon, NotStartedError, Page, Result, TimedOutError
from tests.support.bed.bed import Bed
from tests.support.bed.host import BedError
from tests.support.bed.mirror import Mirror
from tests.support.bed.session import ConnectionAttemptError, Session

__all__ = [
    "Bed",
    "BedError",
    "ConnectionAttemptError",
    "Daemon",
    "Mirror",
    "NotStartedError",
    "Page",
    "Result",
    "Session",
    "TimedOutError",
]
