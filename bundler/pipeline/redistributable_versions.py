"""Whether the Visual C++ redistributable that a recipe brings is as new as what its programs were made with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bundler.errors import IntegrityError
from bundler.runtime.dlls import Holder, wheel_programs
from bundler.runtime.dlls.toolsets import NeededToolset, is_runtime, needed_toolset, older_copies

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bundler.model.artifact import WheelFile
    from bundler.model.prerequisite import CheckedInstaller
    from bundler.model.target import Target
    from bundler.pipeline.session import Session


def report_old_redistributables(
    session: Session, target: Target, wheels: Sequence[WheelFile], prerequisites: Sequence[CheckedInstaller]
) -> None:
    """Warn (``redistributable-too-old``) of prerequisites that would leave an older runtime there, or bring one; note wheels that carry one."""
    if target.system is None or not target.system.audits_dlls:
        return
    holders = [Holder(name=each.package, programs=wheel_programs(each, session.cache)) for each in wheels]
    for copy in older_copies(holders, target):
        session.reporter.note(
            f"{copy.carrier} is version {copy.version[0]}.{copy.version[1]:02}, and {copy.needed.user} was made by toolset {copy.needed.text}: "
            "in a process that imports the former first, the latter gets the older one and may crash. Take a newer release of the former, "
            "or let the application import the latter first"
        )
    needed = needed_toolset(holders, target)
    if needed is None:
        return
    for each in filter(_concerns, prerequisites):
        for fault in _faults(session, each, needed):
            session.reporter.warn(
                "redistributable-too-old",
                f"{needed.user} was made by toolset {needed.text}, whose {needed.dll} must be at least as new or it may crash, and the "
                f"prerequisite {each.table.name} {fault}",
            )


def _concerns(prerequisite: CheckedInstaller) -> bool:
    table = prerequisite.table
    return any(map(is_runtime, table.provides)) or is_runtime(table.detect.file or "")


def _faults(session: Session, prerequisite: CheckedInstaller, needed: NeededToolset) -> Iterator[str]:
    detect, wanted = prerequisite.table.detect, f'at-least = "{needed.text}"'
    least = _version(detect.at_least)
    if detect.at_least is None:
        yield f"is content with any version that is there: write {wanted} into its detect"
    elif least is not None and least < needed.version:
        yield f"is content with {detect.at_least}: write {wanted} into its detect"
    brought = _own_version(session, prerequisite)
    if brought is not None and brought[0] == needed.version[0] and brought < needed.version:
        yield f"brings {brought[0]}.{brought[1]:02}: take a newer installer of it"


def _own_version(session: Session, prerequisite: CheckedInstaller) -> tuple[int, int] | None:
    """That of a program's own version resource, which Microsoft's redistributables have; an MSI has none."""
    from bundler.formats.pe.binary import read_binary

    try:
        version = read_binary(session.named(prerequisite.file, prerequisite.filename), prerequisite.filename).version
    except IntegrityError:
        return None
    return version[:2] if version is not None else None


def _version(text: str | None) -> tuple[int, int] | None:
    """``14.38``, ``v14.38.33135.00``"""
    found = re.match(r"v?(\d{1,5})(?:\.(\d{1,5}))?", text or "")
    return (int(found[1]), int(found[2] or 0)) if found else None
