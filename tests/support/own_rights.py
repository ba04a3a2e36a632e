"""A stretch of a test in which modes of files count for root too, as they do for everybody else."""

from __future__ import annotations

import contextlib
import ctypes
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_VERSION = 0x20080522
_FILES = 1 << 1 | 1 << 2
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH (capabilities(7)): to write and to read whatever the modes say."""


@contextlib.contextmanager
def modes_count() -> Iterator[None]:
    """This thread alone has no such rights; programs that it starts as root have all of them again."""
    library, header, sets = (
        ctypes.CDLL(None, use_errno=True),
        (ctypes.c_uint32 * 2)(_VERSION, 0),
        (ctypes.c_uint32 * 6)(),
    )
    assert library.capget(header, sets) == 0
    effective = sets[0]
    sets[0] = effective & ~_FILES
    assert library.capset(header, sets) == 0
    try:
        yield
    finally:
        sets[0] = effective
        assert library.capset(header, sets) == 0
