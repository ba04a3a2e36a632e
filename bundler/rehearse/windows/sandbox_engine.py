"""The engine `sandbox`: Windows Sandbox on a Windows build host, a new Windows for each machine."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

from bundler.atomic import scratch_folder
from bundler.errors import BundleError, HostError
from bundler.rehearse.users import environment_of, folders_of
from bundler.rehearse.windows.guest_files import guest_command, lay_hands
from bundler.rehearse.windows.mailbox import Mailbox
from bundler.rehearse.windows.sandbox_file import Mapped, sandbox_file
from bundler.rehearse.windows.windows_machine import Look, Place, WindowsMachine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.rehearse.port import Clock, Kind, Machine

ROOM = PureWindowsPath(r"C:\Rehearsal")
STARTING = 600
"""Seconds in which a sandbox must have started."""
ENDING = 120
_NOISE = (
    "Windows", "ProgramData\\Microsoft", "ProgramData\\USOShared", "ProgramData\\USOPrivate", "System Volume Information",
    "$Recycle.Bin", "pagefile.sys", "swapfile.sys", "hiberfil.sys", "DumpStack.log.tmp", str(ROOM).removeprefix("C:\\"),
    r"Users\WDAGUtilityAccount\AppData\Local\Microsoft", r"Users\WDAGUtilityAccount\AppData\Local\Packages",
    r"Users\WDAGUtilityAccount\AppData\Local\ConnectedDevicesPlatform", r"Users\WDAGUtilityAccount\AppData\Roaming\Microsoft",
    r"Users\WDAGUtilityAccount\NTUSER.DAT", r"Users\WDAGUtilityAccount\ntuser.dat.LOG1", r"Users\WDAGUtilityAccount\ntuser.dat.LOG2",
)  # fmt: skip
"""What Windows itself changes all the time."""
LOOKS: tuple[Look, ...] = (
    ("C:\\", None, tuple(f"C:\\{each}" for each in _NOISE)),
    (r"C:\ProgramData\Microsoft\Windows\Start Menu", None, ()),
    (r"C:\Users\WDAGUtilityAccount\AppData\Roaming\Microsoft\Windows\Start Menu", None, ()),
    (r"C:\Windows", 1, ()),
    (r"C:\Windows\System32\Tasks", None, ()),
)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Started:
    """A sandbox that was started: ``ended`` says whether it is gone, ``close`` ends it."""

    ended: Callable[[], bool]
    close: Callable[[], None]


class SandboxEngine:
    """See port.Engine. ``bundles``: the folder in which bundles were unpacked; ``boot``: one of them; ``target``: the target's half.

    ``start`` starts a sandbox from its configuration.
    """

    name = "sandbox"
    words = "Windows Sandbox, without a network"
    instance = ""
    uses_this_machine = False

    def __init__(
        self, bundles: Path, boot: Path, target: Path, clock: Clock, start: Callable[[Path], Started] | None = None
    ) -> None:
        self._bundles, self._boot, self._target, self._clock = bundles, boot, target, clock
        self._start = start or _start

    @contextlib.contextmanager
    def machine(self, kind: Kind) -> Iterator[Machine]:
        with scratch_folder("rehearsal-") as scratch:
            lay_hands(scratch / "hands", self._target)
            bundles = Mapped(host=self._bundles, guest=ROOM / "bundles", read_only=True)
            hands = Mapped(host=scratch / "hands", guest=ROOM / "hands", read_only=True)
            mail = Mapped(host=scratch / "mail", guest=ROOM / "mail", read_only=False)
            command = guest_command(bundles.guest_path(self._boot), str(hands.guest), str(mail.guest))
            configuration = scratch / "rehearsal.wsb"
            configuration.write_bytes(sandbox_file((bundles, hands, mail), command))
            mailbox = Mailbox(folder=mail.host, clock=self._clock)
            mailbox.make()
            started = self._start(configuration)
            mailbox.lost = lambda: "the sandbox was closed" if started.ended() else ""
            try:
                if not mailbox.wait_for_life(STARTING):
                    raise _silent(started)
                place = Place(looks=LOOKS, guest_path=bundles.guest_path, room="C:")
                yield WindowsMachine(mailbox, place, _user(mailbox, kind.user))
            finally:
                self._end(mailbox, started)

    def _end(self, mailbox: Mailbox, started: Started) -> None:
        with contextlib.suppress(BundleError):  # it is gone already
            mailbox.ask("end", within=ENDING, shutdown=True)
        last = self._clock.now() + ENDING
        while not started.ended() and self._clock.now() < last:
            self._clock.sleep(0.5)
        started.close()


def _user(mailbox: Mailbox, name: str | None) -> dict[str, str]:
    if name is None:
        return {}
    for each in folders_of(name):
        mailbox.ask("make_folder", path=each)
    return environment_of(name)


def require_sandbox() -> Path:
    """Windows Sandbox's program. Raises HostError (``rehearsal-sandbox-missing``)."""
    program = Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "WindowsSandbox.exe"
    if sys.platform == "win32" and program.is_file():
        return program
    raise HostError(
        "rehearsal-sandbox-missing",
        "Windows Sandbox isn't turned on here",
        context=(str(program),),
        hint='on Windows 10 or 11 Pro, Enterprise or Education: turn the Windows feature "Windows Sandbox" on '
        "(Containers-DisposableClientVM) and restart; or rehearse with --engine here; or in Wine, on Linux or in WSL",
    )


def _start(configuration: Path) -> Started:
    process = subprocess.Popen([require_sandbox(), configuration], stdin=subprocess.DEVNULL)
    return Started(ended=lambda: process.poll() is not None, close=process.kill)


def _silent(started: Started) -> HostError:
    how = "it was closed" if started.ended() else f"nothing was heard from it in {STARTING} s"
    return HostError(
        "rehearsal-machine-lost",
        f"Windows Sandbox didn't begin the rehearsal: {how}",
        hint="close any other Windows Sandbox, of which Windows runs one at a time, and rehearse again",
    )
