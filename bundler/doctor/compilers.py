"""Whether this host can compile for a target: the compiler, made ready to be sure of it, and the Python that builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.doctor.finding import Finding, Verdict
from bundler.errors import BuildError
from bundler.model.platforms.windows_versions import windows_name
from bundler.model.runtime_kinds import RUNTIME_KINDS
from bundler.model.target import Target
from bundler.runtime.branches import branch_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bundler.build.compilers import Machine
    from bundler.model.recipe import PackagesTable, Recipe, TargetTable

_ELSEWHERE = "what has extension modules and no wheel is compiled on a Windows build host only"
_GENERATIONS = {"2.7 and 3.0 to 3.2": "2.7.18", "3.3 and 3.4": "3.4.4", "3.5 and later": "3.11.9"}


def host_compilers(machine: Machine | None) -> Iterator[Finding]:
    """The compilers of this host for Pythons of every age; ``machine``: None, where it isn't Windows."""
    from bundler.build.compilers import search_compilers

    if machine is None:
        yield Finding(what="compilers", verdict="note", detail=f"none for Windows targets: {_ELSEWHERE}")
        return
    for pythons, python in _GENERATIONS.items():
        searched = search_compilers(Target.of(python, "win_amd64"), machine)
        names = ", ".join(each.name for each in searched.found)
        what = f"compiler for {pythons}"
        yield Finding(what=what, verdict="good" if names else "note", detail=names or "none")
        for each in searched.passed_over:
            yield Finding(what=what, verdict="note", detail=f"passed over {each}")


def compiling(
    recipe: Recipe, table: TargetTable, machine: Machine | None, sources: tuple[str, ...] | None
) -> Iterator[Finding]:
    """What compiling for one target of a recipe takes; missing is bad only where the recipe asks for builds of what may need it.

    ``sources``: what comes from source and may have extension modules, by name; None: that isn't known before it is locked.
    """
    target = table.target()
    if not target.windows or recipe.packages.sdists == "never":
        return
    asked = "" if sources == () else _asked(recipe.packages)
    missing: Verdict = "bad" if asked and sources is not None else "note"
    named = f"; from source come {', '.join(sources)}" if sources else ""
    if machine is None:
        yield Finding(
            what=f"compiler for {target}",
            verdict=missing,
            detail=f"none: {_ELSEWHERE}{named}",
            fix=f"{asked}: build on Windows, unless none of it has extension modules" if asked else "",
        )
        return
    from bundler.build.compilers import cannot_run

    if reason := cannot_run(target, machine):
        yield Finding(what=f"compiler for {target}", verdict=missing, detail=f"none: {reason}{named}")
        return
    yield from _compiler(target, machine, missing, named, recipe.packages.toolset or "")
    yield from _python(target, table, machine, missing)


def _asked(packages: PackagesTable) -> str:
    """The key that asks for builds from source; empty: none does."""
    if packages.build:
        return "packages.build names " + ", ".join(packages.build)
    return 'packages.sdists is "prefer"' if packages.sdists == "prefer" else ""


def _compiler(target: Target, machine: Machine, missing: Verdict, named: str, toolset: str) -> Iterator[Finding]:
    from bundler.build.compilers import Choice, fitting_compiler, load_toolchain, search_compilers, way_to_get

    what = f"compiler for {target}"
    windows = branch_of(target.python).numbers_of_windows
    searched = search_compilers(target, machine, Choice(windows=windows, toolset=toolset))
    for each in searched.passed_over:
        yield Finding(what=what, verdict="note", detail=f"passed over {each}")
    for compiler in searched.found:
        try:
            toolchain = load_toolchain(compiler, target, machine)
        except BuildError as error:
            detail = " ".join(" ".join((error.message, *error.context)).split())
            yield Finding(what=what, verdict="note", detail=detail, fix=error.hint)
            continue
        detail = f"{toolchain.description}, {compiler.script} {toolchain.argument}"
        if compiler.lowest_windows > windows:
            detail += f"; what it makes is for {windows_name(compiler.lowest_windows)} and later"
        yield Finding(what=what, verdict="good", detail=detail)
        return
    yield Finding(
        what=what,
        verdict=missing,
        detail=f"none: {target.minor_version} needs {fitting_compiler(target)}{named}",
        fix=way_to_get(target),
    )


def _python(target: Target, table: TargetTable, machine: Machine, missing: Verdict) -> Iterator[Finding]:
    from bundler.build.compilers import search_pythons

    what = f"Python to build for {target}"
    searched = search_pythons(target, machine)
    for each in searched.passed_over:
        yield Finding(what=what, verdict="note", detail=f"passed over {each}")
    if searched.found:
        best = searched.found[0]
        other = "" if best.version == target.python else f", as good for building as {target.python}"
        yield Finding(what=what, verdict="good", detail=f"{best.version} in {best.folder}{other}")
    elif RUNTIME_KINDS[table.runtime.kind].may_compile:
        detail = "none is installed: the recipe's runtime builds, if it has include and libs"
        yield Finding(what=what, verdict="note", detail=detail)
    else:
        yield Finding(
            what=what,
            verdict=missing,
            detail=f"no {target.minor_version} for {target.platform} with its headers is installed",
            fix=f"on this host, `python build/windows_host.py --python {target.python} --platform {target.platform}` installs it",
        )
