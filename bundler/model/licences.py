"""Licences as SPDX writes them (PEP 639), and whether some that are allowed are enough for an expression."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

LONGEST = 1000
"""Characters of an expression."""
_TOKEN = re.compile(r"[()]|[^\s()]+")
_BINDS = {"OR": 1, "AND": 2}


def read_licence(text: str) -> str:
    """An expression as SPDX spells it; empty for what isn't one."""
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression  # late: hardly anyone asks

    if not text.strip() or len(text) > LONGEST:
        return ""
    try:
        return str(canonicalize_license_expression(text))
    except (InvalidLicenseExpression, ValueError, SyntaxError, RecursionError, MemoryError):
        return ""


def is_single(expression: str) -> bool:
    """Whether an expression names one licence, alone or with an exception."""
    return len(list(_terms(expression))) == 1 and "(" not in expression


def is_allowed(expression: str, allowed: Collection[str]) -> bool:
    """Whether a package under ``expression`` can be used under licences of ``allowed`` alone. Both as ``read_licence`` gives them."""
    values: list[bool] = []
    waiting: list[str] = []

    def apply() -> None:
        operator, right, left = waiting.pop(), values.pop(), values.pop()
        values.append(left or right if operator == "OR" else left and right)

    for term in _terms(expression):
        if term == "(":
            waiting.append(term)
        elif term == ")":
            while waiting[-1] != "(":
                apply()
            waiting.pop()
        elif term in _BINDS:
            while waiting and _BINDS.get(waiting[-1], 0) >= _BINDS[term]:
                apply()
            waiting.append(term)
        else:
            values.append(term in allowed)
    while waiting:
        apply()
    return values == [True]


def _terms(expression: str) -> Iterator[str]:
    """Parentheses, operators, and licences with their exceptions."""
    tokens = _TOKEN.findall(expression)
    number = 0
    while number < len(tokens):
        with_exception = tokens[number + 1 : number + 2] == ["WITH"]
        yield " ".join(tokens[number : number + 3]) if with_exception else tokens[number]
        number += 3 if with_exception else 1
