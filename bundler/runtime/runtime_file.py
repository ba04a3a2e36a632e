"""The file of a runtime on this host, and whose signature it should have."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from bundler.model.artifact import StoredFile
from bundler.model.lock import LockedRuntime
from bundler.model.ports import Shelf
from bundler.model.target import Target
from bundler.report import Reporter


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RuntimeFile:
    """A locked runtime: ``stored`` lies under its own name; what is unpacked of it goes to ``folder``, which isn't there yet.

    ``shelf`` keeps the files of the Python inside.
    """

    locked: LockedRuntime
    stored: StoredFile
    target: Target
    folder: Path
    shelf: Shelf
    reporter: Reporter


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SignerDemand:
    """``signer``: the Authenticode subject that is demanded, None: the recipe takes an unsigned one; ``roots``: further authorities (PEM)."""

    signer: str | None
    roots: tuple[Path, ...] = ()
