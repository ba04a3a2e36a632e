"""What a list of rights gives to one account by itself, beside what comes from above; and what of that stays when what a bundle gave is taken back.

Nothing here ever gives an account more than it has: what is written down of earlier rights only says what isn't taken away.
"""

from __future__ import absolute_import, unicode_literals

import collections
import re
import struct

from .rights import packed_sid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

OwnEntry = collections.namedtuple("OwnEntry", ["flags", "mask"])
"""Of an entry that allows something and isn't inherited: the bits of its flags that say what inherits it, and an access mask of files."""

_LIST = struct.Struct(str("<BBHHH"))  # ACL: revision, nothing, bytes, entries, nothing
_HEAD = struct.Struct(str("<BBH"))  # ACE_HEADER: type, flags, bytes
_ENTRY = struct.Struct(str("<BBHI"))  # ACCESS_ALLOWED_ACE, before its SID
_FILES, _FOLDERS, _ONCE, _BELOW_ONLY, _INHERITED = 1, 2, 4, 8, 16
_INHERITANCE = _FILES | _FOLDERS | _ONCE | _BELOW_ONLY
_FLAG_NAMES = ((_FILES, "(OI)"), (_FOLDERS, "(CI)"), (_ONCE, "(NP)"), (_BELOW_ONLY, "(IO)"))
_MASK_NAMES = {0x1200A9: "RX", 0x1301BF: "M", 0x1F01FF: "F"}
_TEXT = re.compile(r"[0-9]{1,2}:[0-9]{1,10}( [0-9]{1,2}:[0-9]{1,10}){0,63}\Z")


def own_entries(entries, sid):
    # type: (bytes, str) -> list[OwnEntry]
    """``entries``: an access control list as Windows has it; none where there is no list."""
    wanted = packed_sid(sid)
    return [
        OwnEntry(flags & _INHERITANCE, mask) for flags, mask in (_own(each, wanted) for each in _split(entries)) if mask
    ]


def with_entries(entries, sid, kept):
    # type: (bytes, str, Iterable[OwnEntry]) -> bytes
    """The list in which the account has these by itself and no others, where its first one was: the order of the list stays right."""
    if not entries:
        return entries
    wanted, found, is_placed = packed_sid(sid), [], False
    for each in _split(entries):
        if not _own(each, wanted)[1]:
            found.append(each)
        elif not is_placed:
            is_placed = True
            found += [_ENTRY.pack(0, flags, _ENTRY.size + len(wanted), mask) + wanted for flags, mask in kept]
    return _LIST.pack(_LIST.unpack_from(entries)[0], 0, _LIST.size + sum(map(len, found)), len(found), 0) + b"".join(
        found
    )


def with_one_more(entries, sid, entry):
    # type: (bytes, str, OwnEntry) -> bytes
    """The list with an entry before its others. Where something is denied that isn't the order that Windows wants."""
    if not entries:
        return entries
    wanted, found = packed_sid(sid), _split(entries)
    found.insert(0, _ENTRY.pack(0, entry.flags, _ENTRY.size + len(wanted), entry.mask) + wanted)
    return _LIST.pack(_LIST.unpack_from(entries)[0], 0, _LIST.size + sum(map(len, found)), len(found), 0) + b"".join(
        found
    )


def staying(current, before, given):
    # type: (list[OwnEntry], list[OwnEntry], int) -> list[OwnEntry]
    """What stays of an account's own entries: what of those ``before`` it still has, and those that allow more than these and ``given`` (a
    mask) together do: somebody else has given them since.
    """
    has, known = _reached(current), _reached(before)
    found = []
    for each in before:
        ways = _ways(each.flags)
        itself, below = each.mask & has.get(0, 0) if 0 in ways else 0, each.mask
        for way in ways - {0}:
            below &= has.get(way, 0)
        if not ways - {0}:
            parts = [OwnEntry(each.flags, itself)]
        elif itself == below or 0 not in ways:
            parts = [OwnEntry(each.flags, below)]
        else:
            parts = [OwnEntry(each.flags | _BELOW_ONLY, below), OwnEntry(0, itself)]
        found += [part for part in parts if part.mask]
    found += [each for each in current if any(each.mask & ~(known.get(way, 0) | given) for way in _ways(each.flags))]
    return sorted(set(found))


def covers(entries, mask):
    # type: (Iterable[OwnEntry], int) -> bool
    """Whether they allow something of a mask to the file or folder itself."""
    return bool(_reached(entries).get(0, 0) & mask)


def entries_text(entries):
    # type: (Iterable[OwnEntry]) -> str
    """``3:1179817 11:1245631``: one for each kind of inheritance, however many there are. A list may have thousands, and no run believes that."""
    found = {}  # type: dict[int, int]
    for each in entries:
        found[each.flags] = found.get(each.flags, 0) | each.mask
    return " ".join("%d:%d" % each for each in sorted(found.items()))


def entries_words(entries):
    # type: (Iterable[OwnEntry]) -> str
    """As icacls has them: ``(OI)(CI)RX, 0x120116``."""
    return ", ".join(
        "".join(name for bit, name in _FLAG_NAMES if flags & bit) + (_MASK_NAMES.get(mask) or "0x%X" % mask)
        for flags, mask in entries
    )


def is_entries_text(text):
    # type: (str) -> bool
    if not text:
        return True
    return _TEXT.match(text) is not None and all(
        each.flags <= _INHERITANCE and 0 < each.mask < 1 << 32 for each in read_entries(text)
    )


def read_entries(text):
    # type: (str) -> list[OwnEntry]
    """Of a text as ``entries_text`` makes it."""
    parts = [each.partition(":") for each in text.split()]
    return [OwnEntry(int(flags), int(mask)) for flags, _, mask in parts]


def _split(entries):
    # type: (bytes) -> list[bytes]
    found, at = [], _LIST.size
    for _ in range(_LIST.unpack_from(entries)[3] if entries else 0):
        size = _HEAD.unpack_from(entries, at)[2]
        found.append(entries[at : at + size])
        at += size
    return found


def _own(entry, sid):
    # type: (bytes, bytes) -> tuple[int, int]
    """Flags and mask of one that allows something to this SID and isn't inherited; else a mask of 0."""
    kind, flags, _ = _HEAD.unpack_from(entry)
    if kind != 0 or flags & _INHERITED or entry[_ENTRY.size :] != sid:
        return flags, 0
    return flags, _ENTRY.unpack_from(entry)[3]


def _ways(flags):
    # type: (int) -> set[int]
    """What an entry is for: 0 the file or folder itself, and of what lies below it files and folders, directly in it and further down."""
    found = set() if flags & _BELOW_ONLY else {0}
    for each in (_FILES, _FOLDERS):
        if flags & each:
            found |= {each | _ONCE} if flags & _ONCE else {each, each | _ONCE}
    return found


def _reached(entries):
    # type: (Iterable[OwnEntry]) -> dict[int, int]
    found = {}  # type: dict[int, int]
    for each in entries:
        for way in _ways(each.flags):
            found[way] = found.get(way, 0) | each.mask
    return found
