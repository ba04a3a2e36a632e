"""What belongs to a folder of the user's, and whether a path that somebody else wrote stays in it."""

from __future__ import annotations

import os
from pathlib import Path


def checkout_of(folder: Path) -> Path:
    """All that belongs to the user's folder: the checkout that it lies in, else the folder itself. A recipe names projects beside its own folder."""
    whole = folder.absolute()
    return next((each for each in (whole, *whole.parents) if (each / ".git").exists()), whole)


def is_inside(path: Path, folder: Path) -> bool:
    """Whether a path that a stranger wrote leads into the folder, links followed."""
    whole = Path(os.path.abspath(path))  # noqa: PTH100 - first without asking the system: a share's name would be asked over the network
    try:
        if not whole.is_relative_to(os.path.abspath(folder)):  # noqa: PTH100
            return False
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):
        return False
