"""A process that unpacks and compiles pieces of wheels, under the Python of the release.

    python -E -s -S -B -W ignore worker.py

The first line on stdin holds the settings; then each line is a piece, and each is answered by one line on stdout: JSON in ASCII.
"""

from __future__ import absolute_import, unicode_literals

import gc
import importlib
import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def main():
    # type: () -> None
    here = os.path.dirname(os.path.abspath(__file__))
    above, package = os.path.split(os.path.dirname(here))
    # the script's own folder must not stand before the standard library; the package is found two folders up
    sys.path[:] = [each for each in sys.path if os.path.abspath(each) != here] + [above]
    room = package + "." + os.path.basename(here)
    compiling = importlib.import_module(room + ".compiling")
    unpacking = importlib.import_module(room + ".unpacking")
    gc.disable()  # nothing here makes cycles, and there are millions of objects
    source = getattr(sys.stdin, "buffer", sys.stdin)  # type: Any
    sink = getattr(sys.stdout, "buffer", sys.stdout)  # type: Any

    def answer(value):
        # type: (dict[str, Any]) -> None
        sink.write(json.dumps(value).encode("ascii") + b"\n")
        sink.flush()

    unpacker = unpacking.Unpacker(json.loads(source.readline().decode("ascii")))
    answer({"tag": compiling.cache_tag()})
    for line in iter(source.readline, b""):
        answer(unpacker.piece(json.loads(line.decode("ascii"))))
    os._exit(0)  # without taking down piece by piece what the system takes down at once


if __name__ == "__main__":
    main()
