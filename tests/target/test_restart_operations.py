"""What the next restart of Windows removes: its list as the registry keeps it."""

from __future__ import annotations

import pytest

from bundler.target.machine.restart_operations import removed_at_restart
from tests.target.own_host import own_host


def listed(*texts: str) -> bytes:
    return ("\0".join(texts) + "\0\0").encode("utf-16-le")


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ((), []),
        (("\\??\\C:\\P\\a.dll", ""), ["C:\\P\\a.dll"]),
        (("\\??\\C:\\P\\a", "", "\\??\\C:\\P\\b", "", "*1\\??\\D:\\c", ""), ["C:\\P\\a", "C:\\P\\b", "D:\\c"]),
        (("\\??\\UNC\\server\\share\\a", ""), ["\\\\server\\share\\a"]),
        (("\\??\\C:\\P\\new", "!\\??\\C:\\P\\a", "\\??\\C:\\P\\b", ""), ["C:\\P\\b"]),
        (("\\??\\C:\\P\\A", "", "\\??\\C:\\P\\new", "\\??\\C:\\p\\a"), []),  # another one comes in its place
        (("\\??\\C:\\P\\new", "\\??\\C:\\P\\a", "\\??\\C:\\P\\a", ""), ["C:\\P\\a"]),
        (("\\??\\Volume{01}\\a", "", "C:\\a", "", "", "", "\\??\\C:\\b", ""), ["\\\\?\\Volume{01}\\a", "C:\\b"]),
    ],
)
def test_what_goes_and_stays_away(texts: tuple[str, ...], expected: list[str]) -> None:
    assert removed_at_restart(listed(*texts)) == expected


@pytest.mark.parametrize("content", [b"", b"\0", b"\x00\xd8\0\0\0\0", listed("\\??\\C:\\a")[:-3], b"\\?" * 5000])
def test_what_somebody_damaged_is_read_as_far_as_it_goes(content: bytes) -> None:
    assert set(removed_at_restart(content)) <= {"C:\\a"}


def test_this_machine_says_nothing_of_files_that_it_does_not_remove() -> None:
    assert [each for each in own_host().files.removed_at_restart() if not each] == []
