"""What a release is filled in from: its manifest, and its templates. They lie in its ``spares.zip`` too, for the day when the bundle is lost."""

from __future__ import absolute_import, unicode_literals

import hashlib
import io
import os

from ..bundle.manifest import MANIFEST, decode_manifest
from ..compat import to_text
from ..errors import FAILED, InstallError
from ..state.inventory import read_inventory, read_spare
from ..state.site_values import secret_names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..bundle.manifest import FileInfo, Manifest
    from ..bundle.verification import Bundle
    from ..layout import Layout


class Templates(object):
    """``read``: the bytes of one of the bundle's files, by its path in the bundle."""

    def __init__(self, manifest, read):
        # type: (Manifest, Callable[[str], bytes]) -> None
        self.manifest = manifest
        self.read = read

    def is_secret(self, info):
        # type: (FileInfo) -> bool
        """Whether a secret site value will stand in it."""
        names = ["{site.%s}" % each for each in secret_names(self.manifest)] if info.template else []
        content = self.read(info.file) if names else b""
        return any(each.encode("ascii") in content for each in names)


def bundle_reader(bundle):
    # type: (Bundle) -> Callable[[str], bytes]
    def read(name):
        # type: (str) -> bytes
        with io.open(bundle.path(name), "rb") as stream:
            return stream.read()

    return read


def kept_contents(bundle):
    # type: (Bundle) -> dict[str, bytes]
    """What a release keeps of its bundle, by name."""
    read = bundle_reader(bundle)
    names = [each.file for each in bundle.manifest.files if each.template] + [MANIFEST]
    return {each: read(each) for each in names}


def templates_of(layout, bundle=None):
    # type: (Layout, Bundle | None) -> Templates | None
    """Of the layout's release; ``bundle``: what runs, which may be its own, and whole. None: an earlier version made it, and kept none."""
    content = read_spare(layout, MANIFEST)
    if content is None or _sha256(content) != read_inventory(layout).manifest_sha256:
        return _of_bundle(layout, bundle) if bundle is not None else None
    manifest = decode_manifest(content)
    known = {each.path: each.sha256 for each in manifest.members}

    def read(name):
        # type: (str) -> bytes
        found = read_spare(layout, name)
        if found is None or _sha256(found) != known.get(name):
            text = "%s is damaged: it doesn't hold %s any more. Start the bootstrap.bat of this release's bundle"
            raise InstallError(FAILED, text % (layout.spares, name))
        return found

    # with wheels that /add added it has another name
    return Templates(manifest._replace(bundle=manifest.bundle._replace(release=layout.release_id)), read)


def _of_bundle(layout, bundle):
    # type: (Layout, Bundle) -> Templates | None
    names = [each.file for each in bundle.manifest.files if each.template]
    is_own = bundle.manifest.bundle.release == layout.release_id
    if not is_own or not all(os.path.isfile(bundle.path(each)) for each in names):
        return None
    return Templates(bundle.manifest, bundle_reader(bundle))


def _sha256(content):
    # type: (bytes) -> str
    return to_text(hashlib.sha256(content).hexdigest())
