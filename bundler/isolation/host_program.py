"""Where a program of this host is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def program_on_path(name: str, environ: Mapping[str, str]) -> str | None:
    """A program on PATH, never one that lies in the current folder; on Windows only an ``.exe``."""
    places = [each for each in environ.get("PATH", os.defpath).split(os.pathsep) if each and Path(each).is_absolute()]
    for place in places:
        found = shutil.which(name, path=place) if os.name != "nt" else str(Path(place) / f"{name}.exe")
        if found is not None and Path(found).is_file():
            return found
    return None
