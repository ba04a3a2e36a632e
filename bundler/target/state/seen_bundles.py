"""The highest sequence number of each bundle that was in use on this machine: whoever brings an older one, validly signed, brings its known faults back.

It lies where nobody but administrators can write, for an account without their rights in a folder of its own, and outlives
uninstallations and ``/purge``. Bundles without a number leave nothing there.
"""

from __future__ import absolute_import, unicode_literals

import collections
import os

from ..errors import FAILED, InstallError
from ..machine.parent_folders import missing_folders
from ..machine.patience import locked
from .formats import SEEN, encode_table, malformed, read_table
from .shapes import TEXT, fits
from .trusted_folders import must_be_closed, must_be_trusted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.manifest import Manifest
    from ..machine.host import Host

Seen = collections.namedtuple("Seen", ["sequence", "manifests"])
"""``manifests``: of the bundle with that number, the SHA-256 in hex by what it is for: one recipe may give several."""
_TABLE = {"sequence": int, "manifests": dict}


def file_of(host, name):
    # type: (Host, str) -> str
    """Where it stands of the bundle of that name."""
    folder = os.path.join(host.environment.lasting(host.rights.is_admin()), "bundle")
    return os.path.join(folder, "seen-%s.json" % name.lower())


def seen(host, name):
    # type: (Host, str) -> Seen | None
    """None: none with a number was in use here. Raises InstallError: 1625 where others may have changed it, 1638 where a newer program
    wrote it, 1603 where it can't be understood.
    """
    path = file_of(host, name)
    if not os.path.lexists(os.path.dirname(path)):
        return None
    must_be_trusted(host, os.path.dirname(path))
    must_be_closed(host, [path])
    table = read_table(path, SEEN)
    if table is None:
        return None
    if not fits(table, _TABLE) or not all(fits(each, TEXT) for each in table["manifests"].values()):
        raise malformed(path, "sequence or manifests")
    return Seen(table["sequence"], table["manifests"])


def remember(host, manifest, sha256):
    # type: (Host, Manifest, str) -> None
    """Note that this bundle is in use; ``sha256`` of its manifest. A lower number changes nothing. May be done twice.

    Raises EnvironmentError, and InstallError as ``seen`` does, but for what can't be understood: that is written anew.
    """
    info = manifest.bundle
    if info.sequence is None:
        return
    path = file_of(host, info.name)
    held = locked(host, path)  # noqa: F841 - another run that notes something of the same bundle is waited for
    known = _readable(host, info.name)
    if known is not None and info.sequence < known.sequence:
        return
    same = known.manifests if known is not None and info.sequence == known.sequence else {}
    wanted = dict(same, **{target_of(manifest): sha256})
    if wanted == same:
        return
    is_admin = host.rights.is_admin()
    for each in missing_folders(
        os.path.dirname(path)
    ):  # what is private has an entry for its account, which the next administrator doesn't trust
        (host.files.make_guarded if is_admin else host.files.make_private)(each)
    content = encode_table({"name": info.name, "sequence": info.sequence, "manifests": wanted}, SEEN)
    host.files.write(path, content, private=not is_admin)


def target_of(manifest):
    # type: (Manifest) -> str
    return "%s-%s" % (manifest.target.python, manifest.target.platform)


def _readable(host, name):
    # type: (Host, str) -> Seen | None
    try:
        return seen(host, name)
    except InstallError as error:
        if error.code != FAILED:
            raise
        return None
