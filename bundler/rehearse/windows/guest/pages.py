"""In the rehearsed Windows: pages of its own, over loopback."""

from __future__ import absolute_import, unicode_literals

import re
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

if sys.version_info[0] == 2:
    from urllib2 import HTTPError, HTTPRedirectHandler, ProxyHandler, build_opener
    from urlparse import urlsplit
else:
    from urllib.error import HTTPError
    from urllib.parse import urlsplit
    from urllib.request import HTTPRedirectHandler, ProxyHandler, build_opener

OWN = re.compile(r"(localhost|127(\.\d{1,3}){3}|::1)\Z", re.IGNORECASE)
"""Hosts that are this machine, whatever a resolver says."""
MOST = 1000000
TIMEOUT = 30


def page(url):
    # type: (str) -> tuple[int, str, str]
    """Status, text, and why there is neither."""
    try:
        return _read(_opened(url))
    except Exception as error:  # whatever keeps a page from being read
        return 0, "", "%s: %s" % (type(error).__name__, error)


class Staying(HTTPRedirectHandler):
    """Follows no redirection to another machine: its status is the answer then. A service may name one that this account reaches."""

    def redirect_request(self, req, fp, code, msg, headers, newurl):
        # type: (Any, Any, int, str, Any, str) -> Any
        if not OWN.match(urlsplit(newurl).hostname or ""):
            return None
        return HTTPRedirectHandler.redirect_request(self, req, fp, code, msg, headers, newurl)


def _opened(url):
    # type: (str) -> Any
    try:
        return build_opener(ProxyHandler({}), Staying()).open(url, timeout=TIMEOUT)
    except HTTPError as error:
        return error


def _read(answer):
    # type: (Any) -> tuple[int, str, str]
    try:
        return answer.getcode(), answer.read(MOST).decode("utf-8", "replace"), ""
    finally:
        answer.close()
