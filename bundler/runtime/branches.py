"""What is known of CPython's branches on Windows: the last release with files, the lowest Windows, the C runtime."""

from __future__ import annotations

import dataclasses
import functools
import importlib.resources
import tomllib
from typing import ClassVar

from pydantic import ConfigDict, StrictBool

from bundler.errors import InputError
from bundler.model.codec import KEBAB, decode
from bundler.model.runtime_kinds import InstallerKind, KindName


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Branch:
    """One x.y. ``windows`` is the lowest version as the system counts (``6.1`` is 7 SP1); ``branches.toml`` says the rest."""

    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    version: str
    windows: str
    crt: str
    last: str | None = None
    installer: InstallerKind | None = None
    embed: StrictBool = False
    arm64: tuple[KindName, ...] = ()

    @property
    def numbers_of_windows(self) -> tuple[int, int]:
        """``windows`` as numbers."""
        major, minor = _numbers(self.windows)
        return major, minor

    def has_files(self, python: str) -> bool:
        """Whether python.org made files for Windows of the release ``python`` (x.y.z) of this branch."""
        return self.last is None or _numbers(python) <= _numbers(self.last)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Table:
    __pydantic_config__: ClassVar[ConfigDict] = KEBAB
    branch: tuple[Branch, ...]


@functools.cache
def branches() -> tuple[Branch, ...]:
    """All known branches, oldest first."""
    text = importlib.resources.files("bundler.runtime").joinpath("branches.toml").read_text(encoding="utf-8")
    return decode(_Table, tomllib.loads(text)).branch


def branch_of(python: str) -> Branch:
    """The branch of ``python`` (x.y.z). One newer than all known ones is like the last of them.

    Raises InputError (``python-unknown``) for a branch that was never made for Windows, or too long ago.
    """
    known = branches()
    wanted = _numbers(python)[:2]
    for branch in known:
        if _numbers(branch.version) == wanted:
            return branch
    if wanted > _numbers(known[-1].version):
        return dataclasses.replace(known[-1], version=".".join(map(str, wanted)))
    raise InputError(
        "python-unknown",
        f"a runtime of Python {python} can't be found by itself: nothing is known of that branch",
        hint="known are " + ", ".join(branch.version for branch in known) + " and later; or name the source",
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
