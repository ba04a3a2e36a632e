"""What a bundle registers with Windows among the installed programs. Only Windows can import this."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

assert sys.platform == "win32"
import winreg  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_LISTED = r"Software\Microsoft\Windows\CurrentVersion\Uninstall"
_OURS = "offline-bundle-"


def registered(environment: Path) -> Mapping[str, str]:
    """The values of the entry for ``environment``, by name, for this user or for all; empty if there is none."""
    return next((values for _, _, values in _entries(environment)), {})


def unregister(environment: Path) -> None:
    """Remove what is registered for ``environment``."""
    for hive, key, _ in list(_entries(environment)):
        winreg.DeleteKey(hive, key)


def _entries(environment: Path) -> Iterator[tuple[int, str, Mapping[str, str]]]:
    for hive in (winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE):
        with contextlib.suppress(FileNotFoundError), winreg.OpenKey(hive, _LISTED) as programs:
            names = [winreg.EnumKey(programs, number) for number in range(winreg.QueryInfoKey(programs)[0])]
            for name in names:
                values = _values(programs, name) if name.startswith(_OURS) else {}
                if values.get("InstallLocation") == str(environment):
                    yield hive, rf"{_LISTED}\{name}", values


def _values(parent: winreg.HKEYType, name: str) -> dict[str, str]:
    with winreg.OpenKey(parent, name) as key:
        pairs = [winreg.EnumValue(key, number) for number in range(winreg.QueryInfoKey(key)[1])]
    return {each: str(value) for each, value, _ in pairs}
