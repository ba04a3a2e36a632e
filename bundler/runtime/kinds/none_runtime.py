"""A Python that the site installed: no file of it travels, and nothing of it can be looked at on this host."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from bundler.runtime.kinds.behaviour import Behaviour

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bundler.model.artifact import Tree
    from bundler.runtime.runtime_file import RuntimeFile, SignerDemand


def _check(file: RuntimeFile, _demand: SignerDemand, _tree: Callable[[], Tree]) -> NoReturn:
    _tree_of(file)


def _tree_of(file: RuntimeFile) -> NoReturn:
    raise AssertionError(f"{file.locked.artifact.filename} is no file of a Python that the target has")


def _build_folder(_file: RuntimeFile, _tree: Callable[[], Tree]) -> Path | None:
    return None


BEHAVIOUR = Behaviour(check=_check, tree=_tree_of, build_folder=_build_folder)
