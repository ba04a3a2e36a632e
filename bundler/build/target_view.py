"""A script, run by an environment's Python: runs another script in which code of the source tree sees the target.

    python -P target_view.py FACTS.json SCRIPT ARGUMENT ...

A ``setup.py`` that asks ``sys.platform`` what to depend on must be answered for the target. Telling everybody would break
pathlib, subprocess and setuptools, which have to work on this host: so only an import statement in a file below
``root`` gets another ``os``, ``sys``, ``platform``, ``struct`` and ``sysconfig``, in which some answers are the target's and all
else, also what is assigned, is the real module's. It imports nothing of ours: it runs where we aren't installed.
"""

from __future__ import annotations

import builtins
import collections
import functools
import json
import os
import platform
import runpy
import struct
import sys
import sysconfig
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VersionInfo = collections.namedtuple("VersionInfo", "major minor micro releaselevel serial")  # noqa: PYI024


class View(types.ModuleType):
    """A module with some answers of its own; the rest is the real one's."""

    def __init__(self, real: types.ModuleType, answers: Mapping[str, Any]) -> None:
        super().__init__(real.__name__, real.__doc__)
        vars(self).update(answers, _real=real, __file__=getattr(real, "__file__", None))

    def __getattr__(self, name: str) -> Any:
        return getattr(vars(self)["_real"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(vars(self)["_real"], name, value)

    def __delattr__(self, name: str) -> None:
        delattr(vars(self)["_real"], name)

    def __dir__(self) -> list[str]:
        return sorted({*dir(vars(self)["_real"]), *vars(self)} - {"_real"})


def make_views(facts: Mapping[str, Any]) -> dict[str, View]:
    """The views by module name; ``facts`` are written by ``backend.py``."""
    major, minor, micro = facts["version"]
    version = f"{major}.{minor}.{micro}"
    bits, machine, system = facts["bits"], facts["machine"], facts["system"]
    compiler = f"MSC {bits} bit ({'AMD64' if bits != 32 else 'Intel'})" if system == "Windows" else "GCC"  # noqa: PLR2004
    uname = functools.partial(
        platform.uname_result, system, "localhost", facts["release"], facts["platform_version"], machine
    )

    def calcsize(form: str | bytes) -> int:
        return bits // 8 if form in ("P", b"P", "@P", b"@P") else struct.calcsize(form)

    answers: dict[types.ModuleType, dict[str, Any]] = {
        os: {"name": facts["os_name"], "uname": uname},
        sys: {
            "platform": facts["sys_platform"],
            "version_info": VersionInfo(major, minor, micro, "final", 0),
            "hexversion": major << 24 | minor << 16 | micro << 8 | 0xF0,
            "version": f"{version} (the target) [{compiler}]",
            "maxsize": 2 ** (bits - 1) - 1,
            "winver": f"{major}.{minor}" + ("-32" if bits == 32 else ""),  # noqa: PLR2004
        },
        platform: {
            "system": lambda: system,
            "machine": lambda: machine,
            "processor": lambda: machine,
            "node": lambda: "localhost",
            "release": lambda: facts["release"],
            "version": lambda: facts["platform_version"],
            "platform": lambda *_, **__: "-".join(filter(None, (system, facts["release"], machine))),
            "uname": uname,
            "architecture": lambda *_, **__: (f"{bits}bit", "WindowsPE" if system == "Windows" else "ELF"),
            "python_version": lambda: version,
            "python_version_tuple": lambda: (str(major), str(minor), str(micro)),
            "python_implementation": lambda: "CPython",
            "python_compiler": lambda: compiler,
        },
        struct: {"calcsize": calcsize},
        sysconfig: {
            "get_platform": lambda: facts["platform_tag"],
            "get_python_version": lambda: f"{major}.{minor}",
        },
    }
    if system != "Windows":
        del answers[sys]["winver"]
    return {module.__name__: View(module, given) for module, given in answers.items()}


def install(views: Mapping[str, View], root: str) -> None:
    """From now on, import statements in files below ``root`` find ``views``."""
    real_import = builtins.__import__
    root = os.path.realpath(root)

    @functools.cache
    def inside(file: str) -> bool:
        path = os.path.realpath(os.path.join(root, file))  # noqa: PTH118
        return path.startswith(root + os.sep)

    def seen_import(
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002
        locals: Mapping[str, Any] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> types.ModuleType:
        module = real_import(name, globals, locals, fromlist or (), level)
        if level == 0 and module.__name__ in views:
            file = (globals or {}).get("__file__") or _file_of_caller()
            if isinstance(file, str) and inside(file):
                return views[module.__name__]
        return module

    builtins.__import__ = seen_import


def _file_of_caller() -> str | None:
    """Whose code runs text by ``exec``: such a piece has no ``__file__`` of its own."""
    frame: types.FrameType | None = sys._getframe(2)  # noqa: SLF001
    while frame is not None:
        file = frame.f_globals.get("__file__")
        if isinstance(file, str):
            return file
        frame = frame.f_back
    return None


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as stream:  # noqa: PTH123
        facts = json.load(stream)
    sys.argv = sys.argv[2:]
    install(make_views(facts), facts["root"])
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
