"""What went wrong on the network, in words: what happened, at which host, what to do."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import requests
from urllib3 import exceptions as faults

from bundler.errors import NetworkError
from bundler.fetch.paced import TooHardError, TooLateError, TooLongError, TooSlowError
from bundler.fetch.retry import TransientError
from bundler.fetch.settings import PASSWORD_PREFIX, TOKEN_PREFIX, USER_PREFIX, host_key
from bundler.fetch.urls import origin_of, redact

if TYPE_CHECKING:
    from bundler.fetch.auth import Withheld
    from bundler.fetch.settings import NetworkSettings
    from bundler.fetch.urls import Origin

FAULTS = (requests.RequestException, faults.HTTPError, ValueError)
"""What a request raises, and the reading of its body; ValueError where an address or a header isn't what http.client takes."""

_NO_CREDENTIALS = 401
_UNAUTHORIZED = frozenset({_NO_CREDENTIALS, 403})
_PROXY_UNAUTHORIZED = 407
_DEEPEST = 50
_UNREACHED = (faults.NameResolutionError, faults.NewConnectionError, faults.ConnectTimeoutError)


def refused(status: int, url: str, origin: Origin, *, authorized: bool, withheld: Withheld) -> NetworkError:
    """The error of an answer that no further attempt would change."""
    key = host_key(origin.host)
    if status in _UNAUTHORIZED:
        if authorized:
            message = f"{origin.host} refuses the credentials that it was given ({status})"
            hint = "check the name and password or the token, and that they may read this"
        elif withheld == "port":
            key = host_key(origin.host, origin.port)
            message = f"{origin.host}:{origin.port} wants credentials ({status}); those of the host go to no port that only an index or a server names"
            hint = (
                f"if it belongs to the index, set {TOKEN_PREFIX}{key}, or {USER_PREFIX}{key} and {PASSWORD_PREFIX}{key}"
            )
        elif withheld == "name":
            message = f"{origin.host} wants credentials ({status}); {TOKEN_PREFIX}{key} and its kin go to a host with another name"
            hint = f"put those of {origin.host} into netrc, or name its address with --index or in the recipe"
        elif withheld:
            message = f"{origin.host} wants credentials ({status}); there are some, which aren't sent without TLS"
            hint = f"use the https address, or declare {origin.host} a trusted-host in pip's configuration"
        else:
            wants = "wants credentials" if status == _NO_CREDENTIALS else "refuses; it may want credentials"
            message = f"{origin.host} {wants} ({status})"
            hint = f"put them into netrc, or set {TOKEN_PREFIX}{key}, or {USER_PREFIX}{key} and {PASSWORD_PREFIX}{key}"
        return NetworkError("network-unauthorized", message, context=(redact(url),), hint=hint)
    if status == _PROXY_UNAUTHORIZED:
        return _proxy_refuses(url)
    return NetworkError(
        "network-status",
        f"{origin.host} answers {status}",
        context=(redact(url),),
        hint="check the address; if it is right, ask who runs that host",
    )


def transport_failure(raised: Exception, url: str, settings: NetworkSettings) -> NetworkError | TransientError:
    """What one of FAULTS means: one to retry, or one to tell."""
    host = origin_of(url).host
    error = _beneath(raised)
    if (own := _own(error)) is not None:
        return _paced(own, host, url)
    cause = error.original_error if isinstance(error, faults.ProxyError) else error
    if isinstance(error, faults.ProxyError) and "407" in str(cause):
        return _proxy_refuses(url)
    if why := _verification(cause):
        return NetworkError(
            "network-certificate",
            f"the certificate of {host} can't be trusted: {why}",
            context=(redact(url),),
            hint="if this network has its own certificate authority, name its file with pip's `cert` setting or "
            "REQUESTS_CA_BUNDLE (Windows' own trusted authorities are taken too); if not, the connection is being intercepted",
        )
    if isinstance(error, (faults.LocationValueError, requests.exceptions.InvalidURL)):
        return NetworkError("network-address", f"{redact(url)!r} is not an address that can be fetched")
    words = f"{host}: {_words(error, settings)}"
    if isinstance(error, faults.ProxyError):
        words = f"the proxy on the way to {host} can't be reached"
    elif settings.proxy_script and isinstance(error, _UNREACHED):
        words += f"; Windows finds its proxy by a script ({redact(settings.proxy_script)}), which isn't read: name the proxy with --proxy"
    return TransientError("index-unreachable", words)


def _beneath(error: Exception) -> Exception:
    """The fault of urllib3 that requests wrapped: it says more."""
    if isinstance(error, requests.RequestException) and error.args and isinstance(error.args[0], faults.HTTPError):
        error = error.args[0]
    if isinstance(error, faults.MaxRetryError) and error.reason is not None:
        error = error.reason
    return error


def _paced(
    error: TooSlowError | TooLateError | TooHardError | TooLongError, host: str, url: str
) -> NetworkError | TransientError:
    if isinstance(error, TooSlowError):
        return TransientError("network-too-slow", f"{host} sends too slowly: {error}")
    if isinstance(error, TooLateError):
        return too_late(url, error)
    if isinstance(error, TooHardError):
        return NetworkError(
            "network-too-slow",
            f"what {host} sends takes too long to unpack: {error}",
            context=(redact(url),),
            hint="check the address; if it is right, ask who runs that host",
        )
    return NetworkError(
        "network-too-large",
        f"{host} sends more than the answer may have",
        context=(redact(url),),
        hint="check the address; if it is right, ask who runs that host",
    )


def too_late(url: str, words: object) -> NetworkError:
    """The error of what isn't tried once more: it took all the time that there was."""
    return NetworkError(
        "network-too-slow",
        f"{origin_of(url).host} sends too slowly: {words}",
        context=(redact(url),),
        hint="try again later, or take a mirror",
    )


def packed_again(url: str) -> NetworkError:
    """The error of a body that is packed, and packed again: a few kilobytes become gigabytes on the way to nothing, between two looks at the socket."""
    return NetworkError(
        "network-too-slow",
        f"what {origin_of(url).host} sends is packed more than once, which may take any time to unpack",
        context=(redact(url),),
        hint="check the address; if it is right, ask who runs that host",
    )


def _own(error: BaseException) -> TooSlowError | TooLateError | TooHardError | TooLongError | None:
    """The fault of ours that became ``error`` on its way up."""
    waiting: list[object] = [error]
    for each in waiting:
        if isinstance(each, (TooSlowError, TooLateError, TooHardError, TooLongError)):
            return each
        if isinstance(each, BaseException) and len(waiting) < _DEEPEST:
            waiting += (*each.args, each.__cause__, each.__context__)
    return None


def _words(error: Exception, settings: NetworkSettings) -> str:
    for kinds, words in (
        (faults.NameResolutionError, "the name is not known here"),
        (faults.NewConnectionError, "no connection"),  # a kind of ConnectTimeoutError, strangely
        (faults.ConnectTimeoutError, f"no connection within {settings.timeout:g} seconds"),
        (faults.ReadTimeoutError, f"nothing came for {settings.timeout:g} seconds"),
        (faults.DecodeError, "the answer can't be unpacked"),
        ((faults.ProtocolError, requests.ConnectionError), "the connection broke"),
    ):
        if isinstance(error, kinds):
            return words
    return f"the request failed ({type(error).__name__})"


def _verification(error: BaseException | None) -> str | None:
    """Why a certificate doesn't verify; None: it is another failure.

    It may lie deep: where Windows refuses one and certifi's can't be asked either (Wine), another fault is raised while handling it.
    """
    waiting, seen = [error], set[int]()
    while waiting:
        each = waiting.pop()
        if isinstance(each, ssl.SSLCertVerificationError):
            return getattr(each, "verify_message", None) or str(each)
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            waiting += [*(arg for arg in each.args if isinstance(arg, BaseException)), each.__cause__, each.__context__]
    return None


def _proxy_refuses(url: str) -> NetworkError:
    return NetworkError(
        "network-proxy",
        "the proxy wants credentials, or refuses those it was given (407)",
        context=(redact(url),),
        hint="write them into the proxy's address: http://NAME:PASSWORD@HOST:PORT. One that wants NTLM or Negotiate isn't supported: a local "
        "proxy that logs in for you (Px, Cntlm) does that",
    )
