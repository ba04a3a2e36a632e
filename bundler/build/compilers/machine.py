"""What finding a compiler reads of a Windows machine: a port, so that its rules hold on tables of registries too."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import PureWindowsPath

Hive = Literal["HKLM", "HKCU"]
View = Literal[32, 64]
Architecture = Literal["x86", "amd64", "arm64"]

HIVES: tuple[Hive, ...] = ("HKLM", "HKCU")
VIEWS: tuple[View, ...] = (64, 32)
_NATIVE = r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
_ARCHITECTURES: dict[str, Architecture] = {"X86": "x86", "AMD64": "amd64", "ARM64": "arm64"}
_RUNS: dict[Architecture, tuple[Architecture, ...]] = {
    "x86": ("x86",),
    "amd64": ("x86", "amd64"),
    "arm64": ("x86", "amd64", "arm64"),
}
"""Whose programs each Windows runs; ARM's since Windows 11 those of 64 bits too (Microsoft, "How emulation works on Arm")."""
_PLATFORMS: dict[str, Architecture] = {"win32": "x86", "win_amd64": "amd64", "win_arm64": "arm64"}


class Wanted(Protocol):
    """What finding needs to know of a target; ``bundler.model.target.Target`` is one."""

    @property
    def platform(self) -> str:
        """``win32``, ``win_amd64``, ``win_arm64``."""

    @property
    def abi(self) -> str:
        """``cp311``, ``cp27m``, ``cp313t``."""

    @property
    def python(self) -> str:
        """``3.11.9``"""

    @property
    def minor_version(self) -> str:
        """``3.11``"""

    @property
    def version_info(self) -> tuple[int, int, int]: ...


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """A program that has run: its exit code, and the bytes of both its streams."""

    code: int
    output: bytes
    errors: bytes


class Machine(Protocol):
    """A Windows machine. Every question has an answer: what can't be read isn't there."""

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables, their names in upper case."""

    def registry_value(self, hive: Hive, key: str, name: str, view: View) -> str | None:
        """A text value of the registry (``name`` empty: the key's default value), its variables expanded."""

    def registry_keys(self, hive: Hive, key: str, view: View) -> tuple[str, ...]:
        """The names of the keys directly below ``key``."""

    def is_file(self, path: PureWindowsPath) -> bool: ...

    def folders_in(self, path: PureWindowsPath) -> tuple[str, ...]:
        """The names of the folders directly in ``path``, sorted; none where it can't be read."""

    def run(self, command: str | Sequence[str], variables: Mapping[str, str]) -> Ended:
        """Run a program to its end, with nothing on its standard input and ``variables`` as its whole environment.

        A text is the command line as it is, a sequence is quoted. Raises OSError: it can't be started, or doesn't end.
        """


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PassedOver:
    """Something that looked like what was searched for, and why it isn't: ``where`` is its registry entry or folder."""

    where: str
    reason: str

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Registered:
    """A value of the registry, and where it stands, for people."""

    where: str
    value: str


def registered(machine: Machine, key: str, name: str) -> Iterator[Registered]:
    """The value in both hives and both views, each different one once."""
    seen: set[str] = set()
    for hive in HIVES:
        for view in VIEWS:
            value = machine.registry_value(hive, key, name, view)
            if value and value.casefold() not in seen:
                seen.add(value.casefold())
                yield Registered(where=rf"{hive}\{key}, {name or '(default)'} ({view} bit)", value=value)


def native_architecture(machine: Machine) -> Architecture:
    """The processor's own: a process may be an emulated one and see another in its environment."""
    variables = machine.environment
    answers = (
        machine.registry_value("HKLM", _NATIVE, "PROCESSOR_ARCHITECTURE", 64),
        variables.get("PROCESSOR_ARCHITEW6432"),
        variables.get("PROCESSOR_ARCHITECTURE"),
    )
    return next((_ARCHITECTURES[each.upper()] for each in answers if each and each.upper() in _ARCHITECTURES), "amd64")


def cannot_run(wanted: Wanted, machine: Machine) -> str:
    """Why the target's Python, which has to build, can't run on this machine; empty: it can."""
    native, architecture = native_architecture(machine), architecture_of(wanted)
    if architecture in _RUNS[native]:
        return ""
    return (
        f"what is compiled for {wanted.platform} is built by its own Python, which doesn't run on this {native} Windows: "
        f"build on an {architecture} one"
    )


def architecture_of(wanted: Wanted) -> Architecture:
    """The processor that the target's extension modules are for."""
    return _PLATFORMS[wanted.platform]
