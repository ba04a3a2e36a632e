"""Files of the real index, as a recipe names them: NAME==VERSION/FILENAME."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from bundler.model.source import parse_source
from bundler.pipeline.pinning import artifact_of
from bundler.pipeline.session import Options, open_session
from bundler.report import Reporter
from bundler.resolve import IndexRoute

if TYPE_CHECKING:
    from pathlib import Path


def fetch_files(folder: Path, *names: str) -> list[Path]:
    """The files, checked against the index's own hashes, in ``folder`` under their own names."""
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    with open_session(Options(environ=dict(os.environ), store=folder / "store"), Reporter()) as session:
        routes = tuple(IndexRoute(each) for each in session.indexes)
        for name in names:
            source = parse_source(f"index:{name}")
            artifact = artifact_of(session, source, folder=folder, routes=routes, sha256=None)
            stored = session.fetcher.fetch([artifact], session.reporter)[artifact]
            found.append(folder / artifact.filename)
            shutil.copyfile(stored.path, found[-1])
    return found
