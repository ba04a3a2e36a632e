"""In the rehearsed Windows: does what a rehearsal orders, until it is told to end.

    python.exe orders.py MAIL

In MAIL the rehearsal puts ``orders/NUMBER.json`` and finds ``answers/NUMBER.json``; each appears whole. An order is
``{"do": NAME, ...}``, an answer ``{"done": ...}`` or ``{"fault": WORDS}``. ``alive`` changes every second.
"""

from __future__ import absolute_import, unicode_literals

import base64
import importlib
import io
import json
import os
import shutil
import sys
import threading
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
POLL = 0.05
TRIES = 100
MOST_READ = 64000000


def target(name):
    # type: (str) -> Any
    """A module of the target's half, which lies beside this file."""
    return importlib.import_module("target." + name)


def beside(name):
    # type: (str) -> Any
    """A module that lies beside this file."""
    return importlib.import_module(name)


class Guest(object):
    """Each public method is an order; its arguments are the order's."""

    def __init__(self):
        # type: () -> None
        self._connections = None  # type: Any
        self._told = set()  # type: set[tuple[str, str]]

    def put(self, source, path, read_only):
        # type: (str, str, bool) -> None
        """Copy a file or folder; ``read_only``: nobody writes or deletes there."""
        if os.path.isdir(source):
            if os.path.lexists(path):
                shutil.rmtree(path)
            shutil.copytree(source, path)
        else:
            self.make_folder(os.path.dirname(path))
            shutil.copyfile(source, path)
        if read_only:
            beside("guest_programs").close_folder(path)

    def read(self, path):
        # type: (str) -> str | None
        """A file in base64; None: there is none that can be read."""
        try:
            with io.open(path, "rb") as stream:
                content = stream.read(MOST_READ + 1)
        except EnvironmentError:
            return None
        if len(content) > MOST_READ:
            raise ValueError("%s is larger than %d bytes" % (path, MOST_READ))
        return base64.b64encode(content).decode("ascii")

    def write(self, path, content):
        # type: (str, str) -> None
        """``content``: in base64."""
        self.make_folder(os.path.dirname(path))
        with io.open(path, "wb") as stream:
            stream.write(base64.b64decode(content))

    def exists(self, path):
        # type: (str) -> bool
        """Whether there is a file or folder."""
        return os.path.lexists(path)

    def make_folder(self, path):
        # type: (str) -> None
        """With those above it; it may be there."""
        if not os.path.isdir(path):
            os.makedirs(path)

    def run(self, line, held, timeout, environ):
        # type: (str, bool, float, dict[str, str]) -> dict[str, object]
        """Run a program; ``held``: nothing of what it started is left when it has ended."""
        found = beside("guest_programs").run(target("compat"), line, held, timeout, environ)  # type: dict[str, object]
        return found

    def state(self, name):
        # type: (str) -> str
        """A service's; ``missing``: there is none."""
        found = target("machine.windows.services").WindowsServiceManager().state(name)
        return "missing" if found is None else found.status

    def crash(self, name):
        # type: (str) -> None
        """End a service's process as a crash does."""
        process = target("machine.windows.services").WindowsServiceManager().process(name)
        if process is None:
            raise ValueError("the service %s doesn't run" % name)
        os.kill(process, 9)  # any number but those of Ctrl-C and Ctrl-Break is TerminateProcess, with that exit code

    def get(self, url, wait):
        # type: (str, float) -> dict[str, object]
        """Fetch a page, waiting so many seconds until something answers."""
        pages, last = beside("pages"), now() + wait
        while True:
            status, text, fault = pages.page(url)
            if not fault or now() > last:
                return {"status": status, "text": text, "fault": fault}
            time.sleep(0.2)

    def watch(self, below):
        # type: (list[str]) -> None
        """From now on, look whose connections lead to other machines: those of programs in one of the folders ``below``."""
        self._connections = beside("guest_connections").Connections(target, below)
        self._connections.start()

    def attempts(self):
        # type: () -> list[tuple[str, str]]
        """Address and program of each that wasn't told before."""
        found = sorted(self._connections.seen() - self._told) if self._connections is not None else []
        self._told.update(found)
        return found

    def picture(self, looks, keys):
        # type: (list[tuple[str, int | None, list[str]]], list[tuple[str, int, list[str]]]) -> dict[str, dict[str, str]]
        """``looks``: a folder, how deep (None: all of it), paths left out; ``keys``: a key of the registry, and the same."""
        files = {}  # type: dict[str, str]
        registry = {}  # type: dict[str, str]
        for folder, depth, left_out in looks:
            see(files, folder, depth, frozenset(each.lower() for each in left_out))
        for key, deep, left_out in keys:
            beside("registry_keys").see(registry, key, deep, frozenset(each.lower() for each in left_out))
        return {"files": files, "registry": registry}


def see(found, folder, depth, left_out):
    # type: (dict[str, str], str, int | None, frozenset[str]) -> None
    """What is in a folder, by path: ``folder``, or a file's size and time."""
    waiting = [(folder, depth)]
    while waiting:
        at, deep = waiting.pop()
        try:
            names = os.listdir(at)
        except EnvironmentError:  # closed to this account
            continue
        for name in names:
            path = os.path.join(at, name)
            if path.lower() in left_out:
                continue
            try:
                state = os.lstat(path)
            except EnvironmentError:  # gone meanwhile
                continue
            is_link = (
                os.path.islink(path) or getattr(state, "st_file_attributes", 0) & 0x400
            )  # FILE_ATTRIBUTE_REPARSE_POINT
            is_folder = os.path.isdir(path) and not is_link
            found[path] = "folder" if is_folder else "%d %d" % (state.st_size, int(state.st_mtime * 1000))
            if is_folder and (deep is None or deep > 1):
                waiting.append((path, None if deep is None else deep - 1))


def main(mail):
    # type: (str) -> None
    """Do orders, one after another."""
    sys.dont_write_bytecode = True
    sys.path.insert(0, HERE)
    living = threading.Thread(target=_live, args=(mail,))
    living.daemon = True
    living.start()
    guest, number = Guest(), 0
    while True:
        number += 1
        order = _next(os.path.join(mail, "orders", "%d.json" % number))
        name = order.pop("do")
        answer = {"done": None} if name == "end" else answer_of(guest, name, order)
        put_whole(os.path.join(mail, "answers", "%d.json" % number), json.dumps(answer).encode("ascii"))
        if name == "end":
            if order["shutdown"]:
                beside("guest_programs").shut_down()
            return


def answer_of(guest, name, order):
    # type: (Guest, str, dict[str, Any]) -> dict[str, object]
    """Do one order; whatever goes wrong, the rehearsal must hear of it."""
    try:
        return {"done": getattr(guest, name)(**order)}
    except Exception as error:
        return {"fault": "%s: %s" % (type(error).__name__, target("compat").error_text(error))}


def now():
    # type: () -> float
    """Seconds."""
    return time.time() if sys.version_info[0] == 2 else time.monotonic()


def _next(path):
    # type: (str) -> dict[str, Any]
    while True:
        try:
            with io.open(path, "rb") as stream:
                order = json.loads(stream.read().decode("utf-8"))  # type: dict[str, Any]
        except (EnvironmentError, ValueError):
            time.sleep(POLL)
            continue
        return {str(name): value for name, value in order.items()}


def _live(mail):
    # type: (str) -> None
    count = 0
    while True:
        count += 1
        try:
            put_whole(os.path.join(mail, "alive"), ("%d" % count).encode("ascii"))
        except EnvironmentError:  # the next one will do
            pass
        time.sleep(1)


def put_whole(path, content):
    # type: (str, bytes) -> None
    """Write a file that appears whole; the other side, or a virus scanner, may have the old one open for a while."""
    made = path + ".new"
    with io.open(made, "wb") as stream:
        stream.write(content)
    for count in range(TRIES):
        try:
            if os.path.exists(path):
                os.remove(path)
            os.rename(made, path)
            return
        except EnvironmentError:
            if count == TRIES - 1:
                raise
            time.sleep(POLL)


if __name__ == "__main__":
    main(sys.argv[1])
