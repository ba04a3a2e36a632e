"""What of an address may be shown, and what of it says where a request goes."""

from __future__ import annotations

import base64
import contextlib
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from bundler.errors import NetworkError
from bundler.foreign import local_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_HOST = re.compile(r"[^\s\x00-\x1f\x7f%<>\"\\^`{|}]+|[0-9a-f:.]+%[0-9a-z._-]+")
"""Of an address: a name, or numbers of IPv6 with the name of an interface."""
PORTS = {"http": 80, "https": 443}
_SHOWN = 300
"""Characters of a wrong address that an error shows."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Origin(NamedTuple):
    """Scheme, host in lower case and port: what credentials belong to (RFC 6454)."""

    scheme: str
    host: str
    port: int


def origin_of(url: str) -> Origin:
    """The origin of an http or https ``url``; raises NetworkError (``network-address``) when it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    host = parts.hostname or ""
    if parts.scheme not in PORTS or not _HOST.fullmatch(host):
        raise NetworkError(
            "network-address",
            f"{redact(url)[:_SHOWN]!r} is not an address that can be fetched",
            hint="an address begins with https://, http:// or file://",
        )
    return Origin(parts.scheme, host, port or PORTS[parts.scheme])


def origins_of(urls: Iterable[str]) -> Iterator[Origin]:
    """The origins of those that have one: what is no address of a server (a folder, a wrong port) is passed over."""
    for url in urls:
        with contextlib.suppress(NetworkError):
            yield origin_of(url)


def strip_credentials(url: str) -> str:
    """``url`` without ``user:password@`` and without fragment; everything else as it is."""
    base = url.partition("#")[0]
    scheme, separator, rest = base.partition("://")
    if not separator:
        return base
    end = min((place for mark in "/?" if (place := rest.find(mark)) >= 0), default=len(rest))
    return scheme + separator + rest[:end].rpartition("@")[2] + rest[end:]


def redact(url: str) -> str:
    """``url`` for people: no credentials, and no query, which may hold a signature."""
    base, question, _ = strip_credentials(url).partition("?")
    return base + ("?…" if question else "")


def basic_of(url: str) -> str | None:
    """The Authorization value (RFC 7617) of the credentials in ``url``, None if it has none."""
    try:
        parts = urlsplit(url)
    except ValueError:  # no address at all: who fetches it says so
        return None
    if parts.username is None:
        return None
    return basic(unquote(parts.username), unquote(parts.password or ""))


def basic(user: str, password: str) -> str:
    """The Authorization value of basic authentication."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode("utf-8", "surrogateescape")).decode()


def file_path(url: str) -> str | None:
    """The local path of a ``file:`` address; None for other schemes. Raises NetworkError (``network-address``)."""
    if not url.lower().startswith("file:"):
        return None
    try:
        return local_path(url)
    except ValueError as error:
        raise NetworkError(
            "network-address",
            f"{redact(url)[:_SHOWN]!r} is not an address of a file: {error}",
            hint="an address of a file is file:///PATH",
        ) from None
