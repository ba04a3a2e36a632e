"""Pools of kept-alive connections: one for each way out (proxy or not, TLS checked or not), shared by all threads.

urllib3 itself and not requests over it: half the time a request, nothing read from the environment behind our back, and
redirects, credentials and proxies decided here for each host.
"""

from __future__ import annotations

import os
import ssl
import threading
from typing import TYPE_CHECKING

import urllib3
from urllib3.util import make_headers

from bundler.errors import HostError, InputError
from bundler.fetch.settings import proxy_without_credentials
from bundler.fetch.urls import redact

if TYPE_CHECKING:
    from bundler.fetch.settings import NetworkSettings
    from bundler.fetch.urls import Origin

_THREADS = 32
"""Connections kept for each host; more are made where more threads ask, and closed after use."""

_HOSTS = 32


class Connections:
    """Hands out the pool manager for an origin."""

    def __init__(self, settings: NetworkSettings) -> None:
        self._settings = settings
        self._managers: dict[tuple[str | None, bool], urllib3.PoolManager] = {}
        self._lock = threading.Lock()
        self.accept_encoding = make_headers(accept_encoding=True)["accept-encoding"]

    def for_origin(self, origin: Origin) -> urllib3.PoolManager:
        """The manager through which requests to ``origin`` go."""
        key = (self._settings.proxy_for(origin), self._settings.trusts(origin))
        with self._lock:
            if key not in self._managers:
                self._managers[key] = self._make(*key)
            return self._managers[key]

    def close(self) -> None:
        with self._lock:
            for each in self._managers.values():
                each.clear()
            self._managers.clear()

    def _make(self, proxy: str | None, trusted: bool) -> urllib3.PoolManager:
        context = self._context(trusted=trusted)
        timeout = urllib3.Timeout(connect=self._settings.timeout, read=self._settings.timeout)
        if proxy is None:
            return urllib3.PoolManager(
                num_pools=_HOSTS, maxsize=_THREADS, retries=False, timeout=timeout, ssl_context=context
            )
        address, authorization = proxy_without_credentials(proxy)
        if not address.startswith(("http://", "https://")):
            raise InputError(
                "network-proxy",
                f"the proxy {redact(proxy)} is of a kind that isn't supported",
                hint="http:// and https:// proxies are; set HTTPS_PROXY or give --proxy",
            )
        return urllib3.ProxyManager(
            address,
            proxy_headers={"Proxy-Authorization": authorization} if authorization else None,
            proxy_ssl_context=context,
            num_pools=_HOSTS,
            maxsize=_THREADS,
            retries=False,
            timeout=timeout,
            ssl_context=context,
        )

    def _context(self, *, trusted: bool) -> ssl.SSLContext:
        authority = self._settings.authority
        try:
            if authority is None:
                context = ssl.create_default_context()
                if not context.cert_store_stats()["x509_ca"] and not _has_folder():
                    import certifi

                    context.load_verify_locations(certifi.where())
            elif os.path.isdir(authority):  # noqa: PTH112
                context = ssl.create_default_context(capath=authority)
            else:
                context = ssl.create_default_context(cafile=authority)
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


def _has_folder() -> bool:
    """Whether OpenSSL has a folder of certificates, which it reads as they are needed and doesn't count."""
    folder = ssl.get_default_verify_paths().capath
    return folder is not None and any(os.scandir(folder))


def _unreadable(what: str, path: str, error: OSError) -> HostError:
    return HostError(
        "network-certificate-file",
        f"the {what} can't be read: {error.strerror or error}",
        context=(path,),
        hint="give a file in PEM form; it is named by an option, pip's configuration, REQUESTS_CA_BUNDLE or SSL_CERT_FILE",
    )
