"""The command ``bundle``."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from types import FrameType

_INTERRUPTED = 130


def main() -> None:
    """Run the command line and exit with its code."""
    for name in ("SIGTERM", "SIGHUP"):  # the second one isn't on Windows
        if number := getattr(signal, name, None):
            signal.signal(number, _end)
    try:
        from bundler.cli import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before there was anything to clean up
        code = _INTERRUPTED
    sys.exit(code)


def _end(number: int, _: FrameType | None) -> NoReturn:
    """End as a shell expects it, but not without removing what is half-done."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    main()
