"""The kinds of runtime, one entry each: what recipes, locks, manifests and their words take from it.

What is done with a kind stands in ``bundler.runtime.kinds``, in the module ``KIND_runtime``. Nothing else compares with a kind's name: it asks the entry.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RuntimeKind:
    """How a Python comes to the target.

    ``installed``: its file is an installer, run on the target; otherwise the Python lives inside the release. ``has_address``: python.org
    has files of this kind, at an address that follows from version and platform. ``has_venv``: its Python has the module ``venv`` since
    it exists; otherwise what is locked for making the environment must do without. ``may_compile``: its files can have the headers and
    import libraries that a compiler needs. ``refused``: why no recipe can have it.
    """

    name: str
    installed: bool = False
    has_address: bool = False
    has_venv: bool = False
    may_compile: bool = False
    refused: str = ""


_KINDS = (
    RuntimeKind(name="msi", installed=True, has_address=True, has_venv=True),
    RuntimeKind(name="exe", installed=True, has_address=True, has_venv=True),
    RuntimeKind(name="nuget", has_venv=True, may_compile=True),
    RuntimeKind(name="embed", has_address=True),
    RuntimeKind(name="archive", may_compile=True),
    RuntimeKind(name="none", refused="a target that has its Python already is not supported by this version"),
)
RUNTIME_KINDS = {each.name: each for each in _KINDS}
"""By name, in the order in which they are listed to people."""

BOOT_KIND = RUNTIME_KINDS["embed"]
"""The kind of the Python that starts on a bare target, where the runtime's own file can't."""

INSTALLED = ", ".join(each.name for each in _KINDS if each.installed)
"""The kinds that are installers, for people: ``msi, exe``."""

if TYPE_CHECKING:
    RecipeKind = str
    BundledKind = str
    InstallerKind = str
else:
    RecipeKind = Literal[tuple(RUNTIME_KINDS)]
    """A kind that a recipe can name."""
    BundledKind = Literal[tuple(each.name for each in _KINDS if not each.refused)]
    """A kind that locks and bundles can have."""
    InstallerKind = Literal[tuple(each.name for each in _KINDS if each.installed)]
    """A kind that is an installer."""
