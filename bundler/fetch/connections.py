"""Kept-alive connections: a pool of them for each way out (proxy or not, TLS checked or not), shared by all threads.

Nothing is read from the environment, no redirect is followed, nothing tried again: all that is decided in this package, for each host. So
urllib3 is enough, and what requests would add is neither wanted nor waited for.
"""

from __future__ import annotations

import os
import ssl
import threading
import time
from typing import TYPE_CHECKING, cast

import urllib3

from bundler.errors import HostError, InputError, NetworkError
from bundler.fetch.authorities import checking
from bundler.fetch.paced import Pace, allow, paced_pools
from bundler.fetch.settings import proxy_without_credentials
from bundler.fetch.urls import origin_of, redact

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bundler.fetch.settings import NetworkSettings
    from bundler.fetch.urls import Origin

_THREADS = 32
"""Connections kept for each host; more are made where more threads ask, and closed after use."""

_HOSTS = 32


class Connections:
    """Sends requests, each through the pool for its origin."""

    def __init__(
        self,
        settings: NetworkSettings,
        clock: Callable[[], float] = time.monotonic,
        *,
        windows: bool = os.name == "nt",
    ) -> None:
        self._settings = settings
        self._windows = windows
        # a window holds two of the longest single waits: who allows long ones gets them
        window = max(settings.rate_window, 2 * settings.timeout)
        self._kinds = paced_pools(
            Pace(lowest=settings.lowest_rate, window=window, longest=settings.longest_answer, clock=clock)
        )
        self._pools: dict[tuple[str | None, bool], urllib3.PoolManager] = {}
        self._lock = threading.Lock()
        self.accept_encoding = urllib3.util.make_headers(accept_encoding=True)["accept-encoding"]

    def get(self, url: str, origin: Origin, headers: Mapping[str, str]) -> urllib3.HTTPResponse:
        """The answer of one GET, its body unread. ``headers`` are all that are sent. Raises what urllib3 raises."""
        timeout = urllib3.Timeout(connect=self._settings.timeout, read=self._settings.timeout)
        answer = self.for_origin(origin).urlopen(
            "GET",
            url,
            headers=dict(headers),
            redirect=False,
            retries=False,
            timeout=timeout,
            preload_content=False,
            decode_content=False,
        )
        return cast("urllib3.HTTPResponse", answer)

    def allow(self, answer: urllib3.HTTPResponse, length: int, seconds: float) -> None:
        """Let a body of ``length`` bytes come within ``seconds`` of waiting."""
        allow(answer, length, seconds)

    def for_origin(self, origin: Origin) -> urllib3.PoolManager:
        """The pool through which requests to ``origin`` go."""
        key = (self._settings.proxy_for(origin), self._settings.trusts(origin))
        with self._lock:
            if key not in self._pools:
                self._pools[key] = self._make(*key)
                self._pools[key].pool_classes_by_scheme = dict(self._kinds)
            return self._pools[key]

    def close(self) -> None:
        with self._lock:
            for each in self._pools.values():
                each.clear()
            self._pools.clear()

    def _make(self, proxy: str | None, trusted: bool) -> urllib3.PoolManager:
        context = self._context(trusted=trusted)
        if proxy is None:
            return urllib3.PoolManager(_HOSTS, maxsize=_THREADS, ssl_context=context)
        address, authorization = proxy_without_credentials(proxy)
        if not address.startswith(("http://", "https://")):
            raise InputError(
                "network-proxy",
                f"the proxy {redact(proxy)} is of a kind that isn't supported",
                hint="http:// and https:// proxies are; set HTTPS_PROXY or give --proxy",
            )
        try:
            origin_of(address)
        except NetworkError:
            raise InputError(
                "network-proxy",
                f"{redact(proxy)!r} is not a valid proxy address",
                hint="an address is http://HOST:PORT; set HTTPS_PROXY or give --proxy",
            ) from None
        return urllib3.ProxyManager(
            address,
            _HOSTS,
            maxsize=_THREADS,
            # to the proxy and nowhere else: these are no headers of the request
            proxy_headers={"Proxy-Authorization": authorization} if authorization else {},
            ssl_context=context,
            proxy_ssl_context=context,
        )

    def _context(self, *, trusted: bool) -> ssl.SSLContext:
        authority = self._settings.authority
        try:
            context = checking(authority, windows=self._windows)
        except (OSError, ssl.SSLError) as error:
            raise _unreadable("CA certificates", str(authority), error) from None
        if self._settings.client_certificate:
            try:
                context.load_cert_chain(self._settings.client_certificate)
            except (OSError, ssl.SSLError) as error:
                raise _unreadable("client certificate", self._settings.client_certificate, error) from None
        if trusted:
            # the user said so in pip's configuration: no warning for each request
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def _unreadable(what: str, path: str, error: OSError) -> HostError:
    return HostError(
        "network-certificate-file",
        f"the {what} can't be read: {error.strerror or error}",
        context=(path,),
        hint="give a file in PEM form; it is named by an option, pip's configuration, REQUESTS_CA_BUNDLE or SSL_CERT_FILE",
    )
