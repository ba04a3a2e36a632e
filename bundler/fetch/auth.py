"""Which credentials go to which host; each origin is looked up once.

What stands for a host (in netrc, in a variable without a port) goes to the port of the scheme, and to the ports that the user named in an
address. Where a page or a redirect leads is chosen by whoever runs the index: another port of the host may be somebody else.
"""

from __future__ import annotations

import netrc
import re
from typing import TYPE_CHECKING, Literal

from bundler.errors import InputError
from bundler.fetch.settings import host_key
from bundler.fetch.urls import PORTS, basic

if TYPE_CHECKING:
    from bundler.fetch.settings import NetworkSettings
    from bundler.fetch.urls import Origin

Withheld = Literal["plain", "port", "name"] | None
"""Why credentials weren't sent."""


class Credentials:
    """Answers with an origin's Authorization value: from an address the user gave, a variable, netrc, in this order."""

    def __init__(self, settings: NetworkSettings) -> None:
        self._settings = settings
        self._given: dict[Origin, str] = dict(settings.authorizations)
        self._known: dict[Origin, str | None] = dict(self._given)
        self._named = set(settings.origins)
        self._variables = dict(settings.host_authorizations)
        self._netrc: netrc.netrc | None = None

    def learn(self, origin: Origin, authorization: str) -> None:
        """Remember what stood inside an address that the user gave."""
        self._given[origin] = self._known[origin] = authorization

    def name(self, origin: Origin) -> None:
        """The user wrote an address there."""
        self._named.add(origin)
        self._known = dict(self._given)  # what a name of a variable stands for is another question now

    def of(self, origin: Origin) -> str | None:
        """The Authorization value for ``origin``, None for none; never that of another host."""
        if not self._is_named(origin):
            return self._given.get(origin) or self._of_port(origin)
        if origin not in self._known:
            self._known[origin] = self._look_up(origin) if self._settings.plain_allowed(origin) else None
        return self._known[origin]

    def withheld(self, origin: Origin) -> Withheld:
        """Why there are credentials that don't go to ``origin``: it has no TLS, nobody named its port, or what has its name in a variable
        is another host. None: there are none.
        """
        if self._look_up(origin) is None:
            return "name" if self._variable(origin) is not None else None
        if not self._settings.plain_allowed(origin):
            return "plain"
        return None if self._is_named(origin) else "port"

    def _is_named(self, origin: Origin) -> bool:
        return origin.port == PORTS[origin.scheme] or origin in self._named

    def _of_port(self, origin: Origin) -> str | None:
        if not self._settings.plain_allowed(origin):
            return None
        return self._variables.get(host_key(origin.host, origin.port)) if self._is_meant(origin.host) else None

    def _look_up(self, origin: Origin) -> str | None:
        found = self._variable(origin) if self._is_meant(origin.host) else None
        return found or self._from_netrc(origin.host)

    def _variable(self, origin: Origin) -> str | None:
        keys = (host_key(origin.host, origin.port), host_key(origin.host))
        return next((self._variables[each] for each in keys if each in self._variables), None)

    def _is_meant(self, host: str) -> bool:
        """Whether a variable with the name of ``host`` is for it: for others too, which differ in dots and hyphens only, it has the same one.

        Those that the user named are meant; where none is, the one with dots.
        """
        named = {each.host for each in self._named if host_key(each.host) == host_key(host)}
        return host in named if named else re.fullmatch(r"[0-9a-z.]+", host) is not None

    def _from_netrc(self, host: str) -> str | None:
        path = self._settings.netrc
        if path is None:
            return None
        if self._netrc is None:
            try:
                self._netrc = netrc.netrc(path)
            except (OSError, netrc.NetrcParseError, UnicodeDecodeError) as error:
                raise InputError(
                    "netrc-unreadable", f"{path} can't be read: {error}", hint="fix it, or remove it"
                ) from None
        # netrc's entry "default" is for hosts that the user named, and not for whatever a page or a redirect leads to
        named = any(each.host == host for each in self._named)
        found = self._netrc.authenticators(host) if named or host in self._netrc.hosts.keys() - {"default"} else None
        return basic(found[0] or found[1], found[2] or "") if found else None
