"""Our side of the benchmark, in a process of its own: what the step of a bootstrap does, and imports nothing else.

Arguments: environment, pip's wheel, Python's version, "compile" or nothing, wheels.
"""

# ruff: noqa: PTH119 - pathlib is slow to import
from __future__ import annotations

import os
import subprocess
import sys

from bundler.target.wheels.destinations import Scheme
from bundler.target.wheels.installation import Install
from bundler.target.wheels.launchers import Launchers
from bundler.target.wheels.worker_processes import Workers, worker_command, worker_count


def main() -> None:
    place, pip, version, options, *wheels = sys.argv[1:]
    minor = version.rpartition(".")[0]
    windows = os.name == "nt"
    join = os.path.join
    library = join(place, "Lib", "site-packages") if windows else join(place, "lib", f"python{minor}", "site-packages")
    scripts = join(place, "Scripts" if windows else "bin")
    scheme = Scheme(library, scripts, join(place, "include", "site", f"python{minor}"), place, windows=windows)
    pip_version = os.path.basename(pip).split("-")[1]
    python = join(scripts, "python.exe" if windows else "python")
    stub = "64" if windows else None
    launchers = Launchers(python, (pip_version, pip), version, stub, (2026, 1, 1, 0, 0, 0))
    compiled = options == "compile"
    worker = worker_command(sys.executable)
    workers = Workers(
        worker_count(os.cpu_count() or 1),
        lambda: subprocess.Popen(worker, stdin=subprocess.PIPE, stdout=subprocess.PIPE),
        {"shebang": launchers.script_line(), "compile": compiled},
        same=True,
    )
    try:
        asked = [(os.path.basename(each).split("-")[0], each, True) for each in wheels]
        Install(scheme, launchers, workers, compiled, lambda _: None).run(asked)
    finally:
        workers.stop()
