"""What is wanted of a pylock.toml."""

from __future__ import annotations

import dataclasses

from bundler.model.target import Target


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class LockSelection:
    """What to take of a lock: for which target, with which extras, and dependency groups (None: the lock's default ones).

    ``from_source``: packages (normalized names) whose sdist is taken where the lock has one; None: all packages.
    """

    target: Target
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] | None = None
    from_source: frozenset[str] | None = frozenset()
