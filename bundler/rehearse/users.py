"""Somebody who works on a machine: what programs ask for who that is."""

from __future__ import annotations


def environment_of(name: str) -> dict[str, str]:
    """Variables that name the user's folders, which ``folders_of`` lists."""
    home = rf"C:\users\{name}"
    temporary, roaming = folders_of(name)
    return {
        "USERNAME": name,
        "USERPROFILE": home,
        "HOMEPATH": home.removeprefix("C:"),
        "APPDATA": roaming,
        "LOCALAPPDATA": rf"{home}\AppData\Local",
        "TEMP": temporary,
        "TMP": temporary,
    }


def folders_of(name: str) -> tuple[str, str]:
    """Those that must be there: for temporary files, and for settings."""
    home = rf"C:\users\{name}"
    return rf"{home}\AppData\Local\Temp", rf"{home}\AppData\Roaming"
