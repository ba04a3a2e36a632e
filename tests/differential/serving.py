"""A snapshot on a port of this machine, for the opinions, which are other programs."""

from __future__ import annotations

import contextlib
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from tests.differential.snapshot import JSON

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.differential.snapshot import Snapshot


@contextlib.contextmanager
def served(snapshot: Snapshot) -> Iterator[str]:
    """Serve it while the block runs; gives the root of the index."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            content, kind = _answer(snapshot, urllib.parse.unquote(self.path))
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the base class has
            """Say nothing: the command tells what it does."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/simple/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(snapshot: Snapshot, path: str) -> tuple[bytes | None, str]:
    folder, _, name = path.strip("/").partition("/")
    if folder == "simple" and name:
        return snapshot.page(name), JSON
    if folder == "files" and name.endswith(".metadata"):
        text = snapshot.metadata(name.removesuffix(".metadata"))
        return (None if text is None else text.encode()), "text/plain"
    return None, "text/plain"
