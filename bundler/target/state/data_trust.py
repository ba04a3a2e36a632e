"""A data folder that others than administrators own or may change: refused, unless the operator says that it is to be taken over."""

from __future__ import absolute_import, unicode_literals

import collections
import os

from ..compat import error_text
from ..errors import REFUSED, InstallError
from .trusted_accounts import is_trusted
from .trusted_folders import ADVICE, first_of, reasons_above, reasons_against, reasons_inside, to_be_guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..machine.host import Host

Judged = collections.namedtuple("Judged", ["guards", "refused", "taken"])
"""``guards``: folders that bundles made and that are to be guarded; ``refused``: why the run can't go on, in words; ``taken``: what speaks
against the folder and what is in it, where the operator takes it over as it is.
"""
OTHER_NAMES = "rights on %s can't be changed: what lies there would get them too, and %s. Look whose that is, and remove that name of it"
_TRUST = " Or, if you have looked at all of it and trust it as it is: /trust-data lists whose it is, takes it over and closes it."


def judge_data(host, path, given, ours, trusts):
    # type: (Host, str, Iterable[str], Iterable[str], bool) -> Judged
    """``given``: SIDs that were given rights there; ``ours``: folders that bundles made; ``trusts``: the operator said /trust-data."""
    needed = to_be_guarded(host, path, given, ours)
    if needed is not None:
        return Judged(needed, [], [])
    found = reasons_against(host, path, given)
    if not trusts:
        return Judged([], ["%s. %s%s" % ("; ".join(first_of(found)), ADVICE, _TRUST)], [])
    against = reasons_above(host, path) + not_takeable(host, path)
    if against:
        return Judged([], ["/trust-data can't take %s over: %s" % (path, "; ".join(first_of(against)))], [])
    return Judged([], [], found + [each for each in reasons_inside(host, path, given=given) if each not in found])


def not_takeable(host, folder):
    # type: (Host, str) -> list[str]
    """Links, and files with another name: whoever takes them over changes something elsewhere."""
    if host.files.is_link(folder):
        return ["%s is a link" % folder]
    everything = host.files.everything(folder) if os.path.isdir(folder) else []
    return [reason for each in everything for reason in leads_elsewhere(host, each)]


def leads_elsewhere(host, path):
    # type: (Host, str) -> list[str]
    """The same of one file or folder, in words; nothing of what is gone: a service that runs removes its files."""
    try:
        if host.files.is_link(path):
            return ["%s is a link" % path]
        if not os.path.isdir(path) and host.files.names_of(path) != 1:
            return ["%s has another name somewhere (a hard link)" % path]
    except EnvironmentError as error:
        return ["%s can't be looked at: %s" % (path, error_text(error))] if os.path.lexists(path) else []
    return []


def must_be_single(host, path, own):
    # type: (Host, str, Iterable[str]) -> None
    """Raises InstallError (1625) with all that ``names_elsewhere`` finds."""
    found = names_elsewhere(host, path, own)
    if found:
        raise InstallError(REFUSED, OTHER_NAMES % (path, "; ".join(first_of(found))))


def names_elsewhere(host, path, own):
    # type: (Host, str, Iterable[str]) -> list[str]
    """What keeps a run from changing rights on a file, or on a folder, whose files inherit them anew then, those of others that stay too: files
    with another name somewhere, in words. A service that was broken into can give a name in its folder to whatever file it may open.
    ``own``: SIDs of those whose files may have as many names as they like: they have rights on the folder.
    """
    if not host.rights.is_admin() or not os.path.lexists(path):
        return []
    found, place = [], host.files.behind_links(path)  # type: list[str], str
    for each in host.files.everything(place) if host.files.is_folder(place) else [place]:
        reasons = [] if host.files.is_link(each) else leads_elsewhere(host, each)
        found += [] if reasons and _belongs_to(host, each, frozenset(own)) else reasons
    return found


def _belongs_to(host, path, sids):
    # type: (Host, str, frozenset[str]) -> bool
    try:
        access = host.rights.access(path)
    except EnvironmentError:
        return False
    return access is not None and access.owner in sids and not is_trusted(host, access.owner)
