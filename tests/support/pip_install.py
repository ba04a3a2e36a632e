"""pip's own installation of one wheel after another, for comparison: run by a Python that has nothing but pip's wheel on its path.

    python pip_install.py PIP.whl LAYOUT.json

LAYOUT.json: ``windows``, ``executable`` (what scripts shall name), ``library``, ``scripts``, ``include``, ``data`` (folders), ``epoch``, and
``wheels``: name, path, requested. For ``windows`` pip's code sees Windows where it asks while it installs: launchers, line ends, zips. The
modules it uses are those of this system, and so are paths.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any


def main(wheel: str, layout: dict[str, Any]) -> None:
    sys.path.insert(0, wheel)
    os.environ["SOURCE_DATE_EPOCH"] = str(layout["epoch"])
    os.environ.pop("ENSUREPIP_OPTIONS", None)
    # they look at the system they are on, and shall see the real one
    for name in ("pip._internal.metadata.importlib", "pip._vendor.distlib.resources"):
        importlib.import_module(name)
    from pip._internal.models.scheme import Scheme

    real = os.name, os.linesep, sys.platform
    if layout["windows"]:
        _import_as_windows("pip._vendor.distlib.scripts")
    from pip._internal.operations.install import wheel as installer

    sys.executable = layout["executable"]
    for name, path, requested in layout["wheels"]:
        scheme = Scheme(
            platlib=layout["library"],
            purelib=layout["library"],
            headers=f"{layout['include']}/{name}",
            scripts=layout["scripts"],
            data=layout["data"],
        )
        if layout["windows"]:
            os.name, os.linesep, sys.platform = "nt", "\r\n", "win32"
        try:
            installer.install_wheel(
                name, path, scheme, name, pycompile=False, warn_script_location=False, requested=requested
            )
        finally:
            os.name, os.linesep, sys.platform = real


def _import_as_windows(name: str) -> None:
    real = os.name
    os.name = "nt"
    try:
        importlib.import_module(name)
    finally:
        os.name = real


if __name__ == "__main__":
    main(sys.argv[1], json.loads(Path(sys.argv[2]).read_bytes()))
