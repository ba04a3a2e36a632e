"""The port to the machine that the tests run on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bundler.target.machine.host import Host


def own_host(**parts: object) -> Host:
    """``parts``: by the names of the port, what stands in for a part of it."""
    if sys.platform == "win32":
        from bundler.target.machine.windows.host import windows_host

        return windows_host(**parts)
    from bundler.target.machine.posix import posix_host

    return posix_host(**parts)
