"""How slowly an answer may come, and how much of it: counted where bytes leave the socket.

There the header, the ends of chunks and packed blocks of nothing count too, of which a server can send without end while whoever reads
the body gets nothing and decides nothing. A single wait is bounded by the socket's own timeout; here it is what comes in a while. Between two
looks at the socket what came is unpacked: a megabyte of empty frames takes a processor seconds.
"""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import io
import math
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3.util.connection import allowed_gai_family

if TYPE_CHECKING:
    import requests

HEADER = 256 * 1024
"""Bytes of a status line, header fields and what is buffered with them; http.client itself takes megabytes, and any number of "100 Continue"."""


MOST_ADDRESSES = 8
"""Of one host, that are tried: each may be silent for as long as a connection may take, and a name can have thousands."""


class TooSlowError(TimeoutError):
    """Bytes come, but too few; the words say how few."""


class TooLateError(TimeoutError):
    """Bytes come fast enough, but the whole takes too long; the words say how long."""


class TooHardError(TimeoutError):
    """What came takes too long to unpack; the words say how long."""


class TooLongError(OSError):
    """More bytes came than the answer may have."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """At least ``lowest`` bytes a second, on average over each ``window`` seconds of waiting; ``longest``: seconds of waiting in all.

    ``worked``: the seconds of a processor's time that this thread has used.
    """

    lowest: int = 500
    window: float = 60.0
    longest: float = 1200.0
    clock: Callable[[], float] = time.monotonic
    worked: Callable[[], float] = time.thread_time


class PacedStream(io.RawIOBase):
    """The bytes of ``raw``; raises TooSlowError, TooLateError, TooHardError and TooLongError. ``left``: how many more may come; ``until``: in how many
    seconds of waiting; ``work``: in how many of a processor's time, between what is read.

    The time until the first byte isn't counted: a server may have to think. Nor is the time in which nobody reads.
    """

    def __init__(self, raw: io.RawIOBase, pace: Pace) -> None:
        self._raw = raw
        self._pace = pace
        self._begun = False
        self._waited, self._came = 0.0, 0
        self._spent = 0.0
        self.left = HEADER
        self.until = pace.longest
        self.work, self._worked, self._since = math.inf, 0.0, math.inf

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self.left <= 0:
            raise TooLongError("more bytes than the answer may have")
        self._worked += max(0.0, self._pace.worked() - self._since)
        if self._worked > self.work:
            raise TooHardError(f"{self._worked:.0f} seconds of the processor's time")
        began = self._pace.clock()
        length = self._raw.readinto(buffer)
        waited = self._pace.clock() - began
        if length:
            self.left -= length
            self._count(waited, length)
        self._since = self._pace.worked()
        return length

    def _count(self, waited: float, length: int) -> None:
        counted = waited if self._begun else 0.0
        self._begun = True
        self._waited += counted
        self._spent += counted
        self._came += length
        if self._spent > self.until:
            raise TooLateError(f"the answer wasn't whole after {self._spent:.0f} seconds")
        if self._waited < self._pace.window:
            return
        if self._came < self._pace.lowest * self._waited:
            raise TooSlowError(f"{self._came} bytes came in {self._waited:.0f} seconds")
        self._waited, self._came = 0.0, 0

    def allow_time(self, seconds: float, work: float) -> None:
        """So long from now on, and so much of a processor's time."""
        self.until = self._spent + seconds
        self.work, self._worked = work, 0.0

    def close(self) -> None:
        try:
            self._raw.close()
        finally:
            super().close()


class _PacedResponse(http.client.HTTPResponse):
    def __init__(self, pace: Pace, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stream = PacedStream(self.fp.detach(), pace)
        self.fp = io.BufferedReader(self.stream)


class _Connecting(urllib3.connection.HTTPConnection):
    """Of a host with too many addresses, to one of the first."""

    def _new_conn(self) -> socket.socket:
        host = self._dns_host
        try:
            found = socket.getaddrinfo(host, self.port, allowed_gai_family(), socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            found = []  # urllib3 has the words for it
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        *others, last = addresses[:MOST_ADDRESSES] if len(addresses) > MOST_ADDRESSES else [host]
        try:
            for self._dns_host in others:
                with contextlib.suppress(urllib3.exceptions.ConnectTimeoutError):  # what is refused is one too
                    return super()._new_conn()
            self._dns_host = last
            return super()._new_conn()
        finally:
            self._dns_host = host


def paced_pools(pace: Pace) -> dict[str, type[urllib3.HTTPConnectionPool]]:
    """Classes of connections, by scheme, whose answers come at least at ``pace``; for ``PoolManager.pool_classes_by_scheme``."""

    def answer(*args: Any, **kwargs: Any) -> _PacedResponse:
        return _PacedResponse(pace, *args, **kwargs)

    class Plain(_Connecting):
        response_class = staticmethod(answer)  # type: ignore[assignment]

    class Secure(_Connecting, urllib3.connection.HTTPSConnection):
        response_class = staticmethod(answer)  # type: ignore[assignment]

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


def allow(answer: requests.Response, length: int, seconds: float, work: float) -> None:
    """Let a body of ``length`` bytes come, and as much again for chunks' sizes, within ``seconds`` of waiting and ``work`` of a processor's time;
    before, only a header may.
    """
    response: Any = answer.raw._original_response  # noqa: SLF001 - requests uses it too
    response.stream.left = 2 * length + HEADER
    response.stream.allow_time(seconds, work)
