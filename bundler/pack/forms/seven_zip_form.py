"""A bundle as a 7z without compression. What is read may be anybody's: each byte of its records is compared with what is written here."""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING

from bundler.errors import Fault, reason_of
from bundler.formats.seven_zip_records import (
    FRONT_SIZE,
    Copied,
    OtherFormError,
    encode_front,
    encode_header,
    file_time,
    read_front,
    read_header,
)
from bundler.pack.copying import CHUNK, Digest, Sources, checked
from bundler.pack.forms.bundle_form import (
    LARGEST_CONTRACT,
    BundleForm,
    Listed,
    Placed,
    damaged,
    packed_otherwise,
    refuse_other_formats,
    stream_placed,
)
from bundler.plain_file import open_plain

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import IO

    from bundler.pack.entry import Entry
    from bundler.pack.forms.bundle_form import Sink
    from bundler.report import Track

_BUFFER = 1024 * 1024


def write_7z(entries: Iterable[Entry], path: Path, mtime: datetime.datetime, track: Track) -> str:
    """Write the entries, copied and not compressed, and answer the archive's sha256.

    Wheels are compressed already, and LZMA2 takes more memory than a build may. The hash takes a second
    reading: the format's first bytes are known last.
    """
    with path.open("x+b", buffering=_BUFFER) as out, Digest() as digest, Sources() as sources:
        out.write(bytes(FRONT_SIZE))
        done = []
        for entry in entries:
            crc = 0
            for data in checked(entry, sources):
                crc = zlib.crc32(data, crc)
                out.write(data)
                track.advance(len(data))
            done.append(Copied(name=entry.path, size=entry.size, crc=crc))
        header = encode_header(done, file_time(mtime))
        out.write(header)
        out.seek(0)
        out.write(encode_front(header, sum(each.size for each in done)))
        out.seek(0)
        while data := out.read(CHUNK):
            digest.update(data)
        return digest.take()


class SevenZipReader:
    """A 7z that has, to the byte, the form that ``write_7z`` gives it: of any other, programs may unpack different files."""

    faults: tuple[Fault, ...] = ()

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with open_plain(path) as stream:
                files, self._front, self._header = _read_files(stream)
                refuse_other_formats(stream, path)
        except EOFError as error:
            raise damaged(path, (Fault("", f"is not a complete 7z archive, it may be truncated: {error}"),)) from None
        except OSError as error:
            raise damaged(path, (Fault("", f"can't be read: {reason_of(error)}"),)) from None
        except OtherFormError as error:
            raise packed_otherwise(path, "", str(error)) from None
        self.listed = tuple(Listed(path=each.name, size=each.size) for each in files)
        self._places, at = {}, FRONT_SIZE
        for each in files:
            self._places[each.name] = Placed(start=at, size=each.size, crc=each.crc)
            at += each.size

    def pieces(self) -> Iterator[bytes | str]:
        yield self._front
        yield from (each.path for each in self.listed)
        yield self._header

    def stream(self, limits: Mapping[str, int], sink: Sink) -> Iterator[Fault]:
        return stream_placed(self._path, self._places, limits, sink)


def _read_files(stream: IO[bytes]) -> tuple[tuple[Copied, ...], bytes, bytes]:
    """And what stands before and behind them."""
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    front = stream.read(FRONT_SIZE)
    if len(front) < FRONT_SIZE:
        raise EOFError("it ends before its first file")
    total, length = read_front(front)
    if FRONT_SIZE + total + length > size:
        raise EOFError(f"it has {size:,} bytes")
    if FRONT_SIZE + total + length < size:
        raise OtherFormError("it has hidden bytes behind its end")
    if length > LARGEST_CONTRACT:
        raise OtherFormError("its header is too large")
    stream.seek(FRONT_SIZE + total)
    header = stream.read(length)
    if encode_front(header, total) != front:
        raise OtherFormError("its header's checksums are wrong")
    files = read_header(header)
    if sum(each.size for each in files) != total:
        raise OtherFormError("it has hidden bytes behind its files")
    return files, front, header


FORM = BundleForm(write=write_7z, read=SevenZipReader)
