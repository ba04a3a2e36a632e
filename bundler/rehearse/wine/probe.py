"""Run inside a session's network by wine_session.py: `python probe.py URL SECONDS` fetches a page, waiting until it answers.

It prints the status on one line and then the body. The standard library only.
"""

from __future__ import annotations

import http.client
import sys
import time
import urllib.error
import urllib.request

_MOST = 8_000_000
"""Bytes of a page; what comes after them isn't read."""


def fetch(url: str, seconds: float) -> tuple[int, bytes]:
    """The status and the body; a page that does not answer within SECONDS raises what the last attempt raised."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
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
    except (OSError, http.client.HTTPException) as error:
        sys.exit(str(getattr(error, "reason", "") or error))
    sys.stdout.buffer.write(b"%d\n" % status + body)
