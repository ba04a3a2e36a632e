"""python.org's installers since Python 3.5: programs; what they install can't be had without running them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.errors import InputError
from bundler.runtime.kinds.behaviour import Behaviour
from bundler.runtime.python_installer import check_exe, installer_signer
from bundler.runtime.python_org import demand_standard_build, installer_address
from bundler.runtime.tree import unpack_runtime

if TYPE_CHECKING:
    from collections.abc import Callable

    from bundler.model.artifact import Tree
    from bundler.model.source import Source
    from bundler.model.target import Target
    from bundler.runtime.branches import Branch
    from bundler.runtime.runtime_file import RuntimeFile, SignerDemand

_FIRST = (3, 5)


def _fits(target: Target) -> None:
    if target.version_info < _FIRST:
        raise InputError(
            "runtime-kind",
            f"Python {target.python} has no installer of kind 'exe': those begin with 3.5",
            hint='write kind = "msi" in [target.runtime]',
        )
    demand_standard_build(target, "installer")


def _address(target: Target, branch: Branch, mirror: str) -> Source:
    return installer_address(target, branch, mirror, kind="exe", joint="-")


def _check(file: RuntimeFile, demand: SignerDemand, _tree: Callable[[], Tree]) -> str | None:
    check_exe(file.stored.path, file.target)
    return installer_signer(file, demand)


def _build_folder(_file: RuntimeFile, _tree: Callable[[], Tree]) -> None:
    return None


BEHAVIOUR = Behaviour(address=_address, fits=_fits, check=_check, tree=unpack_runtime, build_folder=_build_folder)
