"""In the rehearsed Windows: programs that are run, and Windows' own that do what no function of Python's does."""

from __future__ import absolute_import, unicode_literals

import io
import os
import shutil
import subprocess
import tempfile
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

RUNNER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "run_program.exe")
"""Told by variables of the environment, which its source describes."""
POLL = 0.02
MOST_OUTPUT = 4000000
NOT_STARTED = "error "


def run(compat, line, held, timeout, environ):
    # type: (Any, str, bool, float, dict[str, str]) -> dict[str, object]
    """Its exit code (None: ``fault`` says why there is none) and what it wrote. ``compat``: the target's module."""
    folder = tempfile.mkdtemp(prefix="rehearsal-")
    try:
        return _run(compat, folder, _told(folder, line, held, environ), timeout)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _told(folder, line, held, environ):
    # type: (str, str, bool, dict[str, str]) -> dict[str, str]
    told = dict(os.environ)
    told.update(("BUNDLE_SET_" + name, value) for name, value in environ.items())
    told["BUNDLE_RUN_LINE"] = line
    told["BUNDLE_RUN_DIRECTORY"] = os.environ.get("SYSTEMDRIVE", "C:") + "\\"
    told["BUNDLE_RUN_RESULT"] = os.path.join(folder, "result")
    told["BUNDLE_RUN_MODE"] = "hold" if held else "run"
    return told


def _run(compat, folder, told, timeout):
    # type: (Any, str, dict[str, str], float) -> dict[str, object]
    # the output goes through a file: a pipe would stay open as long as any grandchild lives
    log = os.path.join(folder, "log")
    with io.open(log, "wb") as output, io.open(os.devnull, "rb") as nothing:
        process = subprocess.Popen(
            [compat.native(RUNNER)],
            stdin=nothing,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={compat.native(name): compat.native(value) for name, value in told.items()},
        )
        in_time = _ended(process, timeout)
    with io.open(log, "rb") as stream:
        text = compat.output_text(stream.read(MOST_OUTPUT), "mbcs" if os.name == "nt" else "utf-8").replace(
            "\r\n", "\n"
        )
    if not in_time:
        fault = "it did not end within %g s, and was ended: does it wait for a key?" % timeout
        return {"code": None, "output": text, "fault": fault}
    said = _said(os.path.join(folder, "result"))
    if said.startswith(NOT_STARTED):
        fault = "%s could not be started (Windows error %s)" % (told["BUNDLE_RUN_LINE"], said[len(NOT_STARTED) :])
        return {"code": None, "output": text, "fault": fault}
    return {"code": int(said.split()[1]), "output": text, "fault": ""}


def _said(result):
    # type: (str) -> str
    try:
        with io.open(result, "rb") as stream:
            return stream.read(100).decode("ascii", "replace")
    except EnvironmentError:
        return NOT_STARTED + "0"


def _ended(process, timeout):
    # type: (subprocess.Popen[bytes], float) -> bool
    """Whether it ended in time; else it is ended, with all that it started."""
    waited = 0.0
    while process.poll() is None:
        if waited > timeout:
            with io.open(os.devnull, "wb") as nothing:
                kill = [_system("taskkill.exe"), "/t", "/f", "/pid", "%d" % process.pid]
                subprocess.call(kill, stdout=nothing, stderr=nothing)
            if process.poll() is None:
                process.kill()
            process.wait()
            return False
        time.sleep(POLL)
        waited += POLL
    return True


def close_folder(folder):
    # type: (str) -> None
    """As on a read-only medium: nobody writes there or deletes."""
    for parent, _, names in os.walk(folder):
        for name in names:
            os.chmod(os.path.join(parent, name), 0o444)
    code = subprocess.call([_system("icacls.exe"), folder, "/deny", "*S-1-1-0:(OI)(CI)(W,D,DC)"])
    if code:
        raise ValueError("icacls ended with %d" % code)


def shut_down():
    # type: () -> None
    """End this Windows."""
    subprocess.call([_system("shutdown.exe"), "/s", "/f", "/t", "0"])


def _system(name):
    # type: (str) -> str
    return os.path.join(os.environ["SYSTEMROOT"], "System32", name)
