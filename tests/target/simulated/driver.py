"""Runs a bundle's own copy of ``target`` under whichever Python runs this file, on a machine that a JSON file describes.

    python -E -s -S -B driver.py BUNDLE MACHINE.json [argument ...]

Runs unchanged on 2.7 and 3.6 to 3.14. The exit code goes to the file that the machine's ``exit_code`` names: the system keeps 8 bits of it.
"""

from __future__ import absolute_import, unicode_literals

import errno
import importlib
import io
import itertools
import json
import os
import signal
import subprocess
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

KILLED = 77


def main():  # noqa: C901, PLR0915 - classes that are made of what the bundle brings
    # type: () -> None
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs tests in the background ignores it
    folder, machine_path = sys.argv[1:3]
    with io.open(machine_path, encoding="utf-8") as stream:
        machine = json.load(stream)
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    service_manager = importlib.import_module("service_manager")
    scanners = importlib.import_module("scanner")
    surroundings = importlib.import_module("surroundings")
    access_words = importlib.import_module("access_words")
    surroundings.surround(machine)
    sys.path[:] = [folder] + [each for each in sys.path if os.path.abspath(each) != os.path.dirname(__file__)]
    bootstrap = importlib.import_module("target.bootstrap")
    folder = importlib.import_module("target.compat").to_text(folder)
    clocks = importlib.import_module("target.machine.clock")
    endpoints = importlib.import_module("target.machine.endpoints")
    environments = importlib.import_module("target.machine.environment")
    rights = importlib.import_module("target.machine.rights")
    installers = importlib.import_module("target.machine.installers")
    operators = importlib.import_module("target.machine.operator_terminal")
    own = importlib.import_module("target.machine.own_entries")
    posix = importlib.import_module("target.machine.posix")
    processes = importlib.import_module("target.machine.processes")
    programs = importlib.import_module("target.machine.programs")
    registries = importlib.import_module("target.machine.registry")
    services = importlib.import_module("target.machine.services")

    effects, counted = [0], itertools.count(1)

    def effect():
        # type: () -> None
        """Called before every change: the one whose number it is told fails, or the machine or the operator stops before it."""
        number = effects[0] = next(counted)  # in one step: files are copied by several threads
        if number == machine.get("meanwhile", [0])[0]:
            subprocess.call(machine["meanwhile"][1:])  # what others do at that moment
        if number == machine.get("interrupt_at"):
            raise KeyboardInterrupt
        if number == machine.get("fail_at"):
            raise EnvironmentError(errno.ENOSPC, "the disk is full")
        if number == machine.get("err_at"):
            raise RuntimeError("nobody foresaw this")
        if number == machine.get("kill_at"):
            os._exit(KILLED)

    def interrupted(command):
        # type: (list[str]) -> None
        """A word of a command line, or the name of a program in it, says when the operator or the electrician comes."""
        words = [each for word in command for each in (word, os.path.basename(word))]
        if machine.get("interrupt") in words:
            raise KeyboardInterrupt
        if machine.get("power_off") in words:
            os._exit(1)

    guarded = []  # type: list[str]
    by_icacls = set()  # type: set[tuple[str, str]]

    def guard(path):
        # type: (str) -> None
        guarded.append(path)
        with io.open(os.path.join(machine["temporary"], "guarded"), "a", encoding="utf-8") as stream:
            stream.write(path + "\n")

    class Operator(operators.Operator):  # type: ignore[name-defined,misc]
        def arguments(self):  # type: ignore[no-untyped-def]
            return operators.Operator.arguments(self)[2:]

        def interactive(self):  # type: ignore[no-untyped-def]
            return "answers" in machine

        def window_closes(self):  # type: ignore[no-untyped-def]
            return machine.get("window_closes", False)

        def is_asked_by_batch(self):  # type: ignore[no-untyped-def]
            return machine.get("batch", False)

        def wait_for_key(self, seconds):  # type: ignore[no-untyped-def]
            with io.open(os.path.join(machine["temporary"], "held"), "w", encoding="ascii") as stream:
                stream.write("%d" % seconds)

        def run_elevated(self, program, parameters, directory):  # type: ignore[no-untyped-def]
            with io.open(os.path.join(machine["temporary"], "elevated"), "w", encoding="utf-8") as stream:
                stream.write("%s\n%s\n%s" % (program, parameters, directory))
            return machine.get("elevated")

        def ask(self, prompt, secret):  # type: ignore[no-untyped-def]
            return machine["answers"].pop(0)

    class Environment(environments.Environment):  # type: ignore[name-defined,misc]
        def temporary(self):  # type: ignore[no-untyped-def]
            return machine["temporary"]

        def temporary_of_machine(self):  # type: ignore[no-untyped-def]
            return machine.get("temporary_of_machine", machine["temporary"])

        def variables(self):  # type: ignore[no-untyped-def]
            return dict(environments.Environment.variables(self), **machine.get("environ", {}))

        def system_programs(self):  # type: ignore[no-untyped-def]
            return machine.get("system_programs", environments.Environment.system_programs(self))

        def ssh_keygens(self):  # type: ignore[no-untyped-def]
            return machine.get("ssh_keygens", [])

        def lasting(self, everybody):  # type: ignore[no-untyped-def]
            return os.path.join(machine["lasting"], "ProgramData" if everybody else "AppData")

    class System(posix.PosixSystem):  # type: ignore[name-defined,misc]
        def windows_version(self):  # type: ignore[no-untyped-def]
            return machine.get("windows")

        def bits(self):  # type: ignore[no-untyped-def]
            return machine.get("bits", 64)

    def logons():
        # type: () -> list[str]
        """Accounts that have the right to log on as services: a file beside the machine's folders."""
        path = os.path.join(machine["temporary"], "logons.json")
        if not os.path.isfile(path):
            return []
        with io.open(path, encoding="utf-8") as stream:
            found = json.load(stream)  # type: list[str]
            return found

    def write_logons(sids):
        # type: (list[str]) -> None
        with io.open(os.path.join(machine["temporary"], "logons.json"), "wb") as stream:
            stream.write(json.dumps(sids).encode("ascii"))

    def rights_table():
        # type: () -> dict[str, dict[str, list[str]]]
        """By path and SID the rights of its own: a file beside the machine's folders."""
        place = os.path.join(machine["temporary"], "rights.json")
        if not os.path.isfile(place):
            return {}
        with io.open(place, encoding="utf-8") as stream:
            found = json.load(stream)  # type: dict[str, dict[str, list[str]]]
            return found

    def write_rights(table):
        # type: (dict[str, dict[str, list[str]]]) -> None
        with io.open(os.path.join(machine["temporary"], "rights.json"), "wb") as stream:
            stream.write(
                json.dumps({name: each for name, each in table.items() if each}, sort_keys=True).encode("ascii")
            )

    class Rights(posix.PosixRights):  # type: ignore[name-defined,misc]
        def is_admin(self):  # type: ignore[no-untyped-def]
            return machine.get("admin", False)

        def icacls(self):  # type: ignore[no-untyped-def]
            return machine.get("icacls")

        def account(self):  # type: ignore[no-untyped-def]
            return machine.get("account", posix.PosixRights.account(self))

        def access(self, path):  # type: ignore[no-untyped-def]
            """What the machine says of a path, and what icacls changed there in this run; what it says nothing of is as it should be."""
            if "access" not in machine:
                return None
            if path in guarded:  # by this run
                machine["access"][path] = ["S-1-5-32-544", []]
            owner, allowed = machine["access"].get(path, ["S-1-5-32-544", []])
            if owner is None:  # who owns it took the right to ask from others
                raise EnvironmentError(errno.EACCES, "Access is denied", path)
            changed = {sid for where, sid in by_icacls if where == path}
            own = [(sid, each) for sid in sorted(changed) for each in self.own_entries(path, sid)]  # type: ignore[no-untyped-call]
            entries = [rights.Allowed(*each) for each in allowed if each[0] not in changed]
            return rights.Access(owner, entries + [access_words.allowed_by(rights, *each) for each in own])

        def guard(self, path, kept):  # type: ignore[no-untyped-def]
            guarded.append(path)
            with io.open(os.path.join(machine["temporary"], "closed"), "a", encoding="utf-8") as stream:
                stream.write(" ".join([path] + sorted(kept)) + "\n")

        def contents_only(self, path, sid):  # type: ignore[no-untyped-def]
            with io.open(os.path.join(machine["temporary"], "narrowed"), "a", encoding="utf-8") as stream:
                stream.write("%s %s\n" % (sid, path))

        def own_entries(self, path, sid):  # type: ignore[no-untyped-def]
            """What icacls gave it: see ``note_rights``; a test may have written there what a site gave."""
            specs = rights_table().get(path, {}).get(sid, [])
            return sorted({access_words.entry_of(own, each) for each in specs})

        def leave_entries(self, path, sid, kept):  # type: ignore[no-untyped-def]
            effect()
            by_icacls.add((path, sid))
            table = rights_table()
            words = {access_words.entry_of(own, each): each for each in table.get(path, {}).get(sid, [])}
            table.setdefault(path, {})[sid] = [words.get(each, "%d:%d" % each) for each in kept]
            write_rights(table)

        def take_over(self, path):  # type: ignore[no-untyped-def]
            effect()
            machine["access"].pop(path, None)
            with io.open(os.path.join(machine["temporary"], "taken"), "a", encoding="utf-8") as stream:
                stream.write(path + "\n")

        def account_name(self, sid):  # type: ignore[no-untyped-def]
            return machine.get("names", {}).get(sid)

        def administrators(self):  # type: ignore[no-untyped-def]
            return frozenset(machine.get("administrators", []))

        def close_file(self, path, readers):  # type: ignore[no-untyped-def]
            """Those that the machine says something of are closed from then on."""
            effect()
            rights.closed(b"", rights.WELL_KNOWN["system"], readers)  # as Windows has them: it fails at what is no SID
            posix.PosixRights.close_file(self, path, readers)
            if path in machine.get("access", {}):
                machine["access"][path] = ["S-1-5-32-544", []]
                with io.open(os.path.join(machine["temporary"], "closed_files"), "a", encoding="utf-8") as stream:
                    stream.write("|".join([path] + readers) + "\n")

        def has_service_logon(self, sid):  # type: ignore[no-untyped-def]
            if machine.get("may_not_ask"):
                raise EnvironmentError(errno.EACCES, "Access is denied")
            return sid in logons()

        def give_service_logon(self, sid):  # type: ignore[no-untyped-def]
            effect()
            if sid in machine.get("no_logon", []):
                raise EnvironmentError(errno.EACCES, "Access is denied")
            if machine.get("knows_no_logons"):
                return False
            write_logons(logons() + [sid])
            return True

        def take_service_logon(self, sid):  # type: ignore[no-untyped-def]
            effect()
            if sid in machine.get("no_logon", []):
                raise EnvironmentError(errno.EACCES, "Access is denied")
            write_logons([each for each in logons() if each != sid])

        def keeps_entries(self, folder):  # type: ignore[no-untyped-def]
            return machine.get("keeps_entries", True)

        def account_sid(self, name):  # type: ignore[no-untyped-def]
            return machine.get("accounts", {}).get(name)

    class Registry(registries.Registry):  # type: ignore[name-defined,misc]
        def pythons(self, minor):  # type: ignore[no-untyped-def]
            found = machine.get("pythons", {}).get(minor, [])
            return [registries.InstalledPython(**{str(name): value for name, value in each.items()}) for each in found]

        def value(self, key, name, view):  # type: ignore[no-untyped-def]
            """A file that installers may replace: ``KEY|VIEW`` to the values of that key."""
            if not os.path.isfile(machine.get("registry", "")):
                return None
            with io.open(machine["registry"], encoding="utf-8") as stream:
                values = json.load(stream).get("%s|%s" % (key, view))
            return "" if values is not None and name is None else (values or {}).get(name)

        def register(self, scope, key, values):  # type: ignore[no-untyped-def]
            effect()
            self._programs(lambda table: table.update({key: dict(values, scope=scope)}))

        def unregister(self, scope, key):  # type: ignore[no-untyped-def]
            effect()
            self._programs(lambda table: table.pop(key, None))

        def listed(self, scope, key, name):  # type: ignore[no-untyped-def]
            found = {}  # type: dict[str, object]
            self._programs(found.update)
            listed = found.get(key)
            return listed.get(name) if isinstance(listed, dict) else None

        def locations(self, beginning):  # type: ignore[no-untyped-def]
            found = {}  # type: dict[str, object]
            self._programs(found.update)
            lines = [each for key, each in sorted(found.items()) if key.startswith(beginning)]
            return [each["InstallLocation"] for each in lines if isinstance(each, dict)]

        def registered(self, key):  # type: ignore[no-untyped-def]
            found = {}  # type: dict[str, object]
            self._programs(found.update)
            listed = found.get(key)
            return listed["scope"] if isinstance(listed, dict) else None

        def remember(self, scope, key, text):  # type: ignore[no-untyped-def]
            effect()
            self._programs(lambda table: table.update({"%s remembers %s" % (scope, key): text}))

        def remembered(self, scope, key):  # type: ignore[no-untyped-def]
            found = {}  # type: dict[str, object]
            self._programs(found.update)
            return found.get("%s remembers %s" % (scope, key))

        def forget(self, scope, key):  # type: ignore[no-untyped-def]
            effect()
            self._programs(lambda table: table.pop("%s remembers %s" % (scope, key), None))

        def _programs(self, change):
            # type: (Callable[[dict[str, object]], object]) -> None
            """The list of installed programs: a file beside the machine's folders."""
            path = os.path.join(machine["temporary"], "programs.json")
            table = {}  # type: dict[str, object]
            if os.path.isfile(path):
                with io.open(path, encoding="utf-8") as stream:
                    table = json.load(stream)
            change(table)
            with io.open(path, "wb") as stream:
                stream.write(json.dumps(table, sort_keys=True).encode("ascii"))

    class Installers(installers.Installers):  # type: ignore[name-defined,misc]
        def msi_features(self, path):  # type: ignore[no-untyped-def]
            return machine["features"]

        def file_version(self, path):  # type: ignore[no-untyped-def]
            """What the file says of itself."""
            with io.open(path, encoding="utf-8") as stream:
                return stream.read().strip() or None

    class Clock(clocks.Clock):  # type: ignore[name-defined,misc]
        slept = 0.0

        def monotonic(self):  # type: ignore[no-untyped-def]
            return clocks.Clock.monotonic(self) + self.slept

        def sleep(self, seconds):  # type: ignore[no-untyped-def]
            self.slept += seconds
            manager.passes(self.slept)
            with io.open(os.path.join(machine["temporary"], "slept"), "ab") as stream:
                stream.write(b"%d\n" % seconds)

    class Paths(posix.PosixPaths):  # type: ignore[name-defined,misc]
        path_limit = machine.get("path_limit", 4096)
        folder_room = machine.get("folder_room", 0)
        has_build_landmark = machine.get("has_build_landmark", False)

        def runtime_python(self, runtime):  # type: ignore[no-untyped-def]
            return os.path.join(runtime, "python.exe")

    class Processes(processes.Processes):  # type: ignore[name-defined,misc]
        def install(self, command, environ, folder, timeout=None, cancelled=None):  # type: ignore[no-untyped-def]
            """The machine says what does an installer's work here, and with which code it ends."""
            line = [machine["installer"], command]
            limit = machine.get("installer_limit", timeout)
            ran = processes.Processes.install(self, line, environ, folder, limit, cancelled)
            code = machine.get("installer_code", ran.code)
            if isinstance(code, list):
                code = code.pop(0) if len(code) > 1 else code[0]
            return processes.Completed(code, ran.output)

        def run(self, command, environ, folder, timeout=None, given=None):  # type: ignore[no-untyped-def]
            interrupted(command)
            if any(each in command for each in machine.get("fails", [])):
                return processes.Completed(5, "")
            if os.path.basename(command[0]) in machine.get("refused_by_policy", []):
                error = OSError(22, "blocked by group policy")
                error.winerror = 1260  # type: ignore[attr-defined,unused-ignore]
                raise error
            if command[0] in machine.get("ssh_keygens", []):
                return processes.Processes.run(self, command, environ, folder, timeout, given)
            if "quick" in machine:
                return processes.Completed(0, quick(machine["quick"], command))
            return processes.Processes.run(self, command, environ, folder, timeout, given)

        def start(self, command, environ, folder, errors):  # type: ignore[no-untyped-def]
            interrupted(command)
            return processes.Processes.start(self, command, environ, folder, errors)

        def processors(self):  # type: ignore[no-untyped-def]
            # none: all work is done in this process
            return machine.get("processors", 0 if "quick" in machine else processes.Processes.processors(self))

    manager = service_manager.make_manager(services, machine, effect)

    class Programs(posix.PosixPrograms):  # type: ignore[name-defined,misc]
        def users(self, paths):  # type: ignore[no-untyped-def]
            """Name and number of each program that holds a file, and the service that it belongs to, if it does: that lets go of it."""
            found = []
            for path in paths:
                holders = machine.get("locked", {}).get(path)
                if holders is not None:
                    runs = [each for each in holders if len(each) == 2 or manager.process(each[2])]
                    if runs or not holders:
                        found.append((path, [programs.User(each[0], each[1]) for each in runs]))
            return found

        def family(self, processes):  # type: ignore[no-untyped-def]
            """A process has started the one of the next number, if that isn't a service's."""
            return set(processes) | {each + 1 for each in processes if not manager.tidies(each)}

        def listeners(self, port):  # type: ignore[no-untyped-def]
            """Services that run and are asked at that port listen there, and whoever the machine names: address and process."""
            own = [("127.0.0.1", each) for each in manager.listening(port)]
            found = own + [tuple(each) for each in machine.get("listeners", {}).get("%d" % port, [])]
            return [endpoints.Listener(endpoints.packed(address), process) for address, process in found]

        def name_of(self, process):  # type: ignore[no-untyped-def]
            return machine.get("programs", {}).get("%d" % process)

    scanner = scanners.Scanner()

    class Files(posix.PosixFiles):  # type: ignore[name-defined,misc]
        def is_held(self, error):  # type: ignore[no-untyped-def]
            return isinstance(error, scanners.HeldError)

        def sleep(self, seconds):  # type: ignore[no-untyped-def]
            scanner.sleep(seconds)

        def _replace(self, source, destination):  # type: ignore[no-untyped-def]
            scanner.unless_held(destination, lambda: posix.PosixFiles._replace(self, source, destination))

        def remove_at_restart(self, path):  # type: ignore[no-untyped-def]
            if machine.get("restarts"):
                with io.open(os.path.join(machine["temporary"], "at_restart"), "a", encoding="utf-8") as stream:
                    stream.write(path + "\n")
            return bool(machine.get("restarts"))

        def removed_at_restart(self):  # type: ignore[no-untyped-def]
            machine["leaves_after"] = machine.get("leaves_after", 0) - 1  # so many times nothing is known of it
            return [] if machine["leaves_after"] >= 0 else machine.get("leaving", [])

        def _unlink(self, path):  # type: ignore[no-untyped-def]
            if path in machine.get("held", []):
                raise scanners.HeldError(errno.EACCES, "somebody has it open", path)
            scanner.unless_held(path, lambda: posix.PosixFiles._unlink(self, path))

        def rename(self, source, destination):  # type: ignore[no-untyped-def]
            effect()
            posix.PosixFiles.rename(self, source, destination)

        def walk(self, folder, **given):  # type: ignore[no-untyped-def]
            if folder in machine.get("going", []):
                raise EnvironmentError(errno.EACCES, "it is about to go", folder)
            return posix.PosixFiles.walk(self, folder, **given)

        def is_read_only(self, path):  # type: ignore[no-untyped-def]
            return path in machine.get("read_only", [])

        def behind_drive(self, path):  # type: ignore[no-untyped-def]
            return machine.get("behind_drive", {}).get(path)

        def may_create(self, folder):  # type: ignore[no-untyped-def]
            return folder not in machine.get("closed", []) + machine.get("folders_only", [])

        def may_make_folder(self, folder):  # type: ignore[no-untyped-def]
            return folder not in machine.get("closed", [])

        def volume(self, path):  # type: ignore[no-untyped-def]
            return "C:\\", machine.get("free", 10**12)

        def append(self, path, content):  # type: ignore[no-untyped-def]
            effect()
            posix.PosixFiles.append(self, path, content)

        def unlink(self, path):  # type: ignore[no-untyped-def]
            effect()
            if path in machine.get("stuck", []):
                raise EnvironmentError(errno.EACCES, "in use", path)
            posix.PosixFiles.unlink(self, path)

        def make_guarded(self, path):  # type: ignore[no-untyped-def]
            effect()
            posix.PosixFiles.make_guarded(self, path)
            guard(path)

        def copy(self, source, destination):  # type: ignore[no-untyped-def]
            effect()
            return posix.PosixFiles.copy(self, source, destination)

        def put(self, source, destination, content):  # type: ignore[no-untyped-def]
            effect()
            posix.PosixFiles.put(self, source, destination, content)

        def remove_tree(self, path):  # type: ignore[no-untyped-def]
            effect()
            if path in machine.get("stuck", []):
                raise EnvironmentError(errno.EACCES, "in use", path)
            posix.PosixFiles.remove_tree(self, path)

        def discard(self, path, gone=None):  # type: ignore[no-untyped-def]
            effect()
            return [path] if path in machine.get("stuck", []) else posix.PosixFiles.discard(self, path, gone)

        def to_disk(self, folder):  # type: ignore[no-untyped-def]
            effect()
            surroundings.note("to_disk", folder)

        def replace(self, source, destination, *wait):  # type: ignore[no-untyped-def]
            effect()
            if machine.get("power_off_before") == os.path.basename(destination) and os.path.isdir(machine["shims"]):
                os._exit(1)
            posix.PosixFiles.replace(self, source, destination, *wait)
            if machine.get("power_off_after") == os.path.basename(destination):
                os._exit(1)

    def mark(release, what, words):
        # type: (str, str, list[str]) -> None
        """What a post-install command does and undoes: beside the environment it is written which release was here, and with which words."""
        place = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(release))), "registered")
        if what == "enter":
            with io.open(place, "w", encoding="utf-8") as stream:
                stream.write(" ".join([os.path.basename(release)] + words))
        elif os.path.isfile(place):
            os.unlink(place)

    def note_rights(path, words):
        # type: (str, list[str]) -> None
        """What icacls does: of each path which SIDs have rights of their own, and which."""
        table = rights_table()
        own = table.setdefault(path, {})
        for each in words[1:]:
            sid, _, rights = each.lstrip("*").partition(":")
            by_icacls.add((path, sid))
            if words[0] == "/remove:g":
                own.pop(sid, None)
            elif rights not in own.setdefault(sid, []):
                own[sid].append(rights)
        write_rights(table)

    def quick(python, command):
        # type: (str, list[str]) -> str
        """What the programs would do that a run starts, as far as it matters to what comes after; in no time."""
        if "venv" in command:
            release = command[-1]
            scripts = os.path.join(release, "bin")
            for each in (scripts, os.path.join(release, "lib", "python" + machine["minor"], "site-packages")):
                os.makedirs(each)
            os.symlink(python, os.path.join(scripts, "python"))
            with io.open(os.path.join(release, "pyvenv.cfg"), "wb") as stream:
                stream.write(b"home = nowhere\n")
        elif command[0] == machine.get("icacls"):
            effect()
            if machine.get("idle") not in command:  # it ends with 0 all the same
                note_rights(os.path.realpath(command[1]), command[2:-1])  # it follows links
        elif command[-1] in ("enter", "leave"):
            effect()
            mark(os.path.dirname(os.path.dirname(command[0])), command[-1], command[1:-1])
        elif "-c" in command and "struct" in command[command.index("-c") + 1]:
            return str(machine["identity"])
        elif "-c" in command and "__import__" in command[command.index("-c") + 1]:
            return "every module was tried\n"
        return ""

    environment = Environment()
    host = posix.posix_host(
        clock=Clock(),
        environment=environment,
        files=Files(),
        installers=Installers(),
        operator=Operator(),
        paths=Paths(),
        processes=Processes(),
        programs=Programs(),
        registry=Registry(),
        rights=Rights(),
        services=manager,
        system=System(environment),
    )
    code = bootstrap.main(host, folder)
    with io.open(machine["exit_code"], "w", encoding="ascii") as stream:
        stream.write("%d" % code)
    surroundings.write_calls(machine)
    with io.open(os.path.join(machine["temporary"], "effects"), "w", encoding="ascii") as stream:
        stream.write("%d" % effects[0])
    with io.open(os.path.join(machine["temporary"], "refused"), "w", encoding="ascii") as stream:
        stream.write("%d" % scanner.refused)


if __name__ == "__main__":
    main()
