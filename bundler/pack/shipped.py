"""What of ourselves goes into every bundle: ``bundler/target`` as it is, its starter and the shims."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.errors import HostError
from bundler.model.platforms import demand_platform

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Shipped:
    """One file: its path inside the bundle and its bytes, never empty."""

    path: str
    content: bytes


def target_folder() -> Path:
    """Where ``bundler/target`` lies; nothing imports it."""
    return Path(__file__).parent.parent / "target"


def shipped(
    folder: Path, tag: str, *, services: bool = False, signed: Mapping[str, bytes] | None = None
) -> tuple[Shipped, ...]:
    """The files of ``folder``, its sub-folders too, for a target of the platform ``tag``; with ``services`` the service host too. ``signed``: programs that
    somebody signed, by name, in place of the plain ones.

    Line ends don't depend on the checkout: LF in Python files, the system's own in the starters.
    Raises HostError (``shims-missing``).
    """
    modules = {each.relative_to(folder).as_posix(): each for each in folder.rglob("*.py") if each.is_file()}
    files = [
        Shipped(path=f"target/{name}", content=_lf(modules[name].read_bytes()) or b"\n") for name in sorted(modules)
    ]
    ours = demand_platform(tag).shipped
    for name, path in ((ours.starter, ours.starter), (ours.kept_starter, f"target/{ours.kept_starter}")):
        files.append(Shipped(path=path, content=_lf((folder / name).read_bytes()).replace(b"\n", ours.line_end)))
    for name in (*ours.launchers, *((ours.service_host,) if services else ())):
        path = folder / "shims" / tag / name
        if not path.is_file():
            raise HostError(
                "shims-missing",
                f"this installation lacks {name} for {tag}, which every bundle carries",
                context=(str(path),),
                hint="install the product as a wheel or with `pip install`, or run `python build/shims.py` in its source tree",
            )
        files.append(Shipped(path=f"target/{name}", content=(signed or {}).get(name) or path.read_bytes()))
    return tuple(files)


def _lf(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n")
