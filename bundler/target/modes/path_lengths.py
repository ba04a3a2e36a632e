"""Paths that would be too long for this machine, found before anything is made."""

from __future__ import absolute_import, unicode_literals

import os

from ..bundle.verification import is_program
from ..errors import FAILED, Problem
from ..layout import substitute
from ..state.places import is_below
from ..state.release_services import full_name, services_file
from ..steps.service_settings import log_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.manifest import Manifest
    from ..layout import Layout
    from ..machine.host import Host

_WRITTEN = ".new"
"""What a file is called until it is whole."""
_TEXT = "%s (%d characters) is too long: the longest path of %s would have %d characters, the limit is %d. That path may have %d"


def too_long(host, layout, manifest):
    # type: (Host, Layout, Manifest) -> list[Problem]
    """One for the environment, one for the data folder, one for each folder of logs elsewhere. A folder counts for more than it has: its
    limit is lower than a file's.
    """
    limit, problems = host.paths.path_limit, []
    places = [(layout.environment, _in_environment(host, layout, manifest)), (layout.data, _in_data(layout, manifest))]
    for folder, longest in _logs(host, layout, manifest):
        inside = [found for above, found in places if is_below(folder, above)]
        if inside:
            inside[-1].append(longest)
        else:
            places.append((folder, [longest]))
    for root, found in places:
        length, what = max(found) if found else (0, "")
        if root is not None and length > limit:
            problems.append(
                Problem(FAILED, _TEXT % (root, len(root), what, length, limit, len(root) - (length - limit)))
            )
    return problems


def _in_environment(host, layout, manifest):
    # type: (Host, Layout, Manifest) -> list[tuple[int, str]]
    room = host.paths.folder_room
    found = [(len(layout.site_packages) + 1 + each.longest_path, each.name) for each in manifest.packages]
    names = [each.path for each in manifest.members]
    if layout.private_runtime:
        boot = [each[len("boot/") :] for each in names if each.startswith("boot/")]
        found.append((_longest(layout.runtime, boot, room), "Python itself"))
    program = [each for each in names if is_program(each)]
    found.append((_longest(layout.kept(layout.release_id), program, room), "the copy that is kept"))
    folder = os.path.dirname(services_file(layout))
    settings = [os.path.join(folder, full_name(layout, each.name) + ".conf") for each in manifest.services]
    own = [layout.inventory, layout.spares, layout.own_site, layout.leftovers] + settings
    found += [(len(path + _WRITTEN), os.path.basename(path)) for path in own]
    return found + _files(layout, manifest, "{release}")


def _in_data(layout, manifest):
    # type: (Layout, Manifest) -> list[tuple[int, str]]
    found = [(len(layout.kept_site + _WRITTEN), "site.json")] if layout.kept_site else []
    return found + _files(layout, manifest, "{data}")


def _logs(host, layout, manifest):
    # type: (Host, Layout, Manifest) -> list[tuple[str, tuple[int, str]]]
    """The folder of each service's log, and its longest path: that of a file that was full. Where a site value says which, it isn't known."""
    found = []
    for each in manifest.services:
        folder = log_folder(layout, substitute(each.log_directory, layout.references({})))
        if "{" not in folder:
            name = full_name(layout, each.name) + ".log"
            ending = ".%d" % each.log_count if each.log_count else ""
            length = max(len(os.path.join(folder, name + ending)), len(folder) + host.paths.folder_room)
            found.append((folder, (length, name + ending)))
    return found


def _files(layout, manifest, begin):
    # type: (Layout, Manifest, str) -> list[tuple[int, str]]
    places = [layout.destination(each.destination) for each in manifest.files if each.destination.startswith(begin)]
    return [(len(each + _WRITTEN), os.path.basename(each)) for each in places]


def _longest(folder, names, room):
    # type: (str, list[str], int) -> int
    lengths = [max(len(each), len(os.path.dirname(each)) + room) for each in names]
    return len(folder) + 1 + max(lengths or [0])
