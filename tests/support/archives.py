"""Archives of every kind that a runtime may come in, right by default, and wrong in one way at a time."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import sys
import tarfile
import zipfile
import zlib
from typing import TYPE_CHECKING

import py7zr

from tests.support.wheels import zip_entry

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

KINDS = ("zip", "nupkg", "tar", "tar.gz", "tar.bz2", "tar.xz", "tar.zst", "7z")


def make_archive(path: Path, files: Mapping[str, bytes]) -> Path:
    """Pack ``files`` (names as they are given) by the kind that the name of ``path`` says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.name.endswith((".zip", ".nupkg")):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(zip_entry(name), data, zipfile.ZIP_DEFLATED)
    elif path.name.endswith(".7z"):
        _make_7z(path, files)
    else:
        path.write_bytes(_compressed(path.suffix, make_tar(*(entry(name, data) for name, data in files.items()))))
    return path


def make_tar(*entries: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """A plain tar of these entries in this order."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for info, data in entries:
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def entry(name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, len(data)
    return info, data


def _make_7z(path: Path, files: Mapping[str, bytes]) -> None:
    """The writer takes no evil names: they are put over others of their length, and the header's checksums made right."""
    names = {name: f"{i:0{len(name)}d}" for i, name in enumerate(files)}
    with py7zr.SevenZipFile(path, "w") as packed:
        packed.set_encoded_header_mode(False)
        for name, data in files.items():
            packed.writestr(data, names[name])
    content = bytearray(path.read_bytes())
    offset, size = struct.unpack_from("<QQ", content, 12)
    header = bytes(content[32 + offset : 32 + offset + size])
    for name, written in names.items():
        header = header.replace(f"{written}\0".encode("utf-16-le"), f"{name}\0".encode("utf-16-le"), 1)
    content[32 + offset : 32 + offset + size] = header
    content[28:32] = struct.pack("<I", zlib.crc32(header))
    content[8:12] = struct.pack("<I", zlib.crc32(content[12:32]))
    path.write_bytes(content)


def _compressed(suffix: str, data: bytes) -> bytes:
    packers: dict[str, Callable[[bytes], bytes]] = {
        ".zst": zstd.compress,
        ".tar": bytes,
        ".gz": gzip.compress,
        ".tgz": gzip.compress,
        ".bz2": bz2.compress,
        ".xz": lzma.compress,
    }
    return packers[suffix](data)
