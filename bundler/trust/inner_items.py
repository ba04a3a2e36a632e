"""What lies inside a package or a Python, as items of the bill: programs with what they say of themselves, and what a wheel's own bill names.

What says no maker of its own came from whoever supplies the whole, and says that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from packageurl import PackageURL

from bundler.trust.bill import SUPPLIED_WITH, Item, Party, StatedLicence, Traits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from bundler.trust.file_papers import ProgramPaper
    from bundler.trust.foreign_bill import Component


def programs_in(programs: Iterable[ProgramPaper], owner: str, supplier: Party) -> Iterator[Item]:
    """``owner``: the ref of the whole, and its ``supplier``."""
    for each in programs:
        name = each.path.rpartition("/")[2]
        notes = (("inside", each.path),)
        yield Item(
            ref=f"{owner}!{each.path}",
            kind="library" if name.lower().endswith(".dll") else "application",
            name=name,
            version=each.version or f"sha256-{each.sha256[:16]}",
            path=name,
            hashes=hashes_of(each.sha256, each.sha512),
            purl=str(PackageURL("generic", None, name, each.version or None, {"checksum": f"sha256:{each.sha256}"})),
            description=each.product,
            supplier=Party(name=each.company) if each.company else supplier,
            traits=Traits(executable=True),
            notes=notes if each.company else (*notes, (SUPPLIED_WITH, owner)),
        )


def stated_in(
    components: Iterable[Component], owner: str, supplier: Party, expression_in: Callable[[str], str]
) -> Iterator[Item]:
    """Those that a wheel's own bill names, in the order of that. ``expression_in``: the SPDX expression in a text, empty without one."""
    for number, each in enumerate(components):
        yield Item(
            ref=f"{owner}#{number}",
            kind=each.type,
            name=each.name,
            version=each.version,
            hashes=each.hashes,
            purl=each.purl,
            supplier=supplier,
            licence=_licence(each.licence, expression_in(each.licence)),
            notes=(("stated-by", "the wheel's own bill of materials (PEP 770)"), (SUPPLIED_WITH, owner)),
        )


def hashes_of(sha256: str, sha512: str) -> tuple[tuple[str, str], ...]:
    """As an item has them."""
    return ("SHA-256", sha256), ("SHA-512", sha512)


def _licence(text: str, expression: str) -> StatedLicence:
    if expression:
        return StatedLicence(expression=expression)
    return StatedLicence(names=(text,)) if text else StatedLicence()
