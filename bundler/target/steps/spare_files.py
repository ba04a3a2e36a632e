"""Making a release's ``spares.zip`` anew, once its files are as they were."""

from __future__ import absolute_import, unicode_literals

import hashlib
import os

from ..compat import to_text
from ..machine.file_contents import hash_file
from ..state.inventory import write_spares
from ..state.site_values import read_stored
from .bundle_contents import contents_of
from .filling import IN_RELEASE, Filling
from .templates import kept_contents

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..state.inventory import Inventory
    from .context import Context


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
