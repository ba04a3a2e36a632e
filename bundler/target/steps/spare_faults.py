"""Whether a release's ``spares.zip`` still holds what it kept: without it /repair can't put back some files, and /set needs the bundle."""

from __future__ import absolute_import, unicode_literals

import os
import re

from ..archives import DAMAGED, member_sha256, opened
from ..bundle.manifest import MANIFEST
from ..compat import error_text, to_text
from ..errors import is_denied

TYPE_CHECKING = False
if TYPE_CHECKING:
    import zipfile

    from ..layout import Layout
    from ..state.inventory import Inventory

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")


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
    """Raises one of DAMAGED. What has neither a sum of its own nor one for a name is only read."""
    found, wanted = member_sha256(archive, name), {MANIFEST: inventory.manifest_sha256}.get(to_text(name))
    return found == (wanted or (to_text(name) if _SHA256.match(to_text(name)) else found))
