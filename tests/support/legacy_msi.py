"""bdist_msi files byte by byte: a cabinet ([MS-CAB]) and tables in a compound file ([MS-CFB]), as distutils' msilib leaves them."""

from __future__ import annotations

import array
import functools
import operator
import struct
import zlib
from typing import TYPE_CHECKING

from tests.support.legacy import PKG_INFO

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._"
_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_MSZIP, _BLOCK = 1, 32768
_TEXT, _KEY, _SHORT, _LONG = 0x0D48, 0x2D48, 0x0502, 0x0104

Value = str | int
_TABLES: dict[str, tuple[tuple[str, int], ...]] = {
    "Property": (("Property", _KEY), ("Value", _TEXT)),
    "Directory": (("Directory", _KEY), ("Directory_Parent", _TEXT), ("DefaultDir", _TEXT)),
    "Component": (("Component", _KEY), ("Directory_", _TEXT)),
    "File": (("File", _KEY), ("Component_", _TEXT), ("FileName", _TEXT), ("FileSize", _LONG), ("Sequence", _SHORT)),
    "Media": (("DiskId", 0x2502), ("LastSequence", _SHORT), ("Cabinet", _TEXT)),
    "RegLocator": (("Signature_", _KEY), ("Root", _SHORT), ("Key", _TEXT)),
    "CustomAction": (("Action", _KEY), ("Type", _SHORT), ("Source", _TEXT), ("Target", _TEXT)),
}


def make_bdist_msi(
    path: Path,
    files: Mapping[str, bytes],
    *,
    name: str = "Foo.Bar",
    version: str = "1.0",
    pythons: Sequence[str] = ("2.7",),
    template: str = "Intel;1033",
    install_script: str | None = None,
    cabinet: bytes | None = None,
    circle: bool = False,
    media: str = "#distfiles",
    egg_info: bool = True,
) -> Path:
    """A bdist_msi; ``files`` by their paths below Python's folder (``Lib/site-packages/foo.py``).

    ``circle``: a folder is its own parent's parent; ``cabinet`` instead of the right one.
    """
    if egg_info:
        info = f"Lib/site-packages/{name}-{version}-py{pythons[0]}.egg-info"
        files = {**files, info: PKG_INFO.format(name=name, version=version).encode()}
    folders = {"": "TARGETDIR"}
    directories: list[tuple[Value, ...]] = [("TARGETDIR", "", "SourceDir")]
    rows: list[tuple[Value, ...]] = []
    keys: dict[str, bytes] = {}
    actions: list[tuple[Value, ...]] = []
    for number, (file, content) in enumerate(sorted(files.items()), start=1):
        parts = file.split("/")
        for depth in range(1, len(parts)):
            folder, parent = "/".join(parts[:depth]), "/".join(parts[: depth - 1])
            if folder not in folders:
                folders[folder] = f"dir{len(folders)}"
                short = parts[depth - 1].upper()[:6] + "~1"
                directories.append((folders[folder], folders[parent], f"{short}|{parts[depth - 1]}"))
        key = f"file{number}"
        keys[key] = content
        rows.append((key, folders["/".join(parts[:-1])], f"SHORT~{number}|{parts[-1]}", len(content), number))
        if parts[-1] == install_script:
            actions.append((f"install_script.{pythons[0]}", 50, f"PYTHON{pythons[0]}", f"[#{key}]"))
    if circle:
        directories[1] = (directories[1][0], directories[2][0], directories[1][2])
    product = f"Python {pythons[0]} {name}-{version}" if len(pythons) == 1 else f"Python {name}-{version}"
    tables: dict[str, list[tuple[Value, ...]]] = {
        "Property": [("ProductName", product), ("DistVersion", version), ("ProductVersion", "1.0.0")],
        "Directory": directories,
        "Component": [(each, each) for each in dict.fromkeys(str(row[1]) for row in rows)],
        "File": rows,
        "Media": [(1, len(rows), media)],
        "RegLocator": [
            (f"python.machine.{each}", 2, f"SOFTWARE\\Python\\PythonCore\\{each}\\InstallPath") for each in pythons
        ],
        "CustomAction": [("PythonExe", 307, "PYTHON", "[TARGETDIR]\\python.exe"), *actions],
    }
    streams = _database(tables)
    streams["distfiles"] = make_cabinet(keys) if cabinet is None else cabinet
    packed = {(each if each.startswith("\x05") else _packed(each)): content for each, content in streams.items()}
    packed["\x05SummaryInformation"] = _summary(template)
    path.write_bytes(_compound(packed))
    return path


def make_cabinet(files: Mapping[str, bytes], *, method: int = _MSZIP, checksum: bool = True) -> bytes:
    """One folder that holds all files in their order; each block refers back into the one before it."""
    everything = b"".join(files.values())
    blocks, window = b"", b""
    count = 0
    for start in range(0, len(everything), _BLOCK):
        plain = everything[start : start + _BLOCK]
        content = plain
        if method == _MSZIP:
            packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=window) if window else zlib.compressobj(9, wbits=-15)
            content = b"CK" + packer.compress(plain) + packer.flush()
        window = plain
        sizes = struct.pack("<HH", len(content), len(plain))
        blocks += struct.pack("<I", _sum(sizes, _sum(content)) if checksum else 0) + sizes + content
        count += 1
    table, place = b"", 0
    for name, content in files.items():
        table += struct.pack("<IIHHHH", len(content), place, 0, 0x4421, 0, 0x20) + name.encode() + b"\0"
        place += len(content)
    start = 36 + 8
    folder = struct.pack("<IHH", start + len(table), count, method)
    size = start + len(table) + len(blocks)
    head = struct.pack("<4sIIIIIBBHHHHH", b"MSCF", 0, size, 0, start, 0, 3, 1, 1, len(files), 0, 0, 0)
    return head + folder + table + blocks


def _sum(data: bytes, seed: int = 0) -> int:
    whole = len(data) // 4 * 4
    return functools.reduce(operator.xor, array.array("I", data[:whole]), seed) ^ int.from_bytes(data[whole:], "big")


def _database(tables: Mapping[str, Sequence[tuple[Value, ...]]]) -> dict[str, bytes]:
    strings: dict[str, int] = {}

    def number(text: str) -> int:
        return strings.setdefault(text, len(strings) + 1) if text else 0

    def cell(kind: int, value: Value) -> bytes:
        if kind & 0x800:
            return number(str(value)).to_bytes(2, "little")
        width = 2 if kind & 0xFF == 2 else 4
        return (int(value) + (1 << (8 * width - 1))).to_bytes(width, "little")

    def table(kinds: Sequence[int], rows: Sequence[tuple[Value, ...]]) -> bytes:
        return b"".join(cell(kind, row[i]) for i, kind in enumerate(kinds) for row in rows)

    streams = {f"!{name}": table([kind for _, kind in _TABLES[name]], rows) for name, rows in tables.items()}
    columns = [
        (name, number_, column, kind)
        for name in tables
        for number_, (column, kind) in enumerate(_TABLES[name], start=1)
    ]
    streams["!_Tables"] = table([0x2D40], [(name,) for name in tables])
    streams["!_Columns"] = table([0x2D40, 0x2502, 0x0D40, 0x0502], columns)
    data = [each.encode("cp1252") for each in strings]
    streams["!_StringPool"] = struct.pack("<HH", 1252, 0) + b"".join(struct.pack("<HH", len(each), 1) for each in data)
    streams["!_StringData"] = b"".join(data)
    return streams


def _packed(name: str) -> str:
    """A stream's name two characters in one, a table's with its mark."""
    found, text = "", name
    if text.startswith("!"):
        found, text = "\u4840", text[1:]
    while text:
        pair = text[:2]
        if len(pair) == 2:
            found += chr(0x3800 + _ALPHABET.index(pair[0]) + (_ALPHABET.index(pair[1]) << 6))
        else:
            found += chr(0x4800 + _ALPHABET.index(pair))
        text = text[2:]
    return found


def _summary(template: str) -> bytes:
    data = template.encode() + b"\0"
    data = struct.pack("<II", 30, len(data)) + data.ljust(-(-len(data) // 4) * 4, b"\0")
    section = struct.pack("<IIII", 16 + len(data), 1, 7, 16) + data
    identity = bytes.fromhex("e0859ff2f94f6810ab9108002b27b3d9")
    return struct.pack("<HHI16sI", 0xFFFE, 0, 0x20005, bytes(16), 1) + identity + struct.pack("<I", 48) + section


def _compound(streams: Mapping[str, bytes]) -> bytes:
    """Short streams lie in the root's own stream, in units of 64 bytes; the allocation tables come first."""
    names = sorted(streams, key=lambda each: (len(each), each.upper()))
    mini = b""
    mini_fat: list[int] = []
    starts: dict[str, int] = {}
    for name in names:
        content = streams[name]
        if 0 < len(content) < _CUTOFF:
            starts[name] = len(mini_fat)
            units = -(-len(content) // _MINI)
            mini_fat += [*range(len(mini_fat) + 1, len(mini_fat) + units), _END]
            mini += content.ljust(units * _MINI, b"\0")
    body = {
        "mini": mini,
        "minifat": struct.pack(f"<{len(mini_fat)}I", *mini_fat),
        "folder": bytes(128 * (len(names) + 1)),
    }
    body |= {name: streams[name] for name in names if len(streams[name]) >= _CUTOFF}
    sectors = {key: -(-len(content) // _SECTOR) for key, content in body.items()}
    tables = 1
    while tables * 128 < tables + sum(sectors.values()):
        tables += 1
    fat = [_FAT] * tables
    for key, count in sectors.items():
        starts[key] = len(fat) if count else _END
        fat += [*range(len(fat) + 1, len(fat) + count), _END] if count else []
    folder = _entry("Root Entry", 5, child=1, start=starts["mini"], size=len(mini))
    for i, name in enumerate(names, start=1):
        right = i + 1 if i < len(names) else _FREE
        folder += _entry(name, 2, right=right, start=starts.get(name, _END), size=len(streams[name]))
    body["folder"] = folder
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIII", 0, tables, starts["folder"], 0, _CUTOFF)
    head += struct.pack("<IIII", starts["minifat"], sectors["minifat"], _END, 0)
    head += struct.pack(f"<{tables}I", *range(tables))
    table = struct.pack(f"<{len(fat)}I", *fat).ljust(tables * _SECTOR, b"\xff")
    padded = b"".join(content.ljust(sectors[key] * _SECTOR, b"\0") for key, content in body.items())
    return head.ljust(_SECTOR, b"\xff") + table + padded


def _entry(name: str, kind: int, *, start: int, size: int, right: int = _FREE, child: int = _FREE) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    head = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, _FREE, right, child)
    return head + bytes(16 + 4 + 16) + struct.pack("<IQ", start, size)
