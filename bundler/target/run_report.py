"""What a run did, for programs: what ``/json:FILE`` writes. Its keys and their meanings are declared once more on the build host
(``bundler/present/bootstrap_shapes.py``), where its reference and its JSON Schema are made; a test compares.
"""

from __future__ import absolute_import, unicode_literals

import json

from .compat import HALVES, text_type, to_text
from .console import CONTROLS
from .errors import BAD_ARGUMENTS, BUSY, CANCELLED, DONE, FAILED, OTHER_VERSION, REBOOT, REFUSED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .arguments import Options
    from .errors import InstallError

FORMAT = 1
RUNNING = "running"
RESULTS = {
    DONE: "done",
    REBOOT: "restart",
    CANCELLED: "cancelled",
    FAILED: "failed",
    BUSY: "busy",
    REFUSED: "refused",
    OTHER_VERSION: "other-version",
    BAD_ARGUMENTS: "bad-arguments",
}
_OWN_WORDS = ("mode", "result", "id", "step", "kind", "started")
"""Keys whose values are words of this program's own: no secret is looked for in them."""


class RunReport(object):
    """``path``: where it is to be written, None: nowhere. ``log``: masks what is secret, once there is one. ``in_use``: the release that is,
    None: none is known to be.
    """

    def __init__(self, started):
        # type: (str) -> None
        self.path = None  # type: str | None
        self.log = None  # type: Any
        self.in_use = None  # type: str | None
        self._table = {
            "format": FORMAT,
            "mode": None,
            "plan": False,
            "instance": None,
            "started": started,
            "seconds": 0.0,
            "exit_code": None,
            "result": RUNNING,
            "bundle": None,
            "environment": None,
            "data": None,
            "in_use": None,
            "steps": [],
            "planned": [],
            "screen": [],
            "error": None,
            "verification": None,
            "status": None,
            "values": None,
            "log": None,
        }  # type: dict[str, Any]

    def asked(self, options):
        # type: (Options) -> None
        self._table.update(mode=options.mode, plan=options.plan, instance=options.instance)

    def opened(self, bundle, environment, data):
        # type: (dict[str, Any], str, str | None) -> None
        """``bundle``: name, version, release, folder, and whether that is a kept copy."""
        self._table.update(bundle=bundle, environment=environment, data=data)

    def say(self, kind, text):
        # type: (str, str) -> None
        """``kind``: line or error."""
        self._table["screen"] += [{"kind": kind, "text": each} for each in text.splitlines() if each.strip()]

    def plan(self, step, text):
        # type: (str, str) -> None
        self._table["planned"].append({"step": step, "text": text})

    def step(self, name, text, seconds, is_done=True):
        # type: (str, str, float, bool) -> None
        result = "done" if is_done else "failed"
        self._table["steps"].append({"id": name, "text": text, "seconds": round(seconds, 3), "result": result})

    def verified(self, files, faults, notes, unread, added):
        # type: (int, list[str], list[str], list[str], list[str]) -> None
        found = {"files": files, "faults": faults, "notes": notes, "unread": unread, "added": added}
        self._table["verification"] = found

    def status(self, facts):
        # type: (dict[str, Any]) -> None
        self._table["status"] = facts

    def values(self, found):
        # type: (list[dict[str, Any]]) -> None
        self._table["values"] = found

    def failed(self, message, details=()):
        # type: (str, tuple[str, ...]) -> None
        self._table["error"] = {"message": message, "details": list(details)}

    def refused(self, error):
        # type: (InstallError) -> None
        self.failed(error.message, error.details)

    def ended(self, code, seconds):
        # type: (int, float) -> None
        self._table.update(exit_code=code, result=RESULTS.get(code, RESULTS[FAILED]), seconds=round(seconds, 3))

    def encoded(self):
        # type: () -> bytes
        """ASCII, without secrets, and without what steers a terminal."""
        self._table["in_use"] = self.in_use
        if self.log is not None:
            self._table["log"] = self.log.path
        table = {key: self._plain(value, key) for key, value in self._table.items()}
        return (json.dumps(table, indent=1, sort_keys=True) + "\n").encode("ascii")

    def _plain(self, value, key):
        # type: (Any, str) -> Any
        if isinstance(value, dict):
            return {name: self._plain(each, name) for name, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._plain(each, key) for each in value]
        if not isinstance(value, (bytes, text_type)):
            return value
        value = to_text(value)
        if self.log is not None and key not in _OWN_WORDS:
            value = self.log.mask(value)
        return HALVES.sub("\ufffd", value.translate(CONTROLS))
