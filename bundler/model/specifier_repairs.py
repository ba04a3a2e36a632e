"""Version specifiers of old metadata that PEP 440 refuses, and the table of what they are read as.

A specifier is only repaired when it can't be read as it is; every repair is reported with the package it stands in.
"""

from __future__ import annotations

import functools
import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from bundler.foreign import LONGEST, read_specifiers

REPAIRS: tuple[tuple[str, str, str], ...] = (
    (r"['\"]", "", "stray quotes"),
    (r"=>", ">=", "=> written for >="),
    (r"=<", "<=", "=< written for <="),
    (r"(?<=[\d*])\s*(?=[<>=!~])", ",", "a comma left out"),
    (r"(>=|<=|>|<|~=)\s*(\d+(?:\.\d+)*)\.\*", r"\1\2", ".* after an operator that takes none"),
    (r"(==|!=)\s*(\d+(?:\.\d+)*)\*", r"\1\2.*", "* without its dot"),
    (r"(?<=\d)\.(?=\s*(?:,|\)|;|$))", "", "a dot at the end"),
    (r",(?=\s*(?:,|\)|;|$))", "", "a comma too many"),
)
"""(pattern, replacement, what was wrong), applied in this order; ``>=2.7.*`` is read as ``>=2.7``."""


_REQUIREMENT = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*\s*(?:\[[^\]]*\])?)\s*(?P<open>\()?(?P<specifiers>.*?)(?(open)\))", re.DOTALL
)
_CLAUSE = re.compile(r"(?P<operator>===|[<>=!~]=|[<>])\s*(?P<version>[^\s()]+)")
_RELEASE = re.compile(r"v?(?:\d+!)?\d+(?:\.\d+)*")


def repaired(text: str) -> str:
    """``text`` (specifiers) after all repairs."""
    text = " ".join(text.split())  # long runs of blanks would take the patterns below quadratic time
    for pattern, replacement, _ in REPAIRS:
        text = re.sub(pattern, replacement, text)
    clauses = map(_modern, text.split(",")) if len(text) <= LONGEST else [text]
    return ",".join(each for each in clauses if each).strip()


def repaired_requirement(text: str) -> str:
    """``text`` (a requirement without its marker) after all repairs of its specifiers: a name may end with a digit, too."""
    found = _REQUIREMENT.fullmatch(" ".join(text.split()))
    if found is None:
        return text
    return f"{found['name'].strip()} {repaired(found['specifiers'])}".strip()


def _modern(clause: str) -> str:
    """A clause with a version from before PEP 440 as pip took it until 24.1: by its release, below which everything else of it sorted
    (``>dev``: any version; ``>=2011k``: ``>=2011``). What no version of today can meet stays as it is.
    """
    found = _CLAUSE.fullmatch(clause.strip())
    if found is None:
        return clause
    try:
        read_specifiers(clause)
    except InvalidSpecifier:
        pass
    else:
        return clause
    operator, release = found["operator"], _RELEASE.match(found["version"])
    if operator == "!=" or (operator in (">", ">=") and release is None):
        return ""
    if release is None or operator not in (">", ">=", "<", "<="):
        return clause
    return f"{'<=' if operator == '<' else operator}{release[0]}"


@functools.lru_cache(maxsize=4096)
def read_specifier(text: str) -> tuple[SpecifierSet | None, str]:
    """The specifiers in ``text``, and what they were read as where they had to be repaired (else empty).

    None: they can't be read at all.
    """
    if len(text) > LONGEST:  # to repair it takes milliseconds
        return None, ""
    try:
        return read_specifiers(text), ""
    except InvalidSpecifier:
        better = repaired(text)
    try:
        return read_specifiers(better), better
    except InvalidSpecifier:
        return None, ""
