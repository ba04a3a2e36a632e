"""The copy of ``boot`` and ``target`` that stays on the machine, for /rollback and /uninstall without the bundle."""

from __future__ import absolute_import, unicode_literals

import io
import json
import os

from ..bundle.manifest import MANIFEST, SUMS
from ..bundle.verification import changed_meanwhile, is_program
from ..machine.files import hash_file, make_parents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.manifest import Member
    from ..bundle.verification import Bundle
    from ..layout import Layout
    from .context import Context

KEPT = "kept.json"
"""In the copy of ``boot`` and ``target`` that stays on the machine: which environment it belongs to."""


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
