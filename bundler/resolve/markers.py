"""Environment markers (PEP 508) for a machine that isn't this one.

``packaging`` fills what an environment leaves out from the running interpreter. So a marker is taken apart here, and only
single comparisons whose variables the target has stated are given to ``packaging``; the others have the value "unknown", which
is an error only where the whole marker depends on it.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, cast

from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.utils import canonicalize_name

from bundler.foreign import LONGEST
from bundler.model.target import MARKERS, UNKNOWN_MARKERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bundler.model.target import Target

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"[^"]*"|'[^']*')
    |(?P<op>===|==|~=|!=|<=|>=|<|>)
    |(?P<paren>[()])
    |(?P<word>[A-Za-z_][A-Za-z0-9_.]*))""",
    re.VERBOSE,
)
_LEGACY = {  # names that PEP 345 had and that old metadata still uses
    "os.name": "os_name",
    "sys.platform": "sys_platform",
    "platform.version": "platform_version",
    "platform.machine": "platform_machine",
    "platform.python_implementation": "platform_python_implementation",
    "python_implementation": "platform_python_implementation",
}
_Tree = tuple[str, "_Tree", "_Tree"] | tuple[str, str, str, str]


class MalformedMarkerError(ValueError):
    """The text is no marker."""


class UnstatedMarkerError(Exception):
    """The answer depends on ``variable``, which nobody stated for the target."""

    def __init__(self, variable: str) -> None:
        super().__init__(variable)
        self.variable = variable


class MarkerEvaluator:
    """Answers markers for one target; comparisons are remembered, as packages share them. Safe from any thread."""

    def __init__(self, target: Target) -> None:
        self._environment = cast("Mapping[str, str]", target.environment())
        # what packaging would otherwise take from this host; never compared, see _compare
        blank = dict.fromkeys((*UNKNOWN_MARKERS, "extra"), "")
        self._complete = blank | dict(self._environment)
        self._compare = functools.lru_cache(maxsize=None)(self._compare_once)

    def holds(self, marker: str, extra: str = "") -> bool:
        """Whether ``marker`` is true with ``extra`` (normalized, empty for none).

        Raises MalformedMarkerError and UnstatedMarkerError.
        """
        unknown: list[str] = []
        try:
            answer = self._value(parse(marker), extra, unknown)
        except RecursionError:
            raise MalformedMarkerError("nested too deep") from None
        if answer is None:
            raise UnstatedMarkerError(unknown[0])
        return answer

    def _value(self, tree: _Tree, extra: str, unknown: list[str]) -> bool | None:
        if len(tree) == 4:  # noqa: PLR2004
            _, left, operator, right = tree
            if "extra" in (left, right):
                return self._extra(left, operator, right, extra)
            for side in (left, right):
                if side[0] in "\"'" or side in self._environment:
                    continue
                if side not in MARKERS:
                    raise MalformedMarkerError(f"{side} is not an environment marker")
                unknown.append(side)
                return None
            return self._compare(left, operator, right)
        name, first, second = tree
        decisive = name == "or"
        one = self._value(first, extra, unknown)
        if one is decisive:
            return one
        two = self._value(second, extra, unknown)
        if two is decisive:
            return two
        return None if one is None or two is None else not decisive

    @staticmethod
    def _extra(left: str, operator: str, right: str, extra: str) -> bool:
        literal = right if left == "extra" else left
        same = canonicalize_name(literal[1:-1]) == extra  # PEP 685
        if operator in ("==", "==="):
            return same
        if operator == "!=":
            return not same
        raise MalformedMarkerError(f"extra {operator} {literal}")

    def _compare_once(self, left: str, operator: str, right: str) -> bool:
        text = f"{left} {operator} {right}"
        try:
            return Marker(text).evaluate(cast("dict[str, str | frozenset[str]]", self._complete))
        except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName) as error:
            raise MalformedMarkerError(f"{text}: {error}") from None


@functools.lru_cache(maxsize=8192)
def parse(marker: str) -> _Tree:
    """The marker's tree: ("and" | "or", tree, tree) or ("compare", left, operator, right)."""
    if len(marker) > LONGEST:
        raise MalformedMarkerError(f"it has {len(marker)} characters, and at most {LONGEST} are read")
    tokens = [*_tokens(marker), ("end", "")]
    tree, position = _either(tokens, 0)
    if tokens[position][0] != "end":
        raise MalformedMarkerError(marker)
    return tree


def _tokens(marker: str) -> Iterator[tuple[str, str]]:
    position, end = 0, len(marker.rstrip())
    while position < end:
        found = _TOKEN.match(marker, position)
        if found is None or found.lastgroup is None:
            raise MalformedMarkerError(marker)
        position = found.end()
        yield found.lastgroup, found[found.lastgroup]


def _either(tokens: list[tuple[str, str]], position: int) -> tuple[_Tree, int]:
    tree, position = _both(tokens, position)
    while tokens[position] == ("word", "or"):
        right, position = _both(tokens, position + 1)
        tree = ("or", tree, right)
    return tree, position


def _both(tokens: list[tuple[str, str]], position: int) -> tuple[_Tree, int]:
    tree, position = _one(tokens, position)
    while tokens[position] == ("word", "and"):
        right, position = _one(tokens, position + 1)
        tree = ("and", tree, right)
    return tree, position


def _one(tokens: list[tuple[str, str]], position: int) -> tuple[_Tree, int]:
    if tokens[position] == ("paren", "("):
        tree, position = _either(tokens, position + 1)
        if tokens[position] != ("paren", ")"):
            raise MalformedMarkerError("a parenthesis is left open")
        return tree, position + 1
    left, position = _side(tokens, position)
    kind, operator = tokens[position]
    position += 1
    if (kind, operator) == ("word", "not") and tokens[position] == ("word", "in"):
        operator, position = "not in", position + 1
    elif kind != "op" and (kind, operator) != ("word", "in"):
        raise MalformedMarkerError(f"{operator!r} is not a comparison")
    right, position = _side(tokens, position)
    if (left[0] in "\"'") is (right[0] in "\"'"):
        # two variables or two strings: PEP 508's grammar allows it, nobody means it, and it can't be answered apart
        raise MalformedMarkerError(f"{left} {operator} {right}")
    return ("compare", left, operator, right), position


def _side(tokens: list[tuple[str, str]], position: int) -> tuple[str, int]:
    kind, text = tokens[position]
    if kind not in ("string", "word"):
        raise MalformedMarkerError(f"{text!r} stands where a value should")
    return (_LEGACY.get(text, text) if kind == "word" else text), position + 1
