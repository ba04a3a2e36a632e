"""The Wine of a host: where it is looked for, what it sees of the host, and when it counts as another one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from bundler.rehearse.wine.bed_cache import Cache
from bundler.rehearse.wine.host_wine import find_host_wine
from bundler.report import Reporter
from tests.support import only_linux

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = only_linux.NAMESPACES


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A system with a merged /usr, and what nobody is to see of it."""
    found = tmp_path / "root"
    for each in ("usr/bin", "usr/lib", "etc/alternatives", "etc/ld.so.conf.d", "home/user"):
        (found / each).mkdir(parents=True)
    (found / "etc/shadow").write_text("secret")
    (found / "etc/ld.so.cache").write_text("x")
    for name in ("bin", "lib"):
        (found / name).symlink_to(f"usr/{name}")
    return found


def install(root: Path, folder: str, *names: str) -> None:
    (root / folder).mkdir(parents=True, exist_ok=True)
    for each in names:
        (root / folder / each).write_text("#!/bin/sh\n")


def test_where_it_is_looked_for(root: Path) -> None:
    assert find_host_wine(root) is None
    install(root, "usr/bin", "wine")
    assert find_host_wine(root) is None, "without its server it is none"
    install(root, "usr/bin", "wineserver")
    found = find_host_wine(root)
    assert found is not None
    assert found.path == root / "usr/bin/wine"
    install(root, "opt/wine-staging/bin", "wine", "wineserver")
    install(root, "usr/lib/wine", "wine64", "wineserver")
    found = find_host_wine(root)
    assert found is not None
    assert found.path == root / "usr/lib/wine/wine64", "Debian's own, whose `wine` is for 32-bit programs"


def test_its_programs_see_usr_and_what_the_loader_needs(root: Path, tmp_path: Path) -> None:
    install(root, "opt/wine-stable/bin", "wine", "wineserver")
    found = find_host_wine(root)
    assert found is not None
    system = found.made(Cache(tmp_path / "cache"), Reporter())
    assert (system.wine, system.server) == ("/opt/wine-stable/bin/wine", "/opt/wine-stable/bin/wineserver")
    assert system.shown == {
        "/usr": root / "usr",
        "/opt/wine-stable": root / "opt/wine-stable",
        "/etc/alternatives": root / "etc/alternatives",
        "/etc/ld.so.cache": root / "etc/ld.so.cache",
        "/etc/ld.so.conf.d": root / "etc/ld.so.conf.d",
    }
    assert os.readlink(system.folder / "bin") == "usr/bin"  # noqa: PTH115
    assert list((system.folder / "usr").iterdir()) == []
    assert sorted(each.name for each in (system.folder / "etc").iterdir()) == [
        *("alternatives", "group", "hosts", "ld.so.cache", "ld.so.conf.d", "passwd", "resolv.conf")
    ]
    assert (system.folder / "etc/ld.so.cache").read_text() == ""


def test_another_version_is_another_one(root: Path) -> None:
    install(root, "usr/bin", "wine", "wineserver")
    before = find_host_wine(root)
    (root / "usr/bin/wineserver").write_text("#!/bin/sh\n# upgraded\n")
    after = find_host_wine(root)
    assert before is not None
    assert after is not None
    assert before.things.keys() == after.things.keys()
    assert before.things != after.things
