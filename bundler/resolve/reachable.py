"""What a solved state pins: the packages that something wanted leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resolvelib.structs import State

    from bundler.resolve.candidate import Candidate, Need


def reachable(state: State[Need, Candidate, str]) -> dict[str, Candidate]:
    """The pins that a way leads to from what was asked for; the solver's state still has others, from choices that it took back.

    Those may need each other in a circle, which resolvelib's own way of asking (``Resolver.resolve``) follows without an end.
    """
    keys = {id(pin): key for key, pin in state.mapping.items()}
    needed_by: dict[str | None, list[str]] = {}
    for key, criterion in state.criteria.items():
        for parent in criterion.iter_parent():
            by = None if parent is None else keys.get(id(parent))
            if parent is None or by is not None:
                needed_by.setdefault(by, []).append(key)
    found: set[str] = set()
    waiting = list(needed_by.get(None, ()))
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += needed_by.get(key, ())
    return {key: pin for key, pin in state.mapping.items() if key in found}
