"""What the test bed needs of the machine it runs on: tools, rights, and the archive that apt uses."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from filelock import FileLock

# The program that proves a package is there -> the Debian package that has it.
PACKAGES = {
    "debootstrap": "debootstrap",
    "wixl": "wixl",
    "msibuild": "msitools",
    "msiextract": "msitools",
    "i686-w64-mingw32-gcc": "gcc-mingw-w64-i686-win32",
    "x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64-win32",
    "osslsigncode": "osslsigncode",
    "openssl": "openssl",
    "ip": "iproute2",
    "unshare": "util-linux",
    "nsenter": "util-linux",
}
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class BedError(Exception):
    """The test bed can't be made or used here; the message says what to do."""


def is_root() -> bool:
    """Whether this process may install packages and make namespaces without asking."""
    return os.geteuid() == 0


def which(tool: str) -> str | None:
    """The path of a tool, also where a user's PATH has no sbin directories."""
    return shutil.which(tool, path=environment()["PATH"])


def environment() -> dict[str, str]:
    """This process's environment, with the sbin directories that a user's PATH may lack."""
    return {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:{_SYSTEM_PATH}"}


def require(*tools: str) -> None:
    """Install what is missing of TOOLS (as root, by apt-get), or say what to install."""
    missing = sorted({PACKAGES[tool] for tool in tools if which(tool) is None})
    if not missing:
        return
    packages = " ".join(missing)
    if not is_root() or which("apt-get") is None:
        raise BedError(
            f"The test bed needs packages that are not installed: as root, run: apt-get install -y {packages}"
        )
    options = ("-q", "-y", "-o", "DPkg::Lock::Timeout=600")
    quiet = {**environment(), "DEBIAN_FRONTEND": "noninteractive"}
    install = ("apt-get", "install", *options, "--no-install-recommends", *missing)
    # one at a time: apt waits for another's installing, but not for another's update
    with FileLock(Path(tempfile.gettempdir(), "offline-bundler-testbed-apt.lock")):
        if subprocess.run(install, env=quiet, capture_output=True, check=False).returncode:
            run("apt-get", "update", *options, env=quiet)
            run(*install, env=quiet)
    still = [tool for tool in tools if which(tool) is None]
    if still:
        raise BedError(f"apt-get installed {packages}, but these programs are still missing: {' '.join(still)}")


def run(*command: str | Path, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    """Run a host tool; its standard output. A failure shows the command and the end of what it printed."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=env or environment(),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode:
        said = (done.stdout + done.stderr).decode(errors="replace")[-4000:]
        raise BedError(f"{command[0]} failed with exit status {done.returncode}: {' '.join(map(str, command))}\n{said}")
    return done.stdout.decode(errors="replace")


def debian_archive() -> str:
    """The URI of the Debian archive that apt on this machine uses (one-line and deb822 sources alike)."""
    uris = run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages").split()
    for uri in uris:
        if uri.rstrip("/").endswith("/debian"):
            return uri
    raise BedError(
        "apt on this machine knows no Debian archive (a URI ending in /debian), and the test bed is made of Debian "
        f"packages: add one to its sources and run apt-get update. Known: {' '.join(sorted(set(uris))) or 'none'}"
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


def require_namespaces() -> None:
    """See that this user may make namespaces, or say what to do."""
    require("unshare", "nsenter", "ip")
    done = subprocess.run(
        [*unsharing("mount", "net", "pid"), "true"], env=environment(), capture_output=True, check=False
    )
    if done.returncode:
        raise BedError(
            "The end-to-end tests run Windows programs in namespaces of their own, and this user may not make any "
            f"({done.stderr.decode(errors='replace').strip()}). Run them as root; or let users make namespaces: install "
            "uidmap, give the user a line in /etc/subuid and /etc/subgid, and see that the settings "
            "kernel.unprivileged_userns_clone=1, user.max_user_namespaces and kernel.apparmor_restrict_unprivileged_userns=0 "
            "(those that this kernel has) allow it."
        )
