"""Logs of builds that failed: they are written in scratch folders, and kept in the store for whoever reads the error."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from bundler.errors import BuildError, reason_of
from bundler.isolation.leavings import UnsafeLeavingError, read_end

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bundler.pipeline.session import Session

LARGEST_LOG = 4 << 20
"""Bytes that are kept of one, its last ones: a build prints what it likes."""


@contextlib.contextmanager
def logs_kept(session: Session, name: str) -> Iterator[None]:
    """The error of a build that fails in here names a log that outlives this run: ``logs/NAME.log`` in the store."""
    try:
        yield
    except BuildError as error:
        if error.log is not None:
            error.context = (*error.context, _kept(error.log, session, name))
            error.log = None
        raise


def _kept(log: Path, session: Session, name: str) -> str:
    """What a person is told of it; that it can't be kept is no reason to hide why the build failed."""
    if session.store_open is not None:
        return f"its log wasn't kept: others may change what is in {session.store}"
    kept = session.store / "logs" / f"{name}.log"
    try:
        content, left_out = read_end(log, LARGEST_LOG)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(content)
    except UnsafeLeavingError as error:
        return f"its log wasn't kept: {error}"
    except OSError as error:
        return f"its log wasn't kept: {reason_of(error)}"
    return f"the last {LARGEST_LOG >> 20} MiB of the log: {kept}" if left_out else f"the whole log: {kept}"
