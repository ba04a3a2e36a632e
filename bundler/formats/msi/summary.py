"""What a Windows Installer database says of itself: its summary information (Windows Installer, "Summary Information Stream Property Set")."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bundler.formats.msi.compound import Streams

PLATFORMS = {"intel": "win32", "x64": "win_amd64", "amd64": "win_amd64", "arm64": "win_arm64"}
"""The platform tag by the architecture that a summary names, in small letters; one that names none is for 32 bits."""

_SUBJECT, _TEMPLATE = 3, 7  # property ids


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """``subject`` is the product (``Python 2.7.18 (64-bit)``), empty if it isn't said; ``architecture`` in small letters, None: nothing is said,
    which Windows Installer wouldn't take.
    """

    subject: str
    architecture: str | None


def read_summary(streams: Streams) -> Summary:
    """Both are empty where the file has no summary."""
    properties = streams.properties()
    template = properties.get(_TEMPLATE)
    return Summary(
        subject=_text(properties.get(_SUBJECT)),
        # "x64;1033": architecture; languages
        architecture=None if template is None else _text(template).partition(";")[0].strip("\0 ").lower(),
    )


def _text(value: object) -> str:
    return value.decode("cp1252", "replace").rstrip("\0") if isinstance(value, bytes) else str(value or "")
