"""Accounts that the site chooses: which of them have passwords, and whose password a site value is."""

from __future__ import absolute_import, unicode_literals

import re

from ..machine.services import VIRTUAL, has_password

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.manifest import Manifest, ServiceInfo, SiteInfo

_VALUE = re.compile(r"\{site\.([A-Za-z_][A-Za-z0-9_]*)\}\Z")
_WITHOUT = "needs a password, and this bundle has no site value for one: take LocalService, NetworkService, NT SERVICE\\%s, or a managed account (DOMAIN\\NAME$)"
_OTHERS = "is NT SERVICE\\%s, and that account belongs to another service: this is NT SERVICE\\%s"


def value_of(text):
    # type: (str) -> str | None
    """The name of the site value that a text is as a whole."""
    found = _VALUE.match(text)
    return found.group(1) if found is not None else None


def chosen(manifest):
    # type: (Manifest) -> list[tuple[ServiceInfo, str]]
    """The services whose accounts are site values, and the names of these."""
    named = [(each, value_of(each.account)) for each in manifest.services]
    return [(each, name) for each, name in named if name is not None]


def account_faults(manifest, values):
    # type: (Manifest, dict[str, str]) -> list[tuple[str, str]]
    """Names of site values, and why each can't be the account of a service, in words that follow the name."""
    found = []
    for service, name in chosen(manifest):
        account = values.get(name, "")
        if account.lower().startswith(VIRTUAL.lower()):
            whose = account[len(VIRTUAL) :]
            users = [each.name for each, other in chosen(manifest) if other == name]
            if whose.lower() not in [each.lower() for each in users]:
                found.append((name, _OTHERS % (whose, service.name)))
        elif account and has_password(account) and service.password is None:
            found.append((name, _WITHOUT % service.name))
    return found


def passwords_to_give(manifest, values, stored, is_stored):
    # type: (Manifest, dict[str, str], dict[str, str], set[str]) -> list[tuple[SiteInfo, str]]
    """The site values that are passwords of chosen accounts and that somebody must give, and what they are: those that are empty, and those
    of another account before. ``is_stored``: the names of the values that nobody has given in this run.
    """
    found, sites = [], {each.name: each for each in manifest.site}
    for service, name in chosen(manifest):
        account, password = values.get(name, ""), service.password
        if password is None or not account or not has_password(account):
            continue
        is_new = stored.get(name, account).lower() != account.lower()
        if not values.get(password) or (is_new and password in is_stored):
            found.append((password, account))
    return [(sites[name], "the password of %s" % account) for name, account in sorted(set(found)) if name in sites]


def passwords_of_others(manifest, values, now):
    # type: (Manifest, dict[str, str], dict[str, str]) -> set[str]
    """Names of site values that are now the passwords of other accounts than those of ``values``."""
    pairs = [(service.password, name) for service, name in chosen(manifest) if service.password is not None]
    return {
        password
        for password, name in pairs
        if values.get(name, "").lower() != now.get(name, values.get(name, "")).lower()
    }
