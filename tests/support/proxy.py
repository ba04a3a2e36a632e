"""A proxy on loopback: forwards plain requests, tunnels CONNECT, remembers both, and may want credentials."""

from __future__ import annotations

import base64
import contextlib
import http.client
import http.server
import select
import socket
import threading
from typing import Self
from urllib.parse import urlsplit


class LocalProxy:
    """``with LocalProxy() as proxy:`` listens at ``proxy.url``; ``proxy.seen`` are the methods and targets that came."""

    def __init__(self, *, auth: tuple[str, str] | None = None) -> None:
        self.seen: list[tuple[str, str]] = []
        self.wanted = "Basic " + base64.b64encode(":".join(auth).encode()).decode() if auth else None
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{self.address}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, proxy: LocalProxy) -> None:
        super().__init__(("127.0.0.1", 0), _Forwarding)
        self.proxy = proxy

    def server_bind(self) -> None:
        # HTTPServer's own one looks up the host's name, which may take seconds
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()


class _Forwarding(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def _refused(self) -> bool:
        proxy: LocalProxy = self.server.proxy  # type: ignore[attr-defined]
        proxy.seen.append((self.command, self.path))
        if proxy.wanted in (None, self.headers.get("proxy-authorization")):
            return False
        self.send_response(407)
        self.send_header("proxy-authenticate", "Basic")
        self.send_header("content-length", "0")
        self.end_headers()
        return True

    def do_GET(self) -> None:
        if self._refused():
            return
        parts = urlsplit(self.path)
        there = http.client.HTTPConnection(parts.netloc, timeout=30)
        try:
            headers = {name: value for name, value in self.headers.items() if not name.lower().startswith("proxy-")}
            there.request("GET", parts.path, headers=headers)
            answer = there.getresponse()
            body = answer.read()
        finally:
            there.close()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("server", "date"):
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_CONNECT(self) -> None:
        if self._refused():
            return
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=30) as there:
            self.send_response(200)
            self.end_headers()
            self.close_connection = True
            both = {self.connection: there, there: self.connection}
            with contextlib.suppress(OSError):
                while True:
                    for each in select.select(list(both), [], [])[0]:
                        data = each.recv(65536)
                        if not data:
                            return
                        both[each].sendall(data)
