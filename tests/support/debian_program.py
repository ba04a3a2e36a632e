"""A program out of a Debian package that isn't installed: fetched once, checked by apt against the archive's signature, kept outside of the checkout.

Not part of tests/support/bed/debian_source.py: whatever changes there makes the Pythons of Windows anew.
"""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from bundler.errors import HostError

if TYPE_CHECKING:
    from pathlib import Path

_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def debian_program(suite: str, package: str, program: str) -> Path:
    """PROGRAM (a path in the package) of PACKAGE in SUITE; what it depends on has to be here. Skips the test where there are none."""
    if sys.platform != "linux" or shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        pytest.skip("takes a program out of a package of Debian")
    from tests.support.bed import host  # late: the test bed can't be imported elsewhere
    from tests.support.bed.cache import Cache, default_cache, recipe_of, remove

    try:
        archive = host.debian_archive()
    except HostError:
        pytest.skip("takes a program out of a package of Debian")

    def unpack(directory: Path) -> None:
        lists = directory / "apt"
        for part in ("lists/partial", "archives/partial"):
            (lists / part).mkdir(parents=True)
        sources = lists / "sources.list"
        sources.write_text(f"deb [signed-by={_KEYRING}] {archive} {suite} main\n", encoding="ascii")
        settings = (
            f"Dir::Etc::sourcelist={sources}",
            "Dir::Etc::sourceparts=/dev/null",
            f"Dir::State::lists={lists / 'lists'}",
            f"Dir::Cache={lists}",
            "Acquire::Languages=none",
            "APT::Sandbox::User=root",
        )
        apt = ("apt-get", *(word for setting in settings for word in ("-o", setting)), "-qq")
        host.run(*apt, "update")
        host.run(*apt, "download", package, cwd=directory)
        (fetched,) = directory.glob("*.deb")
        host.run("dpkg-deb", "--extract", fetched, directory / "files")
        fetched.unlink()
        remove(lists)

    made = Cache(default_cache()).made(f"{package}-of-{suite}", recipe_of("1", suite, package), unpack)
    return made / "files" / program
