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
    import libraries that a compiler needs. ``present``: it is no file of the bundle; the site installed it, and it is only used.
    """

    name: str
    installed: bool = False
    has_address: bool = False
    has_venv: bool = False
    may_compile: bool = False
    present: bool = False

    @property
    def outside(self) -> bool:
        """Whether the Python lies in a folder of its own, outside of the release."""
        return self.installed or self.present


_KINDS = (
    RuntimeKind(name="msi", installed=True, has_address=True, has_venv=True),
    RuntimeKind(name="exe", installed=True, has_address=True, has_venv=True),
    RuntimeKind(name="nuget", has_venv=True, may_compile=True),
    RuntimeKind(name="embed", has_address=True),
    RuntimeKind(name="archive", may_compile=True),
    RuntimeKind(name="none", present=True, has_venv=True),
)
RUNTIME_KINDS = {each.name: each for each in _KINDS}
"""By name, in the order in which they are listed to people."""

BOOT_KIND = RUNTIME_KINDS["embed"]
"""The kind of the Python that starts on a bare target, where the runtime's own file can't."""

OLD_BOOT_KIND = RUNTIME_KINDS["msi"]
"""The same for a Python that has no such file."""

INSTALLED = ", ".join(each.name for each in _KINDS if each.installed)
"""The kinds that are installers, for people: ``msi, exe``."""

if TYPE_CHECKING:
    KindName = str
    InstallerKind = str
else:
    KindName = Literal[tuple(RUNTIME_KINDS)]
    """Any kind: a recipe, a lock and a bundle can have each of them."""
    InstallerKind = Literal[tuple(each.name for each in _KINDS if each.installed)]
    """A kind that is an installer."""
