"""A stand-in of Windows' service manager: a file that outlives a run, and services that do as the service host would.

Runs unchanged on 2.7 and 3.6 to 3.14, like the driver that uses it.
"""

from __future__ import absolute_import, unicode_literals

import io
import json
import os
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def make_manager(services, machine, effect):  # noqa: C901 - the same
    # type: (Any, dict[str, Any], Callable[[], None]) -> Any
    """``services`` is the bundle's own module; ``effect`` is called before every change, ``machine`` is what the driver reads:

    ``no_look``, ``no_start``, ``no_remove``: name -> Windows' error number; ``ends``: name -> exit code of a program that ends at once, in
    which releases; ``busy``: name -> how often it can't be stopped yet; ``tidying``: name -> how often its host still runs when it is asked
    for, although the program has ended; ``later``: name -> what a program does how many seconds after the run began to wait: it ends with that
    code, or (None) its service starts it again; ``deaf``: name -> the process
    of others that listens at its port while it runs.
    """
    path = os.path.join(machine["temporary"], "services.json")
    tidying = {}  # type: dict[str, int]
    again = []  # type: list[str]

    class Manager(services.ServiceManager):  # type: ignore[name-defined,misc,unused-ignore]
        def _read(self):
            # type: () -> dict[str, dict[str, Any]]
            if not os.path.isfile(path):
                return {}
            with io.open(path, encoding="utf-8") as stream:
                found = json.load(stream)  # type: dict[str, dict[str, Any]]
                return found

        def _write(self, table):
            # type: (dict[str, dict[str, Any]]) -> None
            effect()
            with io.open(path, "wb") as stream:
                stream.write(json.dumps(table, indent=1, sort_keys=True).encode("ascii"))

        def _spelled(self, name):
            # type: (str) -> str
            """As whoever made it wrote it: Windows tells no cases apart."""
            return next((each for each in self._read() if each.lower() == name.lower()), name)

        def _change(self, known, **values):
            # type: (str, **Any) -> None
            table = self._read()
            known = self._spelled(known)
            if known not in table:
                raise services.ServiceError(1060)
            table[known].update(values)
            self._write(table)

        def state(self, name):
            # type: (str) -> Any
            name = self._spelled(name)
            if name in tidying:
                tidying[name] -= 1
                if tidying[name] <= 0:
                    del tidying[name]
                    self._change(name, status="stopped", code=machine["ends"][name][1], runs=None)
            found = self._read().get(name)
            return None if found is None else services.State(found["status"], found["code"])

        def tidies(self, process):
            # type: (int) -> bool
            """Whether it is a host whose program has ended."""
            ended = [name for name, each in self._read().items() if name in tidying or each["runs"] is None]
            return any(self.process(each) == process for each in ended)

        def process(self, name):
            # type: (str) -> int | None
            """Of those that run, in the order of their names: 100, 200, ..."""
            name = self._spelled(name)
            table = self._read()
            if table.get(name, {}).get("status") != "running":
                return None
            return 100 * (1 + sorted(table).index(name)) + (50 if name in again else 0)

        def passes(self, seconds):
            # type: (float) -> None
            for name, (when, code) in sorted(machine.get("later", {}).items()):
                if seconds >= when and name not in again and self._read().get(name, {}).get("status") == "running":
                    again.append(name)
                    if code is not None:
                        self._change(name, status="stopped", code=code, runs=None)

        def listening(self, port):
            # type: (int) -> list[int]
            found = []
            for name, each in sorted(self._read().items()):
                asked = re.findall(r":(\d+)", (each.get("http") or "") + " " + (each.get("tcp") or ""))
                process = self.process(name)
                if process and "%d" % port in asked and name not in tidying:
                    found.append(machine.get("deaf", {}).get(name, process + 1))
            return found

        def settings(self, name):
            # type: (str) -> Any
            name = self._spelled(name)
            found = self._read().get(name)
            if name in machine.get("no_look", {}):
                raise services.ServiceError(machine["no_look"][name])
            return (
                None if found is None else services.Settings(*[found.get(each) for each in services.Settings._fields])
            )

        def accounts(self):
            # type: () -> list[tuple[str, str]]
            return [(name, each["account"]) for name, each in sorted(self._read().items())]

        def repoint(self, name, command):
            # type: (str, str) -> None
            self._change(name, command=command)

        def create(self, service, password):
            # type: (Any, str | None) -> None
            table = self._read()
            if self._spelled(service.name) in table:
                raise services.ServiceError(1073)
            values = dict(service._asdict(), given=password, start="manual", status="stopped", code=1077, runs=None)
            table[service.name] = values
            self._write(table)

        def change(self, service, password):
            # type: (Any, str | None) -> None
            values = dict(service._asdict(), given=password)
            left = [("account", ["account", "given"]), ("start", ["start"]), ("restart", ["restart", "reset"])]
            for key, names in left:
                for each in names if values[key] is None else []:
                    del values[each]
            self._change(service.name, **values)

        def remove(self, name):
            # type: (str) -> None
            name = self._spelled(name)
            table = self._read()
            if name in table and name in machine.get("no_remove", {}):
                raise services.ServiceError(machine["no_remove"][name])
            if table.pop(name, None) is not None:
                self._write(table)

        def start(self, name):
            # type: (str) -> None
            name = self._spelled(name)
            if name in machine.get("no_start", {}):
                raise services.ServiceError(machine["no_start"][name])
            found = self._read().get(name)
            if found is None:
                raise services.ServiceError(1060)
            if found["status"] == "running":
                raise services.ServiceError(1056)
            environment = os.path.dirname(os.path.dirname(found["command"].split('"')[1]))
            with io.open(os.path.join(environment, "current"), encoding="ascii") as stream:
                release = stream.read().strip()
            folder = "settings" if release.rpartition("+")[2].isdigit() and "+" in release else "releases"
            told = found["command"].split('" ')[1].partition(" ")[0]  # by which name the host knows itself
            settings = os.path.join(environment, folder, release, "services", told + ".conf")
            if not os.path.isfile(settings):
                self._change(name, status="stopped", code=9009, runs=None)
                return
            ends = machine.get("ends", {}).get(name)
            if ends is not None and ends[0] == release:
                with io.open(found["log"], "ab") as stream:
                    stream.write(b"it is broken\n")
                if name in machine.get("tidying", {}):
                    tidying[name] = machine["tidying"][name]
                    self._change(name, status="running", code=0, runs=None)
                else:
                    self._change(name, status="stopped", code=ends[1], runs=None)
                return
            self._change(name, status="running", code=0, runs=release)

        def stop(self, name):
            # type: (str) -> None
            name = self._spelled(name)
            table = self._read()
            if machine.get("busy", {}).get(name, 0) > 0:
                machine["busy"][name] -= 1
                raise services.ServiceError(1061)
            if table.get(name, {}).get("status") == "running":
                needing = [each for each in table if name.lower() in [e.lower() for e in table[each]["dependencies"]]]
                if any(table[each]["status"] == "running" for each in needing):
                    raise services.ServiceError(1051)
                self._change(name, status="stopped", code=0, runs=None)

    return Manager()
