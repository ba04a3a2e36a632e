"""What an sdist or a local project depends on, for the target: read where it is written down, else asked of its build hook."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from packaging.utils import canonicalize_name

from bundler.atomic import scratch_folder
from bundler.build.backend import Hook, HookCall, HookFailed, call_hook, needs_view
from bundler.build.build_system import build_system
from bundler.build.diagnosis import FailedBuild, build_failed
from bundler.build.hook_answers import read_metadata
from bundler.build.missing_compiler import refuse_compilers
from bundler.build.source_tree import open_source, time_of
from bundler.build.static_metadata import core_metadata, static_metadata
from bundler.errors import BuildError
from bundler.foreign import local_path
from bundler.formats.core_metadata import CoreMetadata
from bundler.formats.pyproject_file import load_pyproject
from bundler.model.ports import SourceMetadata
from bundler.model.target import Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bundler.build.isolated import Environment

_FOLDER = re.compile(r"(?P<name>[^@;]+@ *)(?P<url>file:[^\s;]*)(?P<rest>.*)", re.DOTALL)
_DEPTH = ("tree", *"abcde")
"""Where the copy of a project lies: so deep that what it finds beside its parents is still known for a place of the copy."""


class EnvironmentMaker(Protocol):
    """Makes an environment of this host that holds what the requirements (PEP 508) ask for; resolving them is its business."""

    def __call__(self, requirements: Sequence[str]) -> Environment: ...


def inspect_source(
    source: Path, *, name: str, target: Target, make_environment: EnvironmentMaker, work: Path, epoch: int | None = None
) -> SourceMetadata:
    """Learn the metadata of ``source``, an sdist's file or a project's folder.

    An sdist's PKG-INFO is taken where it promises to be right (PEP 643), a static ``[project]`` table (PEP 621) too: then
    nothing of the source runs. Else its hook runs twice, with the target and with this host in its sight: the target's answer
    counts, and where they differ, ``warnings`` say so. ``name`` is what the source must be called (empty: whatever it is);
    ``work``: a folder for scratch files, and for the log of what fails; ``epoch``: the time that its hook sees, None: its own
    (``time_of``). Raises BuildError.
    """
    work.mkdir(parents=True, exist_ok=True)
    with scratch_folder("inspect-", work) as folder:
        tree = source if source.is_dir() else open_source(source, folder / "static")
        system = build_system(tree)
        found = static_metadata(tree, sdist=not source.is_dir())
        if found is not None:
            _check_name(found, name, source)
            return _answer(found, build_requires=system.requires, static=True)
        epoch = time_of(source) if epoch is None else epoch
        asking = _Asking(source=source, what=name or source.name, target=target, folder=folder, epoch=epoch)
        asked = _ask(asking, system.requires, target, make_environment)
        _check_name(asked.core, name, source)
        return _answer(asked.core, build_requires=asked.build_requires, static=False, warnings=asked.warnings)


def declared_name(project: Path) -> str:
    """What a project's folder calls itself before anything of it runs: by its ``[project]`` table (PEP 621), else by its own name."""
    table = load_pyproject(project).get("project")
    name = table.get("name") if isinstance(table, dict) else None
    return name if isinstance(name, str) else project.resolve().name


def dynamic_requirements(
    source: Path, *, name: str, target: Target, environment: Environment, work: Path, epoch: int | None = None
) -> tuple[str, ...]:
    """What the backend asks for in addition (``get_requires_for_build_wheel``), in an environment that holds the static ones."""
    work.mkdir(parents=True, exist_ok=True)
    epoch = time_of(source) if epoch is None else epoch
    with scratch_folder("requires-", work) as folder:
        asking = _Asking(source=source, what=name, target=target, folder=folder, epoch=epoch)
        return _dynamic(asking, environment, target)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    core: CoreMetadata
    build_requires: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class _Asking:
    """One source whose hooks run, each in a fresh tree below ``folder``: a hook leaves files behind."""

    source: Path
    what: str
    target: Target
    folder: Path
    epoch: int

    def requires(self, environment: Environment, view: Target | None) -> tuple[str, ...]:
        answer, _ = self._call("get_requires_for_build_wheel", environment, view)
        return tuple(answer) if not isinstance(answer, str) else (answer,)

    def metadata(self, environment: Environment, view: Target | None) -> CoreMetadata:
        answer, place = self._call("prepare_metadata_for_build_wheel", environment, view)
        core = core_metadata(read_metadata(place, str(answer), self.what), self.what)
        if not self.source.is_dir():
            return core
        tree = place.parent.joinpath(*_DEPTH, self.source.resolve().name)
        return dataclasses.replace(core, requires_dist=tuple(self._at_home(each, tree) for each in core.requires_dist))

    def _at_home(self, requirement: str, tree: Path) -> str:
        """A dependency on a folder, seen from the project and not from the copy of it that the hook saw."""
        found = _FOLDER.match(requirement)
        if found is None:
            return requirement
        try:
            place = os.path.relpath(local_path(found["url"].partition("#")[0]), tree)
        except ValueError:  # no path of this host, or another drive
            return requirement
        if not Path(os.path.normpath(tree / place)).is_relative_to(self.folder):
            return requirement
        return found["name"] + Path(os.path.normpath(self.source.absolute() / place)).as_uri() + found["rest"]

    def _kept_log(self, log: Path, view: Target | None) -> Path:
        """Beside the scratch folder, which is gone when somebody reads of it; moved, since it may be of any size."""
        with contextlib.suppress(OSError):  # without a sandbox a build may hold it open or remove it
            return log.replace(self.folder.with_name(f"{self.source.name}.{'target.' if view else ''}log"))
        return log

    def _call(self, hook: Hook, environment: Environment, view: Target | None) -> tuple[str | tuple[str, ...], Path]:
        place = self.folder / f"{hook}-{'target' if view else 'host'}"
        tree = open_source(self.source, place.joinpath(*(_DEPTH if self.source.is_dir() else _DEPTH[:1])))
        (place / "out").mkdir(parents=True)
        native = environment.native
        blocked = None if native else refuse_compilers(place / "refusal")
        variables = {**environment.variables, "SOURCE_DATE_EPOCH": str(self.epoch)}
        try:
            answer = call_hook(
                HookCall(
                    tree=tree,
                    hook=hook,
                    environment=environment,
                    variables=blocked.variables(variables) if blocked else variables,
                    view=view,
                    work=place,
                    folder=place / "out",
                    traces=(blocked.trace,) if blocked else (),
                )
            )
        except HookFailed as error:
            failed = FailedBuild(
                what=self.what,
                name=self.what,
                log=error.log,
                attempts=blocked.attempts() if blocked else (),
                log_path=self._kept_log(place / f"{hook}.log", view),
                tree=tree,
                native=native,
            )
            raise build_failed(failed, self.target) from error
        return answer, place / "out"


def _ask(asking: _Asking, static: tuple[str, ...], target: Target, make_environment: EnvironmentMaker) -> _Asked:
    environment = make_environment(static)
    dynamic = _dynamic(asking, environment, target)
    wanted = tuple(dict.fromkeys((*static, *dynamic)))
    if wanted != static:
        environment = make_environment(wanted)
    core, warnings = _metadata(asking, environment, target)
    return _Asked(core=core, build_requires=wanted, warnings=warnings)


def _dynamic(asking: _Asking, environment: Environment, target: Target) -> tuple[str, ...]:
    """The build runs on this host, so the host's answer counts; a source that refuses this host is asked for the target."""
    try:
        return asking.requires(environment, None)
    except BuildError:
        if not _differs(environment, target):
            raise
        return asking.requires(environment, target)


def _differs(environment: Environment, target: Target) -> bool:
    """Whether code that asks where it runs would be answered wrongly for the target."""
    return environment.native is None and needs_view(target)


def _metadata(asking: _Asking, environment: Environment, target: Target) -> tuple[CoreMetadata, tuple[str, ...]]:
    if not _differs(environment, target):
        return asking.metadata(environment, None), ()
    host: CoreMetadata | BuildError
    try:
        host = asking.metadata(environment, None)
    except BuildError as error:
        host = error
    try:
        seen = asking.metadata(environment, target)
    except BuildError as error:
        reason = error.context[-1] if error.context else error.message
        if isinstance(host, BuildError):
            if reason not in host.context:
                host.context = (*host.context, f"where it sees {target}: {reason}")
            raise host from error
        warning = (
            f"the build script of {asking.what} fails where it sees {target} ({reason}): "
            "what it depends on is this host's answer and may be wrong for the target"
        )
        return host, (warning,)
    if isinstance(host, BuildError) or host == seen:
        return seen, ()
    return seen, (_difference(asking.what, target, host, seen),)


def _difference(what: str, target: Target, host: CoreMetadata, seen: CoreMetadata) -> str:
    added = [each for each in seen.requires_dist if each not in host.requires_dist]
    lost = [each for each in host.requires_dist if each not in seen.requires_dist]
    parts = [f"only there: {', '.join(added)}"] if added else []
    parts += [f"only here: {', '.join(lost)}"] if lost else []
    if host.requires_python != seen.requires_python:
        parts.append(f"Requires-Python {seen.requires_python} there, {host.requires_python} here")
    if host.version != seen.version:
        parts.append(f"version {seen.version} there, {host.version} here")
    differences = "; ".join(parts) or "the order or the extras differ"
    return f"the build script of {what} answers differently for {target} than for this host; the target's answer is taken ({differences})"


def _answer(
    core: CoreMetadata, *, build_requires: tuple[str, ...], static: bool, warnings: tuple[str, ...] = ()
) -> SourceMetadata:
    return SourceMetadata(
        name=core.name,
        version=core.version,
        requires_dist=core.requires_dist,
        requires_python=core.requires_python,
        provides_extra=core.provides_extra,
        build_requires=build_requires,
        static=static,
        warnings=warnings,
    )


def _check_name(core: CoreMetadata, name: str, source: Path) -> None:
    if name and canonicalize_name(core.name) != canonicalize_name(name):
        raise BuildError(
            "metadata-name",
            f"{source.name} calls itself {core.name}, but it is wanted as {name}",
            hint="the index serves a wrong file, or the recipe names the wrong one",
        )
