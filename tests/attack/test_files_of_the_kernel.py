"""What a build changes of this host where it runs as root: settings of the kernel, and the devices themselves."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path

import pytest

from bundler.isolation import Room, Sandbox
from bundler.isolation.bubblewrap import Bubblewrap, find_bubblewrap
from bundler.isolation.room import python_places
from bundler.report import Reporter
from tests.support.strangers import needs_sandbox

pytestmark = pytest.mark.linux_only("rooms are made of namespaces")
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")

OPENING = """
import os
for folder, folders, files in os.walk("/proc"):
    if folder == "/proc":
        folders[:] = [each for each in folders if not each.isdigit() and each not in ("self", "thread-self", "net")]
    for each in files:
        try:
            os.close(os.open(os.path.join(folder, each), os.O_WRONLY | os.O_NONBLOCK))
        except OSError:
            continue
        print(os.path.join(folder, each))
"""
# the same values once more: where it works, nothing has changed
CHANGING = f"""
import os
paths = ["/proc/self/fd/0", *("/dev/" + each for each in {DEVICES!r})]
for path in paths:
    found = os.stat(path)
    mode, owner = found.st_mode & 0o7777, (found.st_uid, found.st_gid)
    for change in (
        lambda: os.chmod(path, mode),
        lambda: os.chown(path, *owner),
        lambda: os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns)),
        lambda: os.fchmod(0, mode),
    ):
        try:
            change()
        except OSError:
            continue
        print(path, "was changed")
with open("/dev/null", "wb") as stream:
    stream.write(b"x")
with open("/dev/zero", "rb") as zero, open("/dev/urandom", "rb") as random:
    print(zero.read(2), len(random.read(9)), os.read(0, 1))
"""
HIDDEN = 'print(*(os.path.getsize(each) or open(each).read() for each in ("/proc/keys", "/proc/timer_list")))'


def said(code: str, tmp_path: Path, sandbox: Sandbox | None = None) -> str:
    needs_sandbox()
    sandbox = sandbox or Sandbox("required", Reporter())
    room = Room(read_only=python_places(Path(sys.executable), {}), environment={"PATH": os.defpath})
    with (tmp_path / "output").open("wb") as output:
        command = [sys.executable, "-I", "-c", code]
        assert sandbox.run(room, command, cwd=Path("/"), output=output) == 0
    return (tmp_path / "output").read_text(encoding="utf-8")


def test_settings_of_the_kernel_are_read_only(tmp_path: Path) -> None:
    assert said(OPENING, tmp_path) == ""


def test_devices_are_used_and_not_changed(tmp_path: Path) -> None:
    assert said(CHANGING, tmp_path) == f"{bytes(2)!r} 9 b''\n"


@pytest.mark.skipif("os.geteuid() != 0", reason="devices are root's")
@pytest.mark.parametrize("way", [0, 1])
def test_each_way_of_closing_devices(tmp_path: Path, way: int) -> None:
    """The second is for containers, in which root makes mounts only in a namespace of users of its own."""
    found = find_bubblewrap(os.environ.get("PATH", os.defpath))
    assert isinstance(found, Bubblewrap)
    (scratch := tmp_path / "scratch").mkdir()
    tried = dataclasses.replace(found, beginnings=(found.beginnings[way],)).tried(scratch)
    if isinstance(tried, str):
        pytest.skip(tried)
    sandbox = Sandbox("required", Reporter(), lambda: tried)
    assert said(CHANGING, tmp_path, sandbox) == f"{bytes(2)!r} 9 b''\n"
    assert said(OPENING, tmp_path, sandbox) == ""


def test_what_the_kernel_tells_of_all_programs_is_hidden(tmp_path: Path) -> None:
    assert not said(f"import os\n{HIDDEN}", tmp_path).strip()
