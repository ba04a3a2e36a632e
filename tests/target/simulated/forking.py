"""Runs the bootstrap again and again for tests that stop it at every moment: each run is a fork of one process that has everything
imported, and takes a fraction of the time.

    python -s -S -B forking.py FOLDER

FOLDER holds a copy of ``target``, the same as each bundle's. Each line on stdin orders a run (JSON): ``bundle``, ``machine`` and
``arguments`` are what ``driver.py`` takes, ``output`` and ``errors`` name files for what it says, ``environ`` its whole environment.
``within`` and ``stop_at``: the machine stops at that change, counted from 1, to the files of this folder. Each run is answered by a
line with its exit code. Runs unchanged on 2.7 and 3.6 to 3.14; changes can be counted from 3.8 on.
"""

from __future__ import absolute_import, unicode_literals

import importlib
import io
import itertools
import json
import os
import sys
import traceback

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CHANGES = {
    "os.mkdir": 0, "os.rmdir": 0, "os.remove": 0, "os.rename": 1, "os.symlink": 1, "os.link": 1, "os.chmod": 0, "os.truncate": 0,
}  # fmt: skip
"""Events of an audit hook, and which of their arguments is the path that changes."""
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


def stop_at(within, number, code):
    # type: (str, int, int) -> None
    """Let this process end before its change of that number, as if the machine lost its power; a file that is written then is half there."""
    seen = itertools.count(1)

    def watch(event, arguments):
        # type: (str, tuple[Any, ...]) -> None
        if event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING:
            path = arguments[0]
        elif event in CHANGES:
            path = arguments[CHANGES[event]]
        else:
            return
        if not isinstance(path, (str, bytes)) or not os.fsdecode(path).startswith(within):
            return
        if next(seen) == number:  # in one step: there are several threads
            if event == "open" and os.path.isdir(os.path.dirname(path)):
                with io.open(path, "wb") as stream:
                    stream.write(b"half of it")
            os._exit(code)

    sys.addaudithook(watch)


def main():
    # type: () -> None
    folder = sys.argv[1]
    sys.path[:] = [folder] + sys.path
    driver = importlib.import_module("driver")
    for above, folders, names in os.walk(os.path.join(folder, str("target"))):
        folders[:] = sorted(each for each in folders if each != "windows")
        room = os.path.relpath(above, folder).replace(os.sep, ".")
        for name in sorted(names):
            module, _, ending = name.partition(".")
            if ending == "py" and module not in ("__init__", "__main__", "worker"):
                importlib.import_module(room + "." + module)
    for line in iter(sys.stdin.readline, ""):
        order = json.loads(line)
        child = os.fork()
        if not child:
            _run(driver, order)
        status = os.waitpid(child, 0)[1]
        sys.stdout.write("%d\n" % (os.WEXITSTATUS(status) if os.WIFEXITED(status) else -1))
        sys.stdout.flush()


def _run(driver, order):
    # type: (Any, dict[str, Any]) -> None
    """In the fork, which ends here."""
    code = 1
    try:
        for number, name in ((1, order["output"]), (2, order["errors"])):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.closerange(3, 10)  # what the three were opened as
        os.environ.clear()
        os.environ.update({_native(name): _native(value) for name, value in order["environ"].items()})
        sys.argv[:] = ["driver.py", _native(order["bundle"]), _native(order["machine"])] + [
            _native(e) for e in order["arguments"]
        ]
        if order.get("stop_at"):
            stop_at(order["within"], order["stop_at"], driver.KILLED)
        driver.main()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _native(text):
    # type: (str) -> str
    return text if sys.version_info >= (3,) else text.encode("utf-8")  # type: ignore[return-value]


if __name__ == "__main__":
    main()
