"""In the rehearsed Windows: what is in its registry."""

from __future__ import absolute_import, unicode_literals

import sys

assert sys.platform == "win32"  # noqa: S101 - a type checker for another platform stops here

if sys.version_info[0] == 2:
    import _winreg as winreg
else:
    import winreg

HIVES = {"HKLM": winreg.HKEY_LOCAL_MACHINE, "HKCU": winreg.HKEY_CURRENT_USER}
LONGEST = 200


def see(found, key, depth, left_out):
    # type: (dict[str, str], str, int, frozenset[str]) -> None
    """Keys and values, ``KEY|VALUE``, of the view for 64-bit programs; so deep, without the keys ``left_out``."""
    hive, _, path = key.partition("\\")
    waiting = [(path, depth)]
    while waiting:
        at, deep = waiting.pop()
        try:
            opened = winreg.OpenKey(HIVES[hive], at, 0, winreg.KEY_READ | winreg.KEY_WOW64_64KEY)
        except EnvironmentError:  # not there, or closed to this account
            continue
        with opened:
            name = hive + "\\" + at
            found[name] = ""
            keys, values, _ = winreg.QueryInfoKey(opened)
            for value, data in _listed(opened, values):
                found["%s|%s" % (name, value)] = data
            below = [at + "\\" + each for each in _names(opened, keys)] if deep > 1 else []
            waiting += [(each, deep - 1) for each in below if (hive + "\\" + each).lower() not in left_out]


def _listed(opened, count):
    # type: (winreg.HKEYType, int) -> list[tuple[str, str]]
    found = []  # type: list[tuple[str, str]]
    for number in range(count):
        try:
            value, data, _ = winreg.EnumValue(opened, number)
        except EnvironmentError:  # one was removed meanwhile
            break
        found.append((value, repr(data)[:LONGEST]))
    return found


def _names(opened, count):
    # type: (winreg.HKEYType, int) -> list[str]
    found = []  # type: list[str]
    for number in range(count):
        try:
            found.append(winreg.EnumKey(opened, number))
        except EnvironmentError:
            break
    return found
