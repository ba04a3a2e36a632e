"""How the local index answers one connection: HTTP/1.1 with authentication, byte ranges, validators and faults."""

from __future__ import annotations

import base64
import gzip
import hashlib
import http.server
import re
import select
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from packaging.utils import canonicalize_name

from tests.support.index_data import Request

if TYPE_CHECKING:
    from tests.support.index import LocalIndex
    from tests.support.index_data import Fault

_BLOCK = 65536
_JSON = "application/vnd.pypi.simple.v1+json"


class Answering(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = _BLOCK
    timeout = 60

    def log_message(self, *_: object) -> None:
        pass

    @property
    def index(self) -> LocalIndex:
        index: LocalIndex = self.server.index  # type: ignore[attr-defined]
        return index

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        path = unquote(parts.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(method=self.command, path=path, headers=headers)
        self.index.requests.append(request)
        fault = self.index.next_fault(path)
        if fault is not None and self._failed(request, fault):
            return
        if not self._allowed(headers):
            challenge = 'Basic realm="index"' if self.index.auth else "Bearer"
            self._send(request, 401, {"www-authenticate": challenge}, b"who are you?", fault)
            return
        if self.index.withheld(path, parts.query):
            self._send(request, 403, {}, b"no such signature", fault)
            return
        if (place := _proper(path)) != path:
            self._send(request, 301, {"location": place}, b"", fault)
            return
        found = self.index.find(path, json=self._wants_json(headers.get("accept", "*/*")))
        if found is None:
            self._send(request, 404, {}, b"not here", fault)
            return
        body, kind = found
        self._found(request, body.read_bytes() if isinstance(body, Path) else body, kind, fault)

    def _wants_json(self, accept: str) -> bool:
        if self.index.format != "negotiated":
            return self.index.format == "json"
        wanted = {}
        for each in accept.split(","):
            kind, _, rest = each.strip().partition(";")
            quality = re.search(r"q=([0-9.]+)", rest)
            wanted[kind.strip()] = float(quality[1]) if quality else 1.0
        return wanted.get(_JSON, 0) > 0 and wanted[_JSON] >= wanted.get("text/html", 0)

    def _allowed(self, headers: dict[str, str]) -> bool:
        given = headers.get("authorization")
        if self.index.auth:
            return given == "Basic " + base64.b64encode(":".join(self.index.auth).encode()).decode()
        return self.index.token is None or given == f"Bearer {self.index.token}"

    def _failed(self, request: Request, fault: Fault) -> bool:
        """Act out a fault that is an answer of its own; the others change the answer's body."""
        if fault.status is not None:
            self._send(request, fault.status, dict(fault.headers), b"a fault", fault)
        elif fault.redirect is not None:
            self._send(request, 302, {"location": fault.redirect}, b"", fault)
        elif fault.stall and not fault.cut:
            self._stall()
        else:
            return False
        return True

    def _found(self, request: Request, body: bytes, kind: str, fault: Fault | None) -> None:
        headers = {"content-type": kind}
        page = not request.path.startswith("/files/")
        if self.index.cache_control:
            headers["cache-control"] = self.index.cache_control
        if self.index.etags:
            headers["etag"] = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            if request.headers.get("if-none-match") == headers["etag"]:
                self._send(request, 304, headers, b"", fault)
                return
        if page and self.index.compress and "gzip" in request.headers.get("accept-encoding", ""):
            body = gzip.compress(body, mtime=0)
            headers["content-encoding"] = "gzip"
        if not self.index.ranges:
            self._send(request, 200, headers, body, fault)
            return
        headers["accept-ranges"] = "bytes"
        wanted = request.headers.get("range")
        condition = request.headers.get("if-range")
        if wanted is None or (condition is not None and condition != headers.get("etag")):
            self._send(request, 200, headers, body, fault)
            return
        span = _span(wanted, len(body))
        if span is None:
            self._send(request, 416, headers | {"content-range": f"bytes */{len(body)}"}, b"", fault)
            return
        first, last = span
        headers["content-range"] = f"bytes {first}-{last}/{len(body)}"
        self._send(request, 206, headers, body[first : last + 1], fault)

    def _send(self, request: Request, status: int, headers: dict[str, str], body: bytes, fault: Fault | None) -> None:
        if fault is not None and fault.truncate is not None:
            body = body[: fault.truncate]
        if fault is not None and fault.flip and body:
            body = body[:-1] + bytes([body[-1] ^ 1])
        request.status = status
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if request.method == "HEAD":
            return
        limit = len(body) if fault is None or fault.cut is None else min(fault.cut, len(body))
        for start in range(0, limit, _BLOCK):
            block = body[start : min(start + _BLOCK, limit)]
            request.sent += len(block)
            self.wfile.write(block)
            if fault is not None and fault.pause:
                self.wfile.flush()
                time.sleep(fault.pause)
        self.wfile.flush()
        if limit < len(body):
            if fault is not None and fault.stall:
                self._stall()
            self.close_connection = True

    def _stall(self) -> None:
        """Say nothing until the client hangs up or the index closes."""
        self.close_connection = True
        while not self.index.closing.is_set():
            readable, _, _ = select.select([self.connection], [], [], 0.05)
            if readable and not self.connection.recv(_BLOCK):
                return


def _proper(path: str) -> str:
    """Where a project's page really is: normalized name, slash at the end."""
    found = re.fullmatch(r"/simple/([^/]+)/?", path)
    return f"/simple/{canonicalize_name(found[1])}/" if found else path


def _span(wanted: str, size: int) -> tuple[int, int] | None:
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", wanted)
    if found is None or found[0] == "bytes=-":
        return None
    if not found[1]:
        first, last = max(0, size - int(found[2])), size - 1
    else:
        first, last = int(found[1]), min(int(found[2] or size - 1), size - 1)
    return (first, last) if first <= last else None
