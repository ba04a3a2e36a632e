"""Programs that a signed bundle's check starts, in Wine: ssh-keygen, which this host's own answers for; icacls, which writes lists of rights
down as Windows does; certutil, which hashes. Wine has the first not at all, and the others do nothing there.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import re
import shutil
import socket
import subprocess
import threading
from typing import TYPE_CHECKING

from tests.support.bed import Session, toolchain
from tests.support.handed_over import answer_calls

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SYSTEM = r"C:\windows\system32"
KEYGEN = SYSTEM + r"\OpenSSH\ssh-keygen.exe"
CLOSED = "D:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)(A;OICI;0x1200a9;;;OW)"
"""What place.cmd gives a folder."""
INHERITED = "D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;0x1200a9;;;BU)(A;ID;0x1200a9;;;OW)"
"""What a file in it has."""
OF_WINDOWS = {
    "C:\\": "D:PAI(A;OICIIO;SDGXGWGR;;;AU)(A;CI;LC;;;AU)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)",
    r"C:\ProgramData": "D:PAI(A;OICIIO;GA;;;CO)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)(A;CI;DCLCRPCR;;;BU)",
}
"""What a fresh Windows has."""


@dataclasses.dataclass
class TrustTools:
    """``lists``: of paths in small letters the list of rights in SDDL; ``calls``: what was started, ``folders``: in which folder; ``too_old``: ssh-keygen knows no -Y;
    ``old_is_ours``: what place.cmd put aside has the rights that it had in its place.
    """

    windows: Session
    port: int
    lists: dict[str, str] = dataclasses.field(default_factory=dict)
    calls: list[tuple[str, ...]] = dataclasses.field(default_factory=list)
    folders: list[str] = dataclasses.field(default_factory=list)
    too_old: bool = False
    old_is_ours: bool = False

    @property
    def environ(self) -> dict[str, str]:
        return {"STANDIN_PORT": str(self.port)}

    def serve(self, listener: socket.socket) -> None:
        """Answer until the listener is shut."""
        answer_calls(listener, self._called)

    def _called(self, said: list[str]) -> tuple[int, bytes]:
        program, given, folder, *arguments = said
        self.calls.append((program.lower(), *arguments))
        self.folders.append(folder)
        code, words = self._answer(program.lower(), given.removeprefix("\\\\?\\"), arguments)
        return code, words.replace(b"\n", b"\r\n")

    def _answer(self, program: str, given: str, arguments: Sequence[str]) -> tuple[int, bytes]:
        match program:
            case "ssh-keygen.exe":
                return self._keygen(given, arguments)
            case "icacls.exe":
                return self._icacls(arguments)
            case "certutil.exe":
                content = self.windows.host_path(arguments[1]).read_bytes()
                digest = hashlib.sha256(content).hexdigest()
                return 0, f"SHA256 hash of {arguments[1]}:\n{digest}\nCertUtil: done.\n".encode()
        return 254, b""

    def _keygen(self, given: str, arguments: Sequence[str]) -> tuple[int, bytes]:
        if self.too_old:
            return 1, b"unknown option -- Y\nusage: ssh-keygen ...\n"
        command = ["ssh-keygen"]
        for option, each in zip(("", *arguments), arguments, strict=False):
            command.append(str(self.windows.host_path(each)) if option in ("-f", "-s") else each)
        with contextlib.ExitStack() as opened:
            content = opened.enter_context(self.windows.host_path(given).open("rb")) if given else subprocess.DEVNULL
            done = subprocess.run(command, stdin=content, stdout=-1, stderr=subprocess.STDOUT, check=False)
        return done.returncode, done.stdout

    def _icacls(self, arguments: Sequence[str]) -> tuple[int, bytes]:
        path, option, *rest = arguments
        if self.old_is_ours:
            path = re.sub(r"bundle-old-[0-9]+", "bundle", path)
        if option == "/save":
            found = self.lists.get(path.removesuffix(".").lower(), self.lists.get(path.lower()))
            if found is None:
                return 5, b""
            text = f"{path.rpartition(chr(92))[2]}\r\n{found}\r\n"
            self.windows.host_path(rest[0]).write_bytes(text.encode("utf-16-le"))
        return 0, b""


def close_folder(tools: TrustTools, folder: str, files: Sequence[str]) -> None:
    """As place.cmd leaves it."""
    tools.lists |= {path.lower(): each for path, each in OF_WINDOWS.items()}
    tools.lists |= {folder.lower(): CLOSED, folder.rpartition("\\")[0].lower(): CLOSED}
    tools.lists |= {f"{folder}\\{each}".lower(): INHERITED for each in files}


@contextlib.contextmanager
def trust_tools(windows: Session, scratch: Path) -> Iterator[TrustTools]:
    """They are in the places of Windows' own while it lasts."""
    program = scratch / "asks_the_host.exe"
    toolchain.compile_exe("amd64", program, "-municode", toolchain.SOURCES / "asks_the_host.c", "-lws2_32")
    windows.host_path(KEYGEN).parent.mkdir()
    shutil.copyfile(program, windows.host_path(KEYGEN))
    for name in ("icacls.exe", "certutil.exe"):
        place = windows.host_path(SYSTEM + "\\" + name)
        place.unlink(missing_ok=True)
        shutil.copyfile(program, place)
        windows.run(rf"reg add HKCU\Software\Wine\DllOverrides /v {name} /d native /f")
    with windows.listener() as listener:
        tools = TrustTools(windows, listener.getsockname()[1])
        server = threading.Thread(target=tools.serve, args=(listener,))
        server.start()
        try:
            yield tools
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            server.join()
