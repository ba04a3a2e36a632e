"""The shapes that tables on the disk must have, so that whoever reads one needn't ask again: a file may have been damaged or written by hand."""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import is_number, is_text, text_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TEXT = text_type
_CHECKS = {TEXT: is_text, int: is_number}


class Maybe(object):
    """The shape, or nothing (None)."""

    def __init__(self, shape):
        # type: (Any) -> None
        self.shape = shape


def fits(value, shape):
    # type: (Any, Any) -> bool
    """``[TEXT]``: a list of texts, ``(TEXT, int)``: a list of these two, ``{"name": TEXT}``: a table with at least these, else a type."""
    if isinstance(shape, type):  # first: there are hundreds of thousands of them
        return _CHECKS[shape](value) if shape in _CHECKS else isinstance(value, shape)
    if isinstance(shape, Maybe):
        return value is None or fits(value, shape.shape)
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(each, shape[0]) for each in value)
    if isinstance(shape, tuple):
        same = isinstance(value, list) and len(value) == len(shape)
        return same and all(fits(value[i], wanted) for i, wanted in enumerate(shape))
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(fits(value.get(key), wanted) for key, wanted in shape.items())
    raise TypeError("no shape: %r" % (shape,))


def is_whole(path):
    # type: (Any) -> bool
    """An absolute path without detours."""
    return is_text(path) and os.path.isabs(path) and not {".", ".."} & set(path.replace("\\", "/").split("/"))
