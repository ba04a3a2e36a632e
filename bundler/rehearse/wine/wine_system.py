"""The system in which a machine's programs run, and Wine in it: a port, for there are three kinds.

``host_wine``: the Wine that this host has. ``chroot``: a Debian made for rehearsals. ``container``: an image built by podman or docker.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping

    from bundler.rehearse.wine.bed_cache import Cache
    from bundler.rehearse.wine.first_process import Seen
    from bundler.report import Reporter

# What a session has in there: its own prefix, and a directory for its own files (Z:\\srv\\session).
PREFIX = "/srv/prefix"
SESSION = "/srv/session"
UNPRIVILEGED = (
    "/usr/bin/setpriv",
    "--no-new-privs",
    "--inh-caps=-all",
    "--bounding-set=-all,+net_bind_service,+net_raw",  # on Windows everybody may listen at port 80, and ping
)
"""Before a command inside: it has none of root's capabilities that reach out of its namespaces, and can't get any."""
BESIDE = ("net", "pid", "ipc")
"""What programs of this host are in that those of a session talk to: among what that is held to, and without this host's shared memory, which an
X server writes to for whoever names a number (ShmAttach of MIT-SHM, shmat(2)).
"""
FILTER = "/run/limits/filter"
FILTERED = f"--seccomp-filter={FILTER}"
# Not the host's environment: PIP_* variables and proxies would leak into Windows programs.
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
    "HOME": "/tmp",  # noqa: S108 - of the session alone
    "LANG": "C.UTF-8",
    "WINEPREFIX": PREFIX,
    "WINEDEBUG": "-all",
    # The first program that asks Wine for a display makes libwayland say on standard error that this is missing.
    "XDG_RUNTIME_DIR": "/tmp",  # noqa: S108 - of the session alone
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """What a session may use: bytes of memory and processes, 0 for no limit; SCREEN: whether its programs have one, where this host can give them one.

    REMOVED: a folder that goes with it, however it ends.
    """

    memory: int = 0
    processes: int = 0
    screen: bool = False
    removed: Path | None = None


class Isolated(Protocol):
    """A session's namespaces, as long as they last."""

    def inside(self, *command: str, env: Mapping[str, str]) -> tuple[str, ...]:
        """This host's command that starts a program of the system in all of them, with ENV and nothing else, and no right to leave."""

    def entering(self, *namespaces: str) -> tuple[str, ...] | None:
        """This host's command that starts a program of this host in NAMESPACES (`net`, `mount`, …); None: that can't be."""

    def fetching(self, url: str, seconds: float) -> tuple[str, ...]:
        """This host's command that prints a page as probe.py does."""

    def seen_path(self, path: str) -> Path:
        """A path of the system with what is mounted there, for this process."""

    def seen(self) -> Seen:
        """What the first process has recorded."""

    def end_all(self) -> None:
        """End all that runs in them, a screen too. Raises HostError (``session-ended``)."""

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """End what a command of ``inside`` started."""

    def close(self) -> None:
        """End all that runs in them; every mount is gone."""


class WineSystem(Protocol):
    r"""``wine`` starts 64-bit programs, ``server`` is its wineserver: paths in the system.

    ``lays_over``: C:\windows is the template's, with a prefix's changes laid over it; else each prefix has its own.
    """

    @property
    def wine(self) -> str: ...
    @property
    def server(self) -> str: ...
    @property
    def lays_over(self) -> bool: ...

    def isolated(self, prefix: Path, own: Path, bounds: Bounds) -> Isolated:
        """Namespaces in which PREFIX and OWN/session lie in /srv. Raises HostError (``session-not-made``)."""


class Source(Protocol):
    """Where a system comes from. ``name``: as users choose it; ``words``: what it is, for people; ``things``: what is kept in the cache, with stamps,
    the Windows that machines start from (``template``) among them; ``plays``: how it plays Windows, after Wine and its version; ``fix``: what
    to do where its Wine isn't good enough.
    """

    name: str
    words: str
    plays: str
    fix: str
    template: str
    things: Mapping[str, str]

    def made(self, cache: Cache, reporter: Reporter) -> WineSystem:
        """The system, made first if need be. Raises HostError."""

    def discard(self) -> None:
        """It isn't good enough: what was made is removed."""
