"""Servers that stall, drip, never end, or speak something that isn't HTTP: over real sockets, with a clock of the test's own."""

from __future__ import annotations

import contextlib
import dataclasses
import gzip
import itertools
import socket
import threading
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from bundler.errors import BundleError, HostError, NetworkError
from bundler.fetch import Downloads, HttpTransport, NetworkSettings, Retry, Store
from bundler.fetch.paced import HEADER, MOST_ADDRESSES
from bundler.fetch.waiting import Waits
from bundler.formats.core_metadata import MalformedMetadataError
from bundler.model.artifact import Artifact
from bundler.report import Reporter
from bundler.resolve.prefetch import load_metadata
from bundler.resolve.request import IndexRoute
from bundler.resolve.routes import load_page
from bundler.resolve.simple_api import ProjectFile
from tests.support.index_data import Fault
from tests.support.raw_server import RawServer
from tests.support.shelf import MemoryCache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from tests.support.commandline import Bench

OK = b"HTTP/1.1 200 OK\r\n"
MEGABYTE = bytes(1024 * 1024)


class Clock:
    """Each look at it is ``step`` seconds later: so long does each reading of a socket take."""

    def __init__(self, step: float) -> None:
        self._step = step
        self._now = 0.0
        self._lock = threading.Lock()

    def __call__(self) -> float:
        with self._lock:
            self._now += self._step
            return self._now


def transport(step: float = 0.0, **settings: int) -> HttpTransport:
    return HttpTransport(
        NetworkSettings(**settings),  # type: ignore[arg-type]
        retry=Retry(attempts=2, first_delay=0, sleep=lambda _: None),
        clock=Clock(step),
    )


def drip(head: bytes, stop: threading.Event) -> Callable[[], Iterator[bytes]]:
    """The head whole, then a byte a piece; the pause only keeps the bytes apart, the test's clock says how long it took."""

    def answer() -> Iterator[bytes]:
        yield head
        while not stop.wait(0.002):
            yield b"x"

    return answer


@pytest.mark.parametrize(
    "head",
    [
        OK + b"content-length: 1000000\r\n\r\n",
        OK + b"transfer-encoding: chunked\r\n\r\nfffff\r\n",
        OK + b"\r\n",
        OK + b"x-slow: ",
    ],
    ids=["length", "chunk", "until it closes", "header"],
)
def test_a_dripping_server_is_ended(head: bytes) -> None:
    stop = threading.Event()
    with RawServer(drip(head, stop)) as server, transport(5.0) as client:
        try:
            with pytest.raises(NetworkError) as caught:
                client.get(server.url)
        finally:
            stop.set()
    assert caught.value.reference == "network-too-slow"
    assert "127.0.0.1 sends too slowly" in caught.value.message
    assert len(server.requests) == 2


def test_a_dripping_download_is_ended_and_what_came_stays(tmp_path: Path) -> None:
    stop = threading.Event()
    artifact = Artifact(filename="demo.zip", url="", sha256="0" * 64)
    with RawServer(drip(OK + b"content-length: 1000000\r\n\r\n", stop)) as server, transport(5.0) as client:
        wanted = Artifact(filename=artifact.filename, url=server.url + "demo.zip", sha256=artifact.sha256)
        try:
            with pytest.raises(NetworkError) as caught:
                Downloads(client, Store(tmp_path)).fetch([wanted], Reporter())
        finally:
            stop.set()
    assert caught.value.reference == "network-too-slow"
    assert (tmp_path / "partial" / ("0" * 64 + ".part")).exists()


def test_a_slow_server_that_is_fast_enough_is_not_ended() -> None:
    """600 bytes each tenth of a second."""
    body = bytes(600)

    def answer() -> Iterable[bytes]:
        return (OK + b"content-length: 600000\r\n\r\n", *itertools.repeat(body, 1000))

    with RawServer(answer) as server, transport(0.1, lowest_rate=500) as client:
        assert len(client.get(server.url).content) == 600_000


def pieces(head: bytes, piece: bytes, number: int) -> Callable[[], Iterable[bytes]]:
    return lambda: (head, *itertools.repeat(piece, number))


@pytest.mark.parametrize("address", ["file", "redirect"])
def test_a_small_answer_has_an_end_however_fast_each_minute_of_it_was(address: str) -> None:
    """501 bytes a second were enough, up to the bound of a page: for days."""
    stop = threading.Event()
    head = OK if address == "file" else b"HTTP/1.1 302 x\r\nlocation: /elsewhere\r\n"
    with (
        RawServer(drip(head + b"content-length: 1000000\r\n\r\n", stop)) as server,
        transport(5.0, lowest_rate=0) as client,
    ):
        try:
            with pytest.raises(NetworkError, match="wasn't whole after") as caught:
                client.get(server.url)
        finally:
            stop.set()
    assert caught.value.reference == "network-too-slow"
    assert len(server.requests) == 1, "what was slow in all is not asked for once more"


def test_attempts_and_redirects_share_the_time() -> None:
    """Each of them alone is fast enough, and one after the other would take hours."""
    redirect = pieces(b"HTTP/1.1 302 x\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n", b"", 0)
    with RawServer(redirect) as server, transport(150.0, lowest_rate=0) as client:
        with pytest.raises(NetworkError, match="wasn't whole after 1200 seconds") as caught:
            client.get(server.url)
        assert caught.value.reference == "network-too-slow"
    assert len(server.requests) < 10


@pytest.mark.parametrize(("number", "place", "answers"), [(2000, 1999, False), (2000, 3, True), (8, 7, True)])
def test_a_host_of_thousands_of_addresses(
    monkeypatch: pytest.MonkeyPatch, number: int, place: int, answers: bool
) -> None:
    """Each could be silent for as long as a connection may take. Only the one at ``place`` has a server."""
    real, tried = socket.getaddrinfo, set[object]()

    def found(host: str, *asked: object) -> list[tuple[object, ...]]:
        if host != "many.test":
            tried.add(host)
            return list(real(host, *asked))  # type: ignore[arg-type]
        names = [f"127.1.{each // 250}.{each % 250 + 1}" for each in range(number)]
        names[place] = "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, asked[0])) for each in names]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    with RawServer(pieces(OK + b"content-length: 4\r\n\r\n", b"good", 1)) as server, transport() as client:
        url = server.url.replace("127.0.0.1", "many.test")
        if answers:
            assert client.get(url).content == b"good"
        else:
            with pytest.raises(NetworkError):
                client.get(url)
        assert b"many.test" in server.requests[0] if answers else not server.requests
        assert len(tried) <= MOST_ADDRESSES


def test_a_download_may_take_as_long_as_it_does(tmp_path: Path) -> None:
    """Each block takes an hour."""
    head = OK + b"content-length: 3145728\r\n\r\n"
    with RawServer(pieces(head, MEGABYTE, 3)) as server, transport(3600.0, lowest_rate=0) as client:
        wanted = Artifact(filename="demo.zip", url=server.url + "demo.zip")
        found = Downloads(client, Store(tmp_path)).fetch([wanted], Reporter())
    assert found[wanted].size == 3 * len(MEGABYTE)


def test_a_page_is_counted_while_it_comes() -> None:
    with (
        RawServer(endless(OK + b"\r\n", MEGABYTE)) as server,
        transport() as client,
        pytest.raises(NetworkError, match="more than 1000000 bytes") as caught,
    ):
        client.get(server.url, most=1_000_000)
    assert caught.value.reference == "network-too-large"
    assert server.sent < 20 * len(MEGABYTE)


def test_metadata_without_end_is_of_no_use_and_not_the_end() -> None:
    file = ProjectFile(filename="demo-1.0-py3-none-any.whl", url="", metadata=True)
    with RawServer(endless(OK + b"\r\n", MEGABYTE)) as server, transport() as client:
        demo = dataclasses.replace(file, url=server.url + file.filename)
        with pytest.raises(MalformedMetadataError, match="has more than"):
            load_metadata("demo", demo, client, MemoryCache())


def endless(head: bytes, piece: bytes) -> Callable[[], Iterator[bytes]]:
    return lambda: itertools.chain([head], itertools.repeat(piece))


NOTHING = gzip.compress(b"", mtime=0)


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
        (OK, b"x-a: " + b"b" * 60000 + b"\r\n"),
        (OK + b"transfer-encoding: chunked\r\n\r\n0\r\n", b"trailer: x\r\n" * 1000),
        (OK + b"content-encoding: gzip\r\n\r\n", NOTHING * 1000),
        (OK + b"transfer-encoding: chunked\r\n\r\n", b"1;" + b"x" * 60000 + b"\r\na\r\n"),
        (OK + b"\r\n", MEGABYTE),
    ],
    ids=["continue", "headers", "trailers", "empty members", "chunk extensions", "body"],
)
def test_what_never_ends_is_ended_by_its_bytes(head: bytes, piece: bytes) -> None:
    with (
        RawServer(endless(head, piece)) as server,
        transport(max_body=1_000_000) as client,
        pytest.raises(NetworkError) as caught,
    ):
        client.get(server.url)
    assert caught.value.reference in ("network-too-large", "index-unreachable")
    # what systems buffer comes on top, on each of the two attempts at most
    assert server.sent < 2 * (2 * 1_000_000 + HEADER + 16 * 1024 * 1024)


@pytest.mark.skipif(
    not find_spec("compression") and not find_spec("backports.zstd"), reason="nothing here unpacks zstd"
)
def test_what_is_packed_as_nothing_again_and_again_is_ended_by_the_processors_time() -> None:
    """A megabyte of skippable frames (RFC 8878, 3.1.2) takes seconds to unpack, and hundreds of it may come."""
    frames = bytes.fromhex("502a4d1800000000") * 10_000
    with (
        RawServer(endless(OK + b"content-encoding: zstd\r\n\r\n", frames)) as server,
        HttpTransport(NetworkSettings(unpack_seconds=0.1)) as client,
        pytest.raises(NetworkError, match="takes too long to unpack: 0 seconds of the processor's time") as caught,
    ):
        client.get(server.url)
    assert caught.value.reference == "network-too-slow"
    assert len(server.requests) == 1, "it is not asked for once more"


@pytest.mark.parametrize(
    "packed",
    [b"content-encoding: gzip, gzip\r\n", b"Content-Encoding: GZIP,x-gzip\r\n", b"content-encoding: gzip\r\n" * 3],
)
def test_what_is_packed_into_what_is_packed_is_not_unpacked(packed: bytes) -> None:
    """Packed three times, 7 kB were three and a half minutes of a processor's time without a further look at the socket."""
    body = gzip.compress(gzip.compress(b"x"))
    with (
        RawServer(lambda: (OK + packed + b"content-length: %d\r\n\r\n" % len(body), body)) as server,
        transport() as client,
        pytest.raises(NetworkError, match="is packed more than once") as caught,
    ):
        client.get(server.url)
    assert caught.value.reference == "network-too-slow"
    assert len(server.requests) == 1, "it is not asked for once more"


@pytest.mark.parametrize(
    "head",
    [OK + b"\r\n", OK + b"content-length: 99999999999\r\n\r\n", OK + b"transfer-encoding: chunked\r\n\r\n"],
    ids=["unstated", "stated by the server", "chunk"],
)
def test_a_download_of_a_size_that_nobody_said_has_a_bound(tmp_path: Path, head: bytes) -> None:
    piece = b"100000\r\n" + MEGABYTE + b"\r\n" if b"chunked" in head else MEGABYTE
    with RawServer(endless(head, piece)) as server, transport(max_download=3_000_000) as client:
        wanted = Artifact(filename="demo.zip", url=server.url + "demo.zip", sha256="0" * 64)
        with pytest.raises(BundleError) as caught:
            Downloads(client, Store(tmp_path)).fetch([wanted], Reporter())
    assert caught.value.reference == "network-too-large"
    assert not [each for each in tmp_path.rglob("*") if each.is_file() and each.stat().st_size]


@pytest.mark.parametrize("sha256", [None, "0" * 64])
def test_a_size_that_no_disk_has_is_refused_before_a_request(tmp_path: Path, sha256: str | None) -> None:
    with RawServer(list) as server, transport() as client:
        wanted = Artifact(filename="demo.zip", url=server.url + "demo.zip", sha256=sha256, size=10**18)
        with pytest.raises(HostError) as caught:
            Downloads(client, Store(tmp_path)).fetch([wanted], Reporter())
    assert caught.value.reference == "disk-full"
    assert server.requests == []


def test_a_download_that_breaks_off_at_the_same_place_again_and_again_is_no_progress(tmp_path: Path) -> None:
    """Each attempt brings megabytes, from the beginning."""
    head = OK + b"content-length: 9000000\r\n\r\n"
    with RawServer(lambda: [head, 2 * MEGABYTE]) as server, transport() as client:
        wanted = Artifact(filename="demo.zip", url=server.url + "demo.zip", sha256="0" * 64)
        with pytest.raises(NetworkError, match="2 attempts"):
            Downloads(client, Store(tmp_path)).fetch([wanted], Reporter())
    assert len(server.requests) <= 3


@pytest.mark.parametrize("status", [206, 304, 416])
def test_an_answer_to_another_question_is_neither_a_file_nor_news_of_none(tmp_path: Path, status: int) -> None:
    """An index that gave one counted as one that has no such project, and the next index was asked; the beginning of a file as the file."""
    head = f"HTTP/1.1 {status} x\r\ncontent-range: bytes 0-1/1000\r\ncontent-length: 2\r\nconnection: close\r\n\r\n".encode()
    with RawServer(lambda: [head, b"ab"]) as server, transport() as client:
        with pytest.raises(NetworkError, match=f"answers {status}"):
            load_page("demo", [IndexRoute(server.url), IndexRoute("https://other.test/")], client)
        with pytest.raises(NetworkError, match=f"answers {status}"):
            Downloads(client, Store(tmp_path)).fetch([Artifact(filename="demo.zip", url=server.url)], Reporter())


def test_the_rest_of_a_file_that_ends_before_its_end(tmp_path: Path) -> None:
    """Nobody knows its hash yet; the first answer breaks off, the others give the two bytes that follow of a thousand."""
    answers = itertools.chain(
        [OK + b"content-length: 1000\r\n\r\nab"],
        itertools.repeat(
            b"HTTP/1.1 206 x\r\ncontent-range: bytes 2-3/1000\r\ncontent-length: 2\r\nconnection: close\r\n\r\ncd"
        ),
    )
    with RawServer(lambda: [next(answers)]) as server, transport() as client, pytest.raises(NetworkError) as caught:
        Downloads(client, Store(tmp_path)).fetch([Artifact(filename="demo.zip", url=server.url)], Reporter())
    assert "broke off after 4 of 1000 bytes" in caught.value.message


@pytest.mark.parametrize(
    "piece", [b"\0", b"\xff\xfe", b"SSH-2.0-x\r\n", b"HTTP/9.9 abc\r\n\r\n", b"HTTP/1.1 200\r\n: :\r\n\r\n"]
)
def test_what_is_not_http(piece: bytes) -> None:
    with RawServer(lambda: [piece * 10]) as server, transport() as client, contextlib.suppress(NetworkError):
        client.get(server.url)


HEADERS = [
    *(b"content-length: " + each for each in (b"9" * 5000, b"\xb2", b"-1", b"1e3", b" 3 ")),
    *(b"age: " + each + b"\r\ncache-control: max-age=9" for each in (b"9" * 5000, b"\xb2", b"-1")),
    *(b"cache-control: max-age=" + each for each in (b"9" * 5000, b"\xb2", b'"7"')),
    *(
        b"content-range: bytes " + each
        for each in (b"9" * 5000 + b"-1/1", b"\xb2-1/2", b"0-0/\xb2", b"0-0/" + b"9" * 5000)
    ),
    *(
        b"location: " + each
        for each in (b"https://[foo", b"//", b"http://\xff/", b"http://" + b"a" * 70 + b".test/", b"http://:x/", b"")
    ),
    *(
        b"content-encoding: " + each
        for each in (b"gzip", b"deflate", b"br", b"gzip, gzip, gzip, gzip, gzip, gzip", b"zstd")
    ),
    b"transfer-encoding: chunked",
    b"content-type: text/html; charset=\xb2",
    b"etag: \xff",
    b"retry-after: " + b"9" * 5000,
    b"retry-after: \xb2",
    b"retry-after: Mon, 99 Xxx 99999 99:99:99 +9999999",
]
STATUSES = [b"200", b"206", b"302", b"304", b"404", b"416", b"503", b"999"]


@pytest.mark.parametrize("status", STATUSES)
def test_headers_that_nobody_sends(tmp_path: Path, status: bytes) -> None:
    answers = iter(HEADERS * 100)
    lock = threading.Lock()

    def answer() -> list[bytes]:
        with lock:
            header = next(answers)
        return [b"HTTP/1.1 " + status + b" x\r\n" + header + b"\r\nconnection: close\r\n\r\n", b"3\r\nabc\r\n0\r\n\r\n"]

    with RawServer(answer) as server:
        client = HttpTransport(
            NetworkSettings(), cache=tmp_path / "cache", retry=Retry(attempts=1, sleep=lambda _: None), now=lambda: 1e9
        )
        with client:
            for number in range(len(HEADERS)):
                for more in ({}, {"suffix": 3}, {"cache": True}):
                    try:
                        client.get(f"{server.url}{number}", **more)
                    except NetworkError:
                        continue
            store = Store(tmp_path / "store")
            for number in range(len(HEADERS)):
                sha256 = f"{number:064}"
                (store.root / "partial").mkdir(parents=True, exist_ok=True)
                (store.root / "partial" / f"{sha256}.part").write_bytes(b"a")
                wanted = Artifact(filename="demo.zip", url=f"{server.url}{number}", sha256=sha256)
                with pytest.raises(BundleError):
                    Downloads(client, store).fetch([wanted], Reporter())


def test_a_person_sees_who_is_waited_for() -> None:
    told: list[str] = []
    now = [0.0]
    closed = threading.Event()
    closed.set()  # the thread that looks each second ends at once
    waits = Waits(told.append, closed, lambda: now[0])
    with waits.during("https://b.test/simple/one/"), waits.during("https://a.test/x") as other:
        now[0] = 9
        waits.look()
        assert told == []
        other.touch()
        with waits.during("https://b.test/simple/two/"):
            now[0] = 20
            waits.look()
            waits.look()
        now[0] = 81
        waits.look()
    waits.look()
    assert told == [
        "waiting for a.test since 11 seconds: /x",
        "waiting for b.test since 20 seconds: /simple/one/ and 1 more",
        "waiting for a.test since 72 seconds: /x",
        "waiting for b.test since 81 seconds: /simple/one/",
    ]


class Noting(Reporter):
    def __init__(self) -> None:
        self.noted = threading.Event()
        self.words = ""

    def note(self, message: str) -> None:
        self.words = message
        self.noted.set()


def test_who_waits_is_told_by_the_transport() -> None:
    """The server answers only once a person was told of it."""
    reporter = Noting()

    def answer() -> Iterator[bytes]:
        reporter.noted.wait(60)
        yield OK + b"content-length: 2\r\n\r\nok"

    with RawServer(answer) as server, HttpTransport(NetworkSettings(), clock=Clock(20), reporter=reporter) as client:
        assert client.get(server.url + "simple/demo/").content == b"ok"
    assert reporter.words.startswith("waiting for 127.0.0.1 since ")
    assert reporter.words.endswith(" seconds: /simple/demo/")


def test_who_has_ended_does_not_wait_for_what_was_asked_ahead(bench: Bench) -> None:
    """Of a version that isn't taken: its dependency's page comes fast enough for twenty minutes, and nobody needs it."""

    def answer() -> Iterator[bytes]:
        yield OK + b"content-type: text/html\r\ncontent-length: 9000000\r\n\r\n"
        while not stop.wait(1):
            yield bytes(1000)

    stop = threading.Event()
    bench.publish("alpha", "2.0", requires=["beta>=2", "slow"])
    with RawServer(answer) as server:
        bench.index.fault("slow", Fault(redirect=server.url, times=None))
        run = bench.start("lock", bench.recipe)
        try:
            out, err = run.communicate(timeout=100)
        finally:
            stop.set()
            run.kill()
    assert (run.returncode, len(server.requests)) == (0, 1), err
    assert "alpha" in out
