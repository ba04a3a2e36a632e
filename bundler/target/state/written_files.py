"""What programs write into a release by nature: byte code of its modules, and what is called volatile."""

from __future__ import absolute_import, unicode_literals

import fnmatch
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

VOLATILE = ("*/twisted/plugins/dropin.cache",)
"""Patterns for every bundle: what programs write beside their modules by nature."""
_CACHE = "__pycache__/"
_BYTE_CODE = re.compile(r"(.*)\.py[co]\Z", re.DOTALL)


def is_volatile(name, patterns):
    # type: (str, Iterable[str]) -> bool
    """Of a path in a release, with ``/``; ``*`` stands for folders too, and case doesn't count."""
    wanted = [each.lower() for each in VOLATILE + tuple(patterns)]
    return any(fnmatch.fnmatchcase("/" + name.lower(), "/" + each.lstrip("/")) for each in wanted)


def made_of_source(name, names):
    # type: (str, frozenset[str] | set[str]) -> bool
    """Whether it is byte code that Python makes anew: of a module in ``names``, or in the cache of a folder in which one of them lies."""
    folder, cache, rest = name.rpartition(_CACHE)
    if cache and "/" not in rest:
        return not folder or folder in names
    found = _BYTE_CODE.match(name)
    return found is not None and (found.group(1) + ".py" in names or found.group(1) + ".pyw" in names)


def with_folders(names):
    # type: (Iterable[str]) -> set[str]
    """The names, and each folder that one of them lies in, which ends with ``/``."""
    found = set()  # type: set[str]
    for each in names:
        found.add(each)
        found.update(folder + "/" for folder in folders_of(each))
    return found


def folders_of(name):
    # type: (str) -> list[str]
    """Of a file in a release, its path with ``/``: each folder that it lies in."""
    parts = name.split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
