"""Where the Python of a target comes from: what the recipe says, else python.org's tree or a mirror of it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.errors import InputError
from bundler.model.source import Source, UrlSource, parse_source
from bundler.runtime.branches import Branch, branch_of

if TYPE_CHECKING:
    from bundler.model.recipe import TargetTable
    from bundler.model.target import Target

PYTHON_MIRROR = "https://www.python.org/ftp/python"
"""The root of python.org's tree of releases; a mirror has the same folders, one a release."""

_EMBEDDABLE = (3, 5)
_ARCH = {  # platform -> (in the name of an installer, of an embeddable zip)
    "win_amd64": ("amd64", "amd64"),
    "win32": ("", "win32"),
    "win_arm64": ("arm64", "arm64"),
}


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class RuntimePlan:
    """``runtime`` brings the Python; ``boot`` starts on the bare target, None: the runtime's own file can do that, an archive as
    it is, an msi of a Python before 3.5 by the files inside it.

    ``boot_python`` is the boot Python's version: of a release without files for Windows it is the branch's last one.
    """

    runtime: Source
    boot: Source | None
    boot_python: str | None


def runtime_sources(table: TargetTable, *, mirror: str = PYTHON_MIRROR) -> RuntimePlan:
    """Plan where the runtime of ``table`` and its boot Python come from; ``mirror`` is the root of a tree like python.org's.

    Raises InputError: ``no-installer`` when python.org never made such a file, ``runtime-kind`` when the kind and the
    version don't fit each other.
    """
    target, runtime = table.target(), table.runtime
    if runtime.kind == "exe" and target.version_info < _EMBEDDABLE:
        raise InputError(
            "runtime-kind",
            f"Python {target.python} has no installer of kind 'exe': those begin with 3.5",
            hint='write kind = "msi" in [target.runtime]',
        )
    source = parse_source(runtime.source) if runtime.source is not None else _derived(target, runtime.kind, mirror)
    if runtime.kind not in ("msi", "exe") or target.version_info < _EMBEDDABLE:
        return RuntimePlan(runtime=source, boot=None, boot_python=None)
    branch = branch_of(target.python)
    python = target.python if branch.has_files(target.python) else branch.last
    return RuntimePlan(runtime=source, boot=_embeddable(target, branch, str(python), mirror), boot_python=python)


def _derived(target: Target, kind: str, mirror: str) -> Source:
    branch = branch_of(target.python)
    if not target.windows or kind not in ("msi", "exe", "embed"):
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
    if kind == "embed":
        return _embeddable(target, branch, target.python, mirror)
    if kind != branch.installer:
        raise InputError(
            "no-installer" if branch.installer is None else "runtime-kind",
            f"python.org has no installer of kind {kind!r} for Python {target.python}",
            hint=f'write kind = "{branch.installer}" in [target.runtime]'
            if branch.installer
            else "full installers end with 3.15: use kind embed, nuget or archive, which live inside the release",
        )
    _demand_arch(target, branch, kind)
    arch = _ARCH[target.platform][0]
    joint = "." if kind == "msi" else "-"
    return _url(mirror, target.python, f"{joint}{arch}" if arch else "", kind)


def _embeddable(target: Target, branch: Branch, python: str, mirror: str) -> Source:
    if not branch.embed:
        raise InputError(
            "runtime-kind",
            f"Python {target.python} has no embeddable zip: those begin with 3.5",
            hint='write kind = "msi" in [target.runtime]',
        )
    _demand_arch(target, branch, "embed")
    return _url(mirror, python, f"-embed-{_ARCH[target.platform][1]}", "zip")


def _demand_arch(target: Target, branch: Branch, kind: str) -> None:
    if target.platform == "win_arm64" and kind not in branch.arm64:
        raise InputError(
            "no-installer",
            f"python.org has no {'embeddable zip' if kind == 'embed' else kind} of Python {target.python} for 64-bit ARM",
            hint="take Python 3.11 or later, or name a source in [target.runtime]",
        )


def _url(mirror: str, python: str, variant: str, suffix: str) -> UrlSource:
    release = python
    if python.endswith(".0") and python.startswith("2."):
        release = python.removesuffix(".0")  # the first of a branch had two numbers until 3.3
    return UrlSource(url=f"{mirror.rstrip('/')}/{release}/python-{release}{variant}.{suffix}")
