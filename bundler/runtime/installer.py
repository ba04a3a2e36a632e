"""Python's own installers, exe and msi: nothing is unpacked, but they should be what the recipe says that they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from bundler.errors import IntegrityError
from bundler.formats.malformed import damaged
from bundler.formats.msi.compound import MAGIC, compound_streams
from bundler.formats.pe import read_binary

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.model.target import Target

_SUBJECT, _TEMPLATE = 3, 7  # property ids of the summary information stream
_PLATFORMS = {"": None, "intel": "win32", "x64": "win_amd64", "amd64": "win_amd64", "arm64": "win_arm64"}
_BITS = {"32-bit": "win32", "64-bit": "win_amd64", "arm64": "win_arm64"}
_NAME = re.compile(r"Python (?P<version>\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?)(?: \((?P<bits>[^)]+)\))?")


def check_installer(file: Path, kind: Literal["msi", "exe"], target: Target) -> None:
    """Check the format of an installer, and its version and platform where it tells them.

    Raises IntegrityError: ``installer-other-kind``, ``installer-malformed``, ``runtime-other-python``.
    """
    with file.open("rb") as stream:
        head = stream.read(8)
    if kind == "exe":
        if not head.startswith(b"MZ"):
            raise _other_kind(file, "exe", "no Windows program")
        # the bootstrapper itself is a 32-bit program for every platform: its machine tells nothing
        _compare(file, target, read_binary(file, file.name).product, None)
        return
    if not head.startswith(MAGIC):
        raise _other_kind(file, "msi", "no Windows Installer database")
    _compare(file, target, *_summary(file))


def _summary(file: Path) -> tuple[str, str | None]:
    """The subject (``Python 2.7.18 (64-bit)``) and the platform tag of an MSI."""
    with compound_streams(file) as streams:
        properties = streams.properties()
    if _TEMPLATE not in properties:  # Windows Installer demands it
        raise damaged(file, "its summary says no platform")
    template = _text(properties.get(_TEMPLATE)).partition(";")[0].strip().lower()
    if template not in _PLATFORMS:
        return _text(properties.get(_SUBJECT)), f"platform {template!r}"
    return _text(properties.get(_SUBJECT)), _PLATFORMS[template]


def _text(value: object) -> str:
    return value.decode("cp1252", "replace").rstrip("\0") if isinstance(value, bytes) else str(value or "")


def _compare(file: Path, target: Target, product: str, platform: str | None) -> None:
    said = _NAME.match(product)
    if said is not None and said["version"] != target.python:
        raise _other_python(file, f"it is Python {said['version']}", target)
    if said is not None and said["bits"] is not None and platform is None:
        platform = _BITS.get(said["bits"].lower())
    if platform is not None and platform != target.platform:
        raise _other_python(file, f"it is for {platform}", target)


def _other_python(file: Path, what: str, target: Target) -> IntegrityError:
    return IntegrityError(
        "runtime-other-python",
        f"{file.name} isn't the installer of {target}: {what}",
        context=(str(file),),
        hint="name the file of that very version and platform, or change python and platform of the target",
    )


def _other_kind(file: Path, kind: str, what: str) -> IntegrityError:
    return IntegrityError(
        "installer-other-kind",
        f"{file.name} is {what}, so it can't be a runtime of kind {kind!r}",
        context=(str(file),),
        hint="python.org's installers are kind exe since 3.5 and msi before; a zip is kind embed, nuget or archive",
    )
