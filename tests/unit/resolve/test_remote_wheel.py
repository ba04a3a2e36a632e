"""METADATA out of wheels by ranges: real archives, and servers that do as they like."""

from __future__ import annotations

import contextlib
import io
import struct
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundler.errors import NetworkError
from bundler.formats.core_metadata import MalformedMetadataError
from bundler.model.ports import Response
from bundler.resolve.remote_wheel import LARGE, SMALL, TAIL, RemoteFile, read_metadata
from tests.support.transports import FakeTransport

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.transports import Asked

METADATA = b"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n\n" + b"words " * 200
NAME = "demo-1.0.dist-info/METADATA"
WHEEL = "demo-1.0-py3-none-any.whl"


class Server(FakeTransport):
    """A transport with one file; ``serve`` makes the answer to a range."""

    def __init__(self, content: bytes, serve: Callable[[int, int], Response] | None = None) -> None:
        super().__init__()
        self.content = content
        self.asked: list[str] = []
        self._serve = serve or self.part

    def part(self, first: int, last: int) -> Response:
        last = min(last, len(self.content) - 1)
        return answer(206, self.content[first : last + 1], f"bytes {first}-{last}/{len(self.content)}")

    def answer(self, asked: Asked) -> Response:
        if asked.whole:
            self.asked.append("all")
            return answer(200, self.content)
        self.asked.append("tail" if asked.suffix else "part")
        return self._serve(*asked.span(len(self.content)))


def answer(status: int, content: bytes, content_range: str | None = None) -> Response:
    headers = {"content-range": content_range} if content_range else {}
    return Response(url="https://x.test/demo.whl", status=status, headers=headers, content=content)


def archive(
    *, before: int = 0, after: int = 0, entries: int = 0, method: int = zipfile.ZIP_DEFLATED, name: str = NAME
) -> bytes:
    """A wheel with so many bytes before and behind its METADATA, and so many more small entries."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        file.writestr("demo/big.bin", b"\0" * before, zipfile.ZIP_STORED)
        file.writestr(name, METADATA)
        file.writestr("demo/more.bin", b"\0" * after, zipfile.ZIP_STORED)
        for number in range(entries):
            file.writestr(f"demo/{number:06}/{'x' * 60}", b"", zipfile.ZIP_STORED)
    return buffer.getvalue()


def read(server: Server, size: int | None = None, filename: str = WHEEL) -> bytes:
    return read_metadata(RemoteFile(server, "https://x.test/demo.whl", size), filename)


@pytest.mark.parametrize(
    ("content", "asked"),
    [
        (archive(before=200_000), ["tail"]),
        (archive(before=200_000, after=200_000), ["tail", "part"]),
        (archive(before=100_000, entries=2_000), ["tail", "part", "part"]),
        (archive(before=200_000, method=zipfile.ZIP_STORED), ["tail"]),
        (archive(), ["tail"]),
    ],
)
def test_few_requests_and_little_is_read(content: bytes, asked: list[str]) -> None:
    server = Server(content)
    assert read(server) == METADATA
    assert server.asked == asked


def test_a_small_file_of_known_size_comes_whole() -> None:
    server = Server(archive())
    remote = RemoteFile(server, "https://x.test/demo.whl", len(server.content))
    assert read_metadata(remote, WHEEL) == METADATA
    assert remote.whole == server.content
    assert server.asked == ["all"]


class Whole(Server):
    """Sends the whole file whatever is asked, as a server that knows of no ranges."""

    def get(self, url: str, *, most: int | None = None, **asked: Any) -> Response:
        response = super().get(url, **asked)
        assert most is not None or not LARGE.acquire(blocking=False)
        if most is not None and len(response.content) > most:
            raise NetworkError("network-too-large", "the answer has more")
        return response

    def answer(self, asked: Asked) -> Response:
        self.asked.append("all" if asked.whole else "part")
        return answer(200, self.content)


@pytest.mark.parametrize("size", [None, 1000, 1 << 30])
def test_one_large_file_at_a_time_is_held_where_a_server_knows_no_ranges(size: int | None) -> None:
    """Sixteen that were 256 MB each, of packed nothing, took 20 GB of memory."""
    server = Whole(archive(before=SMALL))
    with RemoteFile(server, "https://x.test/demo.whl", size) as remote:
        assert read_metadata(remote, WHEEL) == METADATA
        assert not LARGE.acquire(blocking=False)
    assert LARGE.acquire(blocking=False)
    LARGE.release()
    assert server.asked[1:] == ["all"]
    few = Whole(archive())
    with RemoteFile(few, "https://x.test/demo.whl", size) as remote:
        assert read_metadata(remote, WHEEL) == METADATA
        assert LARGE.acquire(blocking=False)
        LARGE.release()
    assert len(few.asked) == 1


def test_an_archive_in_zip64() -> None:
    content = archive(before=100_000)
    end = content.rfind(b"PK\5\6")
    count, size, start = struct.unpack_from("<HLL", content, end + 10)
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, start)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    escaped = content[end : end + 12] + struct.pack("<LLH", 0xFFFFFFFF, 0xFFFFFFFF, 0)
    assert read(Server(content[:end] + record + locator + escaped)) == METADATA
    with pytest.raises(MalformedMetadataError, match="ZIP64"):
        read(Server(content[:end] + record + locator.replace(b"PK", b"XX") + escaped))


def test_a_wheel_of_more_than_4_gb_has_its_metadata_behind_them() -> None:
    """Its local header's offset stands in a zip64 field; only what is read is really there."""
    behind = 5 << 30
    content = archive()
    entry = content.rfind(NAME.encode()) - 46
    extra = struct.pack("<2HQ", 1, 8, behind + struct.unpack_from("<L", content, entry + 42)[0])
    name_end = entry + 46 + len(NAME)
    directory_end = content.rfind(b"PK\5\6")
    _, size, start = struct.unpack_from("<HLL", content, directory_end + 10)
    wide = content[: entry + 30] + struct.pack("<H", len(extra)) + content[entry + 32 : entry + 42] + b"\xff" * 4
    wide += content[entry + 46 : name_end] + extra + content[name_end:directory_end]
    end = behind + len(wide)
    wide += struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 3, 3, size + len(extra), behind + start)
    wide += struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    wide += struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 3, 3, 0xFFFFFFFF, 0xFFFFFFFF, 0)

    total = behind + len(wide)

    def serve(first: int, last: int) -> Response:
        if server.asked[-1] == "tail":
            first, last = total - TAIL, total - 1
        content = bytes(max(0, behind - first)) + wide[max(0, first - behind) : last - behind + 1]
        return answer(206, content, f"bytes {first}-{last}/{total}")

    server = Server(wide, serve)
    assert read(server) == METADATA
    assert server.asked == ["tail"]


def test_vendored_metadata_is_not_the_wheels_own() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("demo/_vendor/other-2.0.dist-info/METADATA", "Name: other\nVersion: 2.0\n")
        file.writestr("Demo-1.0.dist-info/METADATA", METADATA)
    assert read(Server(buffer.getvalue())) == METADATA


def test_a_server_without_ranges_sends_all_and_is_asked_once() -> None:
    server = Server(archive(before=200_000))
    server._serve = lambda *_: answer(200, server.content)
    assert read(server) == METADATA
    assert server.asked == ["tail"]


def test_a_server_that_stops_to_give_ranges() -> None:
    server = Server(archive(before=200_000, after=200_000))
    server._serve = lambda first, last: (
        server.part(first, last) if server.asked[-1] == "tail" else answer(200, server.content)
    )
    assert read(server) == METADATA


@pytest.mark.parametrize("content_range", [None, "bytes 0-1/*", "bytes 0-1/100"])
def test_a_tail_that_does_not_say_what_it_is_leads_to_the_whole(content_range: str | None) -> None:
    server = Server(archive(before=200_000))
    server._serve = lambda first, _: answer(206, server.content[first:], content_range)
    assert read(server) == METADATA
    assert server.asked == ["tail", "all"]


def test_a_tail_that_cannot_be_given_leads_to_the_whole() -> None:
    server = Server(archive())
    server._serve = lambda *_: answer(416, b"")
    assert read(server) == METADATA


def test_a_file_that_is_gone() -> None:
    server = Server(b"")
    server._serve = lambda *_: answer(404, b"")
    with pytest.raises(MalformedMetadataError, match="404"):
        read(server)


def test_a_part_that_is_too_short() -> None:
    server = Server(archive(before=200_000, after=200_000))
    server._serve = lambda first, last: server.part(first, last if server.asked[-1] == "tail" else last - 1)
    with pytest.raises(MalformedMetadataError, match="part of it"):
        read(server)


def twice() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(NAME, METADATA)
        file.writestr("evil-1.0.dist-info/METADATA", METADATA)
    return buffer.getvalue()


def changed(content: bytes, place: int, *, entry: bool = True, value: bytes = b"\xff\xff\xff\x7f") -> bytes:
    """``content`` with other bytes at ``place`` of METADATA's directory entry, or of the end of the directory."""
    begin = content.rfind(NAME.encode()) - 46 if entry else content.rfind(b"PK\5\6")
    return content[: begin + place] + value + content[begin + place + len(value) :]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "end as a zip does"),
        (b"no zip at all", "end as a zip does"),
        (b"PK\5\6", "end as a zip does"),
        (twice(), "2 folders .*: demo-1.0.dist-info, evil-1.0.dist-info"),
        (archive(name="other/METADATA"), "no folder"),
        (archive(name="deep/demo.dist-info/METADATA"), "no folder"),
        (archive(name="demo-1.0.dist-info/metadata"), "no METADATA"),
        (archive(name="other-1.0.dist-info/METADATA"), "other-1.0.dist-info is not that of demo"),
        (changed(archive(), 24), "bytes long"),
        (changed(archive(), 20), "bytes long"),
        (changed(archive(), 42), "behind the end"),
        (changed(archive(), 16), "damaged"),
        (changed(archive(), 24, value=b"\x01\0\0\0"), "damaged"),
        (changed(archive(), 10, value=b"\x0c\0"), "method 12"),
        (changed(archive(), 0, value=b"XX"), "directory is damaged"),
        (changed(archive(), 12, entry=False), "bytes long"),
        (changed(archive(), 16, entry=False), "cut short"),
        (archive().replace(b"PK\3\4", b"PK\3\4", 1)[:-30] + b"PK\5\6", "end as a zip does"),
    ],
)
def test_damaged_archives(content: bytes, words: str) -> None:
    with pytest.raises(MalformedMetadataError, match=words):
        read(Server(content))


def test_damaged_compressed_bytes() -> None:
    content = archive()
    place = content.find(NAME.encode()) + len(NAME)
    with pytest.raises(MalformedMetadataError, match="damaged"):
        read(Server(content[:place] + b"\xff" * 20 + content[place + 20 :]))


@given(st.binary(max_size=200), st.integers(0, 2000), st.binary(max_size=12))
def test_any_damage_is_an_error_or_harms_nothing(head: bytes, place: int, patch: bytes) -> None:
    content = head + archive()
    content = content[:place] + patch + content[place + len(patch) :]
    with contextlib.suppress(MalformedMetadataError):
        read(Server(content))
