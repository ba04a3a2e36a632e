"""A package index on loopback, in the test's own process: the Simple API of given files, with faults on demand."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import http.server
import re
import socket
import ssl
import threading
import zipfile
from typing import TYPE_CHECKING, Literal, Self

from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename

from tests.support.index_answers import Answering
from tests.support.index_data import Fault, Published, Request
from tests.support.index_pages import html_page, html_root, json_page, json_root

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.certificates import Certificates


__all__ = ["Fault", "LocalIndex", "Published", "Request"]


class LocalIndex:
    """``with LocalIndex(wheel, sdist) as index:`` serves at ``index.url`` (``…/simple/``) until the block ends.

    ``metadata``: PEP 658 files beside wheels. ``ranges``: byte ranges. ``digests``, ``sizes``: on the pages. ``auth``: name and
    password of basic authentication, ``token``: a bearer token; either is then asked for everywhere.
    ``tls``: serve HTTPS with these, asking for a client certificate if ``client_certificate``. ``etags``, ``cache_control``:
    of pages and files. ``compress``: pages in gzip where the client takes it. ``host``: the name that ``url`` has.
    """

    def __init__(
        self,
        *files: Path,
        format: Literal["html", "json", "negotiated"] = "negotiated",  # noqa: A002 - the word that everybody knows it by
        metadata: bool = True,
        ranges: bool = True,
        digests: bool = True,
        sizes: bool = True,
        auth: tuple[str, str] | None = None,
        token: str | None = None,
        tls: Certificates | None = None,
        client_certificate: bool = False,
        etags: bool = False,
        cache_control: str | None = None,
        compress: bool = False,
        files_base: str | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self.format = format
        self.metadata, self.ranges, self.digests, self.sizes = metadata, ranges, digests, sizes
        self.auth, self.token = auth, token
        self.etags, self.cache_control, self.compress = etags, cache_control, compress
        self.files_base = files_base
        self.requests: list[Request] = []
        self.closing = threading.Event()
        self._faults: dict[str, list[Fault]] = {}
        self._files: dict[str, Published] = {}
        self._statuses: dict[str, tuple[str, str]] = {}
        self._extra: dict[str, Path | bytes] = {}
        self._lock = threading.Lock()
        self._server = _Server(self, _context(tls, client_certificate=client_certificate) if tls else None)
        self._threads = [_serving(self._server)]
        self._others: list[_Server] = []
        self.base = f"{'https' if tls else 'http'}://{host}:{self._server.server_address[1]}"
        self.url = self.base + "/simple/"
        for each in files:
            self.add(each)

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        for each in (self._server, *self._others):
            each.shutdown()
            each.server_close()
        for thread in self._threads:
            thread.join()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def answer_at(self, listener: socket.socket) -> None:
        """Answer there too: with a socket that listens on ``port`` of another network namespace, addresses are the same."""
        server = _Server(self, None, listener)
        self._others.append(server)
        self._threads.append(_serving(server))
        self._threads[-1].start()

    def add(
        self,
        path: Path,
        *,
        project: str | None = None,
        requires_python: str | None = None,
        yanked: str | bool = False,
        upload_time: object = "2024-01-01T00:00:00.000000Z",
        sha256: str | None = None,
        size: int | None = None,
        metadata: bytes | None = None,
        query: str = "",
        provenance: bytes | None = None,
    ) -> None:
        """Publish a file, at an address with this ``query`` alone, with this ``provenance`` (PEP 740). ``requires_python`` is read from a wheel's metadata if left out; no ``upload_time``: the page says none; ``sha256``, ``size``, ``metadata``: wrong ones."""
        content = path.read_bytes()
        if metadata is None and path.suffix == ".whl":
            metadata = _metadata(path)
        if requires_python is None and metadata is not None:
            found = re.search(rb"^Requires-Python: *(.*?)\r?$", metadata.partition(b"\n\n")[0], re.MULTILINE)
            requires_python = found[1].decode() if found else None
        self._files[path.name] = Published(
            filename=path.name,
            project=canonicalize_name(project or _project(path.name)),
            content=content,
            sha256=(sha256 or hashlib.sha256(content).hexdigest()) if self.digests else None,
            size=(len(content) if size is None else size) if self.sizes else None,
            requires_python=requires_python,
            yanked=yanked,
            upload_time=upload_time,
            metadata=metadata if self.metadata else None,
            query=query,
            provenance=provenance,
        )

    def remove(self, filename: str) -> None:
        """Take a file off its page and from under its address."""
        del self._files[filename]

    def serve(self, path: str, content: Path | bytes) -> str:
        """Serve ``content`` at ``path`` too (``/python/3.11.9/python-3.11.9-amd64.exe``); returns its whole address."""
        self._extra[path] = content
        return self.base + path

    def project_status(self, project: str, status: str, reason: str = "") -> None:
        """Declare a project ``archived``, ``quarantined``, ``deprecated`` (PEP 792)."""
        self._statuses[canonicalize_name(project)] = (status, reason)

    def file_url(self, filename: str) -> str:
        return f"{self.base}/files/{filename}"

    def fault(self, where: str, *faults: Fault) -> None:
        """Let ``faults`` happen, one after the other, at ``where``: a path, a published file's name or a project's."""
        if not where.startswith("/"):
            where = f"/files/{where}" if where.removesuffix(".metadata") in self._files else f"/simple/{where}/"
        self._faults.setdefault(where, []).extend(faults)

    def asked(self, where: str) -> list[Request]:
        """The requests so far whose path ends with ``where``."""
        return [each for each in self.requests if each.path.endswith(where)]

    def next_fault(self, path: str) -> Fault | None:
        """Take the fault that is due for a request of ``path``."""
        with self._lock:
            waiting = self._faults.get(path)
            if not waiting:
                return None
            first = waiting[0]
            if first.times is None:
                return first
            if first.times <= 1:
                waiting.pop(0)
            else:
                waiting[0] = dataclasses.replace(first, times=first.times - 1)
            return first

    def withheld(self, path: str, query: str) -> bool:
        """Whether what is published there has another query."""
        found = self._files.get(path.removeprefix("/files/"))
        return found is not None and found.query not in ("", f"?{query}")

    def find(self, path: str, *, json: bool) -> tuple[bytes | Path, str] | None:
        """Body and content type at ``path``, None for none."""
        if path in self._extra:
            return self._extra[path], "application/octet-stream"
        if path.startswith("/files/"):
            name = path.removeprefix("/files/")
            attested = self._files.get(name.removesuffix(".provenance"))
            if attested is not None and name != attested.filename:
                return (attested.provenance, "application/json") if attested.provenance is not None else None
            wheel = self._files.get(name.removesuffix(".metadata"))
            if wheel is None:
                return None
            if name != wheel.filename:
                return (wheel.metadata, "application/octet-stream") if wheel.metadata is not None else None
            return wheel.content, "application/octet-stream"
        return self._page(path, json=json)

    def _page(self, path: str, *, json: bool) -> tuple[bytes, str] | None:
        kind = "application/vnd.pypi.simple.v1+json" if json else "text/html; charset=utf-8"
        if path == "/simple/":
            names = sorted({each.project for each in self._files.values()})
            return (json_root(names) if json else html_root(names)), kind
        found = re.fullmatch(r"/simple/([^/]+)/", path)
        files = [each for each in self._files.values() if found and each.project == found[1]]
        if found is None or not (files or found[1] in self._statuses):
            return None
        page = json_page if json else html_page
        base = (self.files_base or "../../files").rstrip("/")
        return page(found[1], files, base, self._statuses.get(found[1])), kind


def _project(filename: str) -> str:
    if filename.endswith(".whl"):
        return parse_wheel_filename(filename)[0]
    if filename.endswith((".tar.gz", ".zip")):
        return parse_sdist_filename(filename)[0]
    return filename.partition("-")[0]


def _metadata(wheel: Path) -> bytes | None:
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = [each for each in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", each)]
            return archive.read(names[0]) if names else None
    except zipfile.BadZipFile:
        return None


def _serving(server: _Server) -> threading.Thread:
    return threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)


def _context(tls: Certificates, *, client_certificate: bool) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.certificate, tls.key)
    if client_certificate:
        context.load_verify_locations(tls.authority)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self, index: LocalIndex, context: ssl.SSLContext | None, listener: socket.socket | None = None
    ) -> None:
        super().__init__(("127.0.0.1", 0), Answering, bind_and_activate=listener is None)
        if listener is not None:
            self.socket.close()
            self.socket = listener
        self.index = index
        self._context = context
        self._open: set[socket.socket] = set()

    def server_bind(self) -> None:
        # HTTPServer's own one looks up the host's name, which may take seconds
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def finish_request(self, request: socket.socket, client_address: object) -> None:  # type: ignore[override]
        with contextlib.suppress(OSError):  # what a client does wrong is the test's business, not the log's
            if self._context:
                request = self._context.wrap_socket(request, server_side=True)
            self._open.add(request)
            try:
                Answering(request, client_address, self)
            finally:
                self._open.discard(request)
                request.close()

    def server_close(self) -> None:
        super().server_close()
        for each in list(self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
