"""How many are done at a time, and that each gets its end."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError, wait

import pytest

from bundler.resolve.growing_pool import FEWEST, MOST, GrowingPool

PATIENCE = 60


class Index:
    """Answers as many together as ``asked`` is called with, after ``seconds`` on the pool's clock; counts how many ask at once."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pool = GrowingPool(lambda: self.now)
        self._lock = threading.Lock()
        self._asking = 0
        self.most = 0

    def asked(self, count: int, *, together: int, seconds: float = 0.0) -> None:
        def pass_time() -> None:
            self.now += seconds

        # whoever comes waits for the others: were fewer let in, none would be answered
        answering = threading.Barrier(together, pass_time)
        futures = [self.pool.submit(self._ask, answering) for _ in range(count)]
        assert not wait(futures, PATIENCE).not_done
        for each in futures:
            each.result()

    def _ask(self, answering: threading.Barrier) -> None:
        with self._lock:
            self._asking += 1
            self.most = max(self.most, self._asking)
        answering.wait(PATIENCE)
        with self._lock:
            self._asking -= 1


def test_an_index_that_answers_at_once_is_asked_by_few() -> None:
    index = Index()
    for _ in range(2):
        index.asked(10 * FEWEST, together=FEWEST)
    assert index.most == FEWEST
    index.pool.shutdown()


def test_one_that_is_far_away_is_asked_by_more() -> None:
    index = Index()
    index.asked(FEWEST, together=FEWEST, seconds=1)
    index.asked(4 * FEWEST, together=2 * FEWEST)
    assert index.most == 2 * FEWEST
    for _ in range(MOST):
        index.asked(FEWEST, together=FEWEST, seconds=1)
    index.asked(4 * MOST, together=MOST)
    assert index.most == MOST
    index.pool.shutdown()


def test_what_goes_wrong_is_raised_where_the_result_is_wanted() -> None:
    pool = GrowingPool()
    failed, done = pool.submit(int, "no number"), pool.submit(int, "7")
    with pytest.raises(ValueError, match="no number"):
        failed.result(PATIENCE)
    assert done.result(PATIENCE) == 7
    pool.shutdown()


def test_at_the_end_nothing_more_is_begun() -> None:
    pool, begun, ending = GrowingPool(), threading.Semaphore(0), threading.Event()

    def task() -> None:
        begun.release()
        assert ending.wait(PATIENCE)

    futures = [pool.submit(task) for _ in range(FEWEST + 2)]
    for _ in range(FEWEST):
        assert begun.acquire(timeout=PATIENCE)
    pool.shutdown()
    ending.set()
    for each in futures[:FEWEST]:
        each.result(PATIENCE)
    for each in futures[FEWEST:]:
        with pytest.raises(CancelledError):
            each.result(PATIENCE)
    with pytest.raises(RuntimeError):
        pool.submit(int)
