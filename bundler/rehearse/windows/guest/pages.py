"""In the rehearsed Windows: pages of its own, over loopback."""

from __future__ import absolute_import, unicode_literals

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

if sys.version_info[0] == 2:
    from urllib2 import HTTPError, ProxyHandler, build_opener
else:
    from urllib.error import HTTPError
    from urllib.request import ProxyHandler, build_opener

MOST = 1000000
TIMEOUT = 30


def page(url):
    # type: (str) -> tuple[int, str, str]
    """Status, text, and why there is neither."""
    try:
        return _read(_opened(url))
    except Exception as error:  # whatever keeps a page from being read
        return 0, "", "%s: %s" % (type(error).__name__, error)


def _opened(url):
    # type: (str) -> Any
    try:
        return build_opener(ProxyHandler({})).open(url, timeout=TIMEOUT)
    except HTTPError as error:
        return error


def _read(answer):
    # type: (Any) -> tuple[int, str, str]
    try:
        return answer.getcode(), answer.read(MOST).decode("utf-8", "replace"), ""
    finally:
        answer.close()
