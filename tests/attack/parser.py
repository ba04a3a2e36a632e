"""One reader of foreign bytes as the search for faults sees it: what it gets whole, how that is broken, and what may come of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

from bundler.errors import BundleError, HostError
from tests.attack.breaking import Breaker

_EACH = 100
"""Of so many cases one has a piece that is far longer than any is."""


class OutsideError(AssertionError):
    """What came isn't of the family, or says what isn't so."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Parser:
    """``whole`` makes the inputs in a folder, once; ``broken`` makes a case of them; ``read`` reads the case, which lies in a file called
    ``filename``, and may fill the folder that it gets. ``edge``: what it raises where it is no BundleError but known to all who call it.
    ``few``: cases in the whole run of the tests; ``share``: of each 10,000 cases of a search.
    """

    name: str
    filename: str
    whole: Callable[[Path], Sequence[bytes]]
    broken: Callable[[Breaker, Sequence[bytes]], bytes]
    read: Callable[[Path, Path], object]
    edge: tuple[type[Exception], ...] = ()
    few: int = 60
    share: int = 100

    def case(self, number: int, wholes: Sequence[bytes]) -> bytes:
        """Always the same bytes for a number."""
        breaker = Breaker(f"{self.name} {number}")
        if number % _EACH == _EACH - 1 and wholes:
            return breaker.inflated(breaker.draw.choice(wholes))
        return self.broken(breaker, wholes)

    def attempt(self, path: Path, work: Path) -> bool:
        """Whether the case was refused; raises OutsideError where anything else came than a value or an error of the family."""
        try:
            self.read(path, work)
        except HostError as error:
            raise OutsideError(f"called a fault of this machine: {error}") from error
        except OutsideError:
            raise
        except Exception as error:
            if isinstance(error, (BundleError, *self.edge)):
                return True
            raise OutsideError(f"{type(error).__name__}: {str(error)[:200]}") from error
        return False
