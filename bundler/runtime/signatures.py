"""Who signed the programs of a Python that runs where it lies."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING

from bundler.formats.authenticode import Roots, Signature, demand_signature, find_signature

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.model.artifact import Tree

_SIGNABLE = (".exe", ".dll", ".pyd")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class TreeSignatures:
    """Who signed the programs of a tree: counts for each common name, sorted; the rest as paths, sorted.

    ``python``: whose trusted signature python.exe carries, None: nobody's.
    """

    python: str | None
    signed: tuple[tuple[str, int], ...]
    unsigned: tuple[str, ...]
    untrusted: tuple[str, ...]


def check_tree(
    tree: Tree, *, signer: str | None, extra_roots: tuple[Path, ...] = (), core: tuple[str, ...] = ()
) -> TreeSignatures:
    """Check every program of ``tree``: python.exe and the files of ``core`` must be signed by ``signer``.

    The others may be signed by anybody or by nobody; with ``signer`` None that goes for all. One whose signature is broken
    is an error wherever it lies. Raises IntegrityError as ``check_signature`` does.
    """
    roots = Roots(extra_roots)
    signed: Counter[str] = Counter()
    unsigned: list[str] = []
    untrusted: list[str] = []
    python: str | None = None
    demanded = {tree.python, *core} if signer is not None else set()
    for path in tree.files:
        if not path.lower().endswith(_SIGNABLE):
            continue
        found: Signature | None
        if signer is not None and path in demanded:
            found = demand_signature(tree.root / path, path, signer, roots)
        else:
            found = find_signature(tree.root / path, path, signer, roots)
        if found is None:
            unsigned.append(path)
        elif found.distrust:
            untrusted.append(path)
        else:
            signed[found.subject_common_name] += 1
            if path == tree.python:
                python = found.subject_common_name
    return TreeSignatures(
        python=python, signed=tuple(sorted(signed.items())), unsigned=tuple(unsigned), untrusted=tuple(untrusted)
    )
