"""Windows programs in wheels that are small and ask for much: of whoever reads their tables, and of whoever reads many of them."""

from __future__ import annotations

import gc
import struct
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from bundler.errors import IntegrityError
from bundler.formats.pe.binary import read_binary
from bundler.runtime.dlls.wheel_programs import wheel_programs
from tests.support import programs
from tests.support.bundles import wheel_file
from tests.support.packages import make_wheel
from tests.support.shelf import MemoryCache

if TYPE_CHECKING:
    from pathlib import Path


def importing(count: int) -> bytes:
    """A DLL whose table of imports has so many equal rows."""
    whole = programs.make_program(dll=True, filler=bytes(20 * count + 100))
    place = whole.index(b"KERNEL32.dll\0")
    name = 0x1000 + place - 0x200
    table = place + 16
    rows = struct.pack("<12xI4x", name) * count + bytes(20)
    whole = whole[:table] + rows + whole[table + len(rows) :]
    directory = 64 + 24 + 112 + 8
    return whole[:directory] + struct.pack("<II", 0x1000 + table - 0x200, len(rows)) + whole[directory + 8 :]


def test_more_imports_than_any_has(tmp_path: Path) -> None:
    """Each was kept as a kilobyte of objects, and nothing but the file's size bounded them: a few megabytes of a wheel took all memory."""
    file = tmp_path / "a.dll"
    file.write_bytes(importing(1000))
    assert read_binary(file, "a.dll").imports == {"kernel32.dll"}
    file.write_bytes(importing(300_000))
    tracemalloc.start()
    try:
        with pytest.raises(IntegrityError, match="imports more than 1000 DLLs"):
            read_binary(file, "a.dll")
        assert tracemalloc.get_traced_memory()[1] < 2 << 20
    finally:
        tracemalloc.stop()


def test_more_sections_than_windows_takes(tmp_path: Path) -> None:
    file = tmp_path / "a.dll"
    whole = programs.make_program(dll=True)
    file.write_bytes(whole[:70] + struct.pack("<H", 97) + whole[72:])
    with pytest.raises(IntegrityError, match="97 sections"):
        read_binary(file, "a.dll")


def test_files_that_only_call_themselves_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A garbage collection of all that this process holds came after each."""
    collections = []
    monkeypatch.setattr(gc, "collect", lambda *_: collections.append(1))
    files: dict[str, str | bytes] = {f"demo/{number}.dll": b"MZ" for number in range(50)}
    files["demo/whole.dll"] = programs.make_program(dll=True)
    wheel = wheel_file(make_wheel(tmp_path, "demo", files=files))
    assert [each.path for each in wheel_programs(wheel, MemoryCache())] == ["demo/whole.dll"]
    assert not collections
