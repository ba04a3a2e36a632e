"""Whether what a run is about to believe is administrators' own, file by file: closing a folder leaves what lay in it already to its owner."""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import is_text, to_text
from ..errors import REFUSED, InstallError
from .formats import RELEASE, read_or_none, read_table
from .inventory import read_inventory
from .journal import read_journal
from .places import is_below
from .receipt import read_receipt
from .release_services import read_services, services_file
from .trusted_folders import (
    ADVICE,
    NOT_STARTED,
    first_of,
    must_be_closed,
    not_closed,
    of_other_users,
    reasons_against,
    reasons_inside,
)

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
    must_be_closed(host, [layout.logs], _granted(layout, releases))
    # not everybody may read these, and whoever installed them was given rights on them by name
    private = [layout.site] + [each.own_site for each in releases]
    private += host.files.everything(layout.all_settings) if os.path.isdir(layout.all_settings) else []
    must_be_closed(host, private, _installers(host, layout, releases))


def must_be_startable(host, folder):
    # type: (Host, str) -> None
    """Before a run starts something of a release that an earlier one made: raises InstallError (1625) with what ``opened_to_others`` finds.
    Without an administrator's rights only a Python outside that it uses is asked about, and whether it is another user's.
    """
    if not host.rights.is_admin():
        outside = _outside(folder)
        others = of_other_users(host, outside, host.paths.runtime_python(outside)) if outside is not None else []
        if others:
            raise InstallError(REFUSED, NOT_STARTED % others[0])
        return
    found = opened_to_others(host, folder)
    if found:
        text = "an administrator's run would start what others put there (%s)"
        raise InstallError(REFUSED, text % "; ".join(first_of(found)), [ADVICE])


def opened_to_others(host, folder):
    # type: (Host, str) -> list[str]
    """Which folder or file of a release, or of a Python outside that it uses, belongs to others, or can be changed by others; in words. A Python
    imports whatever lies in its folders, and closing them leaves what lay there already. Only an administrator's run asks.

    What the release itself lets somebody change is left out, and its site values, which are asked about by themselves.
    """
    if not host.rights.is_admin():
        return []
    outside = _outside(folder)
    grants = read_services(os.path.join(folder, "services", "services.json"))[1]
    opened = [each.path for each in grants if each.sid and each.rights != "read"]  # all services may read all of it
    values = os.path.join(folder, "site.json")
    every = [each for each in host.files.everything(folder) if each != values and not _is_in(each, opened)]
    found = not_closed(host, every)
    if outside is None:
        return found
    against = reasons_against(host, outside)
    # one that somebody has removed can't be looked into, and nothing of it is started
    return found + (against or (reasons_inside(host, outside) if os.path.isdir(outside) else []))


def _outside(folder):
    # type: (str) -> str | None
    runtime = (read_table(os.path.join(folder, "release.json"), RELEASE) or {}).get("runtime")
    return runtime if runtime is not None and is_text(runtime) else None


def _is_in(path, places):
    # type: (str, list[str]) -> bool
    return any(path == each or is_below(path, each) for each in places)


def _believed(host, layout, releases):
    # type: (Host, Layout, list[Layout]) -> list[str]
    found = [layout.pointer, layout.receipt, layout.journal, layout.leftovers]
    found += [layout.releases, layout.all_settings, layout.quarantine]
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
        found += host.files.everything(folder) if os.path.isdir(folder) else [folder]
    return found


def _granted(layout, releases):
    # type: (Layout, list[Layout]) -> set[str]
    """The SIDs of those who were given rights: without the receipt, which may be damaged, as releases say that are closed."""
    receipt = read_or_none(read_receipt, layout.receipt)
    if receipt is not None:
        return set(receipt.granted())
    known = [read_or_none(read_services, services_file(each)) for each in releases]
    return {each.sid for _, grants in filter(None, known) for each in grants}


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
