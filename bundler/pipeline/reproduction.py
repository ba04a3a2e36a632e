"""Building a bundle again: what is wished for, and what came of it."""

from __future__ import annotations

import dataclasses
from pathlib import Path


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ReproductionWishes:
    """``against``: another bundle that it is compared with, None: the very one; ``source``: a folder with the recipe's projects and files, and with
    what its addresses don't have any more; ``output``: where what was built stays, None: nowhere; ``network``: builds reach the network where the
    bundle's recipe lets them.
    """

    against: Path | None = None
    source: Path | None = None
    output: Path | None = None
    network: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A member that isn't as it should be: ``not-made``, ``differs``, ``missing`` or ``added``; ``why`` in words, ``details``: lines. Where ``path`` is a
    folder, with ``/`` at its end, it is all of its ``files``.
    """

    path: str
    how: str
    why: str
    details: tuple[str, ...] = ()
    files: int = 1


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Reproduction:
    """``wanted`` and ``made``: the sha256 of the archive (of a folder that of its sums) that it was compared with, and of the one that was built now.

    ``members``: how many there are to compare; ``taken``: inputs, by name, that only the bundle itself had, and why; ``built_with`` and ``version``: of this
    program, then and now; ``tools``: those whose versions are others, by the statement beside the bundle: name, version then, version now; ``path``: where what was built lies, None: it isn't kept.
    """

    bundle: Path
    against: Path
    wanted: str
    made: str
    members: int
    differences: tuple[Difference, ...]
    taken: tuple[tuple[str, str], ...]
    built_with: str
    version: str
    tools: tuple[tuple[str, str, str], ...]
    path: Path | None

    @property
    def verdict(self) -> str:
        """``same``: every byte was made again; ``incomplete``: what was made is the same, and some members couldn't be made; ``different``."""
        if any(each.how != "not-made" for each in self.differences) or self.wanted != self.made:
            return "different"
        return "incomplete" if self.differences else "same"
