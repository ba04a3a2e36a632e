"""The engines for a real Windows, as far as Wine is one: Windows Sandbox as its configuration starts it, and this machine itself.

What only Windows can tell: that its Sandbox takes the configuration, is without a network, and is closed by a shutdown inside it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from bundler.pack.shipped import target_folder
from bundler.pipeline.rehearse_bundle import Hearers, RehearsalWishes, Unpacked, rehearse_bundle
from bundler.rehearse.port import Clock
from bundler.rehearse.results import Outcome
from bundler.rehearse.windows import windows_machine
from bundler.rehearse.windows.here_engine import INSTANCE
from bundler.rehearse.windows.sandbox_engine import SandboxEngine, Started
from bundler.report import Reporter
from tests.support.bed import Bed
from tests.support.rehearsed import Watching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bundler.rehearse.results import Rehearsal
    from tests.support.bed import Session
    from tests.support.windows_host import WindowsHost

pytestmark = [pytest.mark.e2e, pytest.mark.network, pytest.mark.timeout(1800)]

PYTHONS = ("python-3.11.7-embed-amd64.zip",)
EMBED = r"""
[bundle]
name = "rehearsed"
version = "1.0"

[[target]]
python = "3.11.7"
platform = "win_amd64"
runtime = { kind = "embed" }

[packages]
requirements = ["incremental"]

[checks]
imports = ["incremental"]

[environment]
path = 'C:\Envs é\Rehearsed'
data = 'C:\Data é\Rehearsed'
"""
USE = r"""
[[rehearse.command]]
command = ["python", "-c", "print('it', 'works')"]
output = "it works"

[[rehearse.command]]
command = ["python", "-c", "raise SystemExit(3)"]
"""
SERVICE = r"""
[[file]]
source = "serve.py"
destination = '{release}\serve.py'

[[service]]
name = "rehearsed-service"
command = ['python', '{release}\serve.py']
health = { http = "http://127.0.0.1:8123/" }

[[rehearse.request]]
url = "http://127.0.0.1:8123/"
text = "served"
"""
SERVE = """
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"served")
http.server.HTTPServer(("127.0.0.1", 8123), Handler).serve_forever()
"""


@pytest.fixture(scope="module")
def bundle_of(build: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    def make(more: str) -> Path:
        folder = tmp_path_factory.mktemp("rehearsed")
        (folder / "serve.py").write_text(SERVE, encoding="utf-8")
        recipe = folder / "rehearsed.toml"
        recipe.write_text(EMBED + USE + more, encoding="utf-8")
        return build(recipe)

    return make


@dataclasses.dataclass(kw_only=True)
class Sandboxes:
    """What stands for Windows Sandbox: each configuration gets a new Windows, its folders, and its command at the logon."""

    bed: Bed
    folder: Path
    stack: contextlib.ExitStack
    made: int = 0

    def start(self, configuration: Path) -> Started:
        self.made += 1
        root = ET.fromstring(configuration.read_bytes())  # noqa: S314 - our own
        assert root.findtext("Networking") == "Disable"
        session = self.stack.enter_context(self.bed.session(self.folder / f"prefix{self.made}"))
        for each in root.iter("MappedFolder"):
            host, guest = Path(each.findtext("HostFolder") or ""), each.findtext("SandboxFolder") or ""
            copied = session.copy_in(host, guest)
            if each.findtext("ReadOnly") == "false":  # both see one folder
                shutil.rmtree(host)
                host.symlink_to(copied)
        daemon = session.spawn(root.findtext("LogonCommand/Command") or "")

        def close() -> None:
            daemon.stop()

        return Started(ended=lambda: not daemon.running, close=close)


@pytest.fixture
def sandboxes(bed: Bed, tmp_path: Path) -> Iterator[Sandboxes]:
    with contextlib.ExitStack() as stack:
        yield Sandboxes(bed=bed, folder=tmp_path, stack=stack)


def test_in_a_sandbox(
    sandboxes: Sandboxes, bundle_of: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every step that an engine without a restart can take, on both machines; Wine's service manager takes no recovery actions."""
    monkeypatch.setattr(windows_machine.Services, "recovers", False)

    def engine_of(unpacked: Unpacked) -> SandboxEngine:
        clock = Clock(now=time.monotonic, sleep=time.sleep)
        return SandboxEngine(unpacked.folder, unpacked.subject.folder, target_folder(), clock, sandboxes.start)

    watching = Watching()
    wishes = RehearsalWishes(store=tmp_path / "store", environ={}, engine="sandbox")
    hearers = Hearers(watcher=watching, begin=lambda *_: None, reporter=Reporter())
    found = rehearse_bundle(bundle_of(SERVICE), wishes, hearers, tmp_path / "logs", engine_of)
    outcomes = {each.name: each.outcome for each in found.steps}
    told = {each.name: f"{each.outcome}: {each.reason}\n{each.output}" for each in found.steps}
    assert {name for name, each in outcomes.items() if each is Outcome.FAILED} == {"command-2"}, told
    assert {"plan", "install", "services", "request-1", "repair", "uninstall", "purge", "used-machine"} <= {
        name for name, each in outcomes.items() if each is Outcome.PASSED
    }, told
    assert outcomes["services-restart"] is Outcome.SKIPPED
    assert (found.engine, sandboxes.made) == ("sandbox", 2)
    assert "it works" in (tmp_path / "logs" / log_of(found, "command-1")).read_text("utf-8")


def log_of(found: Rehearsal, name: str) -> str:
    return next(each.log for each in found.steps if each.name == name)


def test_on_this_machine(windows_host: WindowsHost, bundle_of: Callable[[str], Path]) -> None:
    """Beside what is there already, and gone afterwards; other installations stay."""
    session: Session = windows_host.session
    shutil.copyfile(bundle_of(""), windows_host.work / "x.zip")
    done = windows_host.bundle("rehearse", "x.zip", "--engine", "here", "--json", timeout=1500)
    assert done.code == 8, done.err + done.out
    found = json.loads(done.out)
    outcomes = {each["name"]: each["outcome"] for each in found["steps"]}
    assert {name for name, each in outcomes.items() if each == "failed"} == {"command-2"}, done.out
    assert (outcomes["used-machine"], outcomes["purge"]) == ("skipped", "passed")
    installed = {each["what"]: each["which"] for each in found["installed"]}
    assert installed["environment"] == rf"C:\Envs é\Rehearsed-{INSTANCE}"
    assert not session.host_path(rf"C:\Envs é\Rehearsed-{INSTANCE}").exists()
    assert any("isn't isolated" in each for each in found["unproven"])

    kept = session.host_path(rf"C:\Envs é\Rehearsed-{INSTANCE}")
    kept.mkdir(parents=True)
    again = windows_host.bundle("rehearse", "x.zip", "--engine", "here", "--quick")
    assert (again.code, "rehearsal-place-taken" in again.err) == (7, True), again.err
    assert kept.is_dir()
