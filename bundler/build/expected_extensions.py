"""Which extension modules a wheel must hold: what its build set out to compile, by its log and by what it left behind."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from bundler.build.machine_code_gate import Making
from bundler.formats.machine_code import digest_of
from bundler.isolation.leavings import UnsafeLeavingError, open_left, plain_file, plain_files

if TYPE_CHECKING:
    from pathlib import Path

_BUILDING = re.compile(r"building '([^']+)' extension")
_FAILED = re.compile(r"building extension \"([^\"]+)\" failed(?:: (.+))?")
_LONGEST_LINE = 100_000
_LARGEST_LOG = 1 << 30
_MOST_MODULES = 10_000


def making_of(log: Path, tree: Path, carried: frozenset[str]) -> Making:
    """What a build that ended well owes its wheel.

    setuptools and distutils say in ``log`` which extensions they begin to compile, and of an optional one that failed too, though
    they go on without it; projects that catch the failure themselves have begun as well. Other backends fail where a compiler
    does. Whatever backend it was: an extension that lies compiled in ``tree`` (the folder it was built in, ``carried`` the
    hashes of what was there before) is in the wheel, or was forgotten. Raises UnsafeLeavingError.
    """
    modules: dict[str, str] = {}
    with (
        open_left(plain_file(log.parent, log.name, largest=_LARGEST_LOG)) as stream,
        io.TextIOWrapper(stream, encoding="utf-8", errors="replace") as lines,
    ):
        for line in iter(lambda: lines.readline(_LONGEST_LINE), ""):
            if begun := _BUILDING.match(line):
                modules.setdefault(begun[1], "its build set out to compile it, and went on without it")
            elif failed := _FAILED.search(line):
                why = f": {failed[2].strip()}" if failed[2] else ""
                modules[failed[1]] = f"its build calls it optional, and failed to compile it{why}"
            if len(modules) > _MOST_MODULES:
                raise UnsafeLeavingError(f"{log.name} names more than {_MOST_MODULES:,} extension modules")
    files = {}
    for path in plain_files(tree, ".pyd"):
        with open_left(path) as stream:
            if digest_of(stream) not in carried:
                files[path.name] = f"its build compiled {path.relative_to(tree).as_posix()} and left it out"
    return Making(carried=carried, modules=modules, files=files)
