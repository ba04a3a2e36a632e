"""Runs a bundle's bootstrap in Wine and ends its process, as the task manager would, before the journal's N-th step or commit.

boot\\python.exe -E -s -S -B killed.py BUNDLE N [argument ...]
"""

from __future__ import annotations

import ctypes
import importlib
import sys


def main() -> int:
    folder, number = sys.argv[1], int(sys.argv[2])
    sys.path[:] = [folder, *sys.path]
    sys.dont_write_bytecode = True
    bootstrap = importlib.import_module("target.bootstrap")
    windows = importlib.import_module("target.windows")
    seen = []

    class Killed(windows.WindowsHost):  # type: ignore[misc,name-defined]
        def arguments(self) -> list[str]:
            return list(super().arguments())[2:]

        def append(self, path: str, content: bytes) -> None:
            if content.startswith((b'{"begin"', b'{"committed"')):
                seen.append(content)
                if len(seen) == number:
                    kernel = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined,unused-ignore]
                    kernel.TerminateProcess(ctypes.c_void_p(-1), 77)
            super().append(path, content)

    return int(bootstrap.main(Killed(), folder))


if __name__ == "__main__":
    sys.exit(main())
