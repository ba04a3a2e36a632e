"""What programs print, as text: some write UTF-8, and Microsoft's the code page of consoles."""

from __future__ import annotations

import os

CONSOLE = "oem" if os.name == "nt" else ""
"""The codec of Windows' consoles; empty elsewhere."""


def decoded(raw: bytes, code_page: str = CONSOLE) -> str:
    """Each line as UTF-8 if it is that, else by ``code_page``; what is neither has replacement characters."""
    return "".join(_line(each, code_page) for each in raw.splitlines(keepends=True))


def _line(raw: bytes, code_page: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode(code_page or "utf-8", "replace")
