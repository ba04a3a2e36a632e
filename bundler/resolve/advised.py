"""Resolving where advisories are given: which packages there are is known only when it is solved, so it is looked up then, and solved again
without what is known to be harmful.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from packaging.version import Version

from bundler.report import RecordingReporter, Reporter, repeat
from bundler.resolve.resolving import ResolverPorts, resolve

if TYPE_CHECKING:
    from bundler.resolve.file_gate import Gate
    from bundler.resolve.request import Request, Resolution


def resolve_advised(request: Request, ports: ResolverPorts) -> Resolution:
    """As ``resolve``; each round looks up packages that weren't there before, so there is a last one."""
    advisories = request.gate.advisories
    if advisories is None:
        return resolve(request, ports)
    while True:
        heard = RecordingReporter(Reporter())
        try:
            found = resolve(request, dataclasses.replace(ports, reporter=heard))
        except BaseException:
            repeat(heard.said, ports.reporter)
            raise
        more = advisories.learn({each.name for each in found.packages})
        if not (more and _has_refused(found, request.gate)):
            repeat(heard.said, ports.reporter)
            return found


def _has_refused(found: Resolution, gate: Gate) -> bool:
    return any(
        gate.known_reason(each.name, Version(each.version))
        for each in found.packages
        if each.kind in ("wheel", "sdist")
    )
