"""The DLLs that a Python brings along for everything that runs inside it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bundler.model.target import Target

_STABLE = (3, 2)
_STABLE_FREE = (3, 15)
_CRT_90 = (2, 6)
_CRT_100 = (3, 3)
_UNIVERSAL = (3, 5)
_BESIDE = ("python", "vcruntime", "msvcr")
"""How the DLLs begin that an installed Python has beside python.exe."""
_UCRT = frozenset({"ucrtbase.dll", "api-ms-win-crt-*.dll"})


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RuntimeDlls:
    """Names in lower case; ``*`` may stand in them for any letters.

    ``inside``: what lies beside python.exe, and so a program finds that runs inside this Python; ``apart``: what Python has in a folder of
    its own for its own modules; ``everywhere``: what every program of the machine finds where this Python is installed.
    """

    inside: frozenset[str]
    everywhere: frozenset[str]
    apart: frozenset[str] = frozenset()


def runtime_dlls(target: Target, files: Iterable[str], *, installer: bool, all_users: bool = False) -> RuntimeDlls:
    """What a runtime provides.

    ``files``: the paths of its files that are known, python.exe at their top. ``installer``: python.org's installs it (kinds msi and exe), and
    then it has more than its embeddable zip, and most of that in a folder DLLs; ``all_users`` of that installer.
    """
    beside = python_dlls(target) | crt_dlls(target)
    inside: set[str] = set(beside)
    apart: set[str] = set()
    for each in files:
        folder, _, name = each.lower().rpartition("/")
        if name.endswith(".dll"):
            moved = installer and not name.startswith(_BESIDE)
            (apart if folder or moved else inside).add(name)
    if installer:
        apart |= {"tcl8*.dll", "tk8*.dll", "zlib1.dll"}
    everywhere: frozenset[str] = frozenset()
    if target.version_info >= _UNIVERSAL:
        everywhere = _UCRT  # it doesn't start on a Windows without
    elif installer and all_users:
        everywhere = crt_dlls(target)
        if _CRT_90 <= target.version_info < _CRT_100:
            everywhere |= {"msvcp90.dll", "msvcm90.dll"}  # its merge module installs the whole of VC90.CRT
    return RuntimeDlls(inside=frozenset(inside), everywhere=everywhere, apart=frozenset(apart - inside))


def python_dlls(target: Target) -> frozenset[str]:
    """The DLLs of the interpreter itself: that of its version and, for the stable ABI, the one of all versions.

    From 3.15 on both builds have the one of abi3t (python3t.dll), so that one wheel does for both (cpython's pull request 149218).
    """
    version = target.version_info[:2]
    short = "{}{}".format(*version)
    free = "t" if target.abi.endswith("t") else ""
    stable = {f"python3{free}.dll"} if version >= _STABLE else set()
    return frozenset({f"python{short}{free}.dll"} | stable | ({"python3t.dll"} if version >= _STABLE_FREE else set()))


def crt_dlls(target: Target) -> frozenset[str]:
    """The C runtime that every CPython of that version was built on, and without which it wouldn't start."""
    version = target.version_info[:2]
    if version >= _UNIVERSAL:
        return _UCRT | {"vcruntime140.dll"}
    if version >= _CRT_100:
        return frozenset({"msvcr100.dll"})
    return frozenset({"msvcr90.dll" if version >= _CRT_90 else "msvcr71.dll"})
