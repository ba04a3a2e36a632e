"""Who builds what comes as source: this host's Python without a compiler, or on Windows the target's own Python with Microsoft's."""

from __future__ import annotations

import dataclasses
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from bundler.build.isolated import Native, host_target, make_environment
from bundler.isolation import Sandbox
from bundler.isolation.clean_environment import clean_variables
from bundler.model.target import Target
from bundler.runtime.branches import branch_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bundler.build.compilers import Machine, Toolchain
    from bundler.build.isolated import Environment
    from bundler.pipeline.session import Session


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Builder:
    """One Python of this host that builds; its build requirements are wheels for ``target``. ``native``: it may compile."""

    target: Target
    sandbox: Sandbox
    native: Native | None = None

    def environment(self, wheels: Sequence[Path], folder: Path) -> Environment:
        """A throwaway environment that holds ``wheels``."""
        if self.native is None:
            return make_environment(wheels, folder, sandbox=self.sandbox)
        from bundler.build.native import make_native_environment  # late: hosts with a compiler only

        return make_native_environment(wheels, folder, native=self.native, sandbox=self.sandbox)


class Builders:
    """Those of one target, found when somebody asks.

    ``toolset``: the recipe's wish, which the command line's comes before. ``runtime`` gives the folder of the bundle's own Python, if that is files that can build on this host; it comes before one that is
    installed, as it is exactly the target's. ``reasons``: why there is none that compiles, where that isn't simply for want of a
    compiler.
    """

    def __init__(
        self, session: Session, target: Target, runtime: Callable[[], Path | None], *, toolset: str = ""
    ) -> None:
        self._session, self._target, self._runtime = session, target, runtime
        self._toolset = session.toolset or toolset
        self._host: Builder | None = None
        self._native: tuple[Builder | None] | None = None
        self._reasons: list[str] = []

    @property
    def reasons(self) -> tuple[str, ...]:
        """Those that were found until now."""
        return tuple(self._reasons)

    def add_reason(self, reason: str) -> None:
        """One more, found by who wanted something built."""
        self._reasons.append(reason)

    @property
    def host(self) -> Builder:
        """This host's own Python; raises HostError (``host-unsupported``)."""
        if self._host is None:
            self._host = Builder(target=host_target(), sandbox=self._session.sandbox)
        return self._host

    @property
    def native(self) -> Builder | None:
        """The target's Python with a compiler; None: there is none, and nothing can be compiled here."""
        if self._native is None:
            self._native = (self._find(),)
        return self._native[0]

    def _find(self) -> Builder | None:
        machine = self._session.machine
        if machine is None or not self._target.windows:
            return None
        from bundler.build.compilers import cannot_run  # late, as all of compilers: hosts that may have one only

        if reason := cannot_run(self._target, machine):
            self.add_reason(reason)
            return None
        toolchain = self._toolchain(machine)
        if toolchain is None:
            return None
        found = self._own_python(machine) or self._installed_python(machine)
        if found is None:
            self.add_reason(
                f"{toolchain.description} is here, but no Python {self._target.minor_version} for {self._target.platform} with its headers "
                f"and libraries, which would have to build: install one (build/windows_host.py --python {self._target.python} "
                f"--platform {self._target.platform}), or take a runtime of kind nuget or archive that has them"
            )
            return None
        python, version = found
        native = Native(python=python, version=version, toolchain=toolchain)
        self._session.once.note(f"What comes as source is built for {self._target} with {native.description}")
        return Builder(target=self._target, sandbox=self._session.sandbox, native=native)

    def _toolchain(self, machine: Machine) -> Toolchain | None:
        from bundler.build.compilers import Choice

        choice = Choice(windows=branch_of(self._target.python).numbers_of_windows, toolset=self._toolset)
        loaded = self._session.toolchains.load(self._target, machine, choice)
        if loaded.toolchain is None and self._toolset:
            self.add_reason(f"toolset {self._toolset} is asked for, and no compiler here that fits has it")
        for error in loaded.broken:
            self._reasons += [error.message, *error.context]
            self._session.once.warn(error.reference, f"{error.message}: {'; '.join(error.context)}")
        return loaded.toolchain

    def _own_python(self, machine: Machine) -> tuple[Path, str] | None:
        folder = self._runtime()
        if folder is None:
            return None
        from bundler.build.compilers import import_library

        needed = (PurePath("include", "Python.h"), PurePath("libs", import_library(self._target)))
        python = folder / "python.exe"
        if not all((folder / each).is_file() for each in needed) or not _runs(python, machine):
            return None
        return python, self._target.python

    def _installed_python(self, machine: Machine) -> tuple[Path, str] | None:
        from bundler.build.compilers import search_pythons

        searched = search_pythons(self._target, machine)
        found = next(iter(searched.found), None)
        if found is None:
            self._reasons += [f"passed over {each}" for each in searched.passed_over]
            return None
        if found.version != self._target.python:
            self._session.once.note(
                f"Python {found.version} of {found.folder} builds what is for {self._target}: extension modules "
                f"are the same for every {self._target.minor_version}"
            )
        return Path(str(found.executable)), found.version


def _runs(python: Path, machine: Machine) -> bool:
    """Not every Windows runs every other's programs: one for ARM is none on an Intel processor."""
    try:
        ended = machine.run([str(python), "-E", "-s", "-S", "-c", "pass"], clean_variables(machine.environment))
    except OSError:
        return False
    return ended.code == 0
