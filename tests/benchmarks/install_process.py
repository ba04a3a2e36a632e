"""Our side of the benchmark, in a process of its own: what the step of a bootstrap does, and imports nothing else.

Arguments: environment, pip's wheel, Python's version, "compile" or nothing, wheels.
"""

from __future__ import annotations

import os
import subprocess
import sys

from bundler.target.destinations import Scheme
from bundler.target.installing import Install
from bundler.target.launchers import Launchers
from bundler.target.workers import Workers


def main() -> None:
    place, pip, version, options, *wheels = sys.argv[1:]
    minor = version.rpartition(".")[0]
    library = f"{place}/lib/python{minor}/site-packages"
    scheme = Scheme(library, f"{place}/bin", f"{place}/include/site/python{minor}", place, windows=False)
    pip_version = os.path.basename(pip).split("-")[1]  # noqa: PTH119 - pathlib is slow to import
    launchers = Launchers(f"{place}/bin/python", (pip_version, pip), version, None, (2026, 1, 1, 0, 0, 0))
    compiled = options == "compile"
    program = os.path.join(os.path.dirname(sys.modules[Install.__module__].__file__ or ""), "worker.py")  # noqa: PTH118, PTH120
    worker = [sys.executable, "-E", "-s", "-S", "-B", "-W", "ignore", program]
    workers = Workers(
        os.cpu_count() or 1,
        lambda: subprocess.Popen(worker, stdin=subprocess.PIPE, stdout=subprocess.PIPE),
        {"shebang": launchers.script_line(), "compile": compiled},
        same=True,
    )
    try:
        asked = [(os.path.basename(each).split("-")[0], each, True) for each in wheels]  # noqa: PTH119
        Install(scheme, launchers, workers, compiled, lambda _: None).run(asked)
    finally:
        workers.stop()
