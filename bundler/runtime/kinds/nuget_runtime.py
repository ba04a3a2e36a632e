"""NuGet packages of CPython: whole trees, with headers and import libraries."""

from __future__ import annotations

from bundler.runtime.kinds.behaviour import Behaviour
from bundler.runtime.signatures import tree_signer
from bundler.runtime.tree import laid_out, unpack_runtime

BEHAVIOUR = Behaviour(check=tree_signer, tree=unpack_runtime, build_folder=laid_out)
