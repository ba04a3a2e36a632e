from __future__ import annotations

import contextlib
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundler.errors import InputError
from bundler.formats.icon import LARGEST, check_icon
from tests.support.icons import PICTURE_AT, make_bitmap, make_icon, make_png


@pytest.mark.parametrize(
    "content",
    [
        make_icon(),
        make_icon(make_png()),
        make_icon(make_bitmap(32, 32, 1), make_bitmap(48, 48, 8), make_bitmap(16, 16, 24), make_png()),
        make_icon(*[make_png()] * 64),
    ],
)
def test_icons_that_windows_shows(content: bytes) -> None:
    check_icon(content, "bundle.icon")


def replaced(at: int, content: bytes, icon: bytes | None = None) -> bytes:
    icon = icon or make_icon()
    return icon[:at] + content + icon[at + len(content) :]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "is not a Windows icon (.ico)"),
        (make_png(), "is not a Windows icon (.ico)"),
        (b"<svg/>", "is not a Windows icon (.ico)"),
        (make_icon(kind=2), "is not a Windows icon (.ico)"),  # a mouse's pointer
        (replaced(4, b"\0\0"), "has 0 pictures, and may have 1 to 64"),
        (replaced(4, b"\xff\xff"), "has 65535 pictures, and may have 1 to 64"),
        (replaced(4, b"\x40\0")[:100], "is cut short"),
        (make_icon()[:-1], "picture 1 lies outside of the file"),
        (replaced(14, struct.pack("<II", 2**32 - 1, 22)), "picture 1 lies outside of the file"),
        (replaced(14, struct.pack("<II", 10, 4)), "picture 1 lies outside of the file"),
        (make_icon(make_png(), b"words"), "picture 2 is neither a PNG nor a bitmap"),
        (make_icon(b"words" * 20), "picture 1 is neither a PNG nor a bitmap"),
        (replaced(PICTURE_AT, b"\x7c"), "picture 1 is neither a PNG nor a bitmap"),
        (make_icon(make_png()[:20]), "picture 1 is cut short"),
        (make_icon(make_png().replace(b"IHDR", b"JUNK")), "picture 1 is a damaged PNG"),
        (make_icon(make_png(2**31, 1)), "picture 1 would be 2,147,483,648 by 1 dots large"),
        (make_icon(make_bitmap(16, -16, lines=0)), "picture 1 would be 16 by -16 dots large"),
        (make_icon(make_bitmap(1025, 2)), "picture 1 would be 1,025 by 2 dots large"),
        (make_icon(make_bitmap(64, 64, lines=63)), "picture 1 is cut short"),
        (b"\0" * (LARGEST + 1), "has 4,194,305 bytes, and may have 4,194,304"),
    ],
)
def test_what_is_none(content: bytes, fault: str) -> None:
    with pytest.raises(InputError) as caught:
        check_icon(content, "bundle.icon")
    assert caught.value.reference == "icon-unfit"
    assert [(each.where, each.message) for each in caught.value.faults] == [("bundle.icon", fault)]


@given(st.binary(max_size=200), st.integers(0, 120))
def test_whatever_is_in_it_there_is_an_answer(content: bytes, at: int) -> None:
    with contextlib.suppress(InputError):
        check_icon(replaced(at, content, make_icon(make_png(), make_bitmap(8, 8, 4))), "bundle.icon")
