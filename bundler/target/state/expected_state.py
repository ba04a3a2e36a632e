"""What a run would begin with that an interrupted one comes before: not what lies there, but what is there once that is finished or taken back."""

from __future__ import absolute_import, unicode_literals

import os

from .receipt import State

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..layout import Layout
    from .journal import Unfinished


_MADE = ("folder", "file", "tree")
"""Kinds of changes (steps/undo_kinds.py) that are taken back by a removal."""


def expected_state(layout, found, undos, forward):
    # type: (Layout, Unfinished, list[list[Any]], bool) -> State
    """``found``: what the journal says that nobody closed; ``undos``: those changes in it that are ours; ``forward``: it will be finished."""
    state = State(layout)
    if found.intention is None:
        return state
    if forward:
        state.pointer, state.receipt = found.intention.release, found.receipt
        if found.intention.mode == "uninstall":
            state.receipt, state.release_exists, state.release_complete = None, False, False
        return state
    made = [each[1] for each in undos if each[0] == "folder"]
    state.guarded_before = [each[1] for each in undos if each[0] == "grant" and not each[2] and each[1] in made]
    state.taken_back = [each[1] for each in undos if each[0] in _MADE and each[1] != layout.environment]
    exchanged = [each[1:] for each in undos if each[0] == "exchanged"]
    state.moved_back = {place: old for place, old in exchanged if os.path.isfile(old)}
    for kind, fields in [(each[0], each[1:]) for each in reversed(undos)]:
        if kind == "pointer":
            state.pointer = fields[1]
        elif kind == "release" and os.path.normcase(fields[0]) == os.path.normcase(layout.release):
            state.release_exists, state.release_complete = False, False
    return state
