"""Where the Python of a target comes from: what the recipe says, else python.org's tree or a mirror of it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.errors import InputError
from bundler.model.platforms.windows_platform import WINDOWS
from bundler.model.runtime_kinds import BOOT_KIND, OLD_BOOT_KIND, RUNTIME_KINDS
from bundler.model.source import Source, parse_source
from bundler.runtime.branches import branch_of
from bundler.runtime.kinds import behaviour_of
from bundler.runtime.python_org import PYTHON_MIRROR

if TYPE_CHECKING:
    from bundler.model.recipe import TargetTable
    from bundler.model.target import Target

_EMBEDDABLE = (3, 5)


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RuntimePlan:
    """``runtime`` brings the Python, None: the target has it already. ``boot``, of the kind ``boot_kind``, starts on the bare target, None:
    the runtime's own file can do that, an archive as it is, an msi of a Python before 3.5 by the files inside it.

    ``boot_python`` is the boot Python's version: of a release without files for Windows it is the branch's last one.
    """

    runtime: Source | None
    boot: Source | None = None
    boot_kind: str = BOOT_KIND.name
    boot_python: str | None = None


def runtime_sources(table: TargetTable, *, mirror: str = PYTHON_MIRROR) -> RuntimePlan:
    """Plan where the runtime of ``table`` and its boot Python come from; ``mirror`` is the root of a tree like python.org's.

    Raises InputError: ``no-installer`` when python.org never made such a file, ``runtime-kind`` when the kind and the
    version don't fit each other.
    """
    target, runtime = table.target(), table.runtime
    kind = RUNTIME_KINDS[runtime.kind]
    behaviour_of(kind.name).fits(target)
    source = None
    if not kind.present:
        source = parse_source(runtime.source) if runtime.source is not None else _derived(target, kind.name, mirror)
    if source is not None and (not kind.installed or target.version_info < _EMBEDDABLE):
        return RuntimePlan(runtime=source)
    branch = branch_of(target.python)
    python = target.python if branch.has_files(target.python) else str(branch.last)
    boot_kind = BOOT_KIND if target.version_info >= _EMBEDDABLE else OLD_BOOT_KIND
    return RuntimePlan(
        runtime=source,
        boot=_derived(dataclasses.replace(target, python=python), boot_kind.name, mirror),
        boot_kind=boot_kind.name,
        boot_python=python,
    )


def _derived(target: Target, kind: str, mirror: str) -> Source:
    branch, address = branch_of(target.python), behaviour_of(kind).address
    if target.system is not WINDOWS or address is None:
        raise InputError(
            "no-installer",
            f"there is no default address of a runtime of kind {kind!r} for {target}",
            hint="name one as source in [target.runtime]",
        )
    if not branch.has_files(target.python):
        raise InputError(
            "no-installer",
            f"python.org has no files for Windows of Python {target.python}: {branch.last} is the last of its branch"
            " that was made for Windows, later ones are source only",
            hint=f'write python = "{branch.last}", or name a source in [target.runtime]',
        )
    return address(target, branch, mirror)
