"""Which services of this machine run as which accounts, as the service manager keeps it in the registry: asking for each takes a right on each."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

from ...compat import PY2, to_text

if PY2:
    import _winreg as winreg
else:
    import winreg

_SERVICES = "SYSTEM\\CurrentControlSet\\Services"


def service_accounts():
    # type: () -> list[tuple[str, str]]
    """Drivers have none; a service that goes once its last handle is closed starts no more."""
    found = []
    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _SERVICES) as key:
        for number in range(winreg.QueryInfoKey(key)[0]):
            try:
                name = winreg.EnumKey(key, number)
                with winreg.OpenKey(key, name) as own:
                    account = winreg.QueryValueEx(own, "ObjectName")[0]
                    if _is_leaving(own):
                        continue
            except EnvironmentError:
                continue  # it has none, or was removed at that moment
            found.append((to_text(name), to_text(account)))
    return found


def _is_leaving(key):
    # type: (winreg.HKEYType) -> bool
    try:
        return bool(winreg.QueryValueEx(key, "DeleteFlag")[0])
    except EnvironmentError:
        return False
