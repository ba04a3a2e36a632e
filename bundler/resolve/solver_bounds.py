"""How much one resolution may take: more than any real set, and less than a machine can't hold.

An index may make up a package for each name that it is asked for, each of which needs the next; and the solver looks, before each
step, at all that is wanted so far, and keeps it for the way back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.errors import ResolutionError

if TYPE_CHECKING:
    from bundler.resolve.request import Request

MOST_PACKAGES = 2_500
"""Different packages, and extras of packages, that are asked for, on ways that lead nowhere too; large applications have some hundreds."""
MOST_LOOKS = 4_000_000
"""Requirements and their clauses that the solver looks at, and versions that it compares with them, each as often as it does; some
microseconds each. Large applications take ten thousand, the largest set that is known (``apache-airflow[all]``, 700 packages, 1,700 met) 1.8 million.
"""
MOST_AHEAD = 1_000
"""Packages whose pages are fetched before the solver came to them."""
MOST_EXTRAS = 50
"""Of one requirement, whose dependencies are fetched before the solver came to them."""


class Bounds:
    """Counts for one resolution, whatever is left out or let in again meanwhile."""

    def __init__(self, request: Request, *, packages: int = MOST_PACKAGES, looks: int = MOST_LOOKS) -> None:
        self._request = request
        self._packages = packages
        self._left = self._looks = looks
        self._met: set[str] = set()

    @property
    def packages(self) -> int:
        return self._packages

    def meet(self, key: str) -> None:
        """Something asks for a package; raises ResolutionError (``resolution-too-long``)."""
        self._met.add(key)
        if len(self._met) > self._packages:
            raise self._error(f"more than {self._packages:,} packages are asked for")

    def look(self, requirements: int) -> None:
        """So many requirements are looked at; raises the same."""
        self._left -= requirements
        if self._left < 0:
            raise self._error(f"no answer after {self._looks:,} looks at requirements")

    def _error(self, words: str) -> ResolutionError:
        return ResolutionError(
            "resolution-too-long",
            words,
            context=tuple(each.requirement for each in self._request.wanted),
            hint="pin or bound some of these packages, to versions that you know; an index that means harm can lead on without end",
        )
