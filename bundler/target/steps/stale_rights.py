"""Rights that what is in use doesn't name any more: those of an account, or on a folder, that the site or a newer bundle has replaced.

They are taken back once the switch can't be taken back any more. A way back to what had them gives them again.
"""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import error_text
from ..errors import InstallError
from ..state.leftovers import Left, add_leftovers
from ..state.places import is_below
from ..state.release_services import read_services, services_file
from .access_rights import give_again, revoke
from .logon_rights import accounts_of, to_be_taken
from .undo_rights import LogonGiven, RightAdded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..console import Log
    from ..layout import Layout
    from ..machine.host import Host
    from ..state.receipt import Receipt


def take_back_stale(host, layout, receipt, log):
    # type: (Host, Layout, Receipt, Log) -> None
    """May be done twice. What fails is in the log, and one of the leftovers."""
    services, wanted = read_services(services_file(layout))
    stale = [each for each in receipt.grants if each[1] and each not in [list(grant) for grant in wanted]]
    for path, sid in sorted({(each[0], each[1]) for each in stale}):
        try:
            log.write(revoke(host, path, sid, *receipt.rights_on(path, sid)))
            give_again(host, [each for each in wanted if (each.path, each.sid) == (path, sid)])
        except (EnvironmentError, InstallError) as error:
            why = error.message if isinstance(error, InstallError) else error_text(error)
            log.write(why)
            add_leftovers(
                host, layout, receipt.name, [Left(RightAdded(path, sid, *receipt.rights_on(path, sid)).encode(), why)]
            )
    receipt.grants = [each for each in receipt.grants if each not in stale]
    still = [each[:2] for each in receipt.grants]
    receipt.site_rights = [each for each in receipt.site_rights if each[:2] in still]
    _take_logons(host, layout, receipt, log, [sid for _, sid in accounts_of(host, services)])
    _drop_folders(host, layout, receipt, {each[0] for each in stale} - {each.path for each in wanted})


def _take_logons(host, layout, receipt, log, wanted):
    # type: (Host, Layout, Receipt, Log, list[str]) -> None
    gone, words = to_be_taken(host, receipt, wanted) if receipt.logons else ([], [])
    for each in words:
        log.write(each)
    for sid in gone:
        try:
            host.rights.take_service_logon(sid)
        except EnvironmentError as error:
            log.write(error_text(error))
            add_leftovers(host, layout, receipt.name, [Left(LogonGiven(sid).encode(), error_text(error))])
    receipt.logons = [each for each in receipt.logons if each in wanted]


def _drop_folders(host, layout, receipt, paths):
    # type: (Host, Layout, Receipt, set[str]) -> None
    """Folders outside of what is the bundle's that were made for those rights, where nothing is in them: later, nobody could tell whose they were."""
    inside = [each for each in (layout.environment, layout.data) if each is not None]
    for path in sorted(paths):
        if any(is_below(path, each) or is_below(each, path) for each in inside):
            continue
        for folder in sorted(receipt.folders, key=len, reverse=True):
            if is_below(path, folder) and not any(is_below(each, folder) for each in inside):
                host.files.remove_empty(folder)
                if not os.path.isdir(folder):
                    receipt.folders.remove(folder)
