"""Which credentials go to which host; each origin is looked up once."""

from __future__ import annotations

import netrc
from typing import TYPE_CHECKING

from bundler.errors import InputError
from bundler.fetch.settings import host_key
from bundler.fetch.urls import PORTS, basic

if TYPE_CHECKING:
    from bundler.fetch.settings import NetworkSettings
    from bundler.fetch.urls import Origin


class Credentials:
    """Answers with an origin's Authorization value: from an address the user gave, a variable, netrc, in this order."""

    def __init__(self, settings: NetworkSettings) -> None:
        self._settings = settings
        self._given: dict[Origin, str] = dict(settings.authorizations)
        self._known: dict[Origin, str | None] = dict(self._given)
        self._variables = dict(settings.host_authorizations)
        self._netrc: netrc.netrc | None = None

    def learn(self, origin: Origin, authorization: str) -> None:
        """Remember what stood inside an address that the user gave."""
        self._given[origin] = self._known[origin] = authorization

    def of(self, origin: Origin, asked: Origin | None = None) -> str | None:
        """The Authorization value for ``origin``, None for none; never that of another host.

        ``asked``: where the request went at first. Another port that a redirect leads to, and that isn't the scheme's own, gets only
        what was given for this very port: what stands for a host in netrc or a variable doesn't mean everyone who listens there.
        """
        if asked not in (None, origin) and origin.port != PORTS[origin.scheme]:
            return self._given.get(origin) or self._of_port(origin)
        if origin not in self._known:
            self._known[origin] = self._look_up(origin) if self._settings.plain_allowed(origin) else None
        return self._known[origin]

    def withheld(self, origin: Origin) -> bool:
        """Whether there are credentials that don't go to ``origin`` because it has no TLS."""
        return not self._settings.plain_allowed(origin) and self._look_up(origin) is not None

    def _of_port(self, origin: Origin) -> str | None:
        if not self._settings.plain_allowed(origin):
            return None
        return self._variables.get(host_key(origin.host, origin.port))

    def _look_up(self, origin: Origin) -> str | None:
        for key in (host_key(origin.host, origin.port), host_key(origin.host)):
            if key in self._variables:
                return self._variables[key]
        return self._from_netrc(origin.host)

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
        found = self._netrc.authenticators(host)
        return basic(found[0] or found[1], found[2] or "") if found else None
