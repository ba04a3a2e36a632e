"""Whether what a run is about to believe is administrators' own, file by file: closing a folder leaves what lay in it already to its owner."""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import to_text
from .formats import read_or_none
from .inventory import read_inventory
from .journal import read_journal
from .receipt import read_receipt
from .release_services import services_file
from .trusted_folders import must_be_closed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..layout import Layout
    from ..machine.host import Host


def must_be_believable(host, layout):
    # type: (Host, Layout) -> None
    """Raises InstallError (1625) with what belongs to others, or can be changed by others, of that which says what a run is to do, of the
    programs that are started from the environment, and of the site values.
    """
    if not host.rights.is_admin():
        return
    releases = _releases(layout)
    must_be_closed(host, _believed(host, layout, releases))
    receipt = read_or_none(read_receipt, layout.receipt)
    must_be_closed(host, [layout.logs], receipt.granted() if receipt is not None else [])
    # not everybody may read these, and whoever installed them was given rights on them by name
    must_be_closed(host, [layout.site] + [each.own_site for each in releases], _installers(host, layout, releases))


def _believed(host, layout, releases):
    # type: (Host, Layout, list[Layout]) -> list[str]
    found = [layout.pointer, layout.receipt, layout.journal, layout.leftovers, layout.releases]
    for each in releases:
        found += [
            each.release,
            each.inventory,
            each.additions,
            each.scripts,
            os.path.dirname(services_file(each)),
            services_file(each),
        ]
    for folder in (layout.shims, layout.services, layout.keeping):
        found.append(folder)
        if os.path.isdir(folder):
            found += host.files.folders(folder)[:-1] + host.files.walk(folder)
    return found


def _installers(host, layout, releases):
    # type: (Host, Layout, list[Layout]) -> set[str]
    """The SIDs of the administrators who ran bootstrap.bat here, as files say that are closed."""
    receipt, journal = read_or_none(read_receipt, layout.receipt), read_or_none(read_journal, layout.journal)
    known = [each for each in [receipt] + [read_or_none(read_inventory, each) for each in releases] if each is not None]
    sids = {each.sid for each in known}
    if journal is not None and journal.intention is not None and journal.intention.account:
        sids.add(host.rights.account_sid(journal.intention.account))
    return {each for each in sids if each}


def _releases(layout):
    # type: (Layout) -> list[Layout]
    names = os.listdir(layout.releases) if os.path.isdir(layout.releases) else []
    return [layout.of(each) for each in sorted(to_text(each) for each in names)]
