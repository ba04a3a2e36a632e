"""What kinds of site values there are. The target judges values by the same rules."""

from __future__ import annotations

import re
from typing import Literal

SiteType = Literal["text", "integer", "port", "path", "choice", "account", "url"]

_PART = r'[^\\/"\[\]:;|=,+*?<>{}\x00-\x1f]+'
_FORMS: dict[SiteType, tuple[str, str]] = {
    "text": ("(?s:.*)", "a text"),
    "integer": ("-?[0-9]{1,18}", "a whole number"),
    "port": ("[1-9][0-9]{0,4}", "a port: a whole number from 1 to 65535"),
    "path": (
        r'(?:[A-Za-z]:[\\/]|\\\\[^\\/<>:"|?*\x00-\x1f]+\\)(?!(?:.*[\\/])?\.\.(?:[\\/]|\Z))[^<>:"|?*\x00-\x1f]*',
        "an absolute path, such as C:\\Data or \\\\server\\share",
    ),
    "account": (
        rf"(?i:LocalSystem|LocalService|NetworkService)|{_PART}\\{_PART}|[^\\/\"\[\]:;|=,+*?<>{{}}@\x00-\x1f]+@[^\\/\s{{}}]+",
        "an account: DOMAIN\\NAME (.\\NAME on the machine itself), LocalService, NetworkService or LocalSystem",
    ),
    "url": (r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#]+[^\s]*", "an address with a scheme, such as https://example.com/"),
}
_HIGHEST_PORT = 65535
LONGEST = 1000
"""Characters of a value that has a type other than text, or a pattern."""


def type_fault(kind: SiteType, value: str, choices: tuple[str, ...] = ()) -> str | None:
    """What the value must be and isn't."""
    if kind == "choice":
        return None if value in choices else "must be one of " + ", ".join(choices)
    form, words = _FORMS[kind]
    if kind != "text" and len(value) > LONGEST:
        return f"must have {LONGEST} characters at most"
    if not re.fullmatch(form, value) or (kind == "port" and int(value) > _HIGHEST_PORT):
        return "must be " + words
    return None
