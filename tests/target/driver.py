"""Runs a bundle's own copy of ``target`` under whichever Python runs this file, on a machine that a JSON file describes.

    python -E -s -S -B driver.py BUNDLE MACHINE.json [argument ...]

Runs unchanged on 2.7 and 3.6 to 3.14. The exit code goes to the file that the machine's ``exit_code`` names: the system keeps 8 bits of it.
"""

from __future__ import absolute_import, unicode_literals

import importlib
import io
import json
import os
import sys


def main():
    # type: () -> None
    folder, machine_path = sys.argv[1:3]
    with io.open(machine_path, encoding="utf-8") as stream:
        machine = json.load(stream)
    sys.path[:] = [folder] + [each for each in sys.path if os.path.abspath(each) != os.path.dirname(__file__)]
    bootstrap = importlib.import_module("target.bootstrap")
    folder = importlib.import_module("target.compat").to_text(folder)
    hosts = importlib.import_module("target.host")
    posix = importlib.import_module("target.posix")

    class Machine(posix.PosixHost):  # type: ignore[name-defined,misc]
        path_limit = machine.get("path_limit", 4096)

        def arguments(self):  # type: ignore[no-untyped-def]
            return posix.PosixHost.arguments(self)[2:]

        def temporary(self):  # type: ignore[no-untyped-def]
            return machine["temporary"]

        def environ(self):  # type: ignore[no-untyped-def]
            return dict(posix.PosixHost.environ(self), **machine.get("environ", {}))

        def windows_version(self):  # type: ignore[no-untyped-def]
            return machine.get("windows")

        def bits(self):  # type: ignore[no-untyped-def]
            return machine.get("bits", 64)

        def is_admin(self):  # type: ignore[no-untyped-def]
            return machine.get("admin", False)

        def may_create(self, folder):  # type: ignore[no-untyped-def]
            return folder not in machine.get("closed", [])

        def volume(self, path):  # type: ignore[no-untyped-def]
            return "C:\\", machine.get("free", 10**12)

        def pythons(self, minor):  # type: ignore[no-untyped-def]
            found = machine.get("pythons", {}).get(minor, [])
            return [hosts.InstalledPython(each["directory"], each["bits"], each["all_users"]) for each in found]

        def msi_features(self, path):  # type: ignore[no-untyped-def]
            return machine["features"]

        def runtime_python(self, runtime):  # type: ignore[no-untyped-def]
            return os.path.join(runtime, "python.exe")

        def run(self, command, environ, folder, timeout=None):  # type: ignore[no-untyped-def]
            if not isinstance(command, list):
                # an installer's command line: the machine says what does its work here, and with which code it ends
                ran = posix.PosixHost.run(self, [machine["installer"], command], environ, folder, timeout)
                return hosts.Completed(machine.get("installer_code", ran.code), ran.output)
            if machine.get("interrupt") and machine["interrupt"] in command:
                raise KeyboardInterrupt
            if machine.get("power_off") in command:
                os._exit(1)
            return posix.PosixHost.run(self, command, environ, folder, timeout)

        def replace(self, source, destination):  # type: ignore[no-untyped-def]
            if machine.get("power_off_before") == os.path.basename(destination) and os.path.isdir(machine["shims"]):
                os._exit(1)
            posix.PosixHost.replace(self, source, destination)
            if machine.get("power_off_after") == os.path.basename(destination):
                os._exit(1)

        def interactive(self):  # type: ignore[no-untyped-def]
            return "answers" in machine

        def ask(self, prompt, secret):  # type: ignore[no-untyped-def]
            return machine["answers"].pop(0)

    code = bootstrap.main(Machine(), folder)
    with io.open(machine["exit_code"], "w", encoding="ascii") as stream:
        stream.write("%d" % code)


if __name__ == "__main__":
    main()
