"""Calls a source tree's build backend (PEP 517) in an isolated environment; nothing of it runs in this process."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from packaging.markers import default_environment
from pyproject_hooks import BuildBackendHookCaller

from bundler.atomic import remove_tree
from bundler.build.build_system import BuildSystem, build_system, check_requirements, is_texts
from bundler.build.compilers.program_output import decoded
from bundler.build.hook_answers import HookAnswer, answered_name, read_answer
from bundler.build.isolated import Environment
from bundler.errors import BuildError
from bundler.isolation import Room
from bundler.isolation.leavings import UnsafeLeavingError, read_end
from bundler.model.target import Target

if TYPE_CHECKING:
    from collections.abc import Sequence


_VIEW = Path(__file__).with_name("target_view.py")
_OLD_HOOKS = Path(__file__).with_name("old_hooks.py")
_LOG_LINES = 20
_LOG_WIDTH = 300
_LOG_BYTES = 64 * 1024

Hook = Literal["get_requires_for_build_wheel", "prepare_metadata_for_build_wheel", "build_wheel"]


class HookFailed(Exception):  # noqa: N818
    """A hook ended badly: ``log`` is what it printed (its last 64 KiB). Never leaves ``build``: it becomes a BuildError."""

    def __init__(self, hook: Hook, log: str) -> None:
        super().__init__(f"{hook} failed")
        self.hook = hook
        self.log = log


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class HookCall:
    """One hook, run on the source ``tree`` by the Python of ``environment``, which sees ``variables`` and no others.

    ``view``: code inside ``tree`` sees this target in place of the host, which means nothing to an environment of the target's own
    Python; ``work`` gets the log and what the call needs; ``folder``: where a hook that writes something writes it. Besides that and
    the tree, it may write into the files ``traces``.
    """

    tree: Path
    hook: Hook
    environment: Environment
    variables: Mapping[str, str]
    view: Target | None
    work: Path
    folder: Path | None = None
    traces: tuple[Path, ...] = ()


def call_hook(call: HookCall) -> str | tuple[str, ...]:
    """Run a hook and return its answer: a name, which is to be one inside ``folder``, or requirements.

    Raises HookFailed, BuildError (``build-backend-missing``, ``build-environment``, ``pyproject-invalid``, ``build-output-unsafe``,
    ``build-too-long``), HostError (``sandbox-missing``).
    """
    call.work.mkdir(parents=True, exist_ok=True)
    (call.work / f"{call.hook}.log").unlink(missing_ok=True)
    # opened before anything runs: afterwards its name may stand for another file or a pipe, its rights may be gone
    # what it is to hold may be letters that no encoding has
    with (call.work / f"{call.hook}.log").open("a", encoding="utf-8", errors="backslashreplace") as log:
        system = build_system(call.tree)
        answer = _call_old(call, system) if call.environment.site is not None else _call_new(call, system)
        if answer is None:  # sys.exit(0) in a setup.py ends the process well and without an answer
            raise HookFailed(call.hook, read_log(call.work, call.hook))
        if answer.missing is not None:
            raise _without_backend(system, call.tree, answer.missing)
        log.writelines(f"{each}\n" for each in answer.warnings)
    if call.hook == "get_requires_for_build_wheel":
        return _checked_answer(answer.value, call.tree)
    return answered_name(answer.value, call.tree.name)


def _call_new(call: HookCall, system: BuildSystem) -> HookAnswer | None:
    """By pyproject_hooks, whose script writes its answer into a folder that is its own."""
    found: list[HookAnswer | None] = []

    def run(cmd: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None) -> None:
        python, script, hook, given = cmd
        exchange = _new_folder(call.work / f"{call.hook}.exchange")
        shutil.copyfile(Path(given, "input.json"), exchange / "input.json")
        words = [script, hook, str(exchange)]
        programs = [Path(script).parent]
        if call.view is not None:
            facts = call.work / "view.json"
            facts.write_text(json.dumps(view_facts(call.view, call.tree)), encoding="utf-8")
            words = ["-P", str(_VIEW), str(facts), *words]
            programs.append(_VIEW)
        del cwd  # the tree
        _run(call, [python, *words], programs, exchange, extra_environ or {})
        answer = read_answer(exchange, "output.json", call.tree.name)
        found.append(answer)
        # what is passed on is nothing of the backend's
        Path(given, "output.json").write_text('{"return_val": []}', encoding="utf-8")

    try:
        caller = BuildBackendHookCaller(
            str(call.tree),
            system.backend,
            system.backend_path,
            runner=run,
            python_executable=str(call.environment.python),
        )
    except ValueError as error:
        raise BuildError("pyproject-invalid", f"{call.tree.name}: [build-system] backend-path: {error}") from None
    settings = dict(call.environment.settings) or None
    if call.hook == "get_requires_for_build_wheel":
        caller.get_requires_for_build_wheel(settings)
    elif call.hook == "prepare_metadata_for_build_wheel":
        caller.prepare_metadata_for_build_wheel(str(call.folder), settings)
    else:
        caller.build_wheel(str(call.folder), settings)
    return found[-1]


def _call_old(call: HookCall, system: BuildSystem) -> HookAnswer | None:
    """The same under a Python that is too old for pyproject_hooks."""
    tree, hook = call.tree, call.hook
    exchange = _new_folder(call.work / f"{hook}.exchange")
    request = call.work / f"{hook}.request.json"
    said = {
        "backend": system.backend,
        "backend_path": [str(tree / each) for each in system.backend_path],
        "hook": hook,
        "arguments": [] if call.folder is None or hook == "get_requires_for_build_wheel" else [str(call.folder)],
        "settings": dict(call.environment.settings),
        "answer": str(exchange / "answer.json"),
    }
    request.write_text(json.dumps(said), encoding="utf-8")
    # without site: the packages of that Python itself would take part in the build
    command = [str(call.environment.python), "-s", "-S", str(_OLD_HOOKS), str(request)]
    _run(call, command, [_OLD_HOOKS], exchange, {})
    return read_answer(exchange, "answer.json", tree.name)


def _run(
    call: HookCall, command: Sequence[str], programs: Sequence[Path], exchange: Path, variables: Mapping[str, str]
) -> None:
    environment = call.environment
    own = (environment.folder,)
    room = Room(
        read_only=(call.work, *programs, *environment.places, *(own if environment.shared else ())),
        writable=(
            call.tree,
            exchange,
            *((call.folder,) if call.folder else ()),
            *call.traces,
            *(() if environment.shared else own),
        ),
        network=environment.network,
        environment={**call.variables, **variables},
    )
    with (call.work / f"{call.hook}.log").open("ab") as log:
        try:
            code = environment.sandbox.run(room, command, cwd=call.tree, output=log)
        except OSError as error:  # an earlier hook may have removed its own Python
            raise BuildError("build-environment", f"{command[0]} can't be run: {error.strerror}") from None
    if code:
        raise HookFailed(call.hook, read_log(call.work, call.hook))


def _new_folder(path: Path) -> Path:
    remove_tree(path)
    path.mkdir()
    return path


def _without_backend(system: BuildSystem, tree: Path, trace: str) -> BuildError:
    return BuildError(
        "build-backend-missing",
        f"the build backend {system.backend} of {tree.name} can't be imported",
        context=tail(trace),
        hint="[build-system] requires must name what provides the backend",
    )


def _checked_answer(wanted: object, tree: Path) -> tuple[str, ...]:
    if not is_texts(wanted):
        raise BuildError(
            "pyproject-invalid", f"the build backend of {tree.name} asks for {wanted!r}, which are not requirements"
        )
    check_requirements(wanted, tree)
    return tuple(wanted)


def read_log(work: Path, hook: Hook) -> str:
    """What the hook printed, the last 64 KiB of it."""
    try:
        return decoded(read_end(work / f"{hook}.log", _LOG_BYTES)[0])
    except (UnsafeLeavingError, OSError) as error:  # without a sandbox it may have put something else there
        return f"its log can't be read: {error}"


def tail(log: str) -> tuple[str, ...]:
    """The last lines of a log that say something, for an error's context: at most 20, each at most 300 characters."""
    lines = [line.rstrip() for line in log.splitlines() if line.strip()]
    return tuple(line[:_LOG_WIDTH] for line in lines[-_LOG_LINES:])


def needs_view(target: Target) -> bool:
    """Whether this host differs from the target in anything that a build script is likely to ask."""
    host, wanted = dict(default_environment()), dict(target.environment())
    names = ("os_name", "sys_platform", "platform_system", "platform_machine", "python_full_version")
    bits = 64 if sys.maxsize > 2**32 else 32  # a Python of 32 bits and one of 64 differ in no marker on one Windows
    return target.bits != bits or any(host[name] != wanted.get(name) for name in names)


def view_facts(target: Target, tree: Path) -> dict[str, object]:
    """What ``target_view.py`` reads: answers for code below ``tree``; empty is what nobody said, never the host's."""
    values = dict(target.environment())
    windows = {"win_amd64": "win-amd64", "win_arm64": "win-arm64"}
    machine = values.get("platform_machine", "")
    return {
        "root": str(tree),
        "version": target.version_info,
        "bits": target.bits,
        "os_name": values.get("os_name", ""),
        "sys_platform": values.get("sys_platform", ""),
        "system": values.get("platform_system", ""),
        "machine": machine,
        "release": values.get("platform_release", ""),
        "platform_version": values.get("platform_version", ""),
        "platform_tag": windows.get(target.platform, target.platform) if target.windows else f"linux-{machine}",
    }
