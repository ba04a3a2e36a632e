"""What stands in braces in a recipe's texts: whether something defines it, and whether it is a secret where everybody can read it."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

from bundler.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_REFERENCE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_.]*)\}")


def references_in(text: str) -> list[str]:
    """``release`` for ``{release}``."""
    return _REFERENCE.findall(text)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """``names``: what can stand in braces; ``secrets``: those of them that are secret site values."""

    names: frozenset[str]
    secrets: frozenset[str]

    def with_(self, more: Iterable[str] = (), *, without: Iterable[str] = ()) -> Known:
        """The same for a text in which something else can stand."""
        return dataclasses.replace(self, names=(self.names | frozenset(more)) - frozenset(without))

    def faults(self, where: str, text: str, *, private: bool = False) -> Iterator[Fault]:
        """``private``: only the program itself and administrators can read what comes of the text."""
        for used in references_in(text):
            if used not in self.names:
                defined = ", ".join(f"{{{name}}}" for name in sorted(self.names))
                yield Fault(where, f"{{{used}}} is not defined; defined are {defined}")
            elif used in self.secrets and not private:
                yield Fault(
                    where,
                    f"{{{used}}} is secret, and everybody on the target can read command lines, paths and addresses; put it into "
                    "a [[file]] with template = true, or into the environment of a [[service]]",
                )
