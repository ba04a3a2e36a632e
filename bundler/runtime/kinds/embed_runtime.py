"""python.org's embeddable zips, since Python 3.5."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.runtime.kinds.behaviour import Behaviour
from bundler.runtime.python_org import embeddable_address
from bundler.runtime.signatures import tree_signer
from bundler.runtime.tree import laid_out, unpack_runtime

if TYPE_CHECKING:
    from bundler.model.source import Source
    from bundler.model.target import Target
    from bundler.runtime.branches import Branch


def _address(target: Target, branch: Branch, mirror: str) -> Source:
    return embeddable_address(target, branch, mirror, python=target.python)


BEHAVIOUR = Behaviour(address=_address, check=tree_signer, tree=unpack_runtime, build_folder=laid_out)
