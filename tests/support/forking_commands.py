"""Runs ``bundle`` again and again for tests: each command is a fork of one process that has all of the product imported, which is what most of
a short command's time goes into.

    python -c "from tests.support.forking_commands import main; main()"

Each line on stdin orders a command (JSON): ``arguments``, ``folder`` to run in, ``environ`` as a whole, and the files ``output`` and
``errors``. Two lines answer it: the number of its process, and once that has ended its exit code, which is -N for signal N.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import signal
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn

import bundler

PRODUCT = Path(bundler.__file__).parent
_OTHERS = (
    "target",
    "rehearse/windows/guest",
    "rehearse/wine/unprivileged",
    "rehearse/wine/probe",
    "build/old_hooks",
    "build/target_view",
)
"""Parts that run in other Pythons."""
_LATE = ("rich.console", "rich.progress", "rich.table", "requests", "pip._internal.utils.compatibility_tags")


def main() -> None:
    """Do what the module says."""
    orders, answers = os.fdopen(os.dup(0), encoding="utf-8"), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    entrance = importlib.import_module("bundler.__main__")
    entrance.set_up()
    for name in (*_modules(), *_LATE):
        with contextlib.suppress(ImportError, AssertionError):  # those of another system
            importlib.import_module(name)
    gc.collect()
    gc.freeze()
    for line in orders:
        order = json.loads(line)
        child = os.fork()
        if not child:
            _run(entrance, order)
        os.write(answers, b"%d\n" % child)
        status = os.waitpid(child, 0)[1]
        os.write(answers, b"%d\n" % os.waitstatus_to_exitcode(status))


def _modules() -> list[str]:
    places = [path.relative_to(PRODUCT).with_suffix("") for path in sorted(PRODUCT.rglob("*.py"))]
    return [
        ".".join(("bundler", *place.parts))
        for place in places
        if not place.as_posix().startswith(_OTHERS) and place.name not in ("__init__", "__main__")
    ]


def _run(entrance: Any, order: dict[str, Any]) -> NoReturn:
    """In the fork, which ends here, as a Python of its own would begin and end."""
    code = 1
    try:
        for number, name in ((1, order["output"]), (2, order["errors"])):
            os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        os.closerange(3, 1024)
        os.chdir(order["folder"])
        os.environ.clear()
        os.environ.update(order["environ"])
        time.tzset()
        tempfile.tempdir = None
        sys.path[0] = order["folder"]
        sys.argv[:] = [entrance.__file__, *order["arguments"]]
        signal.signal(signal.SIGINT, signal.default_int_handler)
        gc.unfreeze()
        entrance.main()
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    except BaseException:  # noqa: BLE001 - as Python itself ends
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
