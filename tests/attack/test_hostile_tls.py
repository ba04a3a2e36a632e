"""HTTPS with certificates that are wrong in one thing, and servers that stall or drip before, during and after the handshake."""

from __future__ import annotations

import dataclasses
import shutil
import socket
import ssl
import threading
from typing import TYPE_CHECKING

import pytest

from bundler.errors import NetworkError
from bundler.fetch import Downloads, HttpTransport, NetworkSettings, Retry, Store
from bundler.model.artifact import Artifact
from bundler.report import Reporter
from tests.attack.test_hostile_servers import OK, Clock, drip
from tests.support.certificates import Certificates, make_certificates, make_odd_certificate
from tests.support.commandline import make_bench
from tests.support.index import LocalIndex
from tests.support.packages import make_wheel
from tests.support.raw_server import RawServer

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="certificates are made by the program openssl")
PAGE = "/simple/demo/"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("tls"))


def transport(authority: Certificates, *, timeout: float = 20, step: float = 0) -> HttpTransport:
    return HttpTransport(
        NetworkSettings(authority=str(authority.authority), timeout=timeout),
        retry=Retry(attempts=2, first_delay=0, sleep=lambda _: None),
        clock=Clock(step),
    )


ODD = [
    ({"ends": "20210101000000Z"}, "expired"),
    ({"begins": "20400101000000Z"}, "not yet valid"),
    ({"names": "DNS:other.test,IP:127.0.0.2"}, "127.0.0.1"),
    ({"usage": "client_auth"}, "purpose"),
    ({"signed_by": "odd"}, "self"),
    ({"signed_by": "server"}, ""),
]


@pytest.mark.parametrize(
    ("odd", "words"), ODD, ids=["expired", "early", "name", "purpose", "self-signed", "no authority"]
)
def test_a_certificate_that_is_wrong_in_one_thing(
    authority: Certificates, tmp_path: Path, odd: dict[str, str], words: str
) -> None:
    """No byte of a request leaves this host, and it isn't tried again."""
    wheel = make_wheel(tmp_path)
    with LocalIndex(wheel, tls=make_odd_certificate(authority.authority.parent, **odd)) as index:
        with transport(authority) as client:
            with pytest.raises(NetworkError) as caught:
                client.get(index.base + PAGE)
            assert caught.value.reference == "network-certificate"
            assert words in caught.value.message
            artifact = Artifact(filename=wheel.name, url=index.file_url(wheel.name))
            with pytest.raises(NetworkError) as caught:
                Downloads(client, Store(tmp_path / "store")).fetch([artifact], Reporter())
            assert caught.value.reference == "network-certificate"
        assert index.requests == []


def test_the_odd_ones_are_odd_in_nothing_else(authority: Certificates, tmp_path: Path) -> None:
    with (
        LocalIndex(make_wheel(tmp_path), tls=make_odd_certificate(authority.authority.parent)) as index,
        transport(authority) as client,
    ):
        assert client.get(index.base + PAGE).status == 200


def test_the_command_says_so(authority: Certificates, tmp_path: Path) -> None:
    odd = make_odd_certificate(authority.authority.parent, ends="20210101000000Z")
    with LocalIndex(tls=odd) as index, LocalIndex() as plain:
        bench = make_bench(tmp_path, plain)
        done = bench.run("lock", bench.recipe, "--ca-file", authority.authority, index=index.url)
        assert (done.code, done.reference) == (4, "network-certificate")
        assert "has expired" in done.err


def serving(certificates: Certificates) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    return context


def test_a_dripping_server_behind_tls_is_ended(authority: Certificates) -> None:
    stop = threading.Event()
    answer = drip(OK + b"content-length: 1000000\r\n\r\n", stop)
    with RawServer(answer, serving(authority)) as server, transport(authority, step=5.0) as client:
        try:
            with pytest.raises(NetworkError) as caught:
                client.get(server.url)
        finally:
            stop.set()
    assert caught.value.reference == "network-too-slow"


@pytest.mark.parametrize("secure", [True, False])
def test_a_server_that_stalls_in_its_answer(authority: Certificates, *, secure: bool) -> None:
    stop = threading.Event()

    def answer() -> list[bytes]:
        stop.wait(60)
        return []

    with (
        RawServer(answer, serving(authority) if secure else None) as server,
        transport(authority, timeout=0.3) as client,
    ):
        try:
            with pytest.raises(NetworkError) as caught:
                client.get(server.url)
        finally:
            stop.set()
    assert caught.value.reference == "index-unreachable"
    assert "(2 attempts)" in caught.value.message


@pytest.mark.parametrize(
    "said", [b"", b"\x16\x03\x03", b"HTTP/1.1 200 OK\r\n\r\n", b"\x16\x03\x03\x40\x00" + b"\2" * 20]
)
def test_a_server_that_stalls_in_the_handshake(authority: Certificates, said: bytes) -> None:
    """It says nothing, or begins something; the connection stays open until the client gives up."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            for _ in range(2):
                connection, _ = listener.accept()
                held.append(connection)
                connection.sendall(said)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        with transport(authority, timeout=0.3) as client, pytest.raises(NetworkError) as caught:
            client.get(f"https://127.0.0.1:{listener.getsockname()[1]}/")
        thread.join()
        for each in held:
            each.close()
    assert caught.value.reference == "index-unreachable"


def test_an_answer_that_is_longer_than_tls_ends_as_any_other(authority: Certificates) -> None:
    """TLS' own sizes don't count: only what it carries."""
    with (
        RawServer(lambda: [OK + b"content-length: 3000000\r\n\r\n", bytes(3_000_000)], serving(authority)) as server,
        HttpTransport(
            dataclasses.replace(NetworkSettings(authority=str(authority.authority)), max_body=1_000_000),
            retry=Retry(attempts=1),
        ) as client,
        pytest.raises(NetworkError) as caught,
    ):
        client.get(server.url)
    assert caught.value.reference == "network-too-large"
