"""State that can't be understood: it is kept under another name, and what can be known from the disk without it is used."""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import to_text
from ..errors import FAILED, OTHER_VERSION, InstallError
from ..names import is_name
from ..state.additions import read_additions
from ..state.formats import read_or_none, unreadable_name
from ..state.inventory import read_inventory
from ..state.journal import read_journal
from ..state.leftovers import read_leftovers
from ..state.places import is_below
from ..state.receipt import is_complete, read_pointer, read_receipt, write_pointer, write_receipt
from ..state.receipt_rebuilding import has_complete_release, rebuilt_receipt
from ..state.release_commands import recorded
from ..state.release_services import read_services, services_file
from ..state.releases import listed_settings
from ..state.settings_list import read_settings, settings_file
from ..state.site_values import read_stored

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..layout import Layout
    from ..machine.files import Files
    from .run import Run

    Reader = Callable[[str], object]

_SET_ASIDE = (
    "It is kept as %s, and this run goes on without it: what an interrupted run did outside of its release (services, files in the data "
    "folder, post-install commands) may not be taken back. Look at these, and run /verify."
)
_REBUILT = (
    "A new one was made from what is there: %s. Which folders and files were put into the data folder, and which prerequisites were "
    "installed, isn't known any more: an uninstallation leaves them. Run /verify."
)
_OF_RELEASE = (
    "It is kept as %s, and this run goes on as if it weren't there. What only it said isn't known any more: run /verify, and /repair by the "
    "bootstrap.bat of the release's bundle."
)


def set_aside(run):
    # type: (Run) -> str | None
    """State that can't be understood would stop every run: it is kept under another name. What is in use, the pointer and the receipt say
    without journal and leftovers; the receipt is made anew from what the disk tells. Returns where the journal is now, if it was such.
    """
    moved = {}
    for path, reader in ((run.layout.journal, read_journal), (run.layout.leftovers, _read_left(run))):
        fault = _fault(path, reader)
        if fault is not None:
            moved[path] = _moved(run, path)
            _tell(run, fault, _SET_ASIDE % moved[path])
    for path in (run.layout.site, run.layout.pointer, run.layout.kept_starter, run.layout.serving):
        if run.host.files.is_folder(
            path
        ):  # no file could be put in its place, and that would be found out after the switch
            _tell(run, "%s is a folder, where a file belongs" % path, "It is kept as %s." % _moved(run, path))
    _point_again(run)
    layout = run.layout
    folders = (layout.releases, layout.all_settings, layout.shims, layout.services, layout.keeping, layout.logs)
    for path in folders:
        if os.path.isfile(path) and not run.host.files.is_link(path):
            _tell(run, "%s is a file, where a folder belongs" % path, "It is kept as %s." % _moved(run, path))
    for path, reader in _tables(run):
        fault = _fault_of_table(path, reader)
        if fault is not None:
            _tell(run, fault, _OF_RELEASE % _moved(run, path))
    _rebuild(run)
    return moved.get(run.layout.journal)


def _tables(run):
    # type: (Run) -> list[tuple[str, Reader]]
    """What says what is in releases and settings: each can be done without where it isn't there. Nothing behind a link."""
    layout, files = run.layout, run.host.files
    found = [(layout.site, read_stored)]  # type: list[tuple[str, Reader]]
    names = sorted(to_text(each) for each in os.listdir(layout.releases)) if os.path.isdir(layout.releases) else []
    releases = [layout.of(each) for each in names if is_name(each)]
    for each in [each for each in releases if not os.path.lexists(each.marker)]:
        found += [(each.inventory, _reading(each, _read_release)), (each.additions, _reading(each, read_additions))]
        found += [(services_file(each), read_services), (each.own_site, read_stored)]
    for each in map(layout.of, listed_settings(layout)):
        found += [
            (settings_file(each), read_settings),
            (services_file(each), read_services),
            (each.own_site, read_stored),
        ]
    known = {}  # type: dict[str, bool]
    return [each for each in found if os.path.lexists(each[0]) and not _is_behind_link(files, layout, each[0], known)]


def _is_behind_link(files, layout, path, known):
    # type: (Files, Layout, str, dict[str, bool]) -> bool
    """Whether it, or a folder of the environment that it is in, is one; ``known``: of those that were asked before."""
    if not is_below(path, layout.environment):
        return False
    if path not in known:
        known[path] = files.is_link(path) or _is_behind_link(files, layout, os.path.dirname(path), known)
    return known[path]


def _reading(layout, reader):
    # type: (Layout, Callable[[Layout], object]) -> Reader
    return lambda _path: reader(layout)


def _read_release(layout):
    # type: (Layout) -> None
    read_inventory(layout)
    recorded(layout.release)


def _fault_of_table(path, reader):
    # type: (str, Reader) -> str | None
    """Why it can't be understood. What a newer program wrote, or can't be read at this moment, whoever needs it tells."""
    try:
        return _fault(path, reader)
    except (EnvironmentError, InstallError):
        return None


def _point_again(run):
    # type: (Run) -> None
    """A pointer that names no release, while the receipt names a whole one: programs and services start again. What an interrupted run was
    about to do decides else.
    """
    layout = run.layout
    fault, receipt = _fault(layout.pointer, read_pointer), read_or_none(read_receipt, layout.receipt)
    current = receipt.current if receipt is not None and is_name(receipt.current) else None
    known = layout.of(current) if current is not None and not os.path.lexists(layout.journal) else None
    if known is not None and not (is_complete(known) and os.path.isdir(known.settings)):
        known = None
    named = read_pointer(layout.pointer) if fault is None else None
    if known is not None and named not in (None, known.id) and not os.path.isdir(layout.of(named).release):
        fault = "%s names %s, and there is no such release" % (layout.pointer, named)
    if fault is None:
        return
    then = "It is kept as %s." % _moved(run, layout.pointer)
    if known is not None:
        write_pointer(run.host, layout.pointer, known.id)
        then += " %s is in use again, as %s says." % (known.id, layout.receipt)
    _tell(run, fault, then)


def _rebuild(run):
    # type: (Run) -> None
    layout = run.layout
    fault = _fault(layout.receipt, read_receipt)
    if fault is None and (os.path.lexists(layout.receipt) or os.path.lexists(layout.journal)):
        return
    if fault is None and not has_complete_release(layout):
        return  # nothing is installed
    name = run.bundle.manifest.bundle.name
    receipt = rebuilt_receipt(run.host, layout, name)
    if receipt.name != name:
        words = (layout.environment, receipt.name, name)
        raise InstallError(OTHER_VERSION, "%s belongs to the bundle %s and not to %s" % words)
    text = fault or "There is no %s, and yet releases are there" % layout.receipt
    text += "\nIt is kept as %s." % _moved(run, layout.receipt) if fault is not None else ""
    write_receipt(run.host, layout.receipt, receipt)
    in_use = "%s is in use" % receipt.current if receipt.current is not None else "nothing is in use"
    _tell(run, text, _REBUILT % in_use)


def _fault(path, reader):
    # type: (str, Reader) -> str | None
    """Why a file can't be understood; raises InstallError where another program may."""
    try:
        reader(path)
    except InstallError as error:
        if error.code != FAILED:
            raise
        return error.message
    return None


def _moved(run, path):
    # type: (Run, str) -> str
    aside = unreadable_name(path)
    run.host.files.replace(path, aside)
    return aside


def _tell(run, what, then):
    # type: (Run, str, str) -> None
    run.console.error("%s\n%s" % (what, then))
    run.log.write("%s; %s" % (what, then))


def _read_left(run):
    # type: (Run) -> Reader
    return lambda _path: read_leftovers(run.layout, run.bundle.manifest.bundle.name)
