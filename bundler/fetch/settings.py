"""How to reach the network, as plain data: made once from options, pip's configuration and the environment."""

from __future__ import annotations

import dataclasses
import fnmatch
import ipaddress
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Self

from bundler.fetch.pipconf import PipSettings, home_of
from bundler.fetch.systemproxy import LOCAL, PROXY_SCRIPT
from bundler.fetch.urls import LOOPBACK, Origin, basic, basic_of, origin_of, origins_of, strip_credentials

if TYPE_CHECKING:
    from collections.abc import Mapping


TOKEN_PREFIX = "BUNDLE_INDEX_TOKEN_"  # noqa: S105 - the name of a variable
TIMEOUT = 20.0
"""Seconds without a byte after which a connection counts as stalled."""
USER_PREFIX = "BUNDLE_INDEX_USER_"
PASSWORD_PREFIX = "BUNDLE_INDEX_PASSWORD_"  # noqa: S105 - the name of a variable


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class NetworkOptions:
    """What the user said for this run. ``urls``: addresses (indexes, mirrors) whose credentials count for their origin."""

    urls: Iterable[str] = ()
    ca_file: str | Path | None = None
    proxy: str | None = None
    client_certificate: str | Path | None = None
    user_agent: str = "bundle"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class NetworkSettings:
    """``timeout``: seconds without a byte; ``attempts``: of one request, the first included.

    ``authority``: a file or folder of CA certificates instead of the system's; ``client_certificate``: a file with
    certificate and key. ``proxy`` is for every host, else ``proxies`` by scheme (``all`` too); ``no_proxy`` as in the
    environment variable. ``proxy_script``: the address of one (PAC) by which the system finds its proxy and we don't. ``origins``: those of addresses that the user named. ``authorizations`` maps origins to Authorization values, ``host_authorizations`` host names to them
    (``host`` or ``host:port``, spelled as in the variables). ``netrc`` is a file. Certificates of ``trusted_hosts``
    aren't checked and credentials go to them without TLS too. ``max_body``: bytes of a small answer, unpacked; ``max_download``: of a
    file whose size nobody said. ``lowest_rate``: bytes a second that must come, on average over ``rate_window`` seconds of waiting;
    ``answer_seconds``: of waiting for a small answer in all; ``unpack_seconds``: of a processor's time for what its server packed.
    """

    timeout: float = TIMEOUT
    attempts: int = 5
    authority: str | None = None
    client_certificate: str | None = None
    proxy: str | None = None
    proxies: tuple[tuple[str, str], ...] = ()
    proxy_script: str | None = None
    no_proxy: tuple[str, ...] = ()
    origins: tuple[Origin, ...] = ()
    authorizations: tuple[tuple[Origin, str], ...] = ()
    host_authorizations: tuple[tuple[str, str], ...] = ()
    netrc: Path | None = None
    trusted_hosts: tuple[str, ...] = ()
    max_body: int = 256 * 1024 * 1024
    max_redirects: int = 10
    max_download: int = 8 * 1024**3
    lowest_rate: int = 500
    rate_window: float = 60.0
    answer_seconds: float = 1200.0
    unpack_seconds: float = 10.0
    user_agent: str = "bundle"

    @classmethod
    def of(
        cls,
        pip: PipSettings,
        environ: Mapping[str, str],
        options: NetworkOptions | None = None,
        *,
        system: Mapping[str, str] | None = None,
    ) -> Self:
        """Settings for this host. Options win over pip's configuration, which wins over ``environ``.

        Variables: BUNDLE_INDEX_TOKEN_<HOST> (a bearer token), BUNDLE_INDEX_USER_<HOST> with BUNDLE_INDEX_PASSWORD_<HOST>, where
        <HOST> is the host in upper case with ``_`` for all but letters and digits (PACKAGES_EXAMPLE_COM, or with the port
        PACKAGES_EXAMPLE_COM_8443); NETRC; HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY; REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE,
        SSL_CERT_FILE; HOME or USERPROFILE, where ``.netrc`` (``_netrc``) lies. ``system`` says the proxies where ``environ`` names none.
        """
        # the user's own addresses last: they win
        options = options or NetworkOptions()
        given = (*filter(None, (pip.index_url,)), *options.urls)
        authorizations = {origin_of(each): value for each in given if (value := basic_of(each))}
        home = home_of(environ)
        netrc = environ.get("NETRC")
        places = (*([home / netrc] if netrc else ()), home / ".netrc", home / "_netrc")
        authority = options.ca_file or pip.cert or next(filter(None, map(environ.get, _AUTHORITY_VARIABLES)), None)
        certificate = options.client_certificate or pip.client_cert
        schemes = ("http", "https", "all")
        script = None
        if not (options.proxy or pip.proxy or any(_either(environ, f"{each}_proxy") for each in schemes)):
            found = dict(system or {})
            script = found.pop(PROXY_SCRIPT, None)
            environ = {**environ, **{name: value for name, value in found.items() if not _either(environ, name)}}
        return cls(
            timeout=pip.timeout or TIMEOUT,
            authority=str(authority) if authority else None,
            client_certificate=str(certificate) if certificate else None,
            proxy=options.proxy or pip.proxy,
            proxies=tuple((scheme, value) for scheme in schemes if (value := _either(environ, f"{scheme}_proxy"))),
            proxy_script=script,
            no_proxy=tuple(each.strip() for each in _either(environ, "no_proxy").split(",") if each.strip()),
            origins=tuple(dict.fromkeys(origins_of(given))),
            authorizations=tuple(authorizations.items()),
            host_authorizations=_from_variables(environ),
            netrc=next((each for each in places if each.is_file()), None),
            trusted_hosts=pip.trusted_hosts,
            user_agent=options.user_agent,
        )

    @property
    def longest_answer(self) -> float:
        """Seconds until a small answer is whole, whoever allows long waits counted in."""
        return max(self.answer_seconds, 10 * self.timeout)

    def proxy_for(self, origin: Origin) -> str | None:
        """The proxy's address for requests to ``origin``; None: go there directly."""
        if bypassed(origin, self.no_proxy):
            return None
        found = self.proxy or dict(self.proxies).get(origin.scheme) or dict(self.proxies).get("all")
        return found if found is None or "://" in found else "http://" + found

    def trusts(self, origin: Origin) -> bool:
        """Whether the host was declared trusted, with or without its port."""
        return not {origin.host, f"{origin.host}:{origin.port}"}.isdisjoint(self.trusted_hosts)

    def plain_allowed(self, origin: Origin) -> bool:
        """Whether credentials from netrc or the environment may go to ``origin``: with TLS, or nowhere far."""
        return origin.scheme == "https" or origin.host in LOOPBACK or self.trusts(origin)


_AUTHORITY_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


def host_key(host: str, port: int | None = None) -> str:
    """How a host is spelled in a variable's name."""
    text = host if port is None else f"{host}:{port}"
    return "".join(each if each.isascii() and each.isalnum() else "_" for each in text.upper())


def bypassed(origin: Origin, no_proxy: Iterable[str]) -> bool:
    """Whether NO_PROXY's entries (names with their subdomains, patterns, ``host:port``, addresses, networks, ``<local>``) cover ``origin``."""
    for each in no_proxy:
        name, _, port = each.rpartition(":") if each.count(":") == 1 else (each, "", "")
        if port and port != str(origin.port):
            continue
        if (name == LOCAL and "." not in origin.host) or (
            "*" in name and fnmatch.fnmatchcase(origin.host, name.lower())
        ):
            return True
        bare = name.lower().removeprefix("*").removeprefix(".")
        if name == "*" or origin.host == bare or (bare and origin.host.endswith("." + bare)):
            return True
        try:
            if ipaddress.ip_address(origin.host) in ipaddress.ip_network(name, strict=False):
                return True
        except ValueError:
            continue
    return False


def _either(environ: Mapping[str, str], name: str) -> str:
    # as curl: the lower-case variable wins; upper-case HTTP_PROXY can't be forged here, there is no CGI
    return environ.get(name) or environ.get(name.upper()) or ""


def _from_variables(environ: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    found = {}
    for name, value in environ.items():
        if name.startswith(USER_PREFIX):
            key = name.removeprefix(USER_PREFIX)
            found[key] = basic(value, environ.get(PASSWORD_PREFIX + key, ""))
    for name, value in environ.items():
        if name.startswith(TOKEN_PREFIX) and value:
            found[name.removeprefix(TOKEN_PREFIX)] = f"Bearer {value}"
    return tuple(sorted(found.items()))


def proxy_without_credentials(proxy: str) -> tuple[str, str | None]:
    """A proxy's address and the Proxy-Authorization value of the credentials in it."""
    return strip_credentials(proxy), basic_of(proxy)
