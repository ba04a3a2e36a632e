r"""A file outside of a Python that makes it take another folder's library for its own (CVE-2026-12003).

On Windows a Python from 3.11 on, until it was mended, looks for ``..\..\Modules\Setup.local`` beside its program, as if it were in the tree
that it was built in, and then takes ``..\..\Lib``. Of a Python in ``C:\Python311`` that is ``C:\Modules``, a folder that every user may make.
What the advisory names is done: the folder is made, and closed. Sources: the CVE's text; CPython's Modules/getpath.py; its changelog of
3.14.7, gh-151544 (3.13's fix came after 3.13.14; before 3.13 there are no installers with it).
"""

from __future__ import absolute_import, unicode_literals

import os

from .inventory import read_inventory
from .trusted_folders import ADVICE, reasons_against

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..bundle.manifest import Manifest
    from ..layout import Layout
    from ..machine.host import Host

_FIRST, _MENDED = (3, 11), (3, 15)
_MENDED_IN = {(3, 13): 15, (3, 14): 7}
_FILE = "Setup.local"


def folder_beside(runtime):
    # type: (str) -> str
    """The folder in which that file would lie, of a Python's own folder."""
    return os.path.join(os.path.dirname(os.path.dirname(runtime)), "Modules")


def landmark_of(runtime):
    # type: (str) -> str
    return os.path.join(folder_beside(runtime), _FILE)


def is_open(host, layout, manifest, gone=()):
    # type: (Host, Layout, Manifest, Sequence[str]) -> bool
    """Whether the folder is to be made, because somebody else could make it; ``gone``: folders that don't stay. What lies beside the site's own
    Python is the site's.
    """
    folder = folder_beside(layout.runtime)
    is_there = os.path.isdir(folder) and folder not in gone
    return not layout.present_runtime and _concerns(host, layout, manifest) and not is_there


def with_python(layout):
    # type: (Layout) -> Layout
    """The layout of a complete release, with the folder of the site's Python where it uses that one."""
    found = read_inventory(layout).runtime if layout.present_runtime else None
    return layout.using(found) if found is not None else layout


def planted(host, layout, manifest):
    # type: (Host, Layout, Manifest) -> list[str]
    """What speaks against starting the Python that the bundle uses, in words."""
    if not _concerns(host, layout, manifest):
        return []
    folder = folder_beside(layout.runtime)
    path = landmark_of(layout.runtime)
    if os.path.lexists(path):
        text = "there is %s: Python %s in %s would take the library beside it for its own (CVE-2026-12003). Look who put it there, and remove it"
        return [text % (path, manifest.target.python, layout.runtime)]
    against = reasons_against(host, folder)
    if not against:
        return []
    text = "%s: others could make Python %s in %s take another library (CVE-2026-12003). %s"
    return [text % ("; ".join(against), manifest.target.python, layout.runtime, ADVICE)]


def _concerns(host, layout, manifest):
    # type: (Host, Layout, Manifest) -> bool
    """A Python inside the release looks in the environment; and where no administrator is at work, others can't reach more than they have."""
    if layout.private_runtime or not host.paths.has_build_landmark or not host.rights.is_admin():
        return False
    return _looks(manifest.target.python)


def _looks(python):
    # type: (str) -> bool
    major, minor, patch = (int(each) for each in python.split("."))
    return _FIRST <= (major, minor) < _MENDED and patch < _MENDED_IN.get((major, minor), patch + 1)
