"""Answers kept from earlier runs, as RFC 9111 allows a private cache to."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from typing import TYPE_CHECKING

from bundler.foreign import whole_number
from bundler.model.ports import Cache, Response

if TYPE_CHECKING:
    from collections.abc import Mapping

_KIND = "http"
_KEPT_HEADERS = frozenset(
    {"cache-control", "content-range", "content-type", "etag", "last-modified", "link", "x-pypi-last-serial"}
)
_KEPT_STATUSES = frozenset({200, 206})
_FRESHEST = 3600
"""Seconds for which an answer is used without asking, whatever it says: one that somebody slipped in once must not stay for years."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """An answer and the time, in seconds since 1970, until which it may be used without asking."""

    response: Response
    until: float

    def fresh(self, now: float) -> bool:
        """Not where the clock was set back since, or an earlier version kept it for longer."""
        return now < self.until <= now + _FRESHEST

    def conditions(self) -> dict[str, str]:
        """Headers that ask whether it is still the right one."""
        found = {}
        if etag := self.response.headers.get("etag"):
            found["if-none-match"] = etag
        if modified := self.response.headers.get("last-modified"):
            found["if-modified-since"] = modified
        return found


class HttpCache:
    """Keeps answers in ``cache``; an entry that can't be read is none."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache

    def key(self, url: str, headers: Mapping[str, str], authorization: str | None) -> str:
        """One entry for each address, representation, range and reader: nobody gets what another one's password opened."""
        reader = hashlib.blake2b(authorization.encode(), digest_size=16).hexdigest() if authorization else ""
        return "\n".join((url, headers["accept"], headers.get("range", ""), reader))

    def load(self, key: str) -> Kept | None:
        data = self._cache.load(_KIND, key)
        if data is None:
            return None
        head, _, content = data.partition(b"\n")
        try:
            url, status, headers, until = json.loads(head)
        except (ValueError, TypeError, RecursionError):
            return None
        if not (
            isinstance(url, str) and isinstance(status, int) and isinstance(until, int | float) and _texts(headers)
        ):
            return None
        response = Response(url=url, status=status, headers=headers, content=content)
        return Kept(response=response, until=until)

    def save(self, key: str, answer: Response, now: float) -> None:
        """Keep ``answer`` if it may be kept and could be of use."""
        until = _until(answer.headers, now)
        useful = (until is not None and until > now) or "etag" in answer.headers or "last-modified" in answer.headers
        if until is not None and useful and answer.status in _KEPT_STATUSES:
            headers = {name: value for name, value in answer.headers.items() if name in _KEPT_HEADERS}
            head = json.dumps([answer.url, answer.status, headers, until]).encode()
            self._cache.save(_KIND, key, head + b"\n" + answer.content)

    def refresh(self, key: str, kept: Kept, answer: Response, now: float) -> Response:
        """``answer`` (304) says that ``kept`` is right: hand it out, with the newer headers (RFC 9111, 4.3.4)."""
        headers = {**kept.response.headers, **{k: v for k, v in answer.headers.items() if k in _KEPT_HEADERS}}
        response = dataclasses.replace(kept.response, headers=headers)
        self.save(key, response, now)
        return response


def _until(headers: Mapping[str, str], now: float) -> float | None:
    """Until when an answer is fresh; ``now`` if it isn't at all, None if it must not be kept."""
    control = headers.get("cache-control", "").lower()
    directives = {each.strip() for each in control.split(",")}
    if "no-store" in directives or headers.get("vary", "").strip() == "*":
        return None
    found = re.search(r"(?:^|[\s,])max-age\s*=\s*\"?([0-9]{1,9})", control)
    if found is None or "no-cache" in directives:
        return now
    return now + min(_FRESHEST, max(0, int(found[1]) - (whole_number(headers.get("age")) or 0)))


def _texts(headers: object) -> bool:
    return isinstance(headers, dict) and all(isinstance(each, str) for each in headers.values())
