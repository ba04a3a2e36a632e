"""What the test bed needs of the machine it runs on besides what the product's engine does: it installs what is missing."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from filelock import FileLock

from bundler.errors import HostError
from bundler.rehearse.wine import host_tools
from bundler.rehearse.wine.host_tools import debian_archive, environment, is_root, run, unsharing, which

__all__ = ["BedError", "debian_archive", "environment", "is_root", "require", "run", "unsharing", "which"]

_PACKAGES = {
    **host_tools.PACKAGES,
    "wixl": "wixl",
    "msibuild": "msitools",
    "msiextract": "msitools",
    "i686-w64-mingw32-gcc": "gcc-mingw-w64-i686-win32",
    "x86_64-w64-mingw32-gcc": "gcc-mingw-w64-x86-64-win32",
    "chromium": "chromium",
    "npm": "npm",
    "osslsigncode": "osslsigncode",
    "openssl": "openssl",
}


class BedError(HostError):
    """The test bed can't be made or used here; the message says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__("test-bed", message)


def require(*tools: str) -> None:
    """Install what is missing of TOOLS (as root, by apt-get), or say what to install."""
    missing = host_tools.missing_packages(tools, _PACKAGES)
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
