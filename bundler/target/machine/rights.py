"""Accounts, and what they may do."""

from __future__ import absolute_import, unicode_literals

import collections
import re
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from .own_entries import OwnEntry

EVERYBODY = "S-1-1-0"
EVERYTHING = 0x1F01FF
"""FILE_ALL_ACCESS."""

WELL_KNOWN = {
    "administrators": "S-1-5-32-544",
    "users": "S-1-5-32-545",
    "guests": "S-1-5-32-546",
    "backup operators": "S-1-5-32-551",
    "remote desktop users": "S-1-5-32-555",
    "network configuration operators": "S-1-5-32-556",
    "performance monitor users": "S-1-5-32-558",
    "performance log users": "S-1-5-32-559",
    "iis_iusrs": "S-1-5-32-568",
    "event log readers": "S-1-5-32-573",
    "everyone": EVERYBODY,
    "creator owner": "S-1-3-0",
    "network": "S-1-5-2",
    "interactive": "S-1-5-4",
    "service": "S-1-5-6",
    "authenticated users": "S-1-5-11",
    "system": "S-1-5-18",
    "local service": "S-1-5-19",
    "network service": "S-1-5-20",
}
"""Names in English, as recipes have them, and the same SIDs on every Windows, whatever it calls them. Source: Microsoft, Well-known SIDs."""
_OF_WINDOWS = ("builtin", "nt authority")
_SID = re.compile(r"S-1-(0|[1-9][0-9]{0,14})((?:-(?:0|[1-9][0-9]{0,9})){1,15})\Z", re.IGNORECASE)
_AUTHORITIES, _PARTS = 1 << 48, 1 << 32
_SOMEBODY = re.compile(r"S-1-(5-21|12-1)-")

Access = collections.namedtuple("Access", ["owner", "allowed"])
"""``owner``: SID; ``allowed``: those entries of its access control list that allow something. What others are denied counts for nothing here."""
Allowed = collections.namedtuple("Allowed", ["sid", "mask", "below_only"])
"""``mask``: an access mask of files; ``below_only``: it is inherited by what lies below, and isn't for the folder itself."""


MOVING = 0x40 | 0x10000 | 0x40000 | 0x80000 | 0x10000000
"""What lets somebody rename, remove or take over a folder: FILE_DELETE_CHILD, DELETE, WRITE_DAC, WRITE_OWNER, GENERIC_ALL."""
LEADING = MOVING | 0x2 | 0x100 | 0x40000000
"""What lets somebody lead a link elsewhere, or make a link of an empty folder, whose owner stays the same: FILE_WRITE_DATA or
FILE_WRITE_ATTRIBUTES are enough for that (MS-FSA, FSCTL_SET_REPARSE_POINT); GENERIC_WRITE, and MOVING.
"""
_LIST = struct.Struct(str("<BBHHH"))  # ACL: revision, nothing, bytes, entries, nothing
_ENTRY = struct.Struct(str("<BBHI"))  # ACCESS_ALLOWED_ACE: type, flags, bytes, mask; then the SID
_BELOW, _BELOW_ONLY, _INHERITED = 1 | 2, 8, 16
_READ_AND_RUN = 0x1200A9
_GUARDED = (("S-1-5-18", EVERYTHING), ("S-1-5-32-544", EVERYTHING), ("S-1-5-32-545", _READ_AND_RUN))


def well_known_sid(name):
    # type: (str) -> str | None
    """Of a name alone, or of one in BUILTIN or NT AUTHORITY; None: Windows itself doesn't bring it, or it is another domain's."""
    domain, _, account = name.lower().rpartition("\\")
    return WELL_KNOWN.get(account) if not domain or domain in _OF_WINDOWS else None


def is_sid(text):
    # type: (str) -> bool
    """One form for each: Windows takes S-1-5-018, and digits of other scripts, for SYSTEM's; and no numbers but those that Windows has."""
    found = _SID.match(text)
    if found is None:
        return False
    return int(found.group(1)) < _AUTHORITIES and all(int(each) < _PARTS for each in found.group(2).split("-")[1:])


def is_somebody(sid):
    # type: (str) -> bool
    """Whether it is of an account or a group that somebody made: of a machine, a domain or a directory, and not one of Windows' own."""
    return _SOMEBODY.match(sid) is not None


class Rights(object):
    def is_admin(self):
        # type: () -> bool
        raise NotImplementedError

    def account(self):
        # type: () -> tuple[str, str | None]
        """Whose process this is: the account's name, and its SID where there is such a thing."""
        raise NotImplementedError

    def account_sid(self, name):
        # type: (str) -> str | None
        """Of an account or a group, None if there is none of that name."""
        raise NotImplementedError

    def account_name(self, sid):
        # type: (str) -> str | None
        """With its domain, as this machine calls it; None: neither this machine nor its domain has an account of that SID now."""
        raise NotImplementedError

    def administrators(self):
        # type: () -> frozenset[str]
        """The SIDs of the members of this machine's group Administrators, without those of the groups among them; empty where that can't be asked."""
        raise NotImplementedError

    def access(self, path):
        # type: (str) -> Access | None
        """Of a file or folder that is there; None where there is no such thing. Raises EnvironmentError."""
        raise NotImplementedError

    def contents_only(self, path, sid):
        # type: (str, str) -> None
        """Take from an account what it may do to a folder itself; what it may do in it stays, at every moment."""
        raise NotImplementedError

    def own_entries(self, path, sid):
        # type: (str, str) -> list[OwnEntry]
        """What a file or folder gives to an account by itself, beside what comes from above. Raises EnvironmentError."""
        raise NotImplementedError

    def keeps_entries(self, folder):
        # type: (str) -> bool
        """Whether what an account is given on a folder is there afterwards: tried out on this one, which nobody uses."""
        raise NotImplementedError

    def leave_entries(self, path, sid, kept):
        # type: (str, str, list[OwnEntry]) -> None
        """Of those only these, for what lies below too; the account lacks none of them at any moment. Raises EnvironmentError."""
        raise NotImplementedError

    def guard(self, path, kept):
        # type: (str, Iterable[str]) -> None
        """Let only administrators change a folder and what inherits from it, others read: owner and whole list in one step, so that nobody's
        own entries stay, but for those of the SIDs in ``kept``. Raises EnvironmentError.
        """
        raise NotImplementedError

    def take_over(self, path):
        # type: (str) -> None
        """Make administrators the owner of what lies in a folder, and let it have the rights that come from there and no others. Of a link its
        own; a file that has another name somewhere: EnvironmentError.
        """
        raise NotImplementedError

    def close_file(self, path, readers):
        # type: (str, Iterable[str]) -> None
        """Let only administrators, this account and those of the SIDs in ``readers`` who could until now do something with a file: of them each
        keeps what it could, inherited or not. A link, a folder, or a file that has another name somewhere: EnvironmentError.
        """
        raise NotImplementedError

    def has_service_logon(self, sid):
        # type: (str) -> bool | None
        """Whether the account itself, not by a group, has the right "Log on as a service"; None: there is no such right here. Raises
        EnvironmentError where this account may not ask.
        """
        raise NotImplementedError

    def give_service_logon(self, sid):
        # type: (str) -> bool
        """False: this system doesn't know such rights. Raises EnvironmentError."""
        raise NotImplementedError

    def take_service_logon(self, sid):
        # type: (str) -> None
        """One that it hasn't is not an error. Raises EnvironmentError."""
        raise NotImplementedError

    def icacls(self):
        # type: () -> str | None
        """The program that gives rights; None where there is no such thing."""
        raise NotImplementedError


def contents_only(entries, sid):
    # type: (bytes, str) -> bytes
    """An access control list in which what was given to an account with all that comes below is given in two entries: for what comes
    below as it was, and for the folder itself without the right to move it. What is inherited from above stays.
    """
    revision, _, _, count, _ = _LIST.unpack_from(entries)
    wanted, found, at = packed_sid(sid), [], _LIST.size
    for _ in range(count):
        kind, flags, size, mask = _ENTRY.unpack_from(entries, at)
        entry = entries[at : at + size]
        at += size
        own = kind == 0 and entry[_ENTRY.size :] == wanted and not flags & (_BELOW_ONLY | _INHERITED)
        if not own or not mask & MOVING:
            found.append(entry)
            continue
        if flags & _BELOW:
            found.append(_ENTRY.pack(kind, flags | _BELOW_ONLY, size, mask) + wanted)
        found.append(_ENTRY.pack(kind, 0, size, mask & ~MOVING) + wanted)
    return _LIST.pack(revision, 0, _LIST.size + sum(map(len, found)), len(found), 0) + b"".join(found)


def guarded(entries, kept):
    # type: (bytes, Iterable[str]) -> bytes
    """An access control list: all rights to SYSTEM and administrators, others may read, for all that comes below too; and what was given to
    the SIDs of ``kept`` and isn't inherited.
    """
    own = [_ENTRY.pack(0, _BELOW, _ENTRY.size + len(packed_sid(sid)), mask) + packed_sid(sid) for sid, mask in _GUARDED]
    wanted, at = {packed_sid(each) for each in kept}, _LIST.size
    for _ in range(_LIST.unpack_from(entries)[3] if entries else 0):
        kind, flags, size, _ = _ENTRY.unpack_from(entries, at)
        entry = entries[at : at + size]
        at += size
        if kind == 0 and not flags & _INHERITED and entry[_ENTRY.size :] in wanted:
            own.append(entry)
    return _LIST.pack(2, 0, _LIST.size + sum(map(len, own)), len(own), 0) + b"".join(own)


def closed(entries, own, readers):
    # type: (bytes, str, Iterable[str]) -> bytes
    """The access control list of a file: all rights to SYSTEM, administrators and the account ``own``, and to those of ``readers`` what they
    had, wherever it came from. None of it goes when a folder above is opened.
    """
    everything = dict.fromkeys([sid for sid, mask in _GUARDED if mask == EVERYTHING] + [own], EVERYTHING)
    wanted, at = {packed_sid(each) for each in readers}, _LIST.size
    found = [(packed_sid(sid), mask) for sid, mask in sorted(everything.items())]
    for _ in range(_LIST.unpack_from(entries)[3] if entries else 0):
        kind, flags, size, mask = _ENTRY.unpack_from(entries, at)
        sid = entries[at + _ENTRY.size : at + size]
        at += size
        if kind == 0 and not flags & _BELOW_ONLY and sid in wanted and (sid, mask) not in found:
            found.append((sid, mask))
    packed = [_ENTRY.pack(0, 0, _ENTRY.size + len(sid), mask) + sid for sid, mask in found]
    return _LIST.pack(2, 0, _LIST.size + sum(map(len, packed)), len(packed), 0) + b"".join(packed)


def packed_sid(sid):
    # type: (str) -> bytes
    """``S-1-5-18`` as Windows has it in lists."""
    revision, authority, parts = int(sid.split("-")[1]), int(sid.split("-")[2]), [int(e) for e in sid.split("-")[3:]]
    head = struct.pack(str("<BB"), revision, len(parts)) + struct.pack(str(">Q"), authority)[2:]
    return head + struct.pack(str("<%dI" % len(parts)), *parts)
