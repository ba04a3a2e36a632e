"""The release is finished: what it holds is written down, what the bundle lacks to repair it is kept, and its mark goes."""

from __future__ import absolute_import, unicode_literals

import os
import time

from ..bundle.added_bundle import added_to
from ..compat import counted, to_text
from ..machine.file_contents import hash_file
from ..machine.parallel import in_parallel
from ..state.inventory import File, write_inventory, write_spares
from ..state.places import is_below
from ..state.site_values import store
from ..state.written_files import is_volatile, made_of_source, with_folders
from .base import Step
from .bundle_contents import contents_of
from .member_copies import copy_members
from .templates import kept_contents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..bundle.manifest import Member
    from ..layout import Layout
    from .context import Context


class RecordStep(Step):
    id = "record"

    def describe(self, context):
        # type: (Context) -> list[str]
        return [
            "record every file of the release, and keep what the bundle lacks to repair it, in %s"
            % context.layout.release
        ]

    def doing(self, context):
        # type: (Context) -> str
        return "Recording what was installed"

    def run(self, context):
        # type: (Context) -> str
        layout, host = context.layout, context.host
        if context.manifest.site:
            store(host, layout.own_site, context.values)
        copy_members(host, context.bundle, [(each, layout.own_icon) for each in _icons(context)])
        files, size = take(context)
        host.files.make_private_file(layout.spares)  # a filled-in template may hold a secret
        write_spares(layout, files, frozenset(contents_of(context.bundle)), kept_contents(context.bundle))
        own = [each for each in context.closed if is_below(each, layout.release)]
        closed = {"closed": [_name(layout, each) for each in own]}
        closed["closed_data"] = [each for each in context.closed if each not in own]
        write_inventory(host, layout, dict(facts(context), **closed), files, size)
        # a switch that survives a power failure must not lead to files that didn't
        host.files.to_disk(layout.release)
        host.files.unlink(layout.marker)
        return "Recorded %s" % counted(len(files), "file")


def _icons(context):
    # type: (Context) -> list[Member]
    """The bundle's file that is shown among the installed programs, if it has one."""
    return [each for each in context.manifest.members if each.path == context.manifest.bundle.icon]


def facts(context):
    # type: (Context) -> dict[str, Any]
    bundle, (account, sid) = context.manifest.bundle, context.host.rights.account()
    return {
        "name": bundle.name,
        "version": bundle.version,
        "publisher": bundle.publisher or bundle.name,
        "display_name": bundle.display_name,
        "icon": os.path.basename(context.layout.own_icon) if bundle.icon is not None else None,
        "release": bundle.release,
        "manifest_sha256": context.bundle.manifest_sha256,
        "bundle": context.bundle.folder,
        "installed": to_text(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())),
        "account": account,
        "sid": sid,
        "python": context.manifest.target.python,
        "data": context.layout.data,
        "volatile": list(context.manifest.environment.volatile),
        "runtime": None if context.layout.private_runtime else context.layout.runtime,
        "added": [[each.name, each.version, each.file, each.sha256] for each, _ in added_to(context.bundle)] or None,
        "post_install": [[list(each.command), list(each.undo)] for each in context.manifest.post_install],
    }


def take(context):
    # type: (Context) -> tuple[list[File], int]
    """Every file of the release that was just made, and the bytes of all of it.

    What was hashed as it was written (the runtime's files, the wheels') isn't read again; the rest is read several at a time.
    """
    layout, volatile = context.layout, context.manifest.environment.volatile
    own = (layout.marker, layout.inventory, layout.spares)
    known, unknown, found, total = context.hashes, [], [], 0  # type: dict[str, tuple[str, int]], list[str], list[tuple[str, str]], int
    there = [(path, _name(layout, path), length) for path, length in context.host.files.sizes(layout.release)]
    names = with_folders(name for _, name, _ in there if not is_byte_code(name))
    for path, name, length in there:
        if path in own:
            continue
        total += length
        if not made_of_source(name, names) and not is_volatile(name, volatile):
            found.append((path, name))
            if known.get(path, ("", -1))[1] != length:
                unknown.append(path)
    read = {}  # type: dict[str, tuple[str, int]]

    def look(path):
        # type: (str) -> None
        read[path] = hash_file(path)

    in_parallel(look, unknown)
    files = []
    for path, name in found:
        sha256, size = read[path] if path in read else known[path]
        files.append(File(name, size, sha256))
    return sorted(files), total


def _name(layout, path):
    # type: (Layout, str) -> str
    """A path in the release as the inventory has it."""
    return path[len(layout.release) + 1 :].replace(os.sep, "/")


def is_byte_code(path):
    # type: (str) -> bool
    return path.endswith((".pyc", ".pyo"))
