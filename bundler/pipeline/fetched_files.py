"""Files of a lock, fetched and checked, under their own names: what builds and tools want."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bundler.model.artifact import Artifact
    from bundler.model.lock import LockedPackage
    from bundler.pipeline.session import Session


def fetch_one(session: Session, artifact: Artifact) -> Path:
    """One checked file under its own name."""
    return session.named(session.fetcher.fetch([artifact], session.reporter)[artifact], artifact.filename)


def fetch_wheels(session: Session, packages: Sequence[LockedPackage]) -> list[Path]:
    """The packages' wheels, checked, under their own names."""
    artifacts = [each.file for each in packages if each.file is not None]
    stock = session.fetcher.fetch(artifacts, session.reporter)
    return [session.named(stock[each], each.filename) for each in artifacts]
