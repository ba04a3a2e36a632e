"""Python's own installers, exe and msi: nothing is unpacked, but they should be what the recipe says that they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bundler.errors import IntegrityError
from bundler.formats.authenticode import check_signature, read_signature
from bundler.formats.malformed import damaged
from bundler.formats.msi.compound import MAGIC, compound_streams
from bundler.formats.msi.summary import PLATFORMS, read_summary
from bundler.formats.pe.binary import read_binary
from bundler.plain_file import open_plain
from bundler.runtime.signatures import unchecked

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.model.target import Target
    from bundler.runtime.runtime_file import RuntimeFile, SignerDemand

_BITS = {"32-bit": "win32", "64-bit": "win_amd64", "arm64": "win_arm64"}
_NAME = re.compile(r"Python (?P<version>\d+\.\d+\.\d+(?:(?:a|b|rc)\d+)?)(?: \((?P<bits>[^)]+)\))?")


def check_exe(file: Path, target: Target) -> None:
    """Check the format of an installer of kind exe, and its version where it says it.

    Raises IntegrityError: ``installer-other-kind``, ``installer-malformed``, ``runtime-other-python``.
    """
    if not _head(file).startswith(b"MZ"):
        raise _other_kind(file, "exe", "not a Windows program")
    # the bootstrapper itself is a 32-bit program for every platform: its machine tells nothing
    _compare(file, target, read_binary(file, file.name).product, None)


def check_msi(file: Path, target: Target) -> None:
    """The same for kind msi, which says its platform too."""
    if not _head(file).startswith(MAGIC):
        raise _other_kind(file, "msi", "not a Windows Installer database")
    _compare(file, target, *_summary(file))


def installer_signer(file: RuntimeFile, demand: SignerDemand) -> str | None:
    """Who signed an installer; None: nobody whom this host trusts. Raises IntegrityError as ``check_signature`` does."""
    path = file.stored.path
    if demand.signer is not None:
        return check_signature(path, signer=demand.signer, extra_roots=demand.roots).subject_common_name
    if unchecked(file.locked.artifact.filename, file.reporter):
        return None
    seen = read_signature(path, extra_roots=demand.roots)
    return seen.subject_common_name if seen is not None and not seen.distrust else None


def _head(file: Path) -> bytes:
    with open_plain(file) as stream:
        return stream.read(8)


def _summary(file: Path) -> tuple[str, str | None]:
    """The subject (``Python 2.7.18 (64-bit)``) and the platform tag of an MSI."""
    with compound_streams(file) as streams:
        said = read_summary(streams)
    if said.architecture is None:
        raise damaged(file, "its summary says no platform")
    if not said.architecture:
        return said.subject, None
    return said.subject, PLATFORMS.get(said.architecture, f"platform {said.architecture!r}")


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
