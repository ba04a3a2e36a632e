"""What Microsoft's ``vswhere.exe`` says of Visual Studio 2017 and later: they aren't in the registry."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING

from bundler.build.compilers.machine import PassedOver
from bundler.build.compilers.program_output import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.build.compilers.machine import Architecture, Machine

_COMPONENT = "Microsoft.VisualStudio.Component.VC.Tools."
COMPONENTS: dict[Architecture, str] = {
    "x86": f"{_COMPONENT}x86.x64",
    "amd64": f"{_COMPONENT}x86.x64",
    "arm64": f"{_COMPONENT}ARM64",
}
"""The component of Visual Studio whose compiler makes code for an architecture."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Instance:
    """One installed Visual Studio or Build Tools; ``version`` is the product's, such as 17.9.34622.214; ``unfit``: why it can't be used now."""

    folder: PureWindowsPath
    name: str
    version: tuple[int, ...]
    prerelease: bool
    unfit: str = ""


def find_vswhere(machine: Machine) -> PureWindowsPath | None:
    """Where Visual Studio's installer puts it, always in the same place."""
    variables = machine.environment
    for root in dict.fromkeys(
        variables[name] for name in ("PROGRAMFILES(X86)", "PROGRAMFILES", "PROGRAMW6432") if variables.get(name)
    ):
        path = PureWindowsPath(root, "Microsoft Visual Studio", "Installer", "vswhere.exe")
        if machine.is_file(path):
            return path
    return None


def find_instances(machine: Machine, architecture: Architecture) -> Iterator[Instance | PassedOver]:
    """All that have the compiler for ``architecture``: released ones before previews, then the newest first.

    Those that aren't whole, or wait for a restart, are told and not hidden, as vswhere does without ``-all``.
    """
    program = find_vswhere(machine)
    if program is None:
        return
    command = [str(program), "-all", "-products", "*", "-prerelease", "-requires", COMPONENTS[architecture]]
    try:
        ended = machine.run([*command, "-format", "json", "-utf8", "-nologo"], machine.environment)
    except OSError as error:
        yield PassedOver(where=str(program), reason=f"it can't be run: {error}")
        return
    if ended.code:
        said = decoded(ended.output + ended.errors).strip()
        yield PassedOver(where=str(program), reason=f"it ended with {ended.code}: {said[-300:]}")
        return
    try:
        instances = _instances(ended.output.decode("utf-8-sig"))
    except (ValueError, TypeError, KeyError) as error:
        yield PassedOver(where=str(program), reason=f"its answer can't be read ({type(error).__name__}: {error})")
        return
    for each in sorted(instances, key=lambda each: (not each.prerelease, each.version), reverse=True):
        yield PassedOver(where=f"vswhere, {each.folder}", reason=each.unfit) if each.unfit else each


def _instances(answer: str) -> list[Instance]:
    """The JSON of vswhere, decoded; ValueError, TypeError or KeyError if it isn't that."""
    entries = json.loads(answer)
    if not isinstance(entries, list):
        raise TypeError("it must be a list")
    return [_instance(each) for each in entries]


def _instance(entry: dict[str, object]) -> Instance:
    folder, version = entry["installationPath"], entry["installationVersion"]
    if not isinstance(folder, str) or not isinstance(version, str) or not version[:1].isdecimal():
        raise TypeError("installationPath and installationVersion must be texts")
    numbers = tuple(map(int, re.findall(r"\d+", version)))
    return Instance(
        folder=PureWindowsPath(folder),
        name=str(entry.get("displayName") or f"Visual Studio {numbers[0]}"),
        version=numbers,
        prerelease=bool(entry.get("isPrerelease")),
        unfit=_unfit(entry),
    )


def _unfit(entry: dict[str, object]) -> str:
    """Empty where vswhere doesn't say: its old versions know nothing of it."""
    if entry.get("isRebootRequired") is True:
        return "Windows must be restarted before it works"
    if entry.get("isComplete") is False:
        return "its installation isn't complete: Visual Studio's installer repairs it"
    return ""
