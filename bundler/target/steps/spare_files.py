"""A release's ``spares.zip``: whether it still holds what it kept, and making it anew. Without it /repair can't put back some files, and /set needs
the bundle.
"""

from __future__ import absolute_import, unicode_literals

import hashlib
import os
import re

from ..archives import DAMAGED, copy_member, opened
from ..bundle.manifest import MANIFEST
from ..compat import error_text, to_text
from ..errors import is_denied
from ..machine.file_contents import hash_file
from ..state.inventory import write_spares
from ..state.site_values import read_stored
from .bundle_contents import contents_of
from .filling import IN_RELEASE, Filling
from .templates import kept_contents

TYPE_CHECKING = False
if TYPE_CHECKING:
    import zipfile

    from ..layout import Layout
    from ..state.inventory import Inventory
    from .context import Context

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


class _Digest(object):
    def __init__(self):
        # type: () -> None
        self._found = hashlib.sha256()

    def write(self, piece):
        # type: (bytes) -> None
        self._found.update(piece)

    def shown(self):
        # type: () -> str
        return to_text(self._found.hexdigest())


def spare_faults(layout, inventory):
    # type: (Layout, Inventory) -> list[str]
    """In words. An earlier version kept less: what isn't in it is no fault. Of one that this account may not read nothing can be told."""
    path = layout.spares
    if not os.path.lexists(path):
        return ["%s is missing" % path]
    try:
        with opened(path) as archive:
            return [
                "%s is damaged: it doesn't hold %s any more" % (path, to_text(name))
                for name in archive.namelist()
                if not _is_whole(archive, name, inventory)
            ]
    except EnvironmentError as error:
        return [] if is_denied(error) else ["%s can't be read: %s" % (path, error_text(error))]
    except DAMAGED as error:
        return ["%s is damaged: %s" % (path, error_text(error) or type(error).__name__)]


def _is_whole(archive, name, inventory):
    # type: (zipfile.ZipFile, str, Inventory) -> bool
    """Raises one of DAMAGED."""
    digest, wanted = _Digest(), {MANIFEST: inventory.manifest_sha256}.get(to_text(name))
    copy_member(archive, name, digest)
    return digest.shown() == (wanted or (name if _SHA256.match(to_text(name)) else digest.shown()))


def keep_spares(context, inventory):
    # type: (Context, Inventory) -> None
    """``inventory``: with the files as they were made or as they are in use. What the settings in use have put in a file's place is filled in
    once more with those that the release was made with.
    """
    layout, kept = context.layout, kept_contents(context.bundle)
    filling = Filling(layout.numbered(1), context.templates, read_stored(layout.numbered(1).own_site))
    contents = [
        filling.content(e) for e in context.manifest.files if e.template and e.destination.startswith(IN_RELEASE)
    ]
    kept.update((to_text(hashlib.sha256(each).hexdigest()), each) for each in contents)
    known = frozenset(contents_of(context.bundle)) | frozenset(kept)
    wanted = [each for each in inventory.files.values() if each.sha256 not in known]
    there = [
        each for each in sorted(wanted) if _sha256(os.path.join(layout.release, *each.path.split("/"))) == each.sha256
    ]
    context.host.files.make_private_file(layout.spares)  # a filled-in template may hold a secret
    write_spares(layout, there, known, kept)


def _sha256(path):
    # type: (str) -> str | None
    return hash_file(path)[0] if os.path.isfile(path) else None
