"""Whether bundles can be rehearsed on this host, and how to get what is missing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bundler.doctor.finding import Finding
from bundler.errors import BundleError
from bundler.report import size_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bundler.rehearse.wine.choosing import Host

_WHAT = "rehearsals"


def rehearsals(bed: Path, host: Host | None, platform: str = sys.platform) -> Iterator[Finding]:
    """``bed``: the folder where what they need lies, or would. Nothing here keeps a bundle from being built: no finding is bad.

    Which Wine it would be is told without trying any: that takes minutes.
    """
    if host is None or not platform.startswith("linux"):
        yield _in_windows(platform)
        return
    from bundler.rehearse.wine import host_tools
    from bundler.rehearse.wine.choosing import untried
    from bundler.rehearse.wine.chroot import ROOM

    try:
        found = untried(bed, host)
    except BundleError as error:
        detail = "; ".join((error.message, *error.context))
        yield Finding(what=_WHAT, verdict="note", detail=detail, fix=error.hint)
        return
    if found.is_made:
        yield Finding(what=_WHAT, verdict="good", detail=f"the Wine {found.source.words} is ready in {bed}{found.why}")
        return
    free = host_tools.free_space(bed)
    yield Finding(
        what=_WHAT,
        verdict="note" if free < ROOM else "good",
        detail=f"the Wine {found.source.words} will be {found.todo} in {bed} (2 GB; {size_text(free)} free), at the first one or by "
        f"`bundle rehearse --prepare`{found.why}",
        fix="it needs more room: name another disk with --store" if free < ROOM else "",
    )


def _in_windows(platform: str) -> Finding:
    from bundler.rehearse.windows.sandbox_engine import require_sandbox

    if platform != "win32":
        detail = "bundles are rehearsed in Wine, on Linux, or on Windows"
        return Finding(what=_WHAT, verdict="note", detail=detail, fix="run `bundle rehearse` on one of them")
    try:
        require_sandbox()
    except BundleError as error:
        return Finding(what=_WHAT, verdict="note", detail=error.message, fix=error.hint)
    return Finding(what=_WHAT, verdict="good", detail="Windows Sandbox is turned on")
