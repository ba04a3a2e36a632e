"""Version specifiers of old metadata that PEP 440 refuses, and the table of what they are read as.

A specifier is only repaired when it can't be read as it is; every repair is reported with the package it stands in.
"""

from __future__ import annotations

import functools
import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from bundler.foreign import read_specifiers

REPAIRS: tuple[tuple[str, str, str], ...] = (
    (r"['\"]", "", "stray quotes"),
    (r"=>", ">=", "=> written for >="),
    (r"=<", "<=", "=< written for <="),
    (r"(?<=[\d*])\s+(?=[<>=!~])", ",", "a comma left out"),
    (r"(>=|<=|>|<|~=)\s*(\d+(?:\.\d+)*)\.\*", r"\1\2", ".* after an operator that takes none"),
    (r"(==|!=)\s*(\d+(?:\.\d+)*)\*", r"\1\2.*", "* without its dot"),
    (r"(?<=\d)\.(?=\s*(?:,|\)|;|$))", "", "a dot at the end"),
    (r",(?=\s*(?:,|\)|;|$))", "", "a comma too many"),
)
"""(pattern, replacement, what was wrong), applied in this order; ``>=2.7.*`` is read as ``>=2.7``."""


def repaired(text: str) -> str:
    """``text`` (a specifier, or a requirement without its marker) after all repairs."""
    text = " ".join(text.split())  # long runs of blanks would take the patterns below quadratic time
    for pattern, replacement, _ in REPAIRS:
        text = re.sub(pattern, replacement, text)
    return text.strip()


@functools.lru_cache(maxsize=4096)
def read_specifier(text: str) -> tuple[SpecifierSet | None, str]:
    """The specifiers in ``text``, and what they were read as where they had to be repaired (else empty).

    None: they can't be read at all.
    """
    try:
        return read_specifiers(text), ""
    except InvalidSpecifier:
        better = repaired(text)
    try:
        return read_specifiers(better), better
    except InvalidSpecifier:
        return None, ""
