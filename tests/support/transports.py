"""The one stand-in for ``bundler.model.ports.Transport``: what is asked for becomes a value, and a subclass answers it.

class Empty(FakeTransport):
    def answer(self, asked):
        return not_found(asked.url)
"""

from __future__ import annotations

import abc
import dataclasses
import threading

from bundler.model.ports import Response


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One request; ``byte_range`` and ``suffix`` as in the port."""

    url: str
    byte_range: tuple[int, int] | None = None
    suffix: int | None = None

    @property
    def whole(self) -> bool:
        """Whether all of the file is asked for, and no range of it."""
        return self.byte_range is None and self.suffix is None

    def span(self, size: int) -> tuple[int, int]:
        """The first and the last byte that are asked for, of a file of ``size`` bytes; the last may lie behind its end."""
        return self.byte_range or (max(0, size - (self.suffix or size)), size - 1)

    def out_of(self, content: bytes) -> Response:
        """What a server that honours ranges answers (RFC 9110, 14)."""
        if self.whole:
            return Response(url=self.url, status=200, headers={}, content=content)
        first, last = self.span(len(content))
        last = min(last, len(content) - 1)
        headers = {"content-range": f"bytes {first}-{last}/{len(content)}"}
        return Response(url=self.url, status=206, headers=headers, content=content[first : last + 1])


class FakeTransport(abc.ABC):
    """Implements the port; ``requests`` has all that was asked, in any order."""

    def __init__(self) -> None:
        self.requests: list[Asked] = []
        self._requests_lock = threading.Lock()

    def get(
        self,
        url: str,
        *,
        accept: str = "*/*",
        byte_range: tuple[int, int] | None = None,
        suffix: int | None = None,
        cache: bool = False,
        most: int | None = None,
    ) -> Response:
        del accept, cache, most
        asked = Asked(url=url, byte_range=byte_range, suffix=suffix)
        with self._requests_lock:
            self.requests.append(asked)
        return self.answer(asked)

    @abc.abstractmethod
    def answer(self, asked: Asked) -> Response: ...


def not_found(url: str) -> Response:
    return Response(url=url, status=404, headers={}, content=b"")
