"""Addresses in python.org's tree of releases, and in mirrors of it: one folder a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.errors import InputError
from bundler.model.source import UrlSource

if TYPE_CHECKING:
    from bundler.model.target import Target
    from bundler.runtime.branches import Branch

PYTHON_MIRROR = "https://www.python.org/ftp/python"
"""The root of python.org's tree; a mirror has the same folders."""

_INSTALLER_ARCH = {"win_amd64": "amd64", "win32": "", "win_arm64": "arm64"}
_EMBEDDABLE_ARCH = {"win_amd64": "amd64", "win32": "win32", "win_arm64": "arm64"}


def installer_address(target: Target, branch: Branch, mirror: str, *, kind: str, joint: str) -> UrlSource:
    """Where the full installer of ``target`` is; ``joint`` stands before the architecture in its name.

    Raises InputError (``no-installer``, ``runtime-kind``) where python.org has none of that kind.
    """
    if kind != branch.installer:
        raise InputError(
            "no-installer" if branch.installer is None else "runtime-kind",
            f"python.org has no installer of kind {kind!r} for Python {target.python}",
            hint=f'write kind = "{branch.installer}" in [target.runtime]'
            if branch.installer
            else "full installers end with 3.15: use kind embed, nuget or archive, which live inside the release",
        )
    _demand_arm64(target, branch, kind=kind, words=kind)
    arch = _INSTALLER_ARCH[target.platform]
    return _address(mirror, target.python, f"{joint}{arch}" if arch else "", kind)


def embeddable_address(target: Target, branch: Branch, mirror: str, *, python: str) -> UrlSource:
    """Where the embeddable zip of ``python``, a release of the target's branch, is; raises InputError (``no-installer``, ``runtime-kind``)."""
    if not branch.embed:
        raise InputError(
            "runtime-kind",
            f"Python {target.python} has no embeddable zip: those begin with 3.5",
            hint='write kind = "msi" in [target.runtime]',
        )
    demand_standard_build(target, "embeddable zip")
    _demand_arm64(target, branch, kind="embed", words="embeddable zip")
    return _address(mirror, python, f"-embed-{_EMBEDDABLE_ARCH[target.platform]}", "zip")


def demand_standard_build(target: Target, words: str) -> None:
    """Raise InputError (``runtime-kind``) for a free-threaded target: those files bring the standard build, which takes other wheels."""
    if target.abi.endswith("t"):
        package = {"win32": "pythonx86-freethreaded", "win_arm64": "pythonarm64-freethreaded"}
        raise InputError(
            "runtime-kind",
            f"python.org's {words} of Python {target.python} brings the standard build, and the target is free-threaded ({target.abi})",
            hint='write kind = "nuget" in [target.runtime], with the package '
            f"{package.get(target.platform, 'python-freethreaded')} as its source, or kind archive with a source of your own",
        )


def _demand_arm64(target: Target, branch: Branch, *, kind: str, words: str) -> None:
    if target.platform == "win_arm64" and kind not in branch.arm64:
        raise InputError(
            "no-installer",
            f"python.org has no {words} of Python {target.python} for 64-bit ARM",
            hint="take Python 3.11 or later, or name a source in [target.runtime]",
        )


def _address(mirror: str, python: str, variant: str, suffix: str) -> UrlSource:
    release = python
    if python.endswith(".0") and python.startswith("2."):
        release = python.removesuffix(".0")  # the first of a branch had two numbers until 3.3
    return UrlSource(url=f"{mirror.rstrip('/')}/{release}/python-{release}{variant}.{suffix}")
