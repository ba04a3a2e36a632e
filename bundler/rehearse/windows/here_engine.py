"""The engine `here`: this Windows itself, with an installation of its own beside others."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import subprocess
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

from bundler.atomic import scratch_folder
from bundler.errors import BundleError, HostError
from bundler.rehearse.windows.guest_files import guest_command, lay_hands
from bundler.rehearse.windows.mailbox import Mailbox
from bundler.rehearse.windows.windows_machine import Look, Place, WindowsMachine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.rehearse.port import Clock, Kind, Machine
    from bundler.rehearse.subject import Subject
    from bundler.report import Reporter

INSTANCE = "rehearsal"
_NOISE = ("Windows", "System Volume Information", "$Recycle.Bin", "pagefile.sys", "swapfile.sys", "hiberfil.sys")
_STARTING = 60
_REMOVAL = 3600


class HereEngine:
    """See port.Engine. ``subject``: what is rehearsed; ``target``: the target's half."""

    name = "here"
    words = "this Windows itself, which isn't isolated"
    instance = INSTANCE
    uses_this_machine = True

    def __init__(self, subject: Subject, target: Path, clock: Clock, reporter: Reporter) -> None:
        self._subject = dataclasses.replace(subject, instance=self.instance)
        self._target, self._clock, self._reporter = target, clock, reporter

    @contextlib.contextmanager
    def machine(self, kind: Kind) -> Iterator[Machine]:
        del kind  # bare as it can be
        self._demand_room()
        with scratch_folder("rehearsal-") as scratch:
            lay_hands(scratch / "hands", self._target)
            mailbox = Mailbox(folder=scratch / "mail", clock=self._clock)
            mailbox.make()
            command = guest_command(str(self._subject.folder), str(scratch / "hands"), str(mailbox.folder))
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
            mailbox.lost = lambda: f"it ended with exit code {process.poll()}" if process.poll() is not None else ""
            try:
                if not mailbox.wait_for_life(_STARTING):
                    raise HostError(
                        "rehearsal-machine-lost", "the bundle's own Python didn't begin the rehearsal on this machine"
                    )
                mailbox.ask("watch", below=[self._subject.environment])
                (scratch / "Temp").mkdir()
                own = dict.fromkeys(("TEMP", "TMP"), str(scratch / "Temp"))  # what runs leave there goes with it
                place = Place(looks=self._looks(), guest_path=str, room=str(scratch))
                machine = WindowsMachine(mailbox, place, own)
                try:
                    yield machine
                finally:
                    with contextlib.suppress(BundleError):  # it doesn't answer any more, which was said
                        self._remove(machine)
                        mailbox.ask("end", shutdown=False)
            finally:
                process.kill()
                process.wait()

    def _places(self) -> list[str]:
        return [each for each in (self._subject.environment, self._subject.data) if each]

    def _demand_room(self) -> None:
        taken = [each for each in self._places() if os.path.lexists(each)]
        if taken:
            raise HostError(
                "rehearsal-place-taken",
                f"an installation that a rehearsal left is on this machine: {', '.join(taken)}",
                hint=f"remove it by its bundle: bootstrap.bat /uninstall /purge /instance:{INSTANCE}",
            )

    def _looks(self) -> tuple[Look, ...]:
        """All of what the bundle names; elsewhere what is new near the top. The whole disk of a machine that is used takes too long."""
        places = self._places()
        above = {str(PureWindowsPath(each).parent) for each in places}
        noise = tuple(f"C:\\{each}" for each in _NOISE)
        menus = tuple(
            str(PureWindowsPath(os.environ[name]) / r"Microsoft\Windows\Start Menu")
            for name in ("PROGRAMDATA", "APPDATA")
            if name in os.environ
        )
        return (
            ("C:\\", 2, noise),
            (r"C:\Windows", 1, ()),
            (r"C:\Windows\System32\Tasks", None, ()),
            *((each, 1, ()) for each in sorted(above)),
            *((each, None, ()) for each in (*places, *menus)),
        )

    def _remove(self, machine: Machine) -> None:
        """What a step that failed left installed."""
        if not machine.files.exists(self._subject.environment):
            return
        bootstrap = str(self._subject.folder / "bootstrap.bat")
        words = [bootstrap, "/uninstall", "/purge", "/quiet", f"/instance:{INSTANCE}"]
        machine.programs.run(words, timeout=_REMOVAL)
        if machine.files.exists(self._subject.environment):
            self._reporter.warn(
                "rehearsal-place-taken",
                f"the rehearsal's installation couldn't be removed from this machine: {self._subject.environment}",
            )
