"""What a bundle is made from: the recipe with its lock, the files that it carries, and its Python."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Literal

from bundler.model.artifact import StoredFile, Tree, WheelFile
from bundler.model.dll import DllInfo
from bundler.model.lock import Lock
from bundler.model.prerequisite import CheckedInstaller
from bundler.model.recipe import FileTable, Recipe, TargetTable
from bundler.pack.draft import BillMaker


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BundleOrder:
    """What a bundle is made from: the recipe, the table of one of its targets, and the lock for that, with its file's content."""

    recipe: Recipe
    table: TargetTable
    lock: Lock
    lock_text: str


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class BundleParts:
    """What a bundle carries besides its Python. ``wheels`` must be the lock's packages, in any order; ``seeds`` make the environment;
    ``files``, ``prerequisites`` and ``icon`` are all of the recipe's; ``dlls``: what the server must have besides; ``attestations``: of who
    published packages, each with its name; ``programs``: those of ours that somebody signed, by name; ``bill`` makes the bill of materials.
    """

    wheels: Sequence[WheelFile]
    seeds: Sequence[WheelFile]
    files: Sequence[tuple[FileTable, StoredFile]] = ()
    prerequisites: Sequence[CheckedInstaller] = ()
    dlls: Sequence[DllInfo] = ()
    attestations: Sequence[tuple[str, StoredFile]] = ()
    icon: StoredFile | None = None
    programs: Mapping[str, bytes] = dataclasses.field(default_factory=dict)
    bill: BillMaker | None = None


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PackedRuntime:
    """The Python of a bundle: ``boot`` starts on the bare target; ``installer`` is the runtime's, None: the release gets a copy of ``boot``,
    or the target has its own.

    ``maker``: with what the environment is made; ``windows``: the lowest Windows of that Python; ``size`` in bytes once installed.
    """

    boot: Tree
    installer: StoredFile | None
    maker: Literal["venv", "virtualenv"]
    windows: tuple[int, int, int]
    size: int
