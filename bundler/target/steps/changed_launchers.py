"""Whether what leads to a release is what a bundle put there: the launchers of the environment and the service host, which no release lists."""

from __future__ import absolute_import, unicode_literals

import os

from ..layout import release_of
from ..machine.file_contents import hash_file
from ..state.kept_programs import kept_programs
from ..state.release_services import host_program
from .switch import CONSOLE, SCRIPT, WINDOW
from .switch_services import HOST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.verification import Bundle
    from ..layout import Layout
    from ..machine.host import Host
    from ..state.receipt import Receipt


def changed_launchers(host, layout, receipt, bundle):
    # type: (Host, Layout, Receipt, Bundle) -> list[str]
    """Paths in the environment, with ``/``. Whichever program ran last has put there its own, which is the bundle's of the release in use, or a
    kept one; of another release's bundle it isn't told.
    """
    if bundle.manifest.bundle.release != release_of(receipt.current):
        return []
    folders = [bundle.origin.folder] + [layout.kept(each) for each in kept_programs(layout)]
    launchers, hosts = _contents(folders, (CONSOLE, WINDOW, SCRIPT)), _contents(folders, (HOST,))
    there = [(os.path.join(layout.shims, each), launchers) for each in host.paths.launchers(layout.release)]
    there += [(host_program(layout), hosts)] if receipt.services and hosts else []
    found = [path for path, known in there if os.path.isfile(path) and hash_file(path) not in known]
    return sorted(each[len(layout.environment) + 1 :].replace(os.sep, "/") for each in found)


def _contents(folders, names):
    # type: (list[str], tuple[str, ...]) -> set[tuple[str, int]]
    paths = [os.path.join(folder, *name.split("/")) for folder in folders for name in names]
    return {hash_file(each) for each in paths if os.path.isfile(each)}
