"""Run inside a session's network by wine_session.py: `python probe.py URL SECONDS` fetches a page, waiting until it answers.

It prints the status on one line and then the body. The standard library only.

What answers is a stranger's program, and this one is this host's: a name is asked for by this host's own ways, which lead out of the session's
network where its resolver is reached by a file (systemd-resolved, nscd).
"""

from __future__ import annotations

import http.client
import ipaddress
import sys
import time
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

_MOST = 8_000_000
"""Bytes of a page; what comes after them isn't read."""


class Staying(urllib.request.HTTPRedirectHandler):
    """Follows no redirection that leaves the machine, or HTTP: its status is the answer then."""

    def redirect_request(self, *given: Any) -> urllib.request.Request | None:
        return super().redirect_request(*given) if _is_own(given[-1]) else None


def _is_own(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        return parts.scheme == "http" and (host == "localhost" or ipaddress.ip_address(host).is_loopback)
    except ValueError:
        return False


def fetch(url: str, seconds: float) -> tuple[int, bytes]:
    """The status and the body; a page that does not answer within SECONDS raises what the last attempt raised."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Staying())
    last = time.monotonic() + seconds
    while True:
        try:
            with opener.open(url, timeout=10) as answer:
                return answer.status, answer.read(_MOST)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(_MOST)
        except (OSError, http.client.HTTPException):
            if time.monotonic() > last:
                raise
            time.sleep(0.1)


if __name__ == "__main__":
    try:
        status, body = fetch(sys.argv[1], float(sys.argv[2]))
    except (
        OSError,
        http.client.HTTPException,
        ValueError,
    ) as error:  # the last: of an address to go on to that is none
        sys.exit(str(getattr(error, "reason", "") or error))
    sys.stdout.buffer.write(b"%d\n" % status + body)
