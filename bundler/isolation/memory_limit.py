"""Programs of this host that read what strangers send, and have no bound of their own: how much memory they get."""

from __future__ import annotations

import os

NOT_STARTED = (126, 127)
"""Exit codes of the shell where there is no such program, or it may not be run."""


def within_memory(most: int) -> tuple[str, ...]:
    """Before a command, of which each program gets so many bytes; empty on Windows, where nothing bounds it.

    A shell: what limits a child of ours before it begins may wait for ever where we have threads.
    """
    if os.name != "posix":
        return ()
    return ("/bin/sh", "-c", f'ulimit -d {most >> 10} 2>/dev/null; exec "$@"', "sh")
