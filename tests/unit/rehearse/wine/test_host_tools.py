"""What is missing on a host is said in words that lead to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bundler.errors import HostError
from bundler.rehearse.wine import host_tools
from tests.support import only_linux

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = only_linux.NAMESPACES


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A host with no program but those that a test puts into its folder."""
    monkeypatch.setattr(host_tools, "_SYSTEM_PATH", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_missing_programs_are_named_with_their_packages(bare: Path) -> None:
    program(bare, "ip", "exit 0")
    with pytest.raises(HostError) as caught:
        host_tools.require_namespaces()
    assert caught.value.reference == "rehearsal-tools-missing"
    assert "nsenter, unshare" in caught.value.message or "unshare, nsenter" in caught.value.message
    assert caught.value.hint.endswith("apt-get install -y util-linux")


def test_namespaces_that_are_denied(bare: Path) -> None:
    for name in ("ip", "nsenter", "prlimit"):
        program(bare, name, "exit 0")
    program(bare, "unshare", "echo 'unshare failed: Operation not permitted' >&2; exit 1")
    with pytest.raises(HostError) as caught:
        host_tools.require_namespaces()
    assert caught.value.reference == "namespaces-denied"
    assert caught.value.context == ("unshare failed: Operation not permitted",)
    assert "uidmap" in caught.value.hint


def test_a_system_without_apt_or_without_an_archive_of_debian(bare: Path) -> None:
    with pytest.raises(HostError, match="no apt") as caught:
        host_tools.debian_archive()
    assert caught.value.reference == "debian-archive-missing"
    program(bare, "apt-get", "echo file:/mirror/ubuntu")
    with pytest.raises(HostError) as caught:
        host_tools.debian_archive()
    assert caught.value.context == ("file:/mirror/ubuntu",)
    program(bare, "apt-get", "echo file:/mirror/debian/")
    assert host_tools.debian_archive() == "file:/mirror/debian/"


def test_what_a_tool_said_is_told(bare: Path) -> None:
    program(bare, "broken", "echo it said; echo of no use >&2; exit 3")
    with pytest.raises(HostError) as caught:
        host_tools.run("broken", "now", "\nset -e\nsecond line\n")
    assert caught.value.reference == "host-tool-failed"
    assert caught.value.message == "broken failed with exit status 3: broken now set -e"
    assert caught.value.context == ("it said", "of no use")


def test_a_full_disk_is_one(bare: Path) -> None:
    program(bare, "broken", "echo 'cp: error: No space left on device' >&2; exit 1")
    with pytest.raises(HostError) as caught:
        host_tools.run("broken")
    assert (caught.value.reference, caught.value.context) == ("disk-full", ("cp: error: No space left on device",))


def test_what_strangers_talk_to_has_few_rights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[Path, int, int]] = []
    monkeypatch.setattr("os.chown", lambda *each: given.append(each))
    monkeypatch.setattr(host_tools, "is_root", lambda: False)
    assert host_tools.less_rights(tmp_path) == ("setpriv", "--no-new-privs")
    assert given == []
    monkeypatch.setattr(host_tools, "is_root", lambda: True)
    assert host_tools.less_rights(tmp_path)[:3] == ("setpriv", "--reuid=65534", "--regid=65534")
    assert given == [(tmp_path, 65534, 65534)]
    monkeypatch.setattr(host_tools, "which", lambda _: None)
    assert host_tools.less_rights(tmp_path) == ()
