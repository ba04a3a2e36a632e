"""The places that belong to one installation: as manifest and instance give them, and what its releases have recorded besides."""

from __future__ import absolute_import, unicode_literals

import os

from ..errors import InstallError
from ..layout import substitute
from .build_landmark import folder_beside
from .shapes import is_whole
from .trusted_folders import must_lead_here

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..bundle.manifest import Manifest
    from ..layout import Layout
    from ..machine.host import Host


class Places(object):
    def __init__(self, host, layout, manifest):
        # type: (Host, Layout, Manifest) -> None
        self._host = host
        self._layout = layout
        self._roots = [layout.environment] + ([layout.data] if layout.data else [])
        self._runtimes = [layout.runtime] if layout.installed_runtime else []
        self._recorded = []  # type: list[str]
        self._granted = []  # type: list[str]
        self._given = set()  # type: set[tuple[Any, Any, Any]]
        self._reached = {}  # type: dict[str, bool]

    def record(self, data, runtime):
        # type: (Any, Any) -> None
        """What a release there says that it was made with."""
        self._recorded += [each for each in (data,) if is_whole(each)]
        self._runtimes += [each for each in (runtime,) if is_whole(each)]

    def grant(self, paths):
        # type: (list[Any]) -> None
        """Where rights were given, outside of what is ours; never a whole drive."""
        self._granted += [each for each in paths if is_whole(each) and os.path.dirname(each) != each]

    def give_places(self, manifest, values):
        # type: (Manifest, dict[str, str]) -> None
        """Those of a manifest, with these site values; of one that has another one in it what comes before that is what is known."""
        texts = [each.path for each in manifest.permissions] + [each.log_directory for each in manifest.services]
        for text in texts:
            known = substitute(text, self._layout.references(values)).partition("{")[0].replace("\\", os.sep)
            self.grant([known.rstrip(os.sep)])

    def give(self, rights):
        # type: (list[Any]) -> None
        """Path, SID and right of each that a release there says it gives."""
        self._given.update(tuple(each) for each in rights)

    def gives(self, path, sid, right):
        # type: (Any, Any, Any) -> bool
        return (path, sid, right) in self._given

    def holds(self, path):
        # type: (Any) -> bool
        """Whether it lies below the environment or the data folder, no folder between leads elsewhere, and that folder itself only where
        administrators want it to: a service can make a link of a data folder that it has emptied.
        """
        return any(
            _is_below(path, root) and self._is_straight(path, root) and self._is_reached(root) for root in self._roots
        )

    def is_above(self, path):
        # type: (Any) -> bool
        places = self._roots + self._runtimes + self._recorded + self._granted
        return is_whole(path) and any(_is_below(each, path) for each in places)

    def is_granted(self, path):
        # type: (Any) -> bool
        return any(_is_below(path, each) for each in self._granted)

    def is_landmark(self, path):
        # type: (Any) -> bool
        """The folder that a bundle makes so that nobody else does."""
        return is_whole(path) and any(_case(path) == _case(folder_beside(each)) for each in self._runtimes)

    def is_runtime(self, path):
        # type: (Any) -> bool
        return is_whole(path) and any(_case(path) == _case(each) for each in self._runtimes)

    def _is_reached(self, root):
        # type: (str) -> bool
        if root not in self._reached:
            try:
                must_lead_here(self._host, root)
                self._reached[root] = True
            except InstallError:
                self._reached[root] = False
        return self._reached[root]

    def _is_straight(self, path, root):
        # type: (str, str) -> bool
        above = os.path.dirname(path)
        while len(above) > len(root):
            if self._host.files.is_link(above):
                return False
            above = os.path.dirname(above)
        return True


def is_below(path, folder):
    # type: (str, str | None) -> bool
    """Whether a path is the folder or lies in it."""
    return folder is not None and _is_below(path, folder)


def _is_below(path, folder):
    # type: (Any, str) -> bool
    return is_whole(path) and (_case(path) + os.sep).startswith(_case(folder).rstrip(os.sep) + os.sep)


def _case(path):
    # type: (str) -> str
    return os.path.normcase(path)
