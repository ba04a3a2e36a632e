r"""Whether others than administrators decide what lies in a folder that an administrator's run is about to believe or to use.

Below ``C:\`` every account may make folders, and whoever made one first could fill it with what this run would remove, start or copy. So
what an elevated run touches must belong to administrators, to the system or to the one who runs it, nobody else may change it, and nobody
else may rename, remove or take over one of the folders above it. A run without an administrator's rights can be led to what its user may do,
and no more: then it is asked only whether the environment's folder is another user's.
"""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import error_text
from ..errors import REFUSED, InstallError, is_denied
from ..machine.links import ways
from ..machine.parallel import in_parallel
from ..machine.rights import LEADING, MOVING
from .trusted_accounts import account_words, is_trusted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..machine.host import Host
    from ..machine.rights import Access, Allowed

_OWNERS = ("S-1-3-0", "S-1-3-4")
"""CREATOR OWNER and OWNER RIGHTS: whoever that is, is asked for by itself."""
_APPEND, _DELETE = 0x4, 0x10000
_CHANGING = LEADING | _APPEND
_READING = 0x1 | 0x80000000 | 0x10000000
"""FILE_READ_DATA, GENERIC_READ, GENERIC_ALL."""
_MOVING_FROM_ROOT = MOVING & ~_DELETE
"""A drive itself can't be renamed."""
_TO_LEAD = (LEADING, "led elsewhere")
_SHOWN = 5
_UNKNOWN = "who may change %s can't be found out: %s"

_LED = "%s leads to %s, and%s: what is there would be changed. Look at it, and remove it, or%s"
_CLOSE_LINK = ' let only administrators change the link itself: icacls "%s" /L /inheritance:r /grant:r *S-1-5-18:F *S-1-5-32-544:F *S-1-5-32-545:RX'

ADVICE = (
    "An administrator's run would do what others have prepared there. Look at what is in the folder. If it is yours, let only administrators "
    'change it: icacls "FOLDER" /setowner *S-1-5-32-544 /T, then icacls "FOLDER" /reset /T, then icacls "FOLDER" /inheritance:r /grant:r '
    "*S-1-5-18:(OI)(CI)F *S-1-5-32-544:(OI)(CI)F *S-1-5-32-545:(OI)(CI)RX; else move it out of the way."
)
NOT_STARTED = "%s, and isn't started: it would do what that user likes with the rights of whoever runs this"
_TEMPORARY = (
    "Others than administrators decide what is in the folders for temporary files, and an administrator's run starts installers there. Set "
    "TEMP and TMP to a folder that only administrators may change:"
)


def must_be_trusted(host, path, given=()):
    # type: (Host, str, Iterable[str]) -> None
    """Raises InstallError (1625) with all that speaks against it."""
    found = reasons_against(host, path, given)
    if found:
        what = "Others than administrators decide what is in %s:" % path
        raise InstallError(REFUSED, what, ["- " + each for each in found] + [ADVICE])


def must_be_own(host, path):
    # type: (Host, str) -> None
    """For a run without an administrator's rights: raises InstallError (1625) where a folder is another user's, who would decide what it does."""
    for each in of_other_users(host, path):
        text = "%s, who decides what this run would believe and start. Look at what is in it; let its owner run this, or move it out of the way"
        raise InstallError(REFUSED, text % each)


def of_other_users(host, *paths):
    # type: (Host, *str) -> list[str]
    """For a run without an administrator's rights: which of these files and folders are another user's, in words. Whose owner lets nobody ask is
    another user's too: what is in it may be read and started all the same.
    """
    found = []  # type: list[str]
    if host.rights.is_admin():
        return found
    for each in sorted({place for path in paths for place in _places(host, path)}):
        try:
            access = host.rights.access(each)
        except EnvironmentError as error:
            if is_denied(error) or os.path.lexists(each):
                found.append("whose %s is can't be found out: %s" % (each, error_text(error)))
            continue
        if access is not None and not is_trusted(host, access.owner):
            found.append("%s belongs to %s" % (each, account_words(host, access.owner)))
    return found


def must_be_closed(host, paths, given=()):
    # type: (Host, Iterable[str], Iterable[str]) -> None
    """Raises InstallError (1625) with all that ``not_closed`` finds."""
    found = not_closed(host, paths, given)
    if found:
        what = "Others than administrators decide what this run would believe:"
        raise InstallError(REFUSED, what, ["- " + each for each in first_of(found)] + [ADVICE])


def first_of(found):
    # type: (list[str]) -> list[str]
    """For people: of thousands the first, and how many more."""
    return found[:_SHOWN] + (["and %d more" % (len(found) - _SHOWN)] if len(found) > _SHOWN else [])


def not_closed(host, paths, given=()):
    # type: (Host, Iterable[str], Iterable[str]) -> list[str]
    """Of what lies in a folder that is trusted: which of these belongs to others, or can be changed by others, by what it had before the
    folder was closed; in words, ``given`` as in ``reasons_against``.
    """
    if not host.rights.is_admin():
        return []
    return _of_many(host, paths, _CHANGING, frozenset(given))


def readable_by_others(host, path, given):
    # type: (Host, str, Iterable[str]) -> list[str]
    """Who may read a file besides administrators, this account and the SIDs of ``given``; in words. Whose rights this account may not see is none."""
    try:
        access = host.rights.access(path)
    except EnvironmentError:
        return []
    if access is None:
        return []
    allowed = [each for each in access.allowed if each.sid not in given]
    return _others(host, path, allowed, (_READING, "read"))


def temporary_folder(host):
    # type: (Host) -> str
    r"""Where a run makes its short-lived folders and files: the account's own, or, where others may move what an administrator's run puts there
    (``TEMP`` is ``C:\Temp``), that of Windows. Raises InstallError (1625) where others may in both.
    """
    found = []  # type: list[str]
    for each in (host.environment.temporary(), host.environment.temporary_of_machine()):
        against = reasons_above(host, os.path.join(each, "bundle"))
        if not against:
            return each
        found += [reason for reason in against if reason not in found]
    raise InstallError(REFUSED, _TEMPORARY, ["- " + each for each in found])


def access_to(host, path):
    # type: (Host, str) -> Access | None
    """Raises InstallError (1625) where an owner lets nobody ask, as a service can of what it made in its data folder."""
    try:
        return host.rights.access(path)
    except EnvironmentError as error:
        raise InstallError(REFUSED, _UNKNOWN % (path, error_text(error)), [ADVICE])


def must_lead_here(host, path):
    # type: (Host, str) -> None
    """Raises InstallError (1625) where a link that others made, or may lead elsewhere, is on the way to a place that is about to be written to,
    or to be given rights on: what it leads to would be changed. One of an administrator that nobody else may change is there by intention.
    """
    if not host.rights.is_admin():
        return
    for each in [link for way in ways(host.files, path) for link in way.links]:
        access = access_to(host, each)
        against = _against(host, each, access, _TO_LEAD, frozenset()) if access is not None else []
        if against:
            words = (each, host.files.real(each), against[0][len(each) :], _CLOSE_LINK % each)
            raise InstallError(REFUSED, _LED % words)


def reasons_against(host, path, given=(), guarded=()):
    # type: (Host, str, Iterable[str], Iterable[str]) -> list[str]
    """In words; none where it is right. ``path``: a folder or a file that is there, or is to be made; ``given``: SIDs of those who may
    change what is in it, because the bundle says so; ``guarded``: folders that nobody but administrators will be able to change.
    """
    if not host.rights.is_admin():
        return []
    closed = {place for each in guarded for place in _places(host, each)}
    found = []  # type: list[str]
    for each in _places(host, path):
        found += [reason for reason in _reasons(host, each, frozenset(given), closed) if reason not in found]
    return found


def reasons_inside(host, folder, closing=False, given=()):
    # type: (Host, str, bool, Iterable[str]) -> list[str]
    """The same of all that lies in a folder that is trusted itself: whose it is, and who may change it by rights of its own; ``closing``: it
    is about to be guarded, and what others could change until then they made, if anything.
    """
    if not host.rights.is_admin():
        return []
    everything = host.files.everything(host.files.behind_links(folder))
    return _of_many(host, everything, 0 if closing else _CHANGING, frozenset(given))


def is_others(host, path, given):
    # type: (Host, str, Iterable[str]) -> bool
    """Whether it belongs to others, or can be changed by others than those who were given that."""
    return bool(_of_one(host, path, _CHANGING, "changed", frozenset(given)))


def to_be_guarded(host, path, given, ours):
    # type: (Host, str, Iterable[str], Iterable[str]) -> list[str] | None
    """Which of the folder and those above it must be guarded so that nothing speaks against it, the topmost first; None: not by guarding
    those of ``ours``, which bundles made.
    """
    if not reasons_against(host, path, given):
        return []
    own = [each for each in ours if (path + os.sep).startswith(each + os.sep)]
    if reasons_against(host, path, given, own):
        return None
    needed = [each for each in own if reasons_against(host, path, given, [other for other in own if other != each])]
    return sorted(needed, key=len)


def may_move(host, path, sid):
    # type: (Host, str, str) -> bool
    """Whether the account may rename or remove the folder itself: an earlier version gave it that with what is in it."""
    if not host.rights.is_admin() or not os.path.isdir(path):
        return False
    access = access_to(host, host.files.behind_links(path))
    allowed = access.allowed if access is not None else []
    return any(each.sid == sid and each.mask & MOVING and not each.below_only for each in allowed)


def reasons_above(host, path):
    # type: (Host, str) -> list[str]
    """Who may move or remove the folders above one, whoever has that itself."""
    if not host.rights.is_admin():
        return []
    found = []  # type: list[str]
    for each in _places(host, path):
        found += [reason for reason in _reasons_above(host, each, set()) if reason not in found]
    return found


def _places(host, path):
    # type: (Host, str) -> list[str]
    """The path, what it becomes at each link on the way, and where it leads in the end."""
    return sorted({host.files.real(path)}.union(way.path for way in ways(host.files, path)))


def _reasons(host, path, given, closed):
    # type: (Host, str, frozenset[str], set[str]) -> list[str]
    found = []
    if os.path.lexists(path):
        found += _of_one(host, path, 0 if path in closed else _CHANGING, "changed", given) or _of_link(host, path)
    return found + _reasons_above(host, path, closed)


def _of_link(host, path):
    # type: (Host, str) -> list[str]
    """Who may lead a link elsewhere, whoever may change what it leads to: closing it now doesn't say where it is to lead."""
    found = _of_one(host, path, *_TO_LEAD) if host.files.is_link(path) else []
    return ["%s. It is a link: look where it leads, and%s" % (each, _CLOSE_LINK % path) for each in found]


def _reasons_above(host, path, closed):
    # type: (Host, str, set[str]) -> list[str]
    found, above = [], os.path.dirname(path)  # type: list[str], str
    while above and os.path.dirname(above) != above:
        if os.path.lexists(above):
            found += _of_one(host, above, 0 if above in closed else MOVING, "moved or removed") or _of_link(host, above)
        above = os.path.dirname(above)
    if os.path.lexists(above):
        found += _of_one(host, above, _MOVING_FROM_ROOT, "emptied")
    return found


def _of_many(host, paths, mask, given):
    # type: (Host, Iterable[str], int, frozenset[str]) -> list[str]
    """Several at a time: each is opened to be asked. What isn't there is nobody's."""
    asked, found = list(paths), {}  # type: list[str], dict[str, list[str]]

    def look(path):
        # type: (str) -> None
        try:
            access = host.rights.access(path)
        except EnvironmentError as error:
            if os.path.lexists(path):
                found[path] = [_UNKNOWN % (path, error_text(error))]
            return
        words = _against(host, path, access, (mask, "changed"), given) if access is not None else []
        if words and os.path.lexists(path):
            found[path] = words

    in_parallel(look, asked)
    return [reason for path in asked for reason in found.get(path, [])]


def _of_one(host, path, mask, what, given=frozenset()):
    # type: (Host, str, int, str, frozenset[str]) -> list[str]
    try:
        access = host.rights.access(path)
    except EnvironmentError as error:
        return [_UNKNOWN % (path, error_text(error))]
    return _against(host, path, access, (mask, what), given) if access is not None else []


def _against(host, path, access, asked, given):
    # type: (Host, str, Access, tuple[int, str], frozenset[str]) -> list[str]
    if not is_trusted(host, access.owner):
        return ["%s belongs to %s" % (path, account_words(host, access.owner))]
    return _others(host, path, [each for each in access.allowed if each.sid not in given], asked)


def _others(host, path, allowed, asked):
    # type: (Host, str, list[Allowed], tuple[int, str]) -> list[str]
    """``asked``: a mask, and in a word what it allows."""
    mask, what = asked
    whole = mask == _CHANGING  # what lies below one of those above has rights of its own
    others = {
        each.sid
        for each in allowed
        if each.mask & mask
        and (whole or not each.below_only)
        and each.sid not in _OWNERS
        and not is_trusted(host, each.sid)
    }
    return ["%s can be %s by %s" % (path, what, account_words(host, each)) for each in sorted(others)]
