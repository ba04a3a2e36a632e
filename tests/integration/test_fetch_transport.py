"""The transport against a real server on loopback that fails in the ways servers fail."""

from __future__ import annotations

import socket
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from bundler.errors import HostError, NetworkError
from bundler.fetch import HttpTransport, NetworkSettings, Retry
from tests.support.index import Fault, LocalIndex
from tests.support.packages import make_wheel

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "/simple/demo/"


def transport(retry: Retry | None = None, *, cache: Path | None = None, **settings: float | str) -> HttpTransport:
    return HttpTransport(
        NetworkSettings(**settings),  # type: ignore[arg-type]
        retry=retry or Retry(attempts=3, first_delay=0),
        cache=cache,
    )


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    return make_wheel(tmp_path / "published")


@pytest.mark.parametrize("fault", [Fault(status=503), Fault(cut=10), Fault(status=429), Fault(status=500, times=2)])
def test_what_passes_is_tried_again(wheel: Path, fault: Fault) -> None:
    with LocalIndex(wheel) as index, transport() as client:
        index.fault(PAGE, fault)
        answer = client.get(index.base + PAGE)
        assert answer.status == 200
        assert wheel.name.encode() in answer.content
        assert len(index.requests) == 1 + (fault.times or 0)


def test_a_stalled_answer_is_tried_again(wheel: Path) -> None:
    with LocalIndex(wheel) as index, transport(timeout=0.2) as client:
        index.fault(PAGE, Fault(stall=True), Fault(stall=True, cut=20))
        assert client.get(index.base + PAGE).status == 200
        assert len(index.requests) == 3


def test_retry_after_is_honoured(wheel: Path) -> None:
    slept: list[float] = []
    patient = Retry(attempts=4, first_delay=1, sleep=slept.append, jitter=lambda: 1.0)
    with LocalIndex(wheel) as index, transport(patient) as client:
        dates = (("retry-after", "Mon, 01 Jan 2024 00:00:00 GMT"),)
        index.fault(
            PAGE,
            Fault(status=503, headers=(("retry-after", "7"),)),
            Fault(status=503, headers=dates),
            Fault(status=503, headers=(("retry-after", "soon"),)),
        )
        assert client.get(index.base + PAGE).status == 200
    assert slept == [7, 0, 4]


def test_it_gives_up_and_says_what_happened(wheel: Path) -> None:
    with LocalIndex(wheel) as index, transport() as client:
        index.fault(PAGE, Fault(status=503, times=None))
        with pytest.raises(NetworkError) as caught:
            client.get(index.base.replace("//", "//me:secret@") + PAGE + "?token=secret")
    error = caught.value
    assert error.reference == "network-status"
    assert "127.0.0.1 answers 503" in error.message
    assert error.hint
    assert "secret" not in repr((error.message, error.context, error.hint))


def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with transport() as client, pytest.raises(NetworkError) as caught:
            client.get(f"http://127.0.0.1:{unused.getsockname()[1]}/simple/")
    assert caught.value.reference == "index-unreachable"
    assert "127.0.0.1: no connection (3 attempts)" in caught.value.message


def test_a_name_that_is_not_known() -> None:
    with transport() as client, pytest.raises(NetworkError) as caught:
        client.get("http://no-such-host.invalid/simple/")
    assert caught.value.reference == "index-unreachable"
    assert "no-such-host.invalid" in caught.value.message


@pytest.mark.parametrize(("path", "status"), [("/simple/none/", 404), (PAGE, 410)])
def test_what_is_not_there_is_an_answer(wheel: Path, path: str, status: int) -> None:
    with LocalIndex(wheel) as index, transport() as client:
        index.fault(path, *([Fault(status=410)] if status == 410 else []))
        assert client.get(index.base + path).status == status
        assert len(index.requests) == 1


def test_other_statuses_are_errors_at_once(wheel: Path) -> None:
    with LocalIndex(wheel) as index, transport() as client:
        index.fault(PAGE, Fault(status=418))
        with pytest.raises(NetworkError, match="418"):
            client.get(index.base + PAGE)
        assert len(index.requests) == 1


def test_ranges(wheel: Path) -> None:
    data = wheel.read_bytes()
    with LocalIndex(wheel) as index, transport() as client:
        url = index.file_url(wheel.name)
        tail = client.get(url, suffix=22)
        assert (tail.status, tail.content) == (206, data[-22:])
        assert tail.headers["content-range"] == f"bytes {len(data) - 22}-{len(data) - 1}/{len(data)}"
        assert client.get(url, byte_range=(4, 9)).content == data[4:10]
        assert client.get(url, byte_range=(len(data), len(data) + 5)).status == 416
    with LocalIndex(wheel, ranges=False) as index, transport() as client:
        whole = client.get(index.file_url(wheel.name), suffix=22)
        assert (whole.status, whole.content) == (200, data)


def test_redirects_are_followed_and_told(wheel: Path) -> None:
    with LocalIndex(wheel) as index, transport() as client:
        answer = client.get(index.base + "/simple/Demo")
        assert answer.url == index.base + PAGE
        index.fault(PAGE, Fault(redirect=PAGE, times=None))
        with pytest.raises(NetworkError) as caught:
            client.get(index.base + PAGE)
    assert caught.value.reference == "network-redirect"


def test_a_redirect_to_another_kind_of_address_is_refused(wheel: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    with LocalIndex(wheel) as index, transport() as client:
        index.fault(PAGE, Fault(redirect=secret.as_uri()))
        with pytest.raises(NetworkError) as caught:
            client.get(index.base + PAGE)
    assert caught.value.reference == "network-address"


def test_a_redirect_to_what_is_no_address(wheel: Path) -> None:
    with LocalIndex(wheel) as index, transport() as client:
        for location in ("http://[", "http://*.example.com/", "http://127.0.0.1:99999/"):
            index.fault(PAGE, Fault(redirect=location))
            with pytest.raises(NetworkError) as caught:
                client.get(index.base + PAGE)
            assert caught.value.reference == "network-address"


def test_nobody_is_asked_before_it_is_time(wheel: Path) -> None:
    with LocalIndex(wheel) as index, transport() as client:
        client.expect([index.base + "/simple/", "file:///simple/", "no address"])
        assert client.get(index.base + PAGE).status == 200
        assert len(index.requests) == 1


def test_what_goes_wrong_meanwhile_is_told_to_who_asks(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with transport(authority=str(tmp_path / "missing.pem")) as client:
        client.expect(["https://127.0.0.1:1/simple/"])
        for each in (each for each in threading.enumerate() if each.name == HttpTransport.MAKING_READY):
            each.join()
        with pytest.raises(HostError) as caught:
            client.get("https://127.0.0.1:1/simple/")
    assert caught.value.reference == "network-certificate-file"
    assert capfd.readouterr().err == ""


def test_cookies_are_not_sent_back(wheel: Path) -> None:
    with LocalIndex(wheel) as index, transport() as client:
        index.fault(PAGE, Fault(status=503, headers=(("set-cookie", "who=you; Path=/"),)))
        assert client.get(index.base + PAGE).status == 200
        assert client.get(index.base + PAGE).status == 200
        assert [each.status for each in index.requests] == [503, 200, 200]
        assert not any("cookie" in each.headers for each in index.requests)


def test_only_what_is_meant_is_sent(wheel: Path) -> None:
    with LocalIndex(wheel) as index, transport(user_agent="bundle/1") as client:
        client.get(index.base + PAGE, accept="text/html")
        sent = dict(index.requests[0].headers)
    assert sent.pop("accept-encoding")
    assert sent == {"host": index.base.rpartition("/")[2], "accept": "text/html", "user-agent": "bundle/1"}


def test_packed_pages_are_unpacked(wheel: Path) -> None:
    with LocalIndex(wheel, compress=True) as index, transport() as client:
        answer = client.get(index.base + PAGE)
        assert answer.headers["content-encoding"] == "gzip"
        assert wheel.name.encode() in answer.content


def test_an_endless_page_is_cut_off(wheel: Path) -> None:
    with LocalIndex(wheel) as index, transport(max_body=100_000) as client:
        with pytest.raises(NetworkError) as caught:
            client.get(index.serve("/large", b"x" * 100_001))
        assert caught.value.reference == "network-too-large"
        assert len(client.get(index.serve("/large", b"x" * 100_000)).content) == 100_000


def test_a_bomb_is_cut_off_before_it_is_unpacked(wheel: Path) -> None:
    with LocalIndex(wheel, compress=True) as index, transport(max_body=1_000_000) as client:
        url = index.serve("/bomb", bytes(100_000_000))
        tracemalloc.start()
        try:
            with pytest.raises(NetworkError) as caught:
                client.get(url)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert caught.value.reference == "network-too-large"
        assert peak < 20_000_000


def test_many_threads_share_the_connections(wheel: Path) -> None:
    with LocalIndex(wheel) as index, transport() as client, ThreadPoolExecutor(32) as threads:
        answers = list(threads.map(lambda _: client.get(index.base + PAGE).status, range(200)))
        assert answers == [200] * 200


def test_a_closed_transport_ends_waiting_and_refuses(wheel: Path) -> None:
    with LocalIndex(wheel) as index:
        client = HttpTransport(NetworkSettings(attempts=3))
        index.fault(PAGE, Fault(status=503, headers=(("retry-after", "50"),), times=None))
        with ThreadPoolExecutor(1) as thread:
            waiting = thread.submit(client.get, index.base + PAGE)
            while not index.requests:
                pass
            client.close()
            with pytest.raises(NetworkError) as caught:
                waiting.result(30)
        assert caught.value.reference == "network-closed"


class TestCache:
    def test_a_fresh_answer_is_not_asked_for_again(self, wheel: Path, tmp_path: Path) -> None:
        with LocalIndex(wheel, cache_control="max-age=600") as index:
            for _ in range(2):
                with transport(cache=tmp_path) as client:
                    assert client.get(index.base + PAGE, cache=True).status == 200
            assert len(index.requests) == 1
            with transport(cache=tmp_path) as client:
                client.get(index.base + PAGE)
                client.get(index.base + PAGE, cache=True, accept="application/vnd.pypi.simple.v1+json")
            assert len(index.requests) == 3, "without cache, or for another representation, it is asked"

    def test_a_stale_answer_is_validated(self, wheel: Path, tmp_path: Path) -> None:
        with LocalIndex(wheel, etags=True) as index, transport(cache=tmp_path) as client:
            first = client.get(index.base + PAGE, cache=True)
            second = client.get(index.base + PAGE, cache=True)
            assert [each.status for each in index.requests] == [200, 304]
            assert (second.status, second.content) == (200, first.content)
            index.add(make_wheel(tmp_path / "more", version="2.0"))
            assert b"demo-2.0" in client.get(index.base + PAGE, cache=True).content
            assert index.requests[-1].status == 200

    def test_time_passes(self, wheel: Path, tmp_path: Path) -> None:
        now = [1000.0]
        client = HttpTransport(NetworkSettings(), cache=tmp_path, now=lambda: now[0])
        with LocalIndex(wheel, cache_control="max-age=60") as index, client:
            for now[0] in (1000.0, 1059.0, 1061.0):
                client.get(index.base + PAGE, cache=True)
            assert len(index.requests) == 2

    def test_what_a_password_opened_is_for_that_password(self, wheel: Path, tmp_path: Path) -> None:
        with LocalIndex(wheel, auth=("me", "secret"), cache_control="max-age=600") as index:
            with transport(cache=tmp_path) as client:
                assert client.get(index.base.replace("//", "//me:secret@") + PAGE, cache=True).status == 200
            with transport(cache=tmp_path) as client, pytest.raises(NetworkError) as caught:
                client.get(index.base + PAGE, cache=True)
        assert caught.value.reference == "network-unauthorized"
        assert not any(b"secret" in each.read_bytes() for each in tmp_path.rglob("*") if each.is_file())
