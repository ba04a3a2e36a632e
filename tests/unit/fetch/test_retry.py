from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import NetworkError
from bundler.fetch.retry import Retry, TransientError

if TYPE_CHECKING:
    from collections.abc import Callable


def failing(*errors: TransientError) -> Callable[[], str]:
    left = list(errors)

    def attempt() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return attempt


def test_the_delay_doubles_within_bounds() -> None:
    retry = Retry(first_delay=1, longest_delay=5, longest_requested=60, jitter=lambda: 1.0)
    assert [retry.delay(failed, None) for failed in range(1, 6)] == [1, 2, 4, 5, 5]
    assert Retry(first_delay=1, jitter=lambda: 0.0).delay(1, None) == 0.5
    assert retry.delay(1, 7) == 7
    assert retry.delay(1, 3600) == 60


def test_it_tries_again_and_sleeps_in_between() -> None:
    slept: list[float] = []
    retry = Retry(attempts=3, first_delay=1, sleep=slept.append, jitter=lambda: 1.0)
    attempt = failing(TransientError("r", "m"), TransientError("r", "m", retry_after=3))
    assert retry.run(attempt, url="u") == "done"
    assert slept == [1, 3]


def test_it_gives_up_with_the_last_reason() -> None:
    retry = Retry(attempts=2, sleep=lambda _: None)
    with pytest.raises(NetworkError) as caught:
        retry.run(failing(TransientError("a", "first"), TransientError("b", "second")), url="https://host/")
    assert caught.value.reference == "b"
    assert caught.value.message == "second (2 attempts)"
    assert caught.value.context == ("https://host/",)


def test_progress_starts_the_count_anew() -> None:
    retry = Retry(attempts=2, worthwhile=10, sleep=lambda _: None)
    steps = [TransientError("r", "m", progress=10) for _ in range(20)]
    assert retry.run(failing(*steps), url="u") == "done"
    with pytest.raises(NetworkError):
        retry.run(failing(TransientError("r", "m", progress=9), TransientError("r", "m", progress=9)), url="u")
