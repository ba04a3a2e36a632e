"""What every benchmark gives: rows of figures, measured against a peer in the same run; ratios travel, seconds don't."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One figure of ours beside a peer's, both in ``unit``; ``limit``: what ``ours / peer`` should not exceed, None: only told.

    ``peer_name`` says what the peer is, such as ``uv`` or ``read, hash, write``.
    """

    label: str
    ours: float
    peer: float
    peer_name: str
    unit: str = "s"
    limit: float | None = None

    @property
    def ratio(self) -> float:
        return self.ours / self.peer if self.peer else float("inf")

    @property
    def good(self) -> bool:
        return self.limit is None or self.ratio <= self.limit


_HEAD = ("what", "ours", "peer", "", "ratio", "at most", "")


def render(rows: Iterable[Row]) -> str:
    """The rows as a table of plain text."""
    cells = [_HEAD]
    for row in rows:
        limit = "" if row.limit is None else f"{row.limit:.2f}"
        verdict = "" if row.limit is None else ("good" if row.good else "TOO MUCH")
        ours, peer = f"{row.ours:.3g} {row.unit}", f"{row.peer:.3g} {row.unit}"
        cells.append((row.label, ours, peer, row.peer_name, f"{row.ratio:.2f}", limit, verdict))
    widths = [max(len(line[i]) for line in cells) for i in range(len(_HEAD))]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in cells)
