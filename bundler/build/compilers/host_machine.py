"""The machine that this process runs on, where it is one that Microsoft's compilers run on."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from bundler.errors import HostError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bundler.build.compilers.machine import Machine


def windows_machine(environ: Mapping[str, str] | None = None) -> Machine:
    """The machine that this process runs on; ``environ``: its environment variables (None: this process's).

    Raises HostError (``not-windows``) elsewhere.
    """
    if sys.platform == "win32":
        from bundler.build.compilers.this_machine import ThisMachine

        return ThisMachine(os.environ if environ is None else environ)
    raise HostError(
        "not-windows",
        "Microsoft's compilers run on Windows only",
        hint="build on a Windows host; build/windows_host.py sets one up",
    )
