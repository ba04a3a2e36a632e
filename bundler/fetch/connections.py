"""Sessions with kept-alive connections: one for each way out (proxy or not, TLS checked or not), shared by all threads.

What requests would do by itself is off: nothing is read from the environment, no redirect is followed, no cookie sent
back, nothing tried again. All that is decided in this package, for each host.
"""

from __future__ import annotations

import math
import os
import ssl
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests
import urllib3
from requests.adapters import HTTPAdapter

from bundler.errors import HostError, InputError, NetworkError, reason_of
from bundler.fetch.authorities import checking
from bundler.fetch.paced import Pace, allow, paced_pools
from bundler.fetch.settings import proxy_without_credentials
from bundler.fetch.urls import origin_of, redact
from bundler.plain_file import open_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bundler.fetch.settings import NetworkSettings
    from bundler.fetch.urls import Origin

_THREADS = 32
"""Connections kept for each host; more are made where more threads ask, and closed after use."""

_HOSTS = 32


class Connections:
    """Sends requests, each through the session for its origin."""

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
        self._pools = paced_pools(
            Pace(lowest=settings.lowest_rate, window=window, longest=settings.longest_answer, clock=clock)
        )
        self._sessions: dict[tuple[str | None, bool], requests.Session] = {}
        self._lock = threading.Lock()
        self.accept_encoding = requests.utils.default_headers()["accept-encoding"]

    def get(self, url: str, origin: Origin, headers: Mapping[str, str]) -> requests.Response:
        """The answer of one GET, its body unread. ``headers`` are all that are sent. Raises what requests and urllib3 raise."""
        session = self.for_origin(origin)
        # not prepared by the session, which would add headers and cookies of its own, nor for a body, cookies and passwords that it hasn't
        request = requests.PreparedRequest()
        request.prepare_method("GET")
        request.prepare_url(url, None)
        request.prepare_headers(headers)
        return session.send(
            request, stream=True, allow_redirects=False, timeout=self._settings.timeout, proxies=session.proxies
        )

    def allow(self, answer: requests.Response, length: int, seconds: float) -> None:
        """Let a body of ``length`` bytes come within ``seconds`` of waiting; where these have an end, its unpacking has one too."""
        allow(answer, length, seconds, self._settings.unpack_seconds if math.isfinite(seconds) else math.inf)

    def for_origin(self, origin: Origin) -> requests.Session:
        """The session through which requests to ``origin`` go."""
        key = (self._settings.proxy_for(origin), self._settings.trusts(origin))
        with self._lock:
            if key not in self._sessions:
                self._sessions[key] = self._make(*key)
            return self._sessions[key]

    def close(self) -> None:
        with self._lock:
            for each in self._sessions.values():
                each.close()
            self._sessions.clear()

    def _make(self, proxy: str | None, trusted: bool) -> requests.Session:
        context = self._context(trusted=trusted)
        if proxy is None:
            return _Session(_Adapter(context, self._pools))
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
        return _Session(_Adapter(context, self._pools, authorization), address)

    def _context(self, *, trusted: bool) -> ssl.SSLContext:
        authority = self._settings.authority
        try:
            context = checking(authority, windows=self._windows)
        except (OSError, ssl.SSLError) as error:
            raise _unreadable("CA certificates", str(authority), error) from None
        if self._settings.client_certificate:
            try:
                # OpenSSL would wait for a pipe, and no signal would end that
                open_plain(Path(self._settings.client_certificate)).close()
                context.load_cert_chain(self._settings.client_certificate)
            except (OSError, ssl.SSLError) as error:
                raise _unreadable("client certificate", self._settings.client_certificate, error) from None
        if trusted:
            # the user said so in pip's configuration: no warning for each request
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


class _Session(requests.Session):
    """Everything through one adapter; a redirect is an answer like any other."""

    def __init__(self, adapter: _Adapter, proxy: str | None = None) -> None:
        super().__init__()
        self.trust_env = False
        self.mount("https://", adapter)
        self.mount("http://", adapter)
        if proxy is not None:
            self.proxies = {"all": proxy}

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002
        # with a target, requests reads a redirect's body whole, however long it is, even where it doesn't follow
        return None


class _Adapter(HTTPAdapter):
    """Connections of the classes ``pools`` whose TLS is that of ``context``; ``authorization`` goes to the proxy and nowhere else."""

    def __init__(
        self,
        context: ssl.SSLContext,
        pools: Mapping[str, type[urllib3.HTTPConnectionPool]],
        authorization: str | None = None,
    ) -> None:
        self._context = context
        self._pools = pools
        self._authorization = authorization
        self._making = threading.Lock()
        super().__init__(pool_connections=_HOSTS, pool_maxsize=_THREADS, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any) -> None:
        super().init_poolmanager(connections, maxsize, block, ssl_context=self._context, **pool_kwargs)
        self.poolmanager.pool_classes_by_scheme = dict(self._pools)

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        with self._making:  # or two threads make one each, and one of them is never closed
            manager = super().proxy_manager_for(
                proxy, ssl_context=self._context, proxy_ssl_context=self._context, **proxy_kwargs
            )
            manager.pool_classes_by_scheme = dict(self._pools)
            return manager

    def proxy_headers(self, proxy: str) -> dict[str, str]:  # noqa: ARG002 - the credentials were taken out of it
        return {"Proxy-Authorization": self._authorization} if self._authorization else {}

    def build_connection_pool_key_attributes(
        self, request: requests.PreparedRequest, verify: Any, cert: Any = None
    ) -> Any:
        # the context says what is checked, and with which certificates: ``verify`` and ``cert`` have no say
        return super().build_connection_pool_key_attributes(request, verify, cert)[0], {}

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Leave the pool's TLS to the context; requests would put its own certificates there."""


def _unreadable(what: str, path: str, error: OSError) -> HostError:
    return HostError(
        "network-certificate-file",
        f"the {what} can't be read: {reason_of(error)}",
        context=(path,),
        hint="give a file in PEM form; it is named by an option, pip's configuration, REQUESTS_CA_BUNDLE or SSL_CERT_FILE",
    )
