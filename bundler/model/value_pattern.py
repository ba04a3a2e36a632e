"""Patterns of site values: a part of regular expressions, made into an automaton here, so that no value can keep the target busy.

The target follows the automaton letter by letter. Its work is at most the value's length times the automaton's size; Python's own matcher tries
ways again, and may take years (``(a+)+b``).
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, ClassVar, NoReturn

from pydantic import ConfigDict, StrictBool, StrictInt

from bundler.model.codec import SNAKE

if TYPE_CHECKING:
    from collections.abc import Callable

_PLACES, _WAYS, _DEPTH, _READ = 400, 4000, 30, 10000
_HIGHEST = 0x10FFFF
_COUNT = re.compile(r"\{(\d{1,3})(,(\d{0,3}))?\}")
_DIGIT = ((0x30, 0x39),)
_WORD = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_SPACE = ((0x09, 0x0D), (0x20, 0x20))

Ranges = tuple[tuple[int, int], ...]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ValuePattern:
    """``text``: as the recipe has it. ``letters``: for each place, first and last code points of the letters that lead to it; ``begin``: the places
    where a value may begin; ``follow``: for each place, those that may come next; ``end``: where it may end; ``empty``: whether an empty
    value fits.
    """

    __pydantic_config__: ClassVar[ConfigDict] = SNAKE
    text: str
    letters: tuple[tuple[tuple[StrictInt, StrictInt], ...], ...]
    begin: tuple[StrictInt, ...]
    follow: tuple[tuple[StrictInt, ...], ...]
    end: tuple[StrictInt, ...]
    empty: StrictBool

    def fits(self, value: str) -> bool:
        """Whether the whole value does."""
        if not value:
            return self.empty
        allowed = set(self.begin)
        here = set[int]()
        for letter in value:
            code = ord(letter)
            here = {place for place in allowed if any(low <= code <= high for low, high in self.letters[place])}
            allowed = {after for place in here for after in self.follow[place]}
        return not here.isdisjoint(self.end)


def value_pattern(text: str) -> ValuePattern:
    """Raises ValueError, with what of the text isn't understood here."""
    return _Reader(text).read()


@dataclasses.dataclass(frozen=True, slots=True)
class _Part:
    """Of a pattern, as Glushkov has it: whether it may be empty, the places at which it begins, and those at which it ends."""

    empty: bool
    begin: frozenset[int]
    end: frozenset[int]


_NOTHING = _Part(True, frozenset(), frozenset())


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0
        self._read = 0
        self._letters: list[Ranges] = []
        self._follow: list[set[int]] = []

    def read(self) -> ValuePattern:
        if self._text.startswith("^"):
            self._at = 1
        whole = self._choice()
        if self._at < len(self._text):
            self._fail("there is a ) without a (")
        return ValuePattern(
            text=self._text,
            letters=tuple(self._letters),
            begin=tuple(sorted(whole.begin)),
            follow=tuple(tuple(sorted(each)) for each in self._follow),
            end=tuple(sorted(whole.end)),
            empty=whole.empty,
        )

    def _fail(self, why: str) -> NoReturn:
        raise ValueError(f"{why}, at letter {self._at + 1}")

    def _next(self, count: int = 1) -> str:
        return self._text[self._at : self._at + count]

    def _take(self) -> str:
        if self._at == len(self._text):
            self._fail("it ends too early")
        self._at += 1
        return self._text[self._at - 1]

    def _choice(self) -> _Part:
        found = self._sequence()
        while self._next() == "|":
            self._at += 1
            other = self._sequence()
            found = _Part(found.empty or other.empty, found.begin | other.begin, found.end | other.end)
        return found

    def _sequence(self) -> _Part:
        found = _NOTHING
        while self._next() not in {"", "|", ")"}:
            if self._next() == "$" and self._at == len(self._text) - 1:
                self._at += 1
                break
            found = self._joined(found, self._repeated())
        return found

    def _joined(self, one: _Part, two: _Part) -> _Part:
        self._lead(one.end, two.begin)
        begin = one.begin | two.begin if one.empty else one.begin
        end = two.end | one.end if two.empty else two.end
        return _Part(one.empty and two.empty, begin, end)

    def _lead(self, ends: frozenset[int], begins: frozenset[int]) -> None:
        for place in ends:
            self._follow[place] |= begins
        if sum(map(len, self._follow)) > _WAYS:
            self._fail("it is too large: too much is repeated in it")

    def _repeated(self) -> _Part:
        start = self._at
        found = self._one()
        counted = _COUNT.match(self._text, self._at)
        if self._next() and self._next() in "*+?":
            lowest, highest = {"*": (0, None), "+": (1, None), "?": (0, 1)}[self._take()]
        elif counted:
            lowest = int(counted[1])
            highest = lowest if counted[2] is None else int(counted[3]) if counted[3] else None
            if highest is not None and lowest > highest:
                self._fail("the least number is greater than the greatest")
            self._at = counted.end()
        else:
            return found
        if self._next() == "?":  # lazy: which way is tried first makes no difference to the whole
            self._at += 1
        if self._next() and self._next() in "*+?":
            self._fail("a repetition is repeated")
        end = self._at
        whole = self._times(_Copies(self._again(start), found), lowest, highest)
        self._at = end
        return whole

    def _again(self, start: int) -> Callable[[], _Part]:
        def read() -> _Part:
            self._at = start
            return self._one()

        return read

    def _times(self, copies: _Copies, lowest: int, highest: int | None) -> _Part:
        if highest == 0:
            return _NOTHING
        if highest is None:
            found = copies.take()
            self._lead(found.end, found.begin)
            optional = _Part(found.empty or lowest == 0, found.begin, found.end)
            count = max(lowest - 1, 0)
        else:
            optional, count = _NOTHING, lowest
            for _ in range(highest - lowest):  # a(a(a)?)?: each place leads to the next one only
                joined = self._joined(copies.take(), optional)
                optional = _Part(True, joined.begin, joined.end)
        for _ in range(count):
            optional = self._joined(copies.take(), optional)
        return optional

    def _one(self) -> _Part:
        self._read += 1
        if self._read > _READ:  # empty groups that are repeated have no places
            self._fail("it is too large: too much is repeated in it")
        letter = self._take()
        if letter == "(":
            return self._group()
        if letter == "[":
            return self._place(self._class())
        if letter == ".":
            return self._place(_others(((0x0A, 0x0A),)))
        if letter == "\\":
            return self._place(self._escaped())
        if letter in "*+?^$":
            self._at -= 1
            self._fail(f"{letter} can't stand there")
        return self._place(((ord(letter), ord(letter)),))

    def _group(self) -> _Part:
        if self._next() == "?":
            if self._next(2) != "?:":
                self._fail("(? is known as (?: only")
            self._at += 2
        self._depth += 1
        if self._depth > _DEPTH:
            self._fail("there are too many groups in each other")
        found = self._choice()
        self._depth -= 1
        if self._next() != ")":
            self._fail("a ) is missing")
        self._at += 1
        return found

    def _place(self, ranges: Ranges) -> _Part:
        if len(self._letters) >= _PLACES:
            self._fail("it is too large: too much is repeated in it")
        self._letters.append(ranges)
        self._follow.append(set())
        own = frozenset({len(self._letters) - 1})
        return _Part(False, own, own)

    def _escaped(self) -> Ranges:
        letter = self._take()
        known = {"d": _DIGIT, "w": _WORD, "s": _SPACE, "t": ((9, 9),)}
        if letter in known:
            return known[letter]
        if letter in "DWS":
            return _others(known[letter.lower()])
        if letter.isalnum():
            self._at -= 1
            self._fail(f"\\{letter} is not known here")
        return ((ord(letter), ord(letter)),)

    def _class(self) -> Ranges:
        turned = self._next() == "^"
        self._at += turned
        found, first = list[tuple[int, int]](), True
        while first or self._next() != "]":
            first = False
            ranges = self._member()
            if self._next() == "-" and self._next(2)[1:] not in {"", "]"}:
                self._at += 1
                last = self._member()
                if len(ranges) != 1 or len(last) != 1 or ranges[0][0] > last[0][1] or ranges[0][0] != ranges[0][1]:
                    self._fail("there is a range that isn't one")
                ranges = ((ranges[0][0], last[0][1]),)
            found += ranges
        self._at += 1
        merged = _merged(found)
        return _others(merged) if turned else merged

    def _member(self) -> Ranges:
        letter = self._take()
        return self._escaped() if letter == "\\" else ((ord(letter), ord(letter)),)


class _Copies:
    """What is repeated: as it was read first, then read again for places of its own."""

    def __init__(self, again: Callable[[], _Part], first: _Part) -> None:
        self._again = again
        self._first: _Part | None = first

    def take(self) -> _Part:
        found, self._first = self._first, None
        return found if found is not None else self._again()


def _merged(ranges: list[tuple[int, int]]) -> Ranges:
    found = list[tuple[int, int]]()
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return tuple(found)


def _others(ranges: Ranges) -> Ranges:
    found, low = list[tuple[int, int]](), 0
    for each in ranges:
        if each[0] > low:
            found.append((low, each[0] - 1))
        low = each[1] + 1
    return (*found, (low, _HIGHEST)) if low <= _HIGHEST else tuple(found)
