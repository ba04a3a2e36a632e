"""python.org's installers for Python before 3.5: Windows Installer databases, whose files also start where they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.formats.archives.unpacking import unpack
from bundler.formats.msi.installed_files import walk_msi
from bundler.runtime.kinds.behaviour import Behaviour
from bundler.runtime.python_installer import check_msi, installer_signer
from bundler.runtime.python_org import installer_address
from bundler.runtime.tree import needless_to_start, unpack_runtime

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bundler.model.artifact import Tree
    from bundler.model.source import Source
    from bundler.model.target import Target
    from bundler.runtime.branches import Branch
    from bundler.runtime.runtime_file import RuntimeFile, SignerDemand


def _address(target: Target, branch: Branch, mirror: str) -> Source:
    return installer_address(target, branch, mirror, kind="msi", joint=".")


def _check(file: RuntimeFile, demand: SignerDemand, _tree: Callable[[], Tree]) -> str | None:
    check_msi(file.stored.path, file.target)
    return installer_signer(file, demand)


def _tree(file: RuntimeFile) -> Tree:
    return unpack_runtime(file, reader=walk_msi, needless=needless_to_start)


def _build_folder(file: RuntimeFile, _tree: Callable[[], Tree]) -> Path:
    # what starts on the target leaves out what only programmers want
    unpack(file.stored.path, file.folder, reader=walk_msi)
    return file.folder


BEHAVIOUR = Behaviour(address=_address, check=_check, tree=_tree, build_folder=_build_folder)
