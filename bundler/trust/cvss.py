"""The base score of a CVSS 3 vector, by the formulas of FIRST's specification (3.1, section 7.1), and what people call a score."""

from __future__ import annotations

import re
from typing import Literal

Severity = Literal["unknown", "none", "low", "medium", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = ("unknown", "none", "low", "medium", "high", "critical")
"""In their order; what isn't known may be anything."""
_VECTOR = re.compile(r"CVSS:3\.[01](?:/[A-Z]{1,3}:[A-Z]{1,2}){8,40}")
_WEIGHTS = {
    "AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
    "AC": {"L": 0.77, "H": 0.44},
    "UI": {"N": 0.85, "R": 0.62},
    "C": {"H": 0.56, "L": 0.22, "N": 0.0},
    "I": {"H": 0.56, "L": 0.22, "N": 0.0},
    "A": {"H": 0.56, "L": 0.22, "N": 0.0},
}
_PRIVILEGES = {"U": {"N": 0.85, "L": 0.62, "H": 0.27}, "C": {"N": 0.85, "L": 0.68, "H": 0.5}}
_LEVELS: tuple[tuple[float, Severity], ...] = ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low"))


def base_score(vector: str) -> float | None:
    """0.0 to 10.0; None for what isn't a whole vector of version 3."""
    if not _VECTOR.fullmatch(vector):
        return None
    metrics = dict(part.split(":", 1) for part in vector.split("/")[1:])
    scope = metrics.get("S", "")
    try:
        weights = {name: table[metrics[name]] for name, table in _WEIGHTS.items()}
        privileges = _PRIVILEGES[scope][metrics["PR"]]
    except KeyError:
        return None
    impact = 1 - (1 - weights["C"]) * (1 - weights["I"]) * (1 - weights["A"])
    changed = scope == "C"
    score = 7.52 * (impact - 0.029) - 3.25 * (impact - 0.02) ** 15 if changed else 6.42 * impact
    if score <= 0:
        return 0.0
    total = score + 8.22 * weights["AV"] * weights["AC"] * privileges * weights["UI"]
    return _rounded_up(min(total * 1.08 if changed else total, 10.0))


def level(score: float) -> Severity:
    """The qualitative rating (section 5)."""
    return next((name for lowest, name in _LEVELS if score >= lowest), "none")


def _rounded_up(value: float) -> float:
    """To one decimal, as appendix A has it: what binary fractions add by themselves isn't counted."""
    whole = round(value * 100_000)
    return whole / 100_000 if whole % 10_000 == 0 else (whole // 10_000 + 1) / 10.0
