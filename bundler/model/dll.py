"""DLLs that a bundle's wheels want and that neither the bundle nor every Windows Server has."""

from __future__ import annotations

import dataclasses
from typing import ClassVar

from pydantic import ConfigDict, StrictBool

from bundler.model.codec import SNAKE


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class DllInfo:
    """One DLL, ``name`` in lower case; ``needed_by`` as ``package: path in its wheel``.

    ``delayed``: wanted only when something first calls it. ``condition``: when Windows Server has it (``since Windows Server 2019``),
    empty: never. ``redistributable`` is what brings it, ``address`` where to get that, ``silent`` the arguments of its
    installer that ask nothing; each empty where unknown. ``optional``: the part of a package that alone wants it, where applications
    do without that part. ``brought_by``: packages of the bundle that have it for themselves, so that it is found only if one of them is
    imported first; ``required``: whether those that want it require one of these.
    """

    __pydantic_config__: ClassVar[ConfigDict] = SNAKE
    name: str
    needed_by: tuple[str, ...]
    delayed: StrictBool
    condition: str
    redistributable: str
    address: str
    silent: str
    optional: str = ""
    brought_by: tuple[str, ...] = ()
    required: StrictBool = False
