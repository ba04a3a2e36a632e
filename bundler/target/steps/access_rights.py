r"""Rights on files, by ``icacls`` and by SID: names of accounts are another in every language.

The environment takes no rights from above: below ``C:\`` every account could change what services run. Administrators and SYSTEM have
all rights there, others may read, and what a service's account gets besides is in the release's ``services.json``.
"""

from __future__ import absolute_import, unicode_literals

import os
import shutil

from ..errors import FAILED, InstallError
from ..machine.own_entries import covers, entries_words, read_entries, staying
from ..machine.rights import EVERYBODY, EVERYTHING, MOVING, Allowed
from ..machine.services import VIRTUAL, needs_logon_right, service_sid
from ..state.data_trust import must_be_single
from ..state.release_services import GUARD
from ..state.trusted_folders import access_to, may_move, must_lead_here, temporary_folder
from .child_processes import cleaned
from .service_control import is_among

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..layout import Layout
    from ..machine.host import Host
    from ..machine.own_entries import OwnEntry
    from ..machine.rights import Access
    from ..state.receipt import Receipt
    from ..state.release_services import Grant

_LETTERS = {"read": "RX", "modify": "M", "full": "F"}
_INHERITED = "(OI)(CI)"
"""By files and folders below, those that come later too."""
_CONTENTS = ("(OI)(CI)(IO)M", "(RX,WD,AD,WEA,WA)")
"""Whoever may change what is in a folder may not rename or remove the folder itself: another could be put in its place."""
_TIMEOUT = 1800
_NEEDED = {"read": 0x1200A9, "modify": 0x1301BF, "full": 0x1F01FF}
"""As ``icacls`` gives RX, M and F."""
_EVERYTHING, _ANYTHING = 0x10000000, 0xFFFFFFFF
"""GENERIC_ALL; every bit."""
_NO_LIST = Allowed(EVERYBODY, EVERYTHING, False)
"""Where there is no list, everybody may do everything."""
WORDS = {"read": "read and run", "modify": "change", "full": "do everything in"}


def grant_command(program, grant, is_folder):
    # type: (str, Grant, bool) -> list[str]
    rights = ["*%s:%s%s" % (grant.sid, _INHERITED if is_folder else "", _LETTERS[grant.rights])]
    if is_folder and grant.rights == "modify":
        rights = ["*%s:%s" % (grant.sid, each) for each in _CONTENTS]
    return [program, grant.path, "/grant"] + rights + ["/q"]


def revoke_command(program, path, sid):
    # type: (str, str, str) -> list[str]
    return [program, path, "/remove:g", "*" + sid, "/q"]


def is_unguarded(host, layout, receipt):
    # type: (Host, Layout, Receipt | None) -> bool
    """Whether an administrator installs, and no earlier run has guarded the environment."""
    if host.rights.icacls() is None or not host.rights.is_admin():
        return False
    return receipt is None or [layout.environment, "", GUARD] not in receipt.grants


def lost_rights(host, grants):
    # type: (Host, list[Grant]) -> list[Grant]
    """Those that an account was given and hasn't any more; none where lists of rights don't last."""
    found = [
        each
        for each in grants
        if os.path.exists(each.path) and _is_lacking(each, _access(host, host.files.behind_links(each.path)))
    ]
    return found if found and _keeps_lists(host) else []


def _access(host, path):
    # type: (Host, str) -> Access | None
    try:
        return host.rights.access(path)
    except EnvironmentError:
        return None  # who may read that sees it


def _is_lacking(grant, access):
    # type: (Grant, Access | None) -> bool
    """What is for all that comes below counts for nothing of the folder itself."""
    needed = _NEEDED.get(grant.rights)
    if needed is None or access is None or access.allowed == [_NO_LIST]:
        return False
    own = [entry for entry in access.allowed if entry.sid == grant.sid]
    itself, anywhere = (_together(entry.mask for entry in own if not entry.below_only), _together(e.mask for e in own))
    return bool(needed & ~anywhere or (needed & ~MOVING if grant.rights == "modify" else needed) & ~itself)


def _together(masks):
    # type: (Iterable[int]) -> int
    found = 0
    for each in masks:
        found |= EVERYTHING if each & _EVERYTHING else each
    return found


def _keeps_lists(host):
    # type: (Host) -> bool
    """Asked where something is missing: there are systems whose functions for rights answer and do nothing."""
    try:
        work = host.files.make_work(temporary_folder(host))
    except EnvironmentError:
        return True  # it can't be tried out: what is missing counts
    try:
        return host.rights.keeps_entries(work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def must_have(host, grant):
    # type: (Host, Grant) -> None
    """Once ``icacls`` has ended, which follows links: a program that ends with 0 may have done nothing. Raises InstallError (1603)."""
    if _is_lacking(grant, access_to(host, host.files.behind_links(grant.path))) and _keeps_lists(host):
        words = (host.rights.account_name(grant.sid) or grant.sid, WORDS[grant.rights], grant.path)
        raise InstallError(FAILED, "icacls ended with 0, and yet %s may not %s %s" % words)


def _must_be_gone(host, path, sid):
    # type: (Host, str, str) -> None
    left = host.rights.own_entries(host.files.behind_links(path), sid)
    if left and _keeps_lists(host):
        words = (host.rights.account_name(sid) or sid, path, entries_words(left))
        raise InstallError(FAILED, "icacls ended with 0, and yet %s still has on %s %s" % words)


def movable(host, receipt):
    # type: (Host, Receipt | None) -> list[tuple[str, str]]
    """Folders that an account may rename or remove which is only to change what is in them, with its SID; where it might do so before any
    bundle gave it something the site wants it.
    """
    if receipt is None:
        return []
    given = [(path, sid) for path, sid, right in receipt.grants if right == "modify"]
    of_site = [(path, sid) for path, sid, had in receipt.site_rights if covers(read_entries(had), MOVING)]
    return [each for each in given if each not in of_site and may_move(host, *each)]


def _accounts(host, path):
    # type: (Host, str) -> set[str]
    """Who has rights there."""
    access = access_to(host, host.files.behind_links(path))
    return {each.sid for each in access.allowed} if access is not None else set()


def named(host, sid, services):
    # type: (Host, str, Iterable[str]) -> str
    """An account as people know it; ``services``: names of those whose own accounts Windows may not have made yet."""
    if not sid.upper().startswith("S-1-"):
        return sid
    own = {service_sid(each): VIRTUAL + each for each in services}
    return own.get(sid) or host.rights.account_name(sid) or sid


def users_of(host, sid, apart=()):
    # type: (Host, str, Iterable[str]) -> list[str]
    """Services of this machine, ``apart`` from these, that run as the account: they would no longer start without the right."""
    others = [(name, each) for name, each in host.services.accounts() if not is_among(name, apart)]
    wanted = [(name, each) for name, each in others if needs_logon_right(each)]
    return sorted(name for name, each in wanted if host.rights.account_sid(each) == sid)


def revoke(host, path, sid, given="", before=""):
    # type: (Host, str, str, str, str) -> str
    """What the program wrote; nothing to do where there is no path. Raises InstallError: 1603, and 1625 where rights on something elsewhere would
    change too, or instead: ``icacls`` follows links.

    ``given``: the rights that a bundle gave, ``read modify``; ``before``: what the account had there by itself then. What isn't told of either goes.
    """
    program = host.rights.icacls()
    if program is None or not os.path.exists(path) or not sid:
        return ""
    must_lead_here(host, path)
    must_be_single(host, path, _accounts(host, path) | {sid})
    stays = _staying(host, path, sid, given, before) if given else []
    if stays:
        host.rights.leave_entries(host.files.behind_links(path), sid, stays)
        words = (host.rights.account_name(sid) or sid, path, entries_words(stays))
        return "%s keeps on %s what no bundle gave it: %s\n" % words
    command = revoke_command(program, path, sid)
    done = host.processes.run(command, cleaned(host, temporary_folder(host)), os.path.dirname(program), _TIMEOUT)
    if done.code != 0:
        raise InstallError(
            FAILED, "The rights of %s on %s could not be taken back (exit code %s)" % (sid, path, done.code)
        )
    _must_be_gone(host, path, sid)
    return done.output


def _staying(host, path, sid, given, before):
    # type: (Host, str, str, str, str) -> list[OwnEntry]
    mask = 0
    for each in given.split():
        mask |= _NEEDED.get(each, _ANYTHING)
    return staying(host.rights.own_entries(host.files.behind_links(path), sid), read_entries(before), mask)


def give_again(host, grants):
    # type: (Host, list[Grant]) -> None
    """What an account keeps of a path where it had more, or had something else. Raises InstallError: 1603, and 1625 where a link of others is."""
    program = host.rights.icacls()
    for each in grants:
        if program is None or not os.path.exists(each.path):
            continue
        must_lead_here(host, each.path)
        command = grant_command(program, each, os.path.isdir(each.path))
        done = host.processes.run(command, cleaned(host, temporary_folder(host)), os.path.dirname(program), _TIMEOUT)
        if done.code != 0:
            words = (each.sid, each.path, done.code)
            raise InstallError(FAILED, "The rights of %s on %s could not be given (exit code %s)" % words)
        must_have(host, each)
