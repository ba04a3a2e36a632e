"""What is wanted of a pylock.toml."""

from __future__ import annotations

import dataclasses

from bundler.model.target import Target


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class LockSelection:
    """What to take of a lock: for which target, with which extras, and dependency groups (None: the lock's default ones)."""

    target: Target
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] | None = None
