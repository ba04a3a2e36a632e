"""The release is finished: what it holds is written down, the means to undo and to mend it are kept, and its mark goes."""

from __future__ import absolute_import, unicode_literals

import io
import json
import os
import time

from .compat import counted, to_text
from .files import make_parents
from .inventory import take, write_inventory, write_spares
from .manifest import MANIFEST, SUMS
from .origins import origins
from .sitevalues import store
from .step import Step
from .verify import changed_meanwhile, hash_file, is_program

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .context import Context
    from .layout import Layout
    from .manifest import Member
    from .verify import Bundle

KEPT = "kept.json"
"""In the copy of ``boot`` and ``target`` that stays on the machine: which environment it belongs to."""


class RecordStep(Step):
    id = "record"

    def describe(self, context):
        # type: (Context) -> list[str]
        return ["keep what is needed to mend, roll back and uninstall, in %s" % context.layout.kept]

    def doing(self, context):
        # type: (Context) -> str
        return "Recording what was installed"

    def run(self, context):
        # type: (Context) -> str
        layout, host = context.layout, context.host
        if context.manifest.site:
            store(host, layout.own_site, context.values)
        context.journal.undo(["tree", layout.kept])
        host.discard(layout.kept)
        keep_program(context)
        files, size = take(host, layout, context.manifest)
        write_spares(layout, files, frozenset(origins(context.bundle)))
        host.private(layout.spares)  # a filled-in template may hold a secret
        write_inventory(host, layout, facts(context), files, size)
        # a switch that survives a power failure must not lead to files that didn't
        host.to_disk(layout.release)
        os.unlink(layout.marker)
        return "Recorded %s" % counted(len(files), "file")


def keep_program(context):
    # type: (Context) -> None
    """A copy of what runs /rollback and /uninstall when nobody has the bundle any more."""
    layout, host, bundle = context.layout, context.host, context.bundle
    context.make_folder(layout.keeping)
    made = set()  # type: set[str]
    for member in _program(bundle):
        place = _place(layout, member.path)
        make_parents(place, made)
        if host.copy(bundle.path(member.path), place) != (member.sha256, member.size):
            raise changed_meanwhile(member)
    for name in (MANIFEST, SUMS):
        host.copy(bundle.path(name), _place(layout, name))
    write_kept(_place(layout, KEPT), layout)


def program_faults(bundle, layout):
    # type: (Bundle, Layout) -> list[str]
    """Files of the kept copy that aren't those of the bundle."""
    wanted = [(each.path, each.sha256) for each in _program(bundle)] + [(MANIFEST, bundle.manifest_sha256)]
    faults = []
    for name, sha256 in wanted:
        place = _place(layout, name)
        if not os.path.isfile(place) or hash_file(place)[0] != sha256:
            faults.append(place)
    return faults


def _program(bundle):
    # type: (Bundle) -> list[Member]
    return [each for each in bundle.manifest.members if is_program(each.path)]


def _place(layout, name):
    # type: (Layout, str) -> str
    return os.path.join(layout.kept, *name.split("/"))


def write_kept(path, layout):
    # type: (str, Layout) -> None
    data = {"format": 1, "environment": layout.environment, "instance": layout.instance}
    with io.open(path, "wb") as stream:
        stream.write((json.dumps(data, indent=1, sort_keys=True) + "\n").encode("ascii"))


def facts(context):
    # type: (Context) -> dict[str, Any]
    bundle, (account, sid) = context.manifest.bundle, context.host.account()
    return {
        "name": bundle.name,
        "version": bundle.version,
        "publisher": bundle.publisher or bundle.name,
        "release": bundle.release,
        "manifest_sha256": context.bundle.manifest_sha256,
        "bundle": context.bundle.folder,
        "installed": to_text(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())),
        "account": account,
        "sid": sid,
        "python": context.manifest.target.python,
        "data": context.layout.data,
        "runtime": None if context.layout.private_runtime else context.layout.runtime,
        "post_install": [[list(each.command), list(each.undo)] for each in context.manifest.post_install],
    }
