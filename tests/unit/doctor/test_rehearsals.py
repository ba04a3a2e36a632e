"""What is missing for rehearsals is named, with how to get it; it never keeps anybody from building."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.doctor.rehearsals import rehearsals
from bundler.rehearse.wine import host_tools
from bundler.rehearse.wine.choosing import Host
from bundler.rehearse.wine.chroot import STAMP, TEMPLATE
from tests.support import only_linux

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.doctor.finding import Finding

pytestmark = only_linux.NAMESPACES


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host on which all that is needed is there; a test takes something away."""
    tools = tmp_path / "tools"
    tools.mkdir()
    monkeypatch.setattr(host_tools, "_SYSTEM_PATH", str(tools))
    monkeypatch.setenv("PATH", str(tools))
    for name in (*host_tools.ALL_TOOLS, "apt-get"):
        program = tools / name
        program.write_text("#!/bin/sh\necho file:/mirror/debian/\n")
        program.chmod(0o755)
    return tools


def found(tmp_path: Path) -> Finding:
    (only,) = rehearsals(tmp_path / "bed", Host(wine=lambda: None, container=lambda: None), "linux")
    return only


def test_all_is_there(host: Path, tmp_path: Path) -> None:
    del host
    assert "will be made in" in found(tmp_path).detail
    (tmp_path / "bed" / STAMP / "chroot").mkdir(parents=True)
    assert "will be made in" in found(tmp_path).detail
    (tmp_path / "bed" / TEMPLATE / "template").mkdir(parents=True)
    ready = f"the Wine of a Debian made for rehearsals is ready in {tmp_path / 'bed'}"
    assert (found(tmp_path).verdict, found(tmp_path).detail) == ("good", ready)


def test_what_is_missing(host: Path, tmp_path: Path) -> None:
    (host / "debootstrap").unlink()
    assert (found(tmp_path).verdict, "apt-get install -y debootstrap" in found(tmp_path).fix) == ("note", True)
    (tmp_path / "bed" / STAMP / "chroot").mkdir(parents=True)
    assert found(tmp_path).verdict == "good", "it was for making the bed"
    (host / "unshare").write_text("#!/bin/sh\necho not permitted >&2; exit 1\n")
    assert (found(tmp_path).verdict, "not permitted" in found(tmp_path).detail) == ("note", True)


def test_another_system(tmp_path: Path) -> None:
    (only,) = rehearsals(tmp_path, None, "win32")
    assert (only.verdict, "WSL" in only.fix) == ("note", True)
