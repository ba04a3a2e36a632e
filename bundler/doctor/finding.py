"""What the doctor tells."""

from __future__ import annotations

import dataclasses
from typing import Literal

Verdict = Literal["good", "note", "bad"]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing looked at; ``fix`` says what to do, empty where nothing is to be done."""

    what: str
    verdict: Verdict
    detail: str
    fix: str = ""
