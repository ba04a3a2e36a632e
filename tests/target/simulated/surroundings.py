"""What a simulated machine's system does otherwise: its clock goes wrong, its root has no more rights than others, its writes are noted.

Runs unchanged on 2.7 and 3.6 to 3.14.
"""

from __future__ import absolute_import, unicode_literals

import ctypes
import io
import json
import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CAPABILITIES = 0x20080522
_FILES = 1 << 1 | 1 << 2
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: to write and to read whatever the modes say."""
_notes = []  # type: list[Any]
_calls = {}  # type: dict[str, int]


def surround(machine):
    # type: (dict[str, Any]) -> None
    """``clock``: seconds that it is ahead; ``plain``: modes of files count for root too; ``notes``: a file for what is written, in order;
    ``calls``: a file for how many times the system is asked, by the name of the call.
    """
    if "clock" in machine:
        _set_clock(machine["clock"])
    if machine.get("plain"):
        _drop_rights()
    if "notes" in machine:
        _notes.append(machine["notes"])
        _watch()
    if "calls" in machine:
        _count()


def note(what, *paths):
    # type: (str, *Any) -> None
    if _notes:
        line = json.dumps([what] + [each if isinstance(each, type("")) else each.decode("utf-8") for each in paths])
        file = os.open(_notes[0], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        os.write(file, line.encode("ascii") + b"\n")
        os.close(file)


def write_calls(machine):
    # type: (dict[str, Any]) -> None
    """At the run's end."""
    if "calls" in machine:
        with io.open(machine["calls"], "wb") as stream:
            stream.write(json.dumps(_calls).encode("ascii"))


def _count():
    # type: () -> None
    def counted(name, call):
        # type: (str, Any) -> Any
        def asked(*arguments, **named):
            # type: (*Any, **Any) -> Any
            _calls[name] = _calls.get(name, 0) + 1
            return call(*arguments, **named)

        return asked

    for each in ("stat", "lstat", "listdir", "scandir", "unlink", "rmdir"):
        if hasattr(os, each):
            setattr(os, each, counted(each, getattr(os, each)))
    io.open = counted("open", io.open)


def _set_clock(ahead):
    # type: (float) -> None
    now, utc, local, written = time.time, time.gmtime, time.localtime, time.strftime
    time.time = lambda: now() + ahead
    time.gmtime = lambda moment=None: utc(time.time() if moment is None else moment)
    time.localtime = lambda moment=None: local(time.time() if moment is None else moment)
    time.strftime = lambda form, moment=None: written(form, time.localtime() if moment is None else moment)


def _drop_rights():
    # type: () -> None
    library = ctypes.CDLL(None, use_errno=True)
    head, sets = (ctypes.c_uint32 * 2)(_CAPABILITIES, 0), (ctypes.c_uint32 * 6)()
    if library.capget(head, sets):
        raise EnvironmentError(ctypes.get_errno(), "capget")
    for number in (0, 1):  # effective and permitted, of the first 32
        sets[number] &= ~_FILES
    if library.capset(head, sets):
        raise EnvironmentError(ctypes.get_errno(), "capset")


def _watch():
    # type: () -> None
    """Names of files and not their numbers: what a number stands for is asked of the system."""
    sync, rename, remove, make = os.fsync, os.rename, os.unlink, os.mkdir

    def synced(file):
        # type: (int) -> None
        sync(file)
        note("fsync", os.readlink("/proc/self/fd/%d" % file))

    def renamed(source, destination):
        # type: (Any, Any) -> None
        rename(source, destination)
        note("rename", source, destination)

    def removed(path, **folder):
        # type: (Any, **int) -> None
        above = [os.readlink("/proc/self/fd/%d" % each) for each in folder.values()]  # dir_fd, of shutil.rmtree
        remove(path, **folder)
        note("unlink", os.path.join(*(above + [path])))

    def made(path, *mode):
        # type: (Any, *int) -> None
        make(path, *mode)
        note("mkdir", path)

    os.fsync, os.rename, os.unlink, os.mkdir = synced, renamed, removed, made  # type: ignore[assignment]
