"""Threads that ask indexes: few where answers come at once, since they only stand in each other's way then, many where an index is far away."""

from __future__ import annotations

import collections
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

FEWEST, MOST = 4, 16
"""Connections at a time: pages and tails of wheels are small."""
_SLOW = 0.025
"""Seconds after which an answer has mostly been waited for; to take a large page apart takes a fifth of that."""
_P = ParamSpec("_P")
_T = TypeVar("_T")


class GrowingPool:
    """Does what is submitted in its order. Whatever takes long lets one more be done at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._pool = ThreadPoolExecutor(MOST, thread_name_prefix="resolve")
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: collections.deque[tuple[Future[Any], Callable[[], Any]]] = collections.deque()
        self._working = 0
        self._allowed = FEWEST
        self._ended = False

    def submit(self, function: Callable[_P, _T], *arguments: _P.args, **more: _P.kwargs) -> Future[_T]:
        """As an executor's; raises RuntimeError after ``shutdown``."""
        future: Future[_T] = Future()
        with self._lock:
            if self._ended:
                raise RuntimeError("nothing can be submitted after shutdown")
            self._waiting.append((future, lambda: function(*arguments, **more)))
            self._employ()
        return future

    def shutdown(self) -> None:
        """Begin nothing more, and wait for nothing."""
        with self._lock:
            self._ended = True
            left, self._waiting = list(self._waiting), collections.deque()
            self._pool.shutdown(wait=False, cancel_futures=True)
        for future, _ in left:
            future.cancel()

    def _employ(self) -> None:
        """With the lock: one thread more if there is work for it."""
        if self._waiting and self._working < self._allowed:
            self._pool.submit(self._work)
            self._working += 1

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._working -= 1
                    return
                future, task = self._waiting.popleft()
            if future.set_running_or_notify_cancel():
                self._do(future, task)

    def _do(self, future: Future[Any], task: Callable[[], Any]) -> None:
        begun = self._clock()
        try:
            found = task()
        except BaseException as error:  # noqa: BLE001 - whoever asks for the result gets it
            self._grow(begun)
            future.set_exception(error)
        else:
            self._grow(begun)
            future.set_result(found)

    def _grow(self, begun: float) -> None:
        with self._lock:
            if self._clock() - begun > _SLOW and self._allowed < MOST:
                self._allowed += 1
                self._employ()
