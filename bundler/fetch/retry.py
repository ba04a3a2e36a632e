"""Trying again what may pass: exponential back-off with jitter, bounded in number and in time."""

from __future__ import annotations

import dataclasses
import random
import time
from collections.abc import Callable
from typing import TypeVar

from bundler.errors import NetworkError

T = TypeVar("T")

RETRIED = frozenset({429, 500, 502, 503, 504})
"""Statuses that may be another one soon (RFC 9110, RFC 6585)."""


class TransientError(Exception):
    """An attempt failed in a way that may pass. ``retry_after``: seconds that the server asked for."""

    def __init__(self, reference: str, message: str, *, retry_after: float | None = None, progress: int = 0) -> None:
        super().__init__(message)
        self.reference = reference
        self.message = message
        self.retry_after = retry_after
        self.progress = progress


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Retry:
    """How often and how patiently; all times in seconds. ``sleep`` and ``jitter`` (0 to 1) are ports for tests.

    An attempt that brought at least ``worthwhile`` bytes starts the count anew: a long download over a bad line ends.
    """

    attempts: int = 5
    first_delay: float = 0.4
    longest_delay: float = 10.0
    longest_requested: float = 60.0
    worthwhile: int = 1024 * 1024
    sleep: Callable[[float], object] = time.sleep
    jitter: Callable[[], float] = random.random

    def run(self, attempt: Callable[[], T], *, url: str) -> T:
        """Call ``attempt`` until it returns; raises NetworkError after the last TransientError. ``url`` is for people."""
        failed = 0
        while True:
            try:
                return attempt()
            except TransientError as error:
                failed = 1 if error.progress >= self.worthwhile else failed + 1
                if failed >= self.attempts:
                    raise NetworkError(
                        error.reference,
                        f"{error.message} ({failed} attempts)",
                        context=(url,),
                        hint="check the connection, the proxy (HTTPS_PROXY) and the index's address, then run it again: what "
                        "is fetched already stays",
                    ) from None
                self.sleep(self.delay(failed, error.retry_after))

    def delay(self, failed: int, requested: float | None) -> float:
        """Seconds to wait after so many failures; a server's Retry-After counts as far as it is reasonable."""
        if requested is not None:
            return min(requested, self.longest_requested)
        return min(self.first_delay * float(2 ** (failed - 1)), self.longest_delay) * (0.5 + self.jitter() / 2)
