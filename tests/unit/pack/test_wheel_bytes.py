"""Members of wheels are the same if their bytes are."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from bundler.formats.wheel_reader import MalformedWheelError
from bundler.pack.wheel_bytes import Opened, same_bytes
from tests.support.bundles import wheel_file
from tests.support.forged import forged
from tests.support.packages import make_wheel

if TYPE_CHECKING:
    from pathlib import Path

GOOD = b"a = 1\n" * 400_000  # longer than what is read at once


@pytest.mark.parametrize(
    ("other", "same"),
    [(GOOD, True), (GOOD[:-1], False), (GOOD[:-1] + b"#", False), (forged(GOOD[:-9], GOOD), False), (b"", False)],
    ids=["same", "shorter", "other", "forged", "empty"],
)
def test_bytes_are_compared(tmp_path: Path, other: bytes, same: bool) -> None:
    wheels = [make_wheel(tmp_path, name, files={"x.py": text}) for name, text in (("one", GOOD), ("two", other))]
    with Opened(wheel_file(wheels[0])) as first, Opened(wheel_file(wheels[1])) as second:
        assert same_bytes(first.member("x.py"), second.member("x.py")) is same
        assert same_bytes(second.member("x.py"), first.member("x.py")) is same


def test_a_wheel_is_opened_once_and_when_it_is_wanted(tmp_path: Path) -> None:
    path = make_wheel(tmp_path, "one")
    file = wheel_file(path)
    with Opened(file) as opened:
        assert opened.wheel is opened.wheel
    assert opened.wheel.archive.fp is None
    path.write_bytes(b"none")
    with Opened(file):
        pass
    with pytest.raises(MalformedWheelError), Opened(file) as opened:
        opened.member("x.py")
    assert not zipfile.is_zipfile(path)
