"""HTTP as the product needs it: retried, authenticated for each host, redirected carefully, bounded, cached."""

from __future__ import annotations

import contextlib
import email.utils
import io
import math
import threading
import time
from typing import TYPE_CHECKING, Self
from urllib.parse import urljoin

from bundler.errors import NetworkError
from bundler.fetch.auth import Credentials
from bundler.fetch.diskcache import DiskCache
from bundler.fetch.httpcache import HttpCache
from bundler.fetch.localfile import read_local
from bundler.fetch.retry import RETRIED, Retry, TransientError
from bundler.fetch.urls import Origin, basic_of, file_path, origin_of, origins_of, redact, strip_credentials
from bundler.fetch.waiting import Waits
from bundler.foreign import one_line, whole_number
from bundler.model.ports import Response
from bundler.report import Reporter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    import requests

    from bundler.fetch.connections import Connections
    from bundler.fetch.settings import NetworkSettings
    from bundler.fetch.waiting import Wait

_RETURNED = frozenset({200, 404, 410})
_OF_RANGES, _NOT_MODIFIED = frozenset({206, 416}), 304
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BLOCK = 256 * 1024


class HttpTransport:
    """``bundler.model.ports.Transport`` over kept-alive connections; safe from any thread.

    ``cache`` is a store's root, where answers for later runs are kept. ``retry`` says how patiently (its ``attempts`` are those of ``settings`` if it is left
    out), ``now`` is the wall clock in seconds since 1970, ``clock`` one that only goes forward. ``reporter`` hears who is waited for.
    """

    MAKING_READY = "connections"
    """The thread's name."""

    def __init__(
        self,
        settings: NetworkSettings,
        *,
        cache: Path | None = None,
        retry: Retry | None = None,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
        reporter: Reporter | None = None,
    ) -> None:
        self.settings = settings
        self._closed = threading.Event()
        self.retry = retry or Retry(attempts=settings.attempts, sleep=self._closed.wait)
        self._cache = HttpCache(DiskCache(cache)) if cache else None
        self._now = now
        self._clock = clock
        self._waits = Waits((reporter or Reporter()).note, self._closed, clock)
        self._credentials = Credentials(settings)
        self._opening = threading.Lock()
        self._opened: Connections | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept, and end the waiting of other threads."""
        self._closed.set()
        if self._opened is not None:
            self._opened.close()

    def name(self, urls: Iterable[str]) -> None:
        """The user wrote these addresses: credentials for their hosts are for their ports."""
        for origin in origins_of(urls):
            self._credentials.name(origin)

    def expect(self, urls: Iterable[str]) -> None:
        """These are going to be asked: what connections take is made ready beside the caller. Never raises: whoever asks learns of errors."""
        if origins := tuple(origins_of(urls)):
            threading.Thread(target=self._make_ready, args=(origins,), name=self.MAKING_READY, daemon=True).start()

    def _make_ready(self, origins: Iterable[Origin]) -> None:
        with contextlib.suppress(Exception):  # it is met again
            for each in origins:
                self._connections.for_origin(each)

    @property
    def _connections(self) -> Connections:
        """Made late, and what it needs imported late: a build out of the store connects to nothing."""
        with self._opening:
            if self._opened is None:
                from bundler.fetch.connections import Connections

                self._opened = Connections(self.settings, self._clock)
            return self._opened

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
        """See ``bundler.model.ports.Transport.get``; ``file:`` addresses too, a folder answers with its ``index.html``."""
        limit = min(self.settings.max_body, most or self.settings.max_body)
        if (path := file_path(url)) is not None:
            return read_local(path, url, byte_range=byte_range, suffix=suffix, limit=limit)
        url = self._known(url)
        headers = {"accept": accept}
        if byte_range is not None:
            headers["range"] = f"bytes={byte_range[0]}-{byte_range[1]}"
        elif suffix is not None:
            headers["range"] = f"bytes=-{suffix}"
        if not (cache and self._cache):
            return self._fetch(url, headers, limit)
        key = self._cache.key(url, headers, self._credentials.of(origin_of(url)))
        kept = self._cache.load(key)
        if kept and kept.fresh(self._now()):
            return kept.response
        answer = self._fetch(url, headers | (kept.conditions() if kept else {}), limit)
        if answer.status == _NOT_MODIFIED and kept:
            return self._cache.refresh(key, kept, answer, self._now())
        self._cache.save(key, answer, self._now())
        return answer

    def _known(self, url: str) -> str:
        """``url`` without credentials; they are remembered for its origin."""
        origin = origin_of(url)
        if "@" in url and (authorization := basic_of(url)):
            self._credentials.learn(origin, authorization)
        return strip_credentials(url)

    def _fetch(self, url: str, headers: Mapping[str, str], limit: int) -> Response:
        encoding = "identity" if "range" in headers else self._connections.accept_encoding
        wanted = {**headers, "accept-encoding": encoding}
        with self.waiting(url):
            # for all attempts and redirects together: each could take as long as one may
            until = self._clock() + self.settings.longest_answer
            return self.retry.run(lambda: self._whole(url, wanted, limit, until), url=redact(url))

    def waiting(self, url: str) -> contextlib.AbstractContextManager[Wait]:
        """Surrounds what waits for an answer; a person hears of it after a while."""
        return self._waits.during(redact(url))

    def _whole(self, url: str, headers: Mapping[str, str], limit: int, until: float) -> Response:
        with self.open(url, headers, limit, until) as (final, answer):
            return Response(
                url=final,
                status=answer.status_code,
                headers={name.lower(): value for name, value in answer.headers.items()},
                content=self._body(answer, final, limit),
            )

    def _body(self, answer: requests.Response, url: str, limit: int) -> bytes:
        if len(_packings(answer)) > 1:
            from bundler.fetch.network_errors import packed_again

            raise packed_again(url)
        left = limit
        with self.reading(url):
            content = io.BytesIO()
            while block := answer.raw.read1(_BLOCK, decode_content=True):
                left -= content.write(block)
                if left < 0:
                    raise NetworkError(
                        "network-too-large",
                        f"the answer has more than {limit} bytes: no index page has",
                        context=(redact(url),),
                        hint="check that the address is that of an index",
                    )
        return content.getvalue()  # of which no second copy is made

    @contextlib.contextmanager
    def open(
        self, url: str, headers: Mapping[str, str], most: int, until: float = math.inf
    ) -> Iterator[tuple[str, requests.Response]]:
        """One attempt: the final address and an answer with a status that ``get`` returns (304 where it was asked for), its body unread and of
        ``most`` bytes at most; ``until``: when it must be whole, by the transport's clock.

        Raises TransientError for what may pass, NetworkError for what won't. The connection is kept if the body was read whole.
        """
        url = self._known(url)
        origin = origin_of(url)
        for _ in range(self.settings.max_redirects + 1):
            self._check_time(url, until)
            authorization = self._credentials.of(origin)
            answer = self._request(
                url, origin, {**headers, **({"authorization": authorization} if authorization else {})}
            )
            try:
                if answer.status_code not in _REDIRECTS or "location" not in answer.headers:
                    self._check(answer, url, origin, headers, authorized=authorization is not None)
                    self._connections.allow(answer, most, until - self._clock())
                    yield url, answer
                    return
                with self.reading(url):
                    answer.raw.drain_conn()
                url, origin = self._redirected(url, origin, answer.headers["location"])
            finally:
                # read whole, it has given its connection back already and this leaves that one alone
                answer.close()
        raise NetworkError(
            "network-redirect",
            f"more than {self.settings.max_redirects} redirects in a row",
            context=(redact(url),),
            hint="check the index's address",
        )

    def _check_time(self, url: str, until: float) -> None:
        if self._clock() > until:
            from bundler.fetch.network_errors import too_late

            raise too_late(url, f"the answer wasn't whole after {self.settings.longest_answer:.0f} seconds")

    def _request(self, url: str, origin: Origin, headers: Mapping[str, str]) -> requests.Response:
        if self._closed.is_set():
            raise NetworkError("network-closed", "the work was ended", context=(redact(url),))
        sent = {**headers, "user-agent": self.settings.user_agent}
        with self.reading(url):
            return self._connections.get(url, origin, sent)

    @contextlib.contextmanager
    def reading(self, url: str) -> Iterator[None]:
        """Turn what requests, and urllib3 below it, raise into TransientError or NetworkError."""
        try:
            yield
        except Exception as error:
            from bundler.fetch.network_errors import FAULTS, transport_failure

            if not isinstance(error, FAULTS):
                raise
            raise transport_failure(error, url, self.settings) from None

    def _check(
        self, answer: requests.Response, url: str, origin: Origin, headers: Mapping[str, str], *, authorized: bool
    ) -> None:
        if answer.status_code in RETRIED:
            message = f"{origin.host} answers {answer.status_code} {one_line(answer.reason or '')}".strip()
            raise TransientError(
                "network-status", message, retry_after=self._requested_delay(answer.headers.get("retry-after"))
            )
        if answer.status_code not in _answers(headers):
            from bundler.fetch.network_errors import refused

            raise refused(
                answer.status_code,
                url,
                origin,
                authorized=authorized,
                withheld=self._credentials.withheld(origin),
            )

    def _requested_delay(self, text: str | None) -> float | None:
        """Retry-After (RFC 9110, 10.2.3) in seconds from now."""
        if text is None:
            return None
        if (seconds := whole_number(text)) is not None:
            return float(seconds)
        try:
            return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - self._now())
        except (ValueError, OverflowError):
            return None

    def _redirected(self, url: str, origin: Origin, location: str) -> tuple[str, Origin]:
        """Where a redirect leads; credentials inside it are taken off and never used: they aren't the user's."""
        try:
            following = strip_credentials(urljoin(url, location))
        except ValueError:  # it can't be taken apart
            following = strip_credentials(location)
        there = origin_of(following)
        if origin.scheme == "https" and there.scheme == "http":
            raise NetworkError(
                "network-redirect",
                f"{origin.host} redirects from https to http, which anyone on the way could have changed",
                context=(redact(url), redact(following)),
                hint="use the address of an index or mirror that stays with https",
            )
        return following, there


def _packings(answer: requests.Response) -> list[str]:
    """How its body is packed, one into the other; what urllib3 doesn't unpack is none."""
    said = answer.headers.get("content-encoding", "").lower().split(",")
    return [each.strip() for each in said if each.strip() in answer.raw.CONTENT_DECODERS]


def _answers(headers: Mapping[str, str]) -> frozenset[int]:
    """What a request with these headers may be answered by: who gives a part of what was wanted whole, or says that nothing changed to one who has
    nothing, gives neither a file nor the news that there is none.
    """
    ranges = _OF_RANGES if "range" in headers else frozenset()
    return _RETURNED | ranges | ({_NOT_MODIFIED} if {"if-none-match", "if-modified-since"} & headers.keys() else set())
