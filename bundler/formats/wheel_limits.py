"""How large a wheel and its parts may be, so that reading one takes bounded memory and disk. Models of gigabytes are legal in wheels:
they are streamed, and only what unpacks to far more than it takes up is refused.

``bundler/target`` has the same bounds in Python 2.7's words; a test compares the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler import foreign
from bundler.formats.archives.guard import Limits
from bundler.formats.zip_records import DEFLATED, ENCRYPTED, STORED, other_name

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Sequence

MEMBERS = Limits(entries=100_000, size=64 << 30)
"""Of all members together, by the words of the directory."""
LARGEST_TEXT = foreign.LARGEST_FILE
"""Bytes of a file of ``.dist-info`` that is read as a whole, of licences all together."""
MOST_LINES = foreign.MOST_LINES
LARGEST_SOURCE = 64 << 20
"""Bytes of a module, which is compiled on the target."""


def members_fault(members: Sequence[zipfile.ZipInfo], packed: int) -> str | None:
    """Why an archive of ``packed`` bytes with these members can't be a wheel, None: it can."""
    if len(members) > MEMBERS.entries:
        return f"it has {len(members)} members, more than {MEMBERS.entries}"
    total = sum(each.file_size for each in members)
    if total > min(MEMBERS.size, max(MEMBERS.small, packed * MEMBERS.ratio)):
        return f"its {packed} bytes unpack to {total}"
    return next(filter(None, map(_member_fault, members)), None)


def _member_fault(member: zipfile.ZipInfo) -> str | None:
    name = member.filename
    if not name:
        return "it has a member without a name"
    if (other := other_name(member)) is not None:
        return f"{member.orig_filename} has another name in a field, {other}"
    if member.flag_bits & ENCRYPTED:
        return f"{name} is encrypted"
    if member.compress_type not in (STORED, DEFLATED):
        return f"{name} is packed by method {member.compress_type}"
    if member.file_size > LARGEST_SOURCE and name.endswith(".py"):
        return f"{name} has {member.file_size} bytes, too many for a module"
    return None


def texts_fault(members: Sequence[zipfile.ZipInfo]) -> str | None:
    """Why these can't be read as a whole."""
    total = sum(each.file_size for each in members)
    names = ", ".join(each.filename for each in members[:3])
    return f"{names}: {total} bytes, and at most {LARGEST_TEXT} are read" if total > LARGEST_TEXT else None
