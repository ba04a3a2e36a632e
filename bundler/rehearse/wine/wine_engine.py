"""The engine `wine`: machines in the bed, each with a Windows, a network and limits of its own."""

from __future__ import annotations

import contextlib
import subprocess
from typing import TYPE_CHECKING

from bundler.errors import HostError, reason_of
from bundler.foreign import one_line
from bundler.rehearse.wine import host_tools
from bundler.rehearse.wine.bed_cache import RUNNING, claimed_folder, copy_tree
from bundler.rehearse.wine.wine_machine import WineMachine
from bundler.rehearse.wine.wine_system import Bounds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bundler.rehearse.port import Kind, Machine
    from bundler.rehearse.wine.bed import Bed
    from bundler.report import Reporter

_SHOWN = 300
"""Characters of what a tool says that failed."""
MEMORY, PROCESSES = 8_000_000_000, 500
"""What a rehearsal's programs may use together."""


class WineEngine:
    """See port.Engine. ``shell``: before a machine is gone, cmd runs on this terminal. ``keep``: where its drive C: is copied to; ``reporter`` hears if
    not all of it could be.
    """

    name = "wine"
    instance = ""
    uses_this_machine = False

    def __init__(self, bed: Bed, reporter: Reporter, *, shell: bool = False, keep: Path | None = None) -> None:
        self._bed, self._reporter = bed, reporter
        self._shell, self._keep = shell, keep
        self.words = f"Wine {bed.version}{bed.source.plays}"

    @contextlib.contextmanager
    def machine(self, kind: Kind) -> Iterator[Machine]:
        with claimed_folder(self._bed.cache.root / RUNNING, f"{kind.name}-") as scratch:
            bounds = Bounds(memory=MEMORY, processes=PROCESSES, screen=kind.windows, removed=scratch)
            with self._bed.session(scratch / "prefix", bounds) as session:
                yield WineMachine(session, kind)
                if self._shell:
                    starting, _ = session.starting(["cmd.exe"], TERM="xterm")
                    subprocess.run(starting, env=host_tools.environment(), check=False)
                if self._keep is not None:
                    session.end()
                    # what still ran could take files away while they are copied, and lead the copying elsewhere on this host by links
                    session.namespace.end_all()
                    self._copy(scratch / "prefix" / "drive_c", self._keep / kind.name)

    def _copy(self, drive: Path, kept: Path) -> None:
        """What programs made can be too much for it, such as paths that are longer than any: what the rehearsal found isn't lost by that."""
        try:
            if not drive.is_symlink():
                # programs made there could be run by others here with the rights of whoever rehearses
                host_tools.run("chmod", "-R", "-s", drive)
            kept.parent.mkdir(parents=True, exist_ok=True)
            copy_tree(drive, kept)
        except (HostError, OSError) as error:
            said = [one_line(each)[-_SHOWN:] for each in getattr(error, "context", ())[-1:]]
            why = "; ".join((error.message if isinstance(error, HostError) else reason_of(error), *said))
            self._reporter.warn("keep-incomplete", f"drive C: couldn't be copied, or not all of it, to {kept}: {why}")
