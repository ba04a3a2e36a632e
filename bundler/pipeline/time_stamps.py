"""Servers of time stamps (RFC 3161): which one is asked, and what happens when one gives none. Tried again as downloads are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.errors import NetworkError, SignatureError
from bundler.fetch.retry import Retry, TransientError
from bundler.trust.code_tools import STAMP_FAILED, stamp_missing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class TimeStamps:
    """``servers``: their addresses in the order in which they are asked, none: nothing is stamped. The one that gave the last stamp is asked first.

    ``tell`` gets a line when one fails for the first time.
    """

    def __init__(
        self, servers: Sequence[str] = (), tell: Callable[[str], None] = lambda _: None, retry: Retry | None = None
    ) -> None:
        self.servers = tuple(servers)
        self._order = list(servers)
        self._tell, self._retry = tell, retry or Retry()

    def sign(self, sign: Callable[[str], None]) -> None:
        """Call ``sign`` with a server's address, with the next one's where it raises SignatureError (``authenticode-timestamp-failed``); with "" where
        there is none. Raises that error once all were asked as often as a download is tried, and at once whatever else ``sign`` raises.
        """
        if not self._order:
            sign("")
            return
        said: dict[str, str] = {}
        rounds = 0

        def attempt() -> None:
            nonlocal rounds
            rounds += 1
            for server in tuple(self._order):
                try:
                    sign(server)
                except SignatureError as error:
                    if error.reference != STAMP_FAILED:
                        raise
                    if server not in said:
                        said[server] = next(iter(error.context), "the tool says no reason")
                        self._tell(f"{error.message}: {said[server]}")
                else:
                    self._order.remove(server)
                    self._order.insert(0, server)
                    return
            raise TransientError(STAMP_FAILED, "no server gave a time stamp")

        try:
            self._retry.run(attempt, url=self._order[0])
        except NetworkError:
            words = tuple(f"{server}: {why}" for server, why in said.items())
            raise stamp_missing(self.servers, words, times=rounds) from None
