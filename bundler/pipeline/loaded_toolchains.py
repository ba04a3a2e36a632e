"""Compilers of this host, made ready once for all targets that they serve: loading one takes seconds."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.errors import BuildError

if TYPE_CHECKING:
    from bundler.build.compilers import Choice, Machine, Toolchain  # noqa: TC004 - wanted where something is to be built
    from bundler.model.target import Target


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class LoadedToolchain:
    """``toolchain``: None where there is none; ``broken``: the compilers that were found and don't work."""

    toolchain: Toolchain | None
    broken: tuple[BuildError, ...]


class Toolchains:
    """Those of one run, by platform, generation of the compiler, and which of several is wanted."""

    def __init__(self) -> None:
        self._loaded: dict[tuple[str, tuple[int, int] | None, Choice], LoadedToolchain] = {}

    def load(self, target: Target, machine: Machine, choice: Choice) -> LoadedToolchain:
        """The first compiler of ``machine`` that works for ``target``."""
        from bundler.build.compilers import generation  # late: wanted where something is to be built

        key = (target.platform, generation(target), choice)
        if key not in self._loaded:
            self._loaded[key] = _load(target, machine, choice)
        return self._loaded[key]


def _load(target: Target, machine: Machine, choice: Choice) -> LoadedToolchain:
    from bundler.build.compilers import find_compilers, load_toolchain

    broken: list[BuildError] = []
    for compiler in find_compilers(target, machine, choice):
        try:
            return LoadedToolchain(toolchain=load_toolchain(compiler, target, machine), broken=tuple(broken))
        except BuildError as error:
            broken.append(error)
    return LoadedToolchain(toolchain=None, broken=tuple(broken))
