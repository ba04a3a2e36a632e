"""A bundle with wheels besides that no bundle brought: what ``/add`` makes a release of. All else of it is the bundle's own."""

from __future__ import absolute_import, unicode_literals

import collections
import hashlib
import os

from ..compat import to_text
from .manifest import WheelInfo
from .verification import Bundle

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .manifest import Manifest

NEVER, BLOCK, REPEAT = "never", "block-upgrade", "repeat"
"""What a recipe allows: no wheels; wheels, and no upgrade while they are there; wheels, which an upgrade takes along."""
FOLDER = "added"
Added = collections.namedtuple("Added", ["name", "version", "file", "sha256", "size", "longest_path"])
"""``file``: the wheel's name; ``size``: bytes once unpacked; ``longest_path``: characters of the longest of its members' names."""


class AddedBundle(Bundle):
    """``origin``: the bundle alone; ``sources``: where each wheel lies until it is in the release, by its name; ``place``: its folder there."""

    def __init__(self, origin, wheels, sources, place):
        # type: (Bundle, list[Added], dict[str, str], str) -> None
        manifest = _with_wheels(origin.manifest, wheels)
        Bundle.__init__(self, origin.folder, manifest, origin.manifest_sha256, origin.files, origin.size)
        self.origin = origin
        self.held = origin.held
        self.added = wheels
        self.sources = sources
        self._place = place

    def path(self, name):
        # type: (str) -> str
        folder, _, file = name.partition("/")
        return os.path.join(self._place, file) if folder == FOLDER else Bundle.path(self, name)


def added_to(bundle):
    # type: (Bundle) -> list[tuple[Added, str]]
    """Each wheel, and where it lies until it is in the release; empty where that is nowhere else."""
    return (
        [(each, bundle.sources.get(each.name, "")) for each in bundle.added] if isinstance(bundle, AddedBundle) else []
    )


def has_added(manifest):
    # type: (Manifest) -> bool
    return any(each.file.startswith(FOLDER + "/") for each in manifest.packages)


def release_with(release, wheels):
    # type: (str, list[Added]) -> str
    """The name of the release: the bundle's own, and a digest of what was added."""
    lines = sorted("%s %s\n" % (each.sha256, each.file) for each in wheels)
    return "%s-%s" % (release, to_text(hashlib.sha256("".join(lines).encode("ascii")).hexdigest())[:8])


def _with_wheels(manifest, wheels):
    # type: (Manifest, list[Added]) -> Manifest
    packages = tuple(
        WheelInfo(each.name, each.version, FOLDER + "/" + each.file, True, each.size, each.longest_path)
        for each in wheels
    )
    frozen = tuple("%s==%s" % (each.name, each.version) for each in wheels)
    bundle = manifest.bundle._replace(release=release_with(manifest.bundle.release, wheels))
    return manifest._replace(bundle=bundle, packages=manifest.packages + packages, frozen=manifest.frozen + frozen)
