"""What the engine needs of the machine it runs on: tools, namespaces, and the archive that apt uses."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

from bundler.errors import HostError
from bundler.isolation.host_program import whole_path

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# The program that proves a package is there -> the Debian package that has it.
PACKAGES = {
    "debootstrap": "debootstrap",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "prlimit": "util-linux",
    "setpriv": "util-linux",
    "unshare": "util-linux",
}
NAMESPACE_TOOLS = ("unshare", "nsenter", "prlimit", "ip")
BED_TOOLS = ("debootstrap", "unshare", "setpriv")
ALL_TOOLS = (*NAMESPACE_TOOLS, *BED_TOOLS)
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SHOWN, _LINES = 4000, 20
_FULL = "No space left on device"
_ASKED_TO_END_WITH_US = ("setpriv", "--pdeathsig", "TERM")
_PATIENCE = 60
"""Seconds for a tool to tidy up."""


_NOBODY = 65534


def is_root() -> bool:
    """Whether this process may make namespaces without asking."""
    return os.geteuid() == 0


def which(tool: str) -> str | None:
    """The path of a tool, also where a user's PATH has no sbin directories."""
    return shutil.which(tool, path=environment()["PATH"])


def environment() -> dict[str, str]:
    """This process's environment, with the sbin directories that a user's PATH may lack, and none that depends on the current one."""
    return {**os.environ, "PATH": f"{whole_path(os.environ)}:{_SYSTEM_PATH}".lstrip(":")}


def missing_packages(tools: tuple[str, ...], packages: Mapping[str, str] = PACKAGES) -> tuple[str, ...]:
    """The Debian packages of those TOOLS that aren't here."""
    return tuple(sorted({packages[tool] for tool in tools if which(tool) is None}))


def require(*tools: str) -> None:
    """See that TOOLS are here. Raises HostError (``rehearsal-tools-missing``)."""
    missing = missing_packages(tools)
    if missing:
        raise HostError(
            "rehearsal-tools-missing",
            f"rehearsing in Wine needs programs that aren't installed: {', '.join(each for each in tools if which(each) is None)}",
            hint=f"as root, on Debian or Ubuntu: apt-get install -y {' '.join(missing)}",
        )


def free_space(folder: Path) -> int:
    """Bytes that may still be written where FOLDER is, or would be."""
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    return shutil.disk_usage(there).free


def run(*command: str | Path, cwd: Path | None = None, env: dict[str, str] | None = None, tidy: bool = False) -> str:
    """Run a host's tool; its standard output. Raises HostError (``host-tool-failed`` with the end of what it printed, ``disk-full``).

    TIDY: what it began, it ends itself when it is asked to: where this run is broken off, it is asked, and waited for.
    """
    words = [str(part) for part in command]
    with subprocess.Popen(
        [*(_ASKED_TO_END_WITH_US if tidy else ()), *words],
        cwd=cwd,
        env=env or environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=tidy,
    ) as process:
        try:
            written, errors = process.communicate()
        except BaseException:
            if tidy:
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.communicate(timeout=_PATIENCE)
            process.kill()
            raise
    if process.returncode:
        said = (written + errors).decode(errors="replace")[-_SHOWN:].strip().splitlines()[-_LINES:]
        if any(_FULL in line for line in said):
            raise HostError(
                "disk-full",
                "the disk with the machines of rehearsals is full",
                context=(next(line for line in said if _FULL in line),),
                hint="make room (`bundle doctor` says how much it takes), or name another disk with --store",
            )
        line = " ".join(str(part).strip().partition("\n")[0] for part in command)
        raise HostError(
            "host-tool-failed",
            f"{command[0]} failed with exit status {process.returncode}: {line}",
            context=tuple(said),
            hint="its last lines say why: often a mirror of Debian that can't be reached",
        )
    return written.decode(errors="replace")


def debian_archive() -> str:
    """The URI of the Debian archive that apt on this machine uses (one-line and deb822 sources alike)."""
    if which("apt-get") is None:
        raise HostError(
            "debian-archive-missing",
            "the Wine in which bundles are rehearsed is made of Debian packages, and this machine has no apt that knows where they are",
            hint="rehearse on Debian or Ubuntu (a container or WSL will do)",
        )
    uris = run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages").split()
    for uri in uris:
        if uri.rstrip("/").endswith("/debian"):
            return uri
    raise HostError(
        "debian-archive-missing",
        "apt on this machine knows no Debian archive (a URI ending in /debian), and the Wine in which bundles are rehearsed is made of "
        "Debian packages",
        context=tuple(sorted(set(uris))),
        hint="add one to apt's sources and run apt-get update",
    )


def unsharing(*namespaces: str) -> tuple[str, ...]:
    """The command that starts a program as root of NAMESPACES (`mount`, `net`, …) of its own.

    With `pid` among them it is their first process: when it ends, the kernel kills whatever else runs in there and drops
    the mounts; it ends when this process does. A user who is not root is root in a user namespace.
    """
    options = [f"--{each}" for each in namespaces]
    if "pid" in namespaces:
        options += ["--fork", "--kill-child"]
    if not is_root():
        options += ["--map-root-user", "--map-auto"]
    return ("unshare", *options)


ENDING_WITH_US = ("setpriv", "--pdeathsig", "KILL")
"""Before a command: it ends when the thread that started it does, however that ends."""


def less_rights(folder: Path) -> tuple[str, ...]:
    """Before the command of a program of this host that strangers talk to: it gets no more rights, and as root those of nobody, to whom the folder belongs then."""
    if which("setpriv") is None:
        return ()
    if not is_root():
        return ("setpriv", "--no-new-privs")
    os.chown(folder, _NOBODY, _NOBODY)
    return ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", "--no-new-privs")


def require_namespaces() -> None:
    """See that this user may make namespaces. Raises HostError (``rehearsal-tools-missing``, ``namespaces-denied``)."""
    require(*NAMESPACE_TOOLS)
    done = subprocess.run(
        [*unsharing("mount", "net", "pid"), "true"], env=environment(), capture_output=True, check=False
    )
    if done.returncode:
        raise HostError(
            "namespaces-denied",
            "Windows programs are rehearsed in namespaces of their own, and this user may not make any",
            context=(done.stderr.decode(errors="replace").strip(),),
            hint="run it as root; or let users make namespaces: install uidmap, give the user a line in /etc/subuid and /etc/subgid, "
            "and see that the settings kernel.unprivileged_userns_clone=1, user.max_user_namespaces and "
            "kernel.apparmor_restrict_unprivileged_userns=0 (those that this kernel has) allow it",
        )
