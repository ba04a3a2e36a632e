"""Windows Sandbox: its configuration as Microsoft documents it, and how one begins, is lost, and ends."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path, PureWindowsPath
from xml.etree import ElementTree as ET

import pytest

from bundler.errors import HostError
from bundler.pack.shipped import target_folder
from bundler.rehearse.port import BARE, Clock, Kind
from bundler.rehearse.windows.sandbox_engine import SandboxEngine, Started, require_sandbox
from bundler.rehearse.windows.sandbox_file import Mapped, sandbox_file
from tests.support import only_linux

CLOCK = Clock(now=time.monotonic, sleep=time.sleep)
SWITCHED = {"Enable", "Disable", "Default"}
DOCUMENTED = {
    "VGpu": SWITCHED, "Networking": SWITCHED, "AudioInput": SWITCHED, "VideoInput": SWITCHED, "ProtectedClient": SWITCHED,
    "PrinterRedirection": SWITCHED, "ClipboardRedirection": SWITCHED, "ReadOnly": {"true", "false"}, "MemoryInMB": None,
    "HostFolder": None, "SandboxFolder": None, "Command": None, "MappedFolders": None, "MappedFolder": None, "LogonCommand": None,
}  # fmt: skip
"""Elements, and the values that each may have."""


def test_the_configuration() -> None:
    mapped = Mapped(host=Path("/Büro & <co>/x"), guest=PureWindowsPath(r"C:\in"), read_only=True)
    root = ET.fromstring(sandbox_file([mapped], [r"C:\a b\python.exe", "-B", r"C:\in\x.py"]))  # noqa: S314 - our own
    assert root.tag == "Configuration"
    for each in root.iter():
        if each is not root:
            allowed = DOCUMENTED[each.tag]
            assert allowed is None or each.text in allowed
    assert root.findtext("Networking") == "Disable"
    assert int(root.findtext("MemoryInMB") or 0) >= 2048
    (folder,) = root.iter("MappedFolder")
    assert [(each.tag, each.text) for each in folder] == [
        ("HostFolder", str(Path("/Büro & <co>/x"))), ("SandboxFolder", r"C:\in"), ("ReadOnly", "true"),
    ]  # fmt: skip
    assert root.findtext("LogonCommand/Command") == r'"C:\a b\python.exe" -B C:\in\x.py'
    assert mapped.guest_path(Path("/Büro & <co>/x/bundle/é")) == r"C:\in\bundle\é"


class Fake:
    """What stands for a sandbox: the same programs, on this machine. ``living``: it begins at all."""

    def __init__(self, *, living: bool = True) -> None:
        self.living = living
        self.closed = 0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, configuration: Path) -> Started:
        root = ET.fromstring(configuration.read_bytes())  # noqa: S314 - our own
        bundles, hands, mail = (Path(each.text or "") for each in root.iter("HostFolder"))
        assert (root.findtext("LogonCommand/Command") or "").startswith(
            r"C:\Rehearsal\bundles\bundle\boot\python.exe -E"
        )
        assert [each.text for each in root.iter("ReadOnly")] == ["true", "true", "false"]
        assert bundles.is_dir()
        words = [str(hands / "orders.py"), str(mail)] if self.living else ["-c", ""]
        process = self.process = subprocess.Popen([sys.executable, *words])

        def close() -> None:
            self.closed += 1
            process.kill()
            process.wait()

        return Started(ended=lambda: process.poll() is not None, close=close)


def engine(tmp_path: Path, fake: Fake) -> SandboxEngine:
    (tmp_path / "work" / "bundle").mkdir(parents=True)
    return SandboxEngine(tmp_path / "work", tmp_path / "work" / "bundle", target_folder(), CLOCK, fake.start)


@only_linux.NAMESPACES
def test_it_is_used_and_closed(tmp_path: Path) -> None:
    fake = Fake()
    with engine(tmp_path, fake).machine(BARE) as machine:
        assert machine.files.exists(str(tmp_path))
        assert not machine.restarts
    assert fake.closed == 1


@only_linux.NAMESPACES
def test_one_that_is_closed_by_hand(tmp_path: Path) -> None:
    fake = Fake()

    def use() -> None:
        with engine(tmp_path, fake).machine(BARE) as machine:
            assert fake.process is not None
            fake.process.kill()
            fake.process.wait()
            machine.files.exists("x")

    with pytest.raises(HostError) as caught:
        use()
    assert (caught.value.reference, caught.value.context) == ("rehearsal-machine-lost", ("the sandbox was closed",))
    assert fake.closed == 1


@only_linux.NAMESPACES
def test_one_that_does_not_begin(tmp_path: Path) -> None:
    fake = Fake(living=False)
    with (
        pytest.raises(HostError, match="didn't begin the rehearsal: it was closed"),
        engine(tmp_path, fake).machine(Kind(name="used", user="x")),
    ):
        pass
    assert fake.closed == 1


def test_where_there_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SYSTEMROOT", str(tmp_path))
    with pytest.raises(HostError, match="isn't turned on") as caught:
        require_sandbox()
    assert "--engine here" in (caught.value.hint or "")
