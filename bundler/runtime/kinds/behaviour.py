"""What every kind of runtime answers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

from bundler.model.artifact import Tree
from bundler.model.source import Source
from bundler.model.target import Target
from bundler.runtime.branches import Branch
from bundler.runtime.runtime_file import RuntimeFile, SignerDemand


def fits_every_version(target: Target) -> None:
    """Of most kinds there are files for every version."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Behaviour:
    """One kind of runtime on the build host.

    ``fits`` raises InputError (``runtime-kind``) for a Python that can't have this kind, wherever its file comes from.
    ``address``: where python.org, or the mirror whose root is given, has the file; raises InputError (``no-installer``,
    ``runtime-kind``). None: there is no default address.
    ``check``: that the file is what it should be, and who signed it, None: nobody, as the recipe allows; raises IntegrityError.
    ``tree``: the Python that starts where it lies, unpacked; raises IntegrityError. Checks ask for it where they look inside.
    ``build_folder``: where its files lie on this host, all that compilers need among them; None: they can't be had.
    """

    check: Callable[[RuntimeFile, SignerDemand, Callable[[], Tree]], str | None]
    tree: Callable[[RuntimeFile], Tree]
    build_folder: Callable[[RuntimeFile, Callable[[], Tree]], Path | None]
    address: Callable[[Target, Branch, str], Source] | None = None
    fits: Callable[[Target], None] = fits_every_version
