"""The room that an installation needs, and what of it this machine lacks."""

from __future__ import absolute_import, unicode_literals

from ..bundle.verification import is_program
from ..compat import shown_size
from ..errors import FAILED, Problem
from ..state.trusted_folders import temporary_folder
from ..steps.prerequisites import missing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.manifest import Manifest
    from ..layout import Layout
    from ..machine.host import Host
    from ..state.receipt import State

_COMPILED = 1.8
"""How much more room a package takes once its modules are compiled, an upper estimate."""
_RESERVE = 20 * 1000 * 1000
"""Bytes for what is made besides: launchers, the unpacked pip, logs."""


def lacking_space(host, layout, state, manifest, runtime_there):
    # type: (Host, Layout, State, Manifest, bool) -> list[Problem]
    """One for each volume. ``runtime_there``: no installer of a Python will run."""
    if state.release_complete:
        return []
    sizes = {each.path: each.size for each in manifest.members}
    packages = sum(each.size for each in manifest.packages)
    boot = sum(each.size for each in manifest.members if is_program(each.path))
    needs = [(layout.environment, int(packages * _COMPILED) + boot + _RESERVE)]
    if layout.private_runtime:
        needs.append((layout.environment, manifest.runtime.size))
    elif layout.installed_runtime and not runtime_there:
        needs.append((layout.runtime, manifest.runtime.size))
    needs.append((temporary_folder(host), sum(each.size for each in manifest.seeds) + _RESERVE))
    needs += [(layout.destination(each.destination), sizes[each.file]) for each in manifest.files]
    # an installer unpacks itself, and Windows keeps a copy of it
    needs += [(temporary_folder(host), 3 * sizes[each.file]) for each in missing(host, manifest)]
    volumes = {}  # type: dict[str, list[int]]
    for path, size in needs:
        name, free = host.files.volume(path)
        volumes.setdefault(name, [0, free])[0] += size
    text = "%s needs %s of free space and has %s"
    return [
        Problem(FAILED, text % (name, shown_size(need), shown_size(free)))
        for name, (need, free) in sorted(volumes.items())
        if need > free
    ]
