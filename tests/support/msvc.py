"""A stand-in of Microsoft's compiler that compiles: cl.exe and link.exe in Wine hand their command lines to mingw-w64 on this host.

mingw-w64 has no Windows build on any registry, and zig's doesn't run in Wine; but what it makes here is machine code for Windows all the same.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
import threading
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

from tests.support.bed import toolchain
from tests.support.compilers import make_compiler, register
from tests.support.handed_over import answer_calls

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.support.bed import Session

_ARCH = {"x86": "win32", "x64": "amd64", "amd64": "amd64"}
_CRT = {(9, 0): "msvcr90", (14, 0): "ucrt"}
_SIDE_BY_SIDE = r"HKLM\Software\Microsoft\VisualStudio\SxS\VC7"
_FOR_PYTHON = r"HKCU\Software\Microsoft\DevDiv\VCForPython\9.0"


class Msvc:
    """What the programs asked for: ``calls`` are (program, its arguments)."""

    def __init__(self, windows: Session, version: tuple[int, int]) -> None:
        self.calls: list[tuple[str, tuple[str, ...]]] = []
        self._windows, self._version = windows, version

    def serve(self, listener: socket.socket) -> None:
        """Answer until the listener is shut."""
        answer_calls(listener, self._called)

    def _called(self, said: list[str]) -> tuple[int, bytes]:
        program, arch, folder, *arguments = said
        work = _Work(self._windows, PureWindowsPath(folder), arch)
        code, words = self._answer(program.lower(), work, arguments)
        return code, words.encode()

    def _answer(self, program: str, work: _Work, arguments: Sequence[str]) -> tuple[int, str]:
        self.calls.append((program, tuple(arguments)))
        match program:
            case "cl.exe":
                return work.run(_compiling(work, arguments))
            case "link.exe":
                with tempfile.TemporaryDirectory() as scratch:
                    return work.run(_linking(work, arguments, _CRT[self._version], Path(scratch)))
            case "mt.exe" | "rc.exe":
                return 0, ""
        return 254, f"{program}: nothing here does that\n"


class _Work:
    """Where a program runs, and what for; paths of Windows as this host sees them."""

    def __init__(self, windows: Session, folder: PureWindowsPath, arch: str) -> None:
        self._windows, self._folder = windows, folder
        self.arch = _ARCH[arch]

    def path(self, text: str) -> Path:
        return self._windows.host_path(str(self._folder / text))

    def run(self, command: Sequence[str | Path]) -> tuple[int, str]:
        tool, *rest = map(str, command)
        done = subprocess.run(
            [toolchain.tool(self.arch, tool), *rest],
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return min(done.returncode, 2), done.stdout + done.stderr


def _compiling(work: _Work, arguments: Sequence[str]) -> list[str | Path]:
    command: list[str | Path] = ["gcc", "-c", "-O2", *(["-DMS_WIN64"] if work.arch == "amd64" else [])]
    for each in arguments:
        kind, value = each[1:3], each[3:]
        if each[:1] not in "/-":
            command.append(work.path(each))
        elif kind[:1] in "ID":
            value = each[2:]
            command.append(f"-D{value}" if kind[:1] == "D" else f"-I{work.path(value)}")
        elif kind in ("Tc", "Tp"):
            command.append(work.path(value))
        elif kind == "Fo":
            command += ["-o", work.path(value)]
    return command


def _linking(work: _Work, arguments: Sequence[str], crt: str, scratch: Path) -> list[str | Path]:
    inputs: list[str | Path] = []
    folders: list[Path] = []
    exports: list[str] = []
    output = Path()
    for each in arguments:
        option, _, value = each[1:].partition(":")
        if each[:1] not in "/-":
            inputs.append(f"-l{each[:-4].lower()}" if each.lower().endswith(".lib") else work.path(each))
        elif option.upper() == "LIBPATH":
            folders.append(work.path(value))
        elif option.upper() == "EXPORT":
            exports.append(value)
        elif option.upper() == "OUT":
            output = work.path(value)
    definition = scratch / "exports.def"
    definition.write_text("EXPORTS\n" + "".join(f" {each}\n" for each in exports))
    # Microsoft's compiler finds its name in pyconfig.h (#pragma comment)
    python = next(each for folder in folders if folder.is_dir() for each in sorted(folder.glob("python[23]?*.lib")))
    no_startup = ("-shared", "-nostdlib", "-Wl,-e,0", "-Wl,--no-insert-timestamp")
    return ["gcc", *no_startup, "-o", output, definition, *inputs, python, f"-l{crt}", "-lkernel32", "-lgcc"]


@contextlib.contextmanager
def visual_c(
    windows: Session, version: tuple[int, int] = (14, 0), folder: str = r"C:\VC é (x86) & co"
) -> Iterator[Msvc]:
    """Visual C++ 2015, or with (9, 0) the Visual C++ Compiler for Python 2.7, installed and registered in a session."""
    script = make_compiler(windows.host_path(folder), title="Visual C++, a stand-in")
    with windows.listener() as listener:
        port = listener.getsockname()[1]
        text = script.read_text(encoding="ascii")
        script.write_text(
            text.replace("exit /b 0", f"set STANDIN_COMPILER={port}\nexit /b 0"), encoding="ascii", newline="\r\n"
        )
        handover = script.parent / "handover.exe"
        toolchain.compile_exe("amd64", handover, "-municode", toolchain.SOURCES / "handover.c", "-lws2_32")
        for arch in (script.parent / "bin").iterdir():
            for name in ("cl.exe", "link.exe", "mt.exe", "rc.exe"):
                shutil.copyfile(handover, arch / name)
        if version == (9, 0):
            register(windows, _FOR_PYTHON, "installdir", folder, view=32)
        else:
            register(windows, _SIDE_BY_SIDE, "14.0", folder + "\\", view=32)
        msvc = Msvc(windows, version)
        server = threading.Thread(target=msvc.serve, args=(listener,))
        server.start()
        try:
            yield msvc
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            server.join()
