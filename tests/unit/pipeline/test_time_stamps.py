"""Servers of time stamps that give none: the next one is asked, all are asked again, and then it is one error."""

from __future__ import annotations

import pytest

from bundler.errors import SignatureError
from bundler.fetch.retry import Retry
from bundler.pipeline.time_stamps import TimeStamps
from bundler.trust.code_tools import stamp_missing

ONE, TWO = "http://one.test/", "http://two.test/"


class Servers:
    """``fails``: how often each does, before it answers."""

    def __init__(self, **fails: int) -> None:
        self._fails = {ONE: fails.get("one", 0), TWO: fails.get("two", 0)}
        self.asked: list[str] = []

    def __call__(self, server: str) -> None:
        self.asked.append(server)
        if self._fails.get(server, 0) > 0:
            self._fails[server] -= 1
            raise stamp_missing((server,), ("it is tired",))


def stamps(*servers: str, slept: list[float] | None = None, told: list[str] | None = None) -> TimeStamps:
    sleep = (slept if slept is not None else []).append
    return TimeStamps(servers, (told if told is not None else []).append, Retry(attempts=3, sleep=sleep))


def test_without_a_server_nothing_is_asked() -> None:
    servers = Servers()
    stamps().sign(servers)
    assert servers.asked == [""]


def test_a_server_that_fails_once_is_asked_again() -> None:
    servers, slept, told = Servers(one=1), list[float](), list[str]()
    stamps(ONE, slept=slept, told=told).sign(servers)
    assert servers.asked == [ONE, ONE]
    assert len(slept) == 1
    assert told == [f"the server of time stamps {ONE} gave none: it is tired"]


def test_the_next_one_is_asked_at_once_and_first_from_then_on() -> None:
    servers, slept = Servers(one=9), list[float]()
    asked = stamps(ONE, TWO, slept=slept)
    for _ in range(2):
        asked.sign(servers)
    assert servers.asked == [ONE, TWO, TWO]
    assert slept == []


def test_in_the_end_it_is_one_error_with_what_each_said() -> None:
    servers = Servers(one=9, two=9)
    with pytest.raises(SignatureError) as caught:
        stamps(ONE, TWO).sign(servers)
    assert (caught.value.reference, caught.value.exit_code) == ("authenticode-timestamp-failed", 10)
    assert caught.value.context == (f"{ONE}: it is tired", f"{TWO}: it is tired")
    assert servers.asked == [ONE, TWO] * 3
    assert caught.value.message == "no server of time stamps gave one, asked 3 times"


def test_another_failure_is_not_tried_again() -> None:
    asked: list[str] = []

    def wrong(server: str) -> None:
        asked.append(server)
        raise SignatureError("authenticode-passphrase-wrong", "no")

    with pytest.raises(SignatureError, match="no"):
        stamps(ONE, TWO).sign(wrong)
    assert asked == [ONE], "a wrong PIN counts on a token"
