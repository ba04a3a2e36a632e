"""What ``reg export`` and ``regedit /E`` write: ``Windows Registry Editor Version 5.00``, in UTF-16."""

from __future__ import annotations

import re

_VALUE = re.compile(r'(@|"(?:[^"\\]|\\.)*")=(.*)', re.DOTALL)
_HIVES = {"HKEY_LOCAL_MACHINE": "HKLM", "HKEY_CURRENT_USER": "HKCU", "HKEY_USERS": "HKU", "HKEY_CLASSES_ROOT": "HKCR"}


def read_registry(content: bytes) -> dict[str, str]:
    """Data as it is written, by ``KEY|value``; a key itself, ``KEY``, has an empty text. What is no such line is skipped."""
    text = content.decode("utf-16", errors="replace")
    lines = text.replace("\r\n", "\n").replace("\\\n", "").split("\n")
    found: dict[str, str] = {}
    key = ""
    for line in lines:
        if line.startswith("[") and line.endswith("]"):
            hive, separator, rest = line[1:-1].partition("\\")
            key = _HIVES.get(hive, hive) + separator + rest
            found[key] = ""
        elif key and (value := _VALUE.fullmatch(line)):
            name = "" if value[1] == "@" else value[1][1:-1].replace('\\"', '"').replace("\\\\", "\\")
            found[f"{key}|{name}"] = value[2]
    return found
