"""Moving what no bundle brought out of a release: it may be somebody's work, so it isn't removed."""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import error_text
from ..errors import FAILED, InstallError
from ..state.formats import read_bytes
from .undo_files import FileWritten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .context import Context


def set_aside_additions(context, root, names):
    # type: (Context, str, list[str]) -> list[str]
    """Paths in the folder ``root``, with ``/``; each keeps its path, in a folder of this run. What was moved, in words.

    Raises InstallError (1603) with all that couldn't be moved: what is left is found again by the next run.
    """
    if not names:
        return []
    folder, moved, held = _folder(context), [], []
    for name in names:
        path, place = _path(root, name), _path(folder, name)
        try:
            if not os.path.isdir(os.path.dirname(place)):
                os.makedirs(os.path.dirname(place))
            context.host.files.rename(path, place)
        except EnvironmentError as error:
            held.append("- %s: %s" % (name, error_text(error)))
            continue
        moved.append("%s, which no bundle brought, to %s" % (name, place))
        context.log.write("moved " + moved[-1])
        above = os.path.dirname(path)
        while above != root:
            context.host.files.remove_empty(above)
            above = os.path.dirname(above)
    if held:
        raise InstallError(FAILED, "Files that no bundle brought can't be moved out of the release:", held[:20])
    return moved


def copy_aside(context, path, private):
    # type: (Context, str, bool) -> str
    """A copy of a file that somebody has edited and that another one replaces; where. ``private``: it may hold secrets."""
    place = os.path.join(_folder(context), os.path.basename(path))
    context.journal.undo(FileWritten(place))
    context.host.files.write(place, read_bytes(path) or b"", private=private)
    context.log.write("kept %s, which was edited, as %s" % (path, place))
    return place


def _folder(context):
    # type: (Context) -> str
    """A new one."""
    stamp = "%04d%02d%02d-%02d%02d%02d" % tuple(context.host.clock.now()[:6])
    folder, number = os.path.join(context.layout.quarantine, stamp), 1
    while os.path.lexists(folder):
        number += 1
        folder = os.path.join(context.layout.quarantine, "%s-%d" % (stamp, number))
    context.make_folder(folder)
    return folder


def _path(folder, name):
    # type: (str, str) -> str
    return os.path.join(folder, *name.split("/"))
