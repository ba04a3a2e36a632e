"""Pages of a machine's own programs, which are strangers'."""

from __future__ import annotations

import http.server
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from bundler.rehearse.wine import probe

if TYPE_CHECKING:
    from collections.abc import Iterator


class Pages(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"here")
            return
        self.send_response(302)
        self.send_header("Location", self.path[1:].replace("PORT", self.headers["Host"].rpartition(":")[2]))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        serving.join()


def test_a_redirection_on_the_machine_is_followed(site: str) -> None:
    assert probe.fetch(f"{site}http://127.0.0.1:PORT/", 0) == (200, b"here")
    assert probe.fetch(f"{site}/", 0) == (200, b"here"), "a relative one"


@pytest.mark.parametrize(
    "address",
    [
        "http://evil.invalid/",
        "http://192.0.2.1/",
        "http://localhost.evil.invalid/",
        "http://user@evil.invalid:PORT/",
        "https://127.0.0.1:PORT/",
        "ftp://127.0.0.1:PORT/x",
        "file:///etc/passwd",
        "http://[::ffff:192.0.2.1]/",
    ],
)
def test_nobody_is_asked_for_on_a_strangers_word(site: str, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    looking_up = socket.getaddrinfo

    def noted(host: object, *given: object, **named: object) -> object:
        asked.append(host)
        return looking_up(host, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", noted)
    status, _ = probe.fetch(site + address, 0)
    assert (status, set(asked)) == (302, {"127.0.0.1"})


def test_an_address_that_is_none(site: str) -> None:
    command = [sys.executable, "-I", probe.__file__, f"{site}http://[evil/", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "Invalid IPv6 URL\n")
