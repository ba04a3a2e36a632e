"""Tables of a Windows Installer database, read from its streams (the format as Wine and msitools know it; Microsoft documents only its SQL).

Names of streams are packed two characters into one; a table is stored column by column; a string is a number in the string pool.
"""

from __future__ import annotations

import codecs
import dataclasses
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bundler.formats.msi.compound import Streams

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._"
_TABLE = "\u4840"
_IS_STRING, _IS_NULLABLE = 0x800, 0x1000
_IS_BINARY = 0x900
_LONG_REFERENCES = 0x8000
_UTF_8 = 65001
_MOST_ROWS = 200_000  # each becomes an object of hundreds of bytes
_MOST_COLUMNS = 64
_MOST_CELLS = 2_000_000  # of one table
_MOST_STRINGS = 1_000_000
_MOST_TEXT = 64 << 20
"""Characters in the cells of one table: a row names a text of megabytes in two bytes, and each is searched."""
_LONGEST_PATH = 1024
_LONGEST_NAME = 4 * _LONGEST_PATH

Value = str | int | None
Row = dict[str, Value]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Column:
    name: str
    kind: int

    def width(self, reference: int) -> int:
        if self.kind & _IS_STRING:
            return 2 if self.kind & ~_IS_NULLABLE == _IS_BINARY else reference
        return 2 if self.kind & 0xFF <= 2 else 4  # noqa: PLR2004


class Database:
    """The tables of one database, each decoded when it is asked for. Raises ValueError, struct.error, IndexError for damaged data."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._names = {unpacked_name(each): each for each in streams.names()}
        pool = self._content("!_StringPool")
        if len(pool) < 4:  # noqa: PLR2004
            raise ValueError("it has no string pool")
        page, flags = struct.unpack_from("<HH", pool)
        self._reference = 3 if flags & _LONG_REFERENCES else 2
        encoding = "utf-8" if page == _UTF_8 else f"cp{page}" if page else "cp1252"
        self._strings = tuple(_strings(pool, self._content("!_StringData"), _known(encoding)))
        self._columns: dict[str, list[_Column]] = {}
        meta = [_Column(name=each, kind=kind) for each, kind in _META]
        for row in self._decode("_Columns", meta):
            columns = self._columns.setdefault(str(row["Table"]), [])
            columns.append(_Column(name=str(row["Name"]), kind=int(row["Type"] or 0) & 0xFFFF))
            if len(columns) > _MOST_COLUMNS:
                raise ValueError(f"its table {row['Table']} has too many columns")

    def rows(self, table: str) -> tuple[Row, ...]:
        """All rows of a table; none if it isn't there."""
        columns = self._columns.get(table)
        return tuple(self._decode(table, columns)) if columns else ()

    def stream(self, name: str) -> bytes:
        """A stream that a table names, such as a cabinet; empty if it isn't there."""
        return self._content(name)

    def _content(self, name: str) -> bytes:
        return self._streams.read(self._names[name]) if name in self._names else b""

    def _decode(self, table: str, columns: list[_Column]) -> Iterator[Row]:
        content = self._content(f"!{table}")
        widths = [each.width(self._reference) for each in columns]
        count, rest = divmod(len(content), sum(widths))
        most = min(_MOST_ROWS, _MOST_CELLS // len(widths))
        if rest or count > most:
            raise ValueError(f"its table {table} has no whole number of rows, or more than {most}")
        starts = [count * sum(widths[:number]) for number in range(len(widths))]
        left = _MOST_TEXT
        for number in range(count):
            row = {
                column.name: self._value(column, content[start + number * width : start + (number + 1) * width])
                for column, width, start in zip(columns, widths, starts, strict=True)
            }
            left -= sum(len(each) for each in row.values() if isinstance(each, str))
            if left < 0:
                raise ValueError(f"its table {table} has more than {_MOST_TEXT} characters")
            yield row

    def _value(self, column: _Column, raw: bytes) -> Value:
        number = int.from_bytes(raw, "little")
        if column.kind & _IS_STRING and column.kind & ~_IS_NULLABLE != _IS_BINARY:
            return self._strings[number] if number else None
        return number - (1 << (8 * len(raw) - 1)) if number else None


_META = (("Table", 0x2D40), ("Number", 0x2502), ("Name", 0x0D40), ("Type", 0x0502))


def long_name(text: str) -> str:
    """``TWISTE~1.EGG|Twisted-14.0.2-py2.7.egg-info``: the name as it was, behind the short one."""
    return text.rpartition("|")[2]


def folder_name(text: str) -> str:
    """Of ``target:source``, each as `long_name` has it, the target's.

    Raises ValueError for one that is longer than any: a folder's is read again for each that lies below it.
    """
    if len(text) > _LONGEST_NAME:
        raise ValueError(f"a folder's name in it has {len(text):,} characters")
    return long_name(text.partition(":")[0])


def whole_path(folders: Sequence[str], name: str) -> str:
    """With ``/`` between them; raises ValueError for one that is longer than any: names are put together for each file anew."""
    size = sum(map(len, folders)) + len(name)
    if size > _LONGEST_PATH:
        raise ValueError(f"a path in it has {size:,} characters")
    return "/".join((*folders, name))


def unpacked_name(name: str) -> str:
    """A stream's name as people know it; a table's begins with ``!``."""
    found = []
    for each in name:
        code = ord(each)
        if each == _TABLE:
            found.append("!")
        elif 0x3800 <= code < 0x4800:  # noqa: PLR2004
            found.append(_ALPHABET[(code - 0x3800) & 0x3F] + _ALPHABET[(code - 0x3800) >> 6])
        elif 0x4800 <= code < 0x4840:  # noqa: PLR2004
            found.append(_ALPHABET[code - 0x4800])
        else:
            found.append(each)
    return "".join(found)


def _strings(pool: bytes, data: bytes, encoding: str) -> Iterator[str]:
    """String number 0 is none; of a string over 64 KiB, a first entry without a length holds the upper half of its length."""
    yield ""
    place = 0
    if len(pool) > 4 * _MOST_STRINGS:
        raise ValueError("its string pool has too many strings")
    entries = iter(struct.iter_unpack("<HH", pool[4 : len(pool) // 4 * 4]))
    for length, references in entries:
        size = length
        if not length and references:
            low, _ = next(entries, (0, 0))
            size = (references << 16) + low
        if place + size > len(data):
            raise ValueError("its string pool is longer than its strings")
        yield data[place : place + size].decode(encoding, "replace")
        place += size


def _known(encoding: str) -> str:
    try:
        codecs.lookup(encoding)
    except LookupError:
        return "cp1252"
    return encoding
