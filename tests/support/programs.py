"""Small Windows files that comply: PE programs with a version and imports, MSI databases with a summary.

Nothing in them runs; signers, hashers and readers take them for what they look like.
"""

from __future__ import annotations

import struct
from uuid import UUID

MACHINES = {"win32": 0x14C, "win_amd64": 0x8664, "win_arm64": 0xAA64}
_RVA, _RAW, _ALIGN = 0x1000, 0x200, 0x200


def make_program(
    *,
    platform: str = "win_amd64",
    dll: bool = False,
    version: tuple[int, int, int, int] | None = (3, 11, 9150, 1013),
    product: str = "Python",
    imports: tuple[str, ...] = ("KERNEL32.dll",),
    delayed: tuple[str, ...] = (),
    filler: bytes = b"",
    linker: tuple[int, int] = (14, 0),
) -> bytes:
    """A PE with one section; ``version`` None leaves VERSIONINFO out; ``delayed`` are loaded when they are first called;
    ``filler`` makes two programs differ.
    """
    wide = platform != "win32"
    resources = _resources(version, product) if version is not None else b""
    start = _padded(len(resources), 16)
    table = _imports(imports, _RVA + start, wide=wide)
    late = _RVA + start + len(table)
    delays = _delays(delayed, late) if delayed else b""
    section = _pad(resources, 16) + table + delays + filler
    raw = _pad(section, _ALIGN)
    image = _RVA + _padded(len(raw), 0x1000)
    directories = [(0, 0)] * 16
    directories[1] = (_RVA + start, len(table)) if imports else (0, 0)
    directories[2] = (_RVA, len(resources)) if resources else (0, 0)
    directories[13] = (late, len(delays)) if delays else (0, 0)
    head = struct.pack("<HBBIIIII", 0x20B if wide else 0x10B, *linker, 0, len(raw), 0, _RVA, _RVA)
    head += b"" if wide else struct.pack("<I", _RVA)
    base = 0x180000000 if wide else 0x10000000
    head += struct.pack("<QII" if wide else "<III", base, 0x1000, _ALIGN)
    head += struct.pack("<HHHHHHIIIIHH", 6, 0, 0, 0, 6, 0, 0, image, _RAW, 0, 3, 0x160)
    head += struct.pack("<QQQQ" if wide else "<IIII", 0x100000, 0x1000, 0x100000, 0x1000) + struct.pack("<II", 0, 16)
    head += b"".join(struct.pack("<II", *each) for each in directories)
    traits = 0x0022 | (0x2000 if dll else 0) | (0 if wide else 0x0100)
    coff = struct.pack("<HHIIIHH", MACHINES[platform], 1, 0, 0, 0, len(head), traits)
    row = struct.pack("<8sIIIIIIHHI", b".rdata", len(section), _RVA, len(raw), _RAW, 0, 0, 0, 0, 0x40000040)
    dos = b"MZ" + bytes(58) + struct.pack("<I", 64)
    return (dos + b"PE\0\0" + coff + head + row).ljust(_RAW, b"\0") + raw


def _resources(version: tuple[int, int, int, int], product: str) -> bytes:
    fixed = struct.pack("<II", 0xFEEF04BD, 0x10000)
    fixed += struct.pack("<HHHH", version[1], version[0], version[3], version[2]) * 2
    fixed += struct.pack("<7I", 0x3F, 0, 0x40004, 2, 0, 0, 0)
    text = _block("ProductName", product.encode("utf-16-le") + b"\0\0", b"", text=True)
    strings = _block("StringFileInfo", b"", _block("040904b0", b"", text, text=True), text=True)
    blob = _block("VS_VERSION_INFO", fixed, strings, text=False)
    tree = b""
    for depth, key in enumerate((16, 1, 1033)):  # RT_VERSION, the first one, English
        below = (depth + 1) * 24
        tree += struct.pack("<IIHHHH", 0, 0, 0, 0, 0, 1) + struct.pack("<II", key, below | (depth < 2) << 31)
    return tree + struct.pack("<IIII", _RVA + 88, len(blob), 0, 0) + blob


def _block(key: str, value: bytes, children: bytes, *, text: bool) -> bytes:
    head = _pad(bytes(6) + key.encode("utf-16-le") + b"\0\0", 4)
    body = head + _pad(value, 4) + children
    length = len(value) // 2 if text else len(value)
    return _pad(struct.pack("<HHH", len(body), length, int(text)) + body[6:], 4)


def _imports(names: tuple[str, ...], rva: int, *, wide: bool) -> bytes:
    """Each DLL with one function, by ordinal."""
    size = 8 if wide else 4
    thunk = (1 << (size * 8 - 1) | 1).to_bytes(size, "little") + bytes(size)
    thunks = rva + 20 * (len(names) + 1)
    strings = thunks + len(thunk)
    rows, text = b"", b""
    for name in names:
        rows += struct.pack("<IIIII", thunks, 0, 0, strings + len(text), thunks)
        text += name.encode() + b"\0"
    return rows + bytes(20) + thunk + text


def _delays(names: tuple[str, ...], rva: int) -> bytes:
    """The delay-load table, its names behind it; nothing follows the addresses of the functions."""
    place = rva + 32 * (len(names) + 1)
    rows, text = b"", b""
    for name in names:
        rows += struct.pack("<IIIIIIII", 1, place + len(text), 0, 0, 0, 0, 0, 0)
        text += name.encode() + b"\0"
    return rows + bytes(32) + text


_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_MSI = UUID("000c1084-0000-0000-c000-000000000046")
_SUMMARY = UUID("f29f85e0-4ff9-1068-ab91-08002b27b3d9")


def make_msi(*, subject: str = "Python 2.7.18 (64-bit)", template: str = "x64;1033", filler: bytes = b"") -> bytes:
    """A compound file ([MS-CFB]) with an MSI's class and a summary ([MS-OLEPS]), and no tables."""
    streams = {"\x05SummaryInformation": _summary({3: subject, 7: template}), "Content": filler}
    return _compound({name: data.ljust(4096, b"\0") for name, data in streams.items()})


def _summary(texts: dict[int, str]) -> bytes:
    table, values = b"", b""
    for key, text in texts.items():
        data = text.encode("cp1252") + b"\0"
        table += struct.pack("<II", key, 8 + 8 * len(texts) + len(values))
        values += struct.pack("<II", 30, len(data)) + _pad(data, 4)
    section = struct.pack("<II", 8 + len(table) + len(values), len(texts)) + table + values
    return (
        struct.pack("<HHI16sI", 0xFFFE, 0, 0x20006, bytes(16), 1) + _SUMMARY.bytes_le + struct.pack("<I", 48) + section
    )


def _compound(streams: dict[str, bytes]) -> bytes:
    """Sector 0 is the allocation table, then the directory, then the streams one after the other."""
    names = sorted(streams, key=lambda name: (len(name), name.upper()))
    folder_sectors = _padded((len(names) + 1) * 128, _SECTOR) // _SECTOR
    fat = [_FAT, *range(2, 1 + folder_sectors), _END]
    folder = _entry("Root Entry", 5, child=1, clsid=_MSI.bytes_le, start=_END, size=0)
    data = b""
    for i, name in enumerate(names, start=1):
        start, content = len(fat), _pad(streams[name], _SECTOR)
        fat += [*range(start + 1, start + len(content) // _SECTOR), _END]
        right = i + 1 if i < len(names) else _FREE
        folder += _entry(name, 2, right=right, start=start, size=len(streams[name]))
        data += content
    folder = folder.ljust(folder_sectors * _SECTOR, b"\0")
    table = b"".join(struct.pack("<I", each) for each in fat).ljust(_SECTOR, b"\xff")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0) + struct.pack("<I", 0)
    return head.ljust(_SECTOR, b"\xff") + table + folder + data


def _entry(
    name: str, kind: int, *, start: int, size: int, right: int = _FREE, child: int = _FREE, clsid: bytes = bytes(16)
) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    head = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, _FREE, right, child)
    return head + clsid + bytes(4 + 16) + struct.pack("<IQ", start, size)


def _padded(size: int, unit: int) -> int:
    return -(-size // unit) * unit


def _pad(data: bytes, unit: int) -> bytes:
    return data.ljust(_padded(len(data), unit), b"\0")
