"""A Chromium without a window that does what it is told and tells what it sees: by the DevTools protocol over two pipes, and no port.

https://chromedevtools.github.io/devtools-protocol/ has the names of what is asked here.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections import deque
from typing import TYPE_CHECKING, Any, Self

from bundler.rehearse.wine.browser import BROWSERS
from bundler.rehearse.wine.host_tools import which
from tests.support.bed import host

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_PATIENCE = 300
"""Seconds for one answer: an event is waited for, a dead browser isn't."""
_CHILD = """import os, sys
for wanted, given in ((103, sys.argv[1]), (104, sys.argv[2])): os.dup2(int(given), wanted)
for wanted in (3, 4): os.dup2(wanted + 100, wanted)
os.execv(sys.argv[3], sys.argv[3:])"""
"""It speaks by the handles 3 and 4, whichever ours are."""
_OPTIONS = (
    *(
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--remote-debugging-pipe",
    ),
    *("--disable-background-networking", "--disable-component-update", "--disable-extensions", "--disable-sync"),
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


class Chromium:
    """One tab. ``complaints``: what its console was told, by the browser itself too: errors, refusals of the page's policy."""

    def __init__(self, folder: Path) -> None:
        host.require("chromium")
        browser = next(filter(None, map(which, BROWSERS)))
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        command = [sys.executable, "-c", _CHILD, str(theirs_in), str(theirs_out), browser, *_OPTIONS]
        environ = {**os.environ, "HOME": str(folder), "LANG": "C.UTF-8"}
        self._log = (folder / "chromium.log").open("wb")
        self._process = subprocess.Popen(
            [*command, f"--user-data-dir={folder / 'profile'}", "about:blank"],
            pass_fds=(theirs_in, theirs_out),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            env=environ,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._rest, self._number, self._session = b"", 0, ""
        self._events: deque[dict[str, Any]] = deque()
        self.complaints: list[str] = []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.ask(f"{domain}.enable")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._out)
        os.close(self._in)
        self._log.close()

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Its answer to one command."""
        self._number += 1
        wanted = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            wanted["sessionId"] = self._session
        data = json.dumps(wanted).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data) :]
        while True:
            said = self._next()
            if said.get("id") == self._number:
                assert "error" not in said, said["error"]
                found: dict[str, Any] = said["result"]
                return found
            self._heard(said)

    def open(self, path: Path) -> None:
        """Show a file, and wait until it is loaded."""
        self._events.clear()
        self.ask("Page.navigate", url=path.resolve().as_uri())
        while not any(each["method"] == "Page.loadEventFired" for each in self._events):
            self._heard(self._next())

    def value(self, expression: str) -> Any:
        """What an expression gives in the page, in a world of its own that the page's policy isn't for."""
        frame = self.ask("Page.getFrameTree")["frameTree"]["frame"]["id"]
        world = self.ask("Page.createIsolatedWorld", frameId=frame, worldName="tests")["executionContextId"]
        found = self.ask(
            "Runtime.evaluate", expression=expression, contextId=world, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def width(self, pixels: int) -> None:
        self.ask("Emulation.setDeviceMetricsOverride", width=pixels, height=900, deviceScaleFactor=1, mobile=False)

    def press(self, key: str, code: int) -> None:
        """One key, by its name and its Windows code."""
        for kind in ("rawKeyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._in], [], [], _PATIENCE)
            data = os.read(self._in, 1 << 20) if ready else b""
            assert data, "Chromium has ended, or doesn't answer"
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\0")
        said: dict[str, Any] = json.loads(line)
        return said

    def _heard(self, said: dict[str, Any]) -> None:
        self._events.append(said)
        told = said.get("params", {})
        if said.get("method") == "Log.entryAdded":
            self.complaints.append(told["entry"]["text"])
        elif said.get("method") == "Runtime.consoleAPICalled":
            self.complaints.append(str(told["args"]))
        elif said.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(str(told["exceptionDetails"]))
