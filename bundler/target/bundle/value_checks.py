"""Checks of values that were read as JSON: each gives the value as it is used, and notes what is wrong with it, and where."""

from __future__ import absolute_import, unicode_literals

import re

from ..compat import HALVES, is_number, is_text

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Check = Callable[[Any, str, list[str]], Any]
    """Of a value, where it stands, and the list of faults."""


def _check_of(is_right, words):
    # type: (Callable[[Any], bool], str) -> Check
    def check(value, where, faults):
        # type: (Any, str, list[str]) -> Any
        if not is_right(value):
            faults.append("%s must be %s" % (where, words))
        return value

    return check


def _is_whole_text(value):
    # type: (Any) -> bool
    return is_text(value) and HALVES.search(value) is None


text = _check_of(_is_whole_text, "text, without a zero or half a letter in it")
number = _check_of(is_number, "a whole number of 64 bits")
flag = _check_of(lambda value: isinstance(value, bool), "true or false")
date = _check_of(lambda value: is_text(value) and _DATE.match(value) is not None, "a date, YYYY-MM-DD")


def maybe(inner):
    # type: (Check) -> Check
    return lambda value, where, faults: None if value is None else inner(value, where, faults)


def one_of(*allowed):
    # type: (str) -> Check
    def check(value, where, faults):
        # type: (Any, str, list[str]) -> Any
        if value not in allowed:
            faults.append("%s must be one of %s" % (where, ", ".join(allowed)))
        return value

    return check


def many(inner):
    # type: (Check) -> Check
    def check(value, where, faults):
        # type: (Any, str, list[str]) -> Any
        if not isinstance(value, list):
            faults.append("%s must be a list" % where)
            return ()
        return tuple(inner(each, "%s[%d]" % (where, i), faults) for i, each in enumerate(value))

    return check


def table_of(inner):
    # type: (Check) -> Check
    def check(value, where, faults):
        # type: (Any, str, list[str]) -> Any
        if not isinstance(value, dict):
            faults.append("%s must be a table" % where)
            return {}
        for name in value:
            text(name, "a key in " + where, faults)
        return {name: inner(each, "%s.%s" % (where, name), faults) for name, each in value.items()}

    return check


def record(kind, checks, ignored=(), later=()):
    # type: (Any, dict[str, Check], tuple[str, ...], tuple[str, ...]) -> Check
    """``ignored``: keys that may be there and are the build host's own; any other one that isn't known is a fault. ``later``: keys that
    may be missing.
    """

    def check(value, where, faults):
        # type: (Any, str, list[str]) -> Any
        if not isinstance(value, dict):
            faults.append("%s must be a table" % where)
            return None
        prefix = where + "." if where else ""
        faults += [
            "%s%s is unknown" % (prefix, name) for name in sorted(value) if name not in checks and name not in ignored
        ]
        found = {}
        for name, inner in checks.items():
            if name in value:
                found[name] = inner(value[name], prefix + name, faults)
            else:
                faults += ["%s%s is missing" % (prefix, name)] if name not in later else []
                found[name] = None
        return kind(**found)

    return check
