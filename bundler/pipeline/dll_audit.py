"""The DLLs that a bundle's wheels want and that nothing in it provides: looked for in every wheel, and reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.model.runtime_kinds import RUNTIME_KINDS
from bundler.report import some_text
from bundler.runtime.dlls import Holder, needed_dlls, runtime_dlls, wheel_programs
from bundler.runtime.dlls.needed import PYTHON

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bundler.model.artifact import Tree, WheelFile
    from bundler.model.dll import DllInfo
    from bundler.model.lock import Lock
    from bundler.pipeline.session import Session

_SHOWN = 4


def needed_libraries(
    session: Session,
    lock: Lock,
    wheels: Sequence[WheelFile],
    boot: Tree,
    *,
    all_users: bool,
    provided: frozenset[str] = frozenset(),
) -> tuple[DllInfo, ...]:
    """What the server must have or get besides the bundle; reported as ``dll-missing``, or as a note where some Windows has it
    or where only a part wants it that applications do without.

    ``boot`` holds the runtime's files as far as they are known; ``all_users`` of its installer; ``provided``: names of DLLs (lower
    case, ``*`` for any letters) that the recipe's prerequisites bring. Only Windows has DLLs: for others there are none.
    """
    if lock.target.system is None or not lock.target.system.audits_dlls:
        return ()
    installer = RUNTIME_KINDS[lock.runtime.kind].outside
    runtime = runtime_dlls(lock.target, boot.paths, installer=installer, all_users=all_users)
    names = [each.package for each in wheels]
    holders = [
        Holder(name=name, programs=wheel_programs(wheel, session.cache), requires=_required(lock, name))
        for name, wheel in zip(names, wheels, strict=True)
    ]
    found = needed_dlls(holders, lock.target, runtime=runtime, provided=provided)
    _tell(session, found)
    return found


def _required(lock: Lock, name: str) -> frozenset[str]:
    """All that a package requires, and what these require in turn."""
    direct = {each.name: each.dependencies for each in lock.packages}
    found: set[str] = set()
    waiting = [name]
    while waiting:
        more = set(direct.get(waiting.pop(), ())) - found
        found |= more
        waiting += more
    return frozenset(found)


def _tell(session: Session, found: Iterable[DllInfo]) -> None:
    """One line for what has one remedy, since Qt alone may lack thirty."""
    groups: dict[tuple[object, ...], list[DllInfo]] = {}
    for each in found:
        owners = tuple(dict.fromkeys(user.partition(":")[0] for user in each.needed_by))
        known = each.condition or each.redistributable
        key = (each.condition, each.redistributable, each.optional, each.brought_by, each.required)
        groups.setdefault((*key, () if known else owners), []).append(each)
    for dlls in groups.values():
        condition, redistributable, optional = dlls[0].condition, dlls[0].redistributable, dlls[0].optional
        wanted = f"{_places(dlls)} wants {some_text((each.name for each in dlls), _SHOWN)}"
        if condition:
            session.reporter.note(f"{wanted}: Windows Server has it {condition}")
        elif optional:
            source = redistributable or "something else"
            session.reporter.note(f"{wanted}, which nothing here has: that is {optional}; who uses it adds {source}")
        elif dlls[0].brought_by:
            others = some_text(dlls[0].brought_by, _SHOWN)
            words = f"{wanted}, which {others} has for itself: it is found only if {'that' if len(dlls[0].brought_by) == 1 else 'one of these'} is imported first"
            if dlls[0].required and PYTHON in dlls[0].brought_by:
                session.reporter.note(words)
            elif dlls[0].required:
                session.reporter.note(
                    f"{wanted}, which {others} has in folders of its own: it requires that, and its code must find them there"
                )
            else:
                remedy = f", or where {redistributable} is a [[prerequisite]]" if redistributable else ""
                session.reporter.warn("dll-missing", f"{words}{remedy}")
        elif redistributable:
            arguments = f", silent with {dlls[0].silent}" if dlls[0].silent else ""
            session.reporter.warn(
                "dll-missing",
                f"{wanted}, and neither Windows Server, nor Python, nor the bundle has it: it comes with {redistributable}; add that as "
                f"a [[prerequisite]] ({dlls[0].address}{arguments}), unless the application does without",
            )
        else:
            session.reporter.warn(
                "dll-missing",
                f"{wanted}, and neither Windows Server, nor Python, nor the bundle has it: find out what brings it and add that as a "
                "package or a [[prerequisite]], unless the application does without",
            )


def _places(dlls: Iterable[DllInfo]) -> str:
    """``pywin32 (pythonwin/dde.pyd and 3 more)``"""
    files: dict[str, list[str]] = {}
    for user in dict.fromkeys(user for each in dlls for user in each.needed_by):
        owner, _, path = user.partition(": ")
        files.setdefault(owner, []).append(path)
    more = {owner: f" and {len(paths) - 1} more" if len(paths) > 1 else "" for owner, paths in files.items()}
    return some_text((f"{owner} ({paths[0]}{more[owner]})" for owner, paths in files.items()), _SHOWN)
