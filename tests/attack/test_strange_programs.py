"""Windows programs in wheels that are small and ask for much: of whoever reads their tables, and of whoever reads many of them."""

from __future__ import annotations

import gc
import struct
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from bundler.errors import IntegrityError
from bundler.formats.authenticode import read_signature
from bundler.formats.pe.binary import read_binary
from bundler.formats.pe.programs import Program
from bundler.model.target import Target
from bundler.runtime.dlls import needed
from bundler.runtime.dlls.provided import RuntimeDlls
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


def test_a_name_that_no_dll_has(tmp_path: Path) -> None:
    """Of what is loaded late it had a mebibyte, and each was compared by the square of that."""
    file = tmp_path / "a.dll"
    file.write_bytes(programs.make_program(dll=True, imports=("i" * 5000,), delayed=("msvcp" + "1" * 100_000,)))
    found = read_binary(file, "a.dll")
    assert all(len(each) <= 512 for each in (*found.imports, *found.delayed))
    assert found.delayed


def test_more_sections_than_windows_takes(tmp_path: Path) -> None:
    file = tmp_path / "a.dll"
    whole = programs.make_program(dll=True)
    file.write_bytes(whole[:70] + struct.pack("<H", 97) + whole[72:])
    with pytest.raises(IntegrityError, match="97 sections"):
        read_binary(file, "a.dll")


@pytest.mark.parametrize("place", [64 + 24 + 240 + 20, 60])
def test_much_before_the_first_section(tmp_path: Path, place: int) -> None:
    """All that lay before the first section, or before the headers, was copied: a DLL of gigabytes of zeros, packed to a few megabytes, took them as memory."""
    far = 64 << 20
    whole = programs.make_program(dll=True)
    file = tmp_path / "a.dll"
    with file.open("wb") as stream:
        stream.write(whole[:place] + struct.pack("<I", far) + whole[place + 4 :])
        stream.seek(far)
        stream.write(whole[64:])
    tracemalloc.start()
    try:
        assert read_binary(file, "a.dll").dll
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", [1, 2])
def test_a_signature_of_any_length(tmp_path: Path, kind: int) -> None:
    """It was read as a whole, whatever the file says of its length."""
    whole = programs.make_program(dll=True)
    length, directory = 20 << 20, 64 + 24 + 112 + 8 * 4
    file = tmp_path / "a.dll"
    with file.open("wb") as stream:
        stream.write(whole[:directory] + struct.pack("<II", len(whole), length) + whole[directory + 8 :])
        stream.write(struct.pack("<IHH", length, 0x200, kind))
        stream.truncate(len(whole) + length)
    with pytest.raises(IntegrityError) as caught:
        read_signature(file)
    assert caught.value.reference == "signature-broken"
    assert "too many for a signature" in caught.value.context[1]


def test_files_that_only_call_themselves_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A garbage collection of all that this process holds came after each."""
    collections = []
    monkeypatch.setattr(gc, "collect", lambda *_: collections.append(1))
    files: dict[str, str | bytes] = {f"demo/{number}.dll": b"MZ" for number in range(50)}
    files["demo/whole.dll"] = programs.make_program(dll=True)
    wheel = wheel_file(make_wheel(tmp_path, "demo", files=files))
    assert [each.path for each in wheel_programs(wheel, MemoryCache())] == ["demo/whole.dll"]
    assert not collections


def test_more_names_than_any_wheel_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bundler.formats.pe.programs._MOST_NAMES", 100)
    names = tuple(f"a{number}.dll" for number in range(40))
    whole = programs.make_program(dll=True, imports=names[:30], delayed=names[30:])
    for count, reason in ((2, ""), (3, "more than 100 DLLs")):
        files: dict[str, str | bytes] = {f"demo/{number}.dll": whole for number in range(count)}
        wheel = wheel_file(make_wheel(tmp_path / str(count), "demo", files=files))
        if reason:
            with pytest.raises(IntegrityError, match=reason):
                wheel_programs(wheel, MemoryCache())
        else:
            assert len(wheel_programs(wheel, MemoryCache())) == count


def test_looking_for_dlls_takes_no_longer_than_there_are_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each name was looked for in each folder of its wheel, and each program gone through anew for each of its names."""
    looked: list[str] = []
    whether = needed.in_python

    def counted(program: Program) -> bool:
        looked.append(program.path)
        return whether(program)

    monkeypatch.setattr(needed, "in_python", counted)
    names = tuple(f"none{number}.dll" for number in range(50))
    made = [
        Program(path=f"demo/{number}/a{number}.{ending}", platform="win_amd64", imports=names)
        for number in range(50)
        for ending in ("pyd", "exe")
    ]
    found = needed.needed_dlls(
        [needed.Holder(name="demo", programs=tuple(made))],
        Target.of("3.11.9", "win_amd64"),
        runtime=RuntimeDlls(inside=frozenset(), everywhere=frozenset()),
    )
    assert len(found) == len(names)
    assert len(looked) <= 2 * len(made)
