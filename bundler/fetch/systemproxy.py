"""The proxy that Windows itself is set to use, in its Internet options; elsewhere there is no such thing."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

LOCAL = "<local>"
"""In a list of hosts that are reached directly: all whose names have no dot."""
PROXY_SCRIPT = "proxy_script"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")  # Windows never goes to itself through a proxy
_KEY = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"


def system_proxies() -> Mapping[str, str]:
    """As the environment variables (``http_proxy``, ``https_proxy``, ``no_proxy``) that would say the same; mostly empty.

    PROXY_SCRIPT is the address of a script (PAC) by which Windows finds a proxy; it isn't read.
    """
    return proxies_of(_registry())


def proxies_of(values: Mapping[str, object]) -> Mapping[str, str]:
    """What the registry's values ``ProxyEnable``, ``ProxyServer`` and ``ProxyOverride`` say.

    The server is one address, or a list such as ``http=a:80;https=b:81``; those of other protocols aren't for us.
    """
    script = values.get("AutoConfigURL")
    said = {PROXY_SCRIPT: script} if isinstance(script, str) and script else {}
    server, direct = values.get("ProxyServer"), values.get("ProxyOverride")
    if not values.get("ProxyEnable") or not isinstance(server, str) or not server:
        return said
    given = dict(each.split("=", 1) for each in server.split(";") if "=" in each)
    if not given:
        given = dict.fromkeys(("http", "https"), server)
    found = {f"{scheme}_proxy": given[scheme].strip() for scheme in ("http", "https") if given.get(scheme)}
    skipped = [*_LOOPBACK, *(direct.split(";") if isinstance(direct, str) else ())]
    return {**found, "no_proxy": ",".join(filter(None, map(str.strip, skipped)))} if found else {}


def _registry() -> dict[str, object]:
    found: dict[str, object] = {}
    if sys.platform == "win32":
        import winreg

        with contextlib.suppress(OSError), winreg.OpenKey(winreg.HKEY_CURRENT_USER, _KEY) as key:
            for name in ("ProxyEnable", "ProxyServer", "ProxyOverride", "AutoConfigURL"):
                with contextlib.suppress(OSError):
                    found[name] = winreg.QueryValueEx(key, name)[0]
    return found
