"""Who signed the programs of a Python that runs where it lies."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from bundler.errors import IntegrityError
from bundler.formats.authenticode import Roots, can_check_signatures, demand_signature, find_signature
from bundler.runtime.tree import core_dll
from bundler.runtime.tree_content import spread_out

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bundler.formats.signature import Signature
    from bundler.model.artifact import Tree
    from bundler.report import Reporter
    from bundler.runtime.runtime_file import RuntimeFile, SignerDemand

_SIGNABLE = (".exe", ".dll", ".pyd")
_MOST_PROGRAMS = 1000
"""Of a Python, which has some hundred: to look at a signature takes a tenth of a second where somebody wants that."""


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
    tree: Tree, *, work: Path, signer: str | None, extra_roots: tuple[Path, ...] = (), core: tuple[str, ...] = ()
) -> TreeSignatures:
    """Check every program of ``tree``: python.exe and the files of ``core`` must be signed by ``signer``.

    ``work``: a folder for scratch files. The others may be signed by anybody or by nobody; with ``signer`` None that goes for all. One whose signature is broken
    is an error wherever it lies. Raises IntegrityError as ``check_signature`` does, and (``archive-bomb``).
    """
    roots = Roots(extra_roots)
    signed: Counter[str] = Counter()
    unsigned: list[str] = []
    untrusted: list[str] = []
    python: str | None = None
    demanded = {tree.python, *core} if signer is not None else set()
    programs = [path for path in tree.paths if path.lower().endswith(_SIGNABLE)]
    if len(programs) > _MOST_PROGRAMS:
        raise IntegrityError(
            "archive-bomb",
            f"there are {len(programs)} programs beside {tree.python}, and more than {_MOST_PROGRAMS} in no Python",
            hint="take the file from its publisher; what else it brings belongs into packages",
        )
    with spread_out(tree, programs, work) as folder:
        for path in programs:
            found: Signature | None
            if signer is not None and path in demanded:
                found = demand_signature(folder / path, path, signer, roots)
            else:
                found = find_signature(folder / path, path, signer, roots)
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


def tree_signer(file: RuntimeFile, demand: SignerDemand, tree: Callable[[], Tree]) -> str | None:
    """Whose signature the python.exe of an unpacked runtime carries, None: nobody's; how many of its programs are signed is reported."""
    unpacked = tree()
    if demand.signer is None and unchecked(file.locked.artifact.filename, file.reporter):
        return None
    dll = str(PurePosixPath(unpacked.python).with_name(core_dll(file.target)))
    found = check_tree(unpacked, work=file.folder.parent, signer=demand.signer, extra_roots=demand.roots, core=(dll,))
    file.reporter.note(f"{file.locked.artifact.filename}: {_signed_text(found)}")
    return found.python


def unchecked(filename: str, reporter: Reporter) -> bool:
    """Whether the signature of a file that may be unsigned can't be looked at on this host, which is then reported."""
    if can_check_signatures():
        return False
    reporter.note(f"{filename}: signature not checked, since the packages for that aren't installed")
    return True


def _signed_text(found: TreeSignatures) -> str:
    """``33 programs signed by Python Software Foundation, 12 by Microsoft Corporation, 4 unsigned``"""
    by = [f"{count} by {name}" for name, count in sorted(found.signed, key=lambda each: -each[1])]
    words = ["programs signed: " + ", ".join(by)] if by else []
    words += [f"{len(found.unsigned)} unsigned"] if found.unsigned else []
    words += [f"{len(found.untrusted)} signed by an untrusted signer"] if found.untrusted else []
    return "; ".join(words) or "no programs"
