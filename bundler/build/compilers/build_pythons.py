"""The target's Python on the build host, which builds what is for it: found in the registry (PEP 514)."""

from __future__ import annotations

import dataclasses
import re
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING

from bundler.build.compilers.machine import HIVES, VIEWS, PassedOver
from bundler.build.compilers.program_output import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.build.compilers.machine import Hive, Machine, View, Wanted

_ROOT = r"Software\Python"
_CORE = "PythonCore"
_NOT_PYTHONS = frozenset({"pylauncher"})
_ARCHITECTURES = {"AMD64": "win_amd64", "ARM64": "win_arm64", "Intel": "win32"}
# runs on every CPython; its banner says what the registry of old ones doesn't know
_ASK = "import sys; print('%d.%d.%d ' % sys.version_info[:3] + ' '.join(sys.version.split()))"
_ANSWER = re.compile(r"(\d+\.\d+\.\d+) (.*)\[MSC v\.\d+ \d+ bit \((AMD64|ARM64|Intel)\)\]")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class FoundPython:
    """An installed CPython that can build for the target; ``version`` is its x.y.z, whose z may differ from the target's.

    ``executable`` stands in ``folder``, with ``include`` and ``libs`` below it.
    """

    executable: PureWindowsPath
    version: str
    origin: str

    @property
    def folder(self) -> PureWindowsPath:
        return self.executable.parent


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PythonSearch:
    """``found``: those that fit, the very version first, then the newest; ``passed_over``: those that almost do."""

    found: tuple[FoundPython, ...]
    passed_over: tuple[PassedOver, ...]


def find_python(wanted: Wanted, machine: Machine) -> FoundPython | None:
    """The best installed Python to build for the target with: same x.y, bits and ABI, with headers and import library."""
    return next(iter(search_pythons(wanted, machine).found), None)


def search_pythons(wanted: Wanted, machine: Machine) -> PythonSearch:
    """The same, all of them, with those that had to be passed over."""
    found: list[FoundPython] = []
    passed_over: list[PassedOver] = []
    seen: set[str] = set()
    for entry in _entries(wanted, machine):
        if str(entry.executable).casefold() not in seen:
            seen.add(str(entry.executable).casefold())
            judged = _judge(entry, wanted, machine)
            if isinstance(judged, FoundPython):
                found.append(judged)
            elif judged is not None:
                passed_over.append(judged)
    found.sort(key=lambda each: tuple(map(int, each.version.split("."))), reverse=True)
    found.sort(key=lambda each: each.version != wanted.python)
    return PythonSearch(found=tuple(found), passed_over=tuple(passed_over))


def import_library(wanted: Wanted) -> str:
    """What an extension module links with: ``python311.lib``, ``python313t.lib``."""
    threaded = "t" if wanted.abi.endswith("t") else ""
    return f"python{wanted.minor_version.replace('.', '')}{threaded}.lib"


def lacks(folder: PureWindowsPath, wanted: Wanted, machine: Machine) -> tuple[str, ...]:
    """What of the files that compiling needs isn't in an installed Python's folder."""
    needed = (PureWindowsPath("include", "Python.h"), PureWindowsPath("libs", import_library(wanted)))
    return tuple(str(each) for each in needed if not machine.is_file(folder / each))


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Entry:
    executable: PureWindowsPath
    origin: str


def _entries(wanted: Wanted, machine: Machine) -> Iterator[_Entry]:
    """What the registry calls a Python of the target's x.y, python.org's own before other companies'."""
    for hive in HIVES:
        for view in VIEWS:
            companies = machine.registry_keys(hive, _ROOT, view)
            for company in sorted(companies, key=lambda each: (each.casefold() != _CORE.casefold(), each)):
                if company.casefold() in _NOT_PYTHONS:
                    continue
                for tag in machine.registry_keys(hive, rf"{_ROOT}\{company}", view):
                    entry = _entry(hive, rf"{_ROOT}\{company}\{tag}", view, machine)
                    if entry is not None and _minor_version(hive, company, tag, view, machine) == wanted.minor_version:
                        yield entry


def _minor_version(hive: Hive, company: str, tag: str, view: View, machine: Machine) -> str | None:
    """By PEP 514 the tag means something for PythonCore only; before 3.5 there was nothing but the tag."""
    said = machine.registry_value(hive, rf"{_ROOT}\{company}\{tag}", "SysVersion", view)
    if said is None and company.casefold() == _CORE.casefold():
        found = re.match(r"\d+\.\d+", tag)
        return found[0] if found else None
    return said


def _entry(hive: Hive, key: str, view: View, machine: Machine) -> _Entry | None:
    where = rf"{key}\InstallPath"
    executable = machine.registry_value(hive, where, "ExecutablePath", view)
    folder = machine.registry_value(hive, where, "", view)
    if not executable and not folder:
        return None
    path = PureWindowsPath(executable) if executable else PureWindowsPath(str(folder), "python.exe")
    return _Entry(executable=path, origin=rf"{hive}\{key} ({view} bit)")


class _Unfit(Exception):  # noqa: N818
    """Why a registered Python can't be taken; becomes a ``PassedOver``."""


def _judge(entry: _Entry, wanted: Wanted, machine: Machine) -> FoundPython | PassedOver | None:
    """None: of another kind (bits, free-threading), which stands beside the wanted one and is no reason for words."""
    executable = entry.executable
    try:
        version, build, architecture = _asked(executable, machine)
    except _Unfit as error:
        return PassedOver(where=entry.origin, reason=str(error))
    if (_ARCHITECTURES[architecture], "free-threading" in build) != (wanted.platform, wanted.abi.endswith("t")):
        return None
    if version.rpartition(".")[0] != wanted.minor_version:
        return PassedOver(where=entry.origin, reason=f"{executable} is Python {version}")
    settings = executable.parent / "Lib" / "distutils" / "distutils.cfg"
    if machine.is_file(settings):
        reason = (
            f"{settings} is somebody's settings for builds, such as another compiler, and would take part: rename it"
        )
        return PassedOver(where=entry.origin, reason=reason)
    if missing := lacks(executable.parent, wanted, machine):
        reason = f"{executable.parent} lacks {' and '.join(missing)}, which compiling needs"
        return PassedOver(where=entry.origin, reason=reason)
    return FoundPython(executable=executable, version=version, origin=entry.origin)


def _asked(executable: PureWindowsPath, machine: Machine) -> tuple[str, str, str]:
    """The Python's own version, build and processor: what is registered may have been replaced since, or be gone."""
    if not machine.is_file(executable):
        raise _Unfit(f"there is no {executable}")
    try:
        ended = machine.run([str(executable), "-B", "-E", "-s", "-S", "-c", _ASK], machine.environment)
    except OSError as error:
        raise _Unfit(f"{executable} can't be run: {error}") from None
    said = ended.output.decode("ascii", "replace").strip()
    if ended.code or not said:
        words = (said + decoded(ended.errors)).strip()[-300:]
        raise _Unfit(f"{executable} doesn't work: it ended with {ended.code} {words}".rstrip())
    answer = _ANSWER.fullmatch(said)
    if answer is None:
        raise _Unfit(f"{executable} is not a CPython made by Microsoft's compiler: {said[:100]}")
    return answer[1], answer[2], answer[3]
