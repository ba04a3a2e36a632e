"""Where a program of this host is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def whole_path(environ: Mapping[str, str]) -> str:
    """PATH without what depends on the current folder: an empty entry is that folder, and a checkout of others may lie there."""
    places = environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(each for each in places if Path(each).is_absolute())


def program_on_path(name: str, environ: Mapping[str, str]) -> str | None:
    """A program on PATH, never one that lies in the current folder; on Windows only an ``.exe``."""
    for place in whole_path(environ).split(os.pathsep):
        found = shutil.which(name, path=place) if os.name != "nt" else str(Path(place) / f"{name}.exe")
        if found is not None and Path(found).is_file():
            return found
    return None
