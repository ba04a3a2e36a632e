"""What a stand-in's program (bed/src/handover.c) was called with, answered by this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable


def answer_calls(listener: socket.socket, answer: Callable[[list[str]], tuple[int, bytes]]) -> None:
    """Give each call's words to ``answer``, and its exit code and output back, until the listener is shut."""
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, connection.makefile("rb") as sent:
            code, output = answer(sent.read().decode("utf-8").split("\0")[:-1])
            connection.sendall(b"%d\n%s" % (code, output))
