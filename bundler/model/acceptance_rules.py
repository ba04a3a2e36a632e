"""Words that a recipe, an index and the resolver share: what an exception may name, and what a project may be."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path

UPLOAD_TIME = "upload-time"
YANKED = "yanked"
STATUSES = ("archived", "deprecated")
"""Of PEP 792, those that a recipe decides."""
QUARANTINED = "quarantined"
"""PEP 792: an index's administrators took it out of use. Nothing of it is ever taken."""
LICENSE = "license"
RULES = (UPLOAD_TIME, YANKED, *STATUSES, LICENSE)
MALWARE = "MAL-"
"""What ids of advisories begin with that tell of malware."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class AcceptanceWish:
    """What the command line asks besides the recipe: the stricter of both counts. ``cooldown`` in days."""

    cooldown: int | None = None
    uploaded_before: datetime.datetime | None = None
    snapshots: tuple[Path, ...] = ()
