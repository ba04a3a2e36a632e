"""Archives as ``bundle build`` writes them, of any members: right by default, and wrong where a test says so."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from bundler.formats.seven_zip_records import Copied, encode_front, encode_header, file_time
from bundler.formats.zip_records import Stored, central_record, dos_time, end_records, local_record
from tests.support.bundles import CREATED

if TYPE_CHECKING:
    from collections.abc import Iterable

Change = Callable[[str, bytes], bytes]
"""Of a member's name and record, another record."""


def _as_it_is(_: str, record: bytes) -> bytes:
    return record


def strict_zip(
    files: Iterable[tuple[str, bytes]], *, local: Change = _as_it_is, central: Change = _as_it_is, behind: bytes = b""
) -> bytes:
    """``local`` and ``central`` change records, offsets are of what came of it; ``behind``: bytes after each member."""
    stamp = dos_time(CREATED)
    body, members = bytearray(), []
    for name, content in files:
        member = Stored(name=name.encode("cp437"), crc=zlib.crc32(content), size=len(content), offset=len(body))
        members.append((name, member))
        body += local(name, local_record(member, stamp)) + content + behind
    directory = b"".join(central(name, central_record(member, stamp)) for name, member in members)
    return bytes(body) + directory + end_records(len(members), len(body), len(directory))


def strict_7z(files: Iterable[tuple[str, bytes]]) -> bytes:
    pairs = list(files)
    members = [Copied(name=name, size=len(content), crc=zlib.crc32(content)) for name, content in pairs]
    header, body = encode_header(members, file_time(CREATED)), b"".join(content for _, content in pairs)
    return encode_front(header, len(body)) + body + header
