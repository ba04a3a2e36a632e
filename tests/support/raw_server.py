"""A server on loopback that sends bytes as they are given, whatever they are: what HTTP's own libraries don't let one send."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable


class RawServer:
    """``with RawServer(answer) as server:`` sends the pieces of ``answer()`` to each connection that asked, as long as it listens.

    ``sent``: bytes so far; ``ended``: set when a client went away or all was sent. ``context``: serve TLS.
    """

    def __init__(self, answer: Callable[[], Iterable[bytes]], context: ssl.SSLContext | None = None) -> None:
        self._answer, self._context = answer, context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.connections = 0
        self.sent = 0
        self.requests: list[bytes] = []
        self.port = int(self._listener.getsockname()[1])
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{self.port}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 5).close()  # wakes who accepts
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        while not self._closing.is_set():
            connection, _ = self._listener.accept()
            self.connections += 1
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.closing(connection):
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            with contextlib.closing(connection):
                asked = b""
                while b"\r\n\r\n" not in asked:
                    more = connection.recv(65536)
                    if not more:
                        return
                    asked += more
                self.requests.append(asked)
                for piece in self._answer():
                    if self._closing.is_set():
                        return
                    connection.sendall(piece)
                    self.sent += len(piece)
