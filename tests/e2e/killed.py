"""Runs a bundle's bootstrap in Wine and ends its process, as the task manager would, before the journal's N-th step or commit, or before
the journal of a run that was committed goes.

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
    hosts = importlib.import_module("target.machine.windows.host")
    files = importlib.import_module("target.machine.windows.files")
    terminal = importlib.import_module("target.machine.windows.operator_terminal")
    seen: list[bytes] = []

    def moment(content: bytes) -> None:
        seen.append(content)
        if len(seen) == number:
            kernel = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined,unused-ignore]
            kernel.TerminateProcess(ctypes.c_void_p(-1), 77)

    class Operator(terminal.WindowsOperator):  # type: ignore[misc,name-defined]
        def arguments(self) -> list[str]:
            return list(super().arguments())[2:]

    class Files(files.WindowsFiles):  # type: ignore[misc,name-defined]
        def append(self, path: str, content: bytes) -> None:
            if content.startswith((b'{"begin"', b'{"committed"')):
                moment(content)
            super().append(path, content)

        def unlink(self, path: str) -> None:
            if path.endswith("\\journal") and seen and seen[-1].startswith(b'{"committed"'):
                moment(b"end")
            super().unlink(path)

    own = hosts.windows_host()
    host = hosts.windows_host(operator=Operator(), files=Files(own.environment, own.rights))
    return int(bootstrap.main(host, folder))


if __name__ == "__main__":
    sys.exit(main())
