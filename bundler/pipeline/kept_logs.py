"""Logs of builds that failed: they are written in scratch folders, and kept in the store for whoever reads the error."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.build.diagnosis import WHOLE_LOG
from bundler.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.pipeline.session import Session


@contextlib.contextmanager
def logs_kept(session: Session, name: str) -> Iterator[None]:
    """The error of a build that fails in here names a log that outlives this run: ``logs/NAME.log`` in the store."""
    try:
        yield
    except BuildError as error:
        error.context = tuple(_kept(session, name, each) for each in error.context)
        raise


def _kept(session: Session, name: str, line: str) -> str:
    log = Path(line.removeprefix(WHOLE_LOG))
    if not line.startswith(WHOLE_LOG) or not log.is_relative_to(session.work) or not log.is_file():
        return line
    kept = session.store / "logs" / f"{name}.log"
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(log, kept)
    return f"{WHOLE_LOG}{kept}"
