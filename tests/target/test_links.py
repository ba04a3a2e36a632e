"""What Windows keeps of a link, byte by byte: whoever may make one may have written anything there."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundler.target.machine.links import link_target, link_text
from tests.target.forks import TARGET

if TYPE_CHECKING:
    from pathlib import Path

    from tests.target.interpreters import Interpreter

SYMBOLIC, JUNCTION, CLOUD, LINUX = 0xA000000C, 0xA0000003, 0x9000001A, 0xA000001D
LONGEST = 16 << 10
PROGRAM = """
import binascii, json, sys
sys.path.insert(0, sys.argv[1])
from target.machine.links import link_text
print(json.dumps([link_text(binascii.unhexlify(each)) for each in json.load(open(sys.argv[2]))]))
"""


def wide(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def kept(
    tag: int, name: bytes, shown: bytes = b"", *, flags: int = 0, place: int = 0, size: int | None = None, more: int = 0
) -> bytes:
    """``place`` and ``size``: of the name that is followed; ``more``: how much longer the whole says it is."""
    numbers = struct.pack("<HHHH", place, len(name) if size is None else size, len(name) + 2, len(shown))
    rest = numbers + (struct.pack("<I", flags) if tag == SYMBOLIC else b"") + name + b"\0\0" + shown + b"\0\0"
    return struct.pack("<IHH", tag, len(rest) + more, 0) + rest


THERE, OTHER = wide("\\??\\C:\\there"), wide("C:\\other")
BUFFERS = [
    (kept(JUNCTION, THERE, OTHER), "\\??\\C:\\there"),
    (kept(JUNCTION, THERE), "\\??\\C:\\there"),
    (kept(JUNCTION, wide("\\??\\C:\\\u00fc\U0001f600")), "\\??\\C:\\\u00fc\U0001f600"),
    (kept(SYMBOLIC, THERE, OTHER), "\\??\\C:\\there"),
    (kept(SYMBOLIC, wide("\\??\\UNC\\server\\share"), OTHER), "\\??\\UNC\\server\\share"),
    (kept(SYMBOLIC, wide("..\\there"), OTHER, flags=1), "..\\there"),
    (kept(SYMBOLIC, wide("\\there"), flags=1), "\\there"),
    (kept(JUNCTION, b"12345678" + THERE, place=8, size=len(THERE)), "\\??\\C:\\there"),
    (kept(JUNCTION, THERE) + b"\0" * 99, "\\??\\C:\\there"),
    (kept(JUNCTION, b"", wide("C:\\there")), None),
    (kept(JUNCTION, wide("C:\\there")), None),
    (kept(JUNCTION, wide("..\\there")), None),
    (kept(SYMBOLIC, wide("there")), None),
    (kept(SYMBOLIC, wide("C:\\there"), flags=1), None),
    (kept(SYMBOLIC, wide("\\\\server\\share"), flags=1), None),
    (kept(SYMBOLIC, wide("\\??\\UNC\\server\\share"), flags=1), None),
    (kept(JUNCTION, wide("\\Device\\Mup\\server")), None),
    (kept(JUNCTION, wide("\\??\\C:\\a\0b")), None),
    (kept(JUNCTION, wide("\\??\\C:\\\ud800b")), None),
    (kept(JUNCTION, THERE, size=len(THERE) - 1), None),
    (kept(JUNCTION, THERE, size=0xFFFF), None),
    (kept(JUNCTION, THERE, place=0xFFFF), None),
    (kept(JUNCTION, THERE, size=len(THERE) + 5), None),
    (kept(JUNCTION, THERE, more=-5, place=0, size=len(THERE)), None),
    (kept(JUNCTION, THERE, more=500, size=500), None),
    (kept(CLOUD, THERE), None),
    (kept(LINUX, THERE), None),
    (b"", None),
    (kept(JUNCTION, THERE)[:15], None),
    (kept(JUNCTION, THERE)[:16], None),
    (kept(SYMBOLIC, THERE, more=LONGEST)[:18], None),
    (kept(JUNCTION, wide("\\??\\C:\\" + "x" * (LONGEST // 2 - 40))), "\\??\\C:\\" + "x" * (LONGEST // 2 - 40)),
]


@pytest.mark.parametrize(("data", "expected"), BUFFERS)
def test_the_name_that_is_followed_is_read_and_no_other(data: bytes, expected: str | None) -> None:
    assert link_text(data) == expected


def test_under_every_python(interpreter: Interpreter, tmp_path: Path) -> None:
    given_data = tmp_path / "data.json"  # Windows has no command lines of that length
    given_data.write_text(json.dumps([data.hex() for data, _ in BUFFERS]))
    done = interpreter.run("-E", "-s", "-B", "-c", PROGRAM, str(TARGET.parent), str(given_data))
    assert json.loads(done.stdout) == [text for _, text in BUFFERS], done.stderr


@given(
    st.sampled_from([data for data, _ in BUFFERS if data]),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 255)), max_size=4),
    st.integers(0, 120),
)
def test_what_others_wrote_is_a_path_or_nothing(data: bytes, changes: list[tuple[int, int]], length: int) -> None:
    broken = bytearray(data)
    for place, value in changes:
        broken[place % len(broken)] = value
    found = link_text(bytes(broken[:length]))
    assert found is None or (found and "\0" not in found and wide(found) in broken[:length])


@pytest.mark.parametrize("word", ["UNC", "unc"])
def test_a_share_is_written_as_other_shares(word: str) -> None:
    """Windows asks for no case there."""
    assert link_target(f"\\??\\{word}\\server\\share") == "\\\\server\\share"
