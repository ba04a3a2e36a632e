"""Who is waited for: told after a while, so that a person knows why nothing happens."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bundler.fetch.urls import origin_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FIRST, _AGAIN = 10.0, 60.0
"""Seconds until it is told, and told again."""
_OF_GIT = ("ssh:", "file:")


class Wait:
    """One request; ``since`` by the clock of ``Waits``. Raises NetworkError (``network-address``) for an address of HTTP that is none."""

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        self.host = (urlsplit(url).hostname or "git") if url.startswith(_OF_GIT) else origin_of(url).host
        self.path = urlsplit(url).path
        self._clock = clock
        self.since = clock()

    def touch(self) -> None:
        """Something came: it is waited for anew."""
        self.since = self._clock()


class Waits:
    """The requests that run, and ``tell``, which gets one line a host. ``closed`` ends the thread that looks at them each second."""

    def __init__(
        self, tell: Callable[[str], None], closed: threading.Event, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tell, self._closed, self._clock = tell, closed, clock
        self._lock = threading.Lock()
        self._running: set[Wait] = set()
        self._due: dict[str, float] = {}
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def during(self, url: str) -> Iterator[Wait]:
        """Surrounds a request of ``url``, which has no credentials."""
        wait = Wait(url, self._clock)
        with self._lock:
            self._running.add(wait)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="waiting", daemon=True)
                self._thread.start()
        try:
            yield wait
        finally:
            with self._lock:
                self._running.discard(wait)

    def look(self) -> None:
        """Tell of each host that is waited for since a while."""
        now = self._clock()
        by_host: dict[str, list[Wait]] = {}
        with self._lock:
            for each in self._running:
                if now - each.since >= _FIRST:
                    by_host.setdefault(each.host, []).append(each)
        self._due = {host: due for host, due in self._due.items() if host in by_host}
        for host, waits in sorted(by_host.items()):
            if now < self._due.get(host, now):
                continue
            self._due[host] = now + _AGAIN
            longest = min(waits, key=lambda each: (each.since, each.path))
            more = f" and {len(waits) - 1} more" if len(waits) > 1 else ""
            self._tell(f"waiting for {host} since {now - longest.since:.0f} seconds: {longest.path}{more}")

    def _watch(self) -> None:
        while not self._closed.wait(1.0):
            self.look()
