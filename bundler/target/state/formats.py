"""The formats of the files that stay on the machine, each with a number that is raised when its meaning changes.

A program reads all older formats and writes the newest one. What a newer program wrote is refused before anything is changed: an older
one would lose what it doesn't know of.
"""

from __future__ import absolute_import, unicode_literals

import json
import os

from ..compat import parse_json, to_text
from ..errors import FAILED, OTHER_VERSION, InstallError, denied, is_denied
from ..layout import UNREADABLE
from ..machine.file_contents import read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

RECEIPT, JOURNAL, RELEASE, LEFTOVERS = "receipt", "journal", "release", "leftovers"
SERVICES, SITE, PROGRAM, CLAIM, DATA, ADDITIONS = "services", "site", "program", "claim", "data", "additions"
SETTINGS, SEEN = "settings", "seen"
NEWEST = {
    # 2: the kept program that serves all releases. Written only where there are some: 3, services that /stop stopped; 4, later settings,
    # accounts that were given the right to log on as services; 5, what the site itself had given to accounts that were given rights
    RECEIPT: 5,
    # 2: holds such a receipt; 3: later settings, files that were exchanged, what a site had given to a service, rights that accounts had and were
    # given; 4: those rights entry by entry
    JOURNAL: 4,
    RELEASE: 2,  # 2, written only where there are some: wheels that /add added
    LEFTOVERS: 4,  # 2: may hold a Python that couldn't be uninstalled; 3, 4: what such a journal may
    SERVICES: 1,
    SITE: 1,
    PROGRAM: 2,  # 2: which formats it reads, and when its bundle was made
    CLAIM: 1,
    DATA: 1,
    ADDITIONS: 1,
    SETTINGS: 1,
    SEEN: 1,
}
_LARGEST = 256 << 20
"""Bytes of a file that is read as a whole: the list of a million files has fewer."""
_ADVICE = (
    "Use the bundle that was installed last, or a newer one; its program is also in the list of installed programs."
)


_DAMAGED = (
    "Something else than bootstrap.bat has changed it, or the disk loses what is written to it. Bring it back from a backup; else start "
    "bootstrap.bat /repair of the bundle that is in use: like every run that may change something, it keeps what can't be understood under "
    "another name, and it makes anew what it can."
)


def checked(path, data, kind):
    # type: (str, dict[str, Any], str) -> int
    """The format of a table that lies in ``path``: 1 for one without a number. Raises InstallError: 1638 if a newer program wrote it."""
    found = data.get("format", 1)
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise malformed(path, "format")
    if found > NEWEST[kind]:
        text = "%s was written by a newer bootstrap.bat: it has format %d, and this one reads formats up to %d"
        raise InstallError(OTHER_VERSION, text % (path, found, NEWEST[kind]), [_ADVICE])
    return found


def read_table(path, kind):
    # type: (str, str) -> dict[str, Any] | None
    """None where there is no such file; raises InstallError as ``checked`` does, and 1603 for what is not a table."""
    content = read_bytes(path)
    return None if content is None else table_of(path, content, kind)


def table_of(path, content, kind):
    # type: (str, bytes, str) -> dict[str, Any]
    """The same of what was read."""
    data = _parsed(path, content)
    checked(path, data, kind)
    return data


def read_or_none(reader, place):
    # type: (Callable[[Any], Any], Any) -> Any
    """What a reader makes of a place; None where it can't be read: whoever needs it says so."""
    try:
        return reader(place)
    except (EnvironmentError, InstallError):
        return None


def unreadable_name(path):
    # type: (str) -> str
    """Under which a file that can't be understood is kept; earlier ones stay."""
    number, aside = 1, path + UNREADABLE
    while os.path.lexists(aside):
        number += 1
        aside = "%s.%d%s" % (path, number, UNREADABLE)
    return aside


def unreadable_ones(paths):
    # type: (list[str]) -> list[str]
    """Those of these files that were set aside."""
    found = []
    for path in paths:
        folder, name = os.path.split(path)
        names = [to_text(each) for each in os.listdir(folder)] if os.path.isdir(folder) else []
        found += [os.path.join(folder, each) for each in names if each.startswith(name) and each.endswith(UNREADABLE)]
    return found


def malformed(path, what):
    # type: (str, str) -> InstallError
    """``what``: the key, or a place in the file."""
    return InstallError(FAILED, "%s is malformed: %s" % (path, what), [_DAMAGED])


def encode_table(data, kind, indent=1, version=None):
    # type: (dict[str, Any], str, int, int | None) -> bytes
    """``version``: its format's number, if it isn't the newest."""
    return (json.dumps(dict(data, format=version or NEWEST[kind]), indent=indent, sort_keys=True) + "\n").encode(
        "ascii"
    )


def read_bytes(path):
    # type: (str) -> bytes | None
    """None where nothing has that name; raises InstallError: 1603 for what isn't a file, or larger than any that this program writes, 1625
    for what this account may not read.
    """
    if not os.path.lexists(path):
        return None
    if not os.path.isfile(path):
        raise malformed(path, "it is not a file")
    try:
        is_larger = os.path.getsize(path) > _LARGEST
        content = b"" if is_larger else read_file(path, _LARGEST)
    except EnvironmentError as error:
        if is_denied(error):
            raise denied("%s can't be read by this account" % path)
        raise
    if is_larger or len(content) > _LARGEST:  # it may have grown meanwhile
        raise malformed(path, "it has more than %d bytes" % _LARGEST)
    return content


def holds_one_of(path, contents):
    # type: (str, Iterable[bytes | None]) -> bool
    """Of a file that others may change: one of another size isn't read, which they may have made as large as they like."""
    wanted = [each for each in contents if each is not None]
    try:
        if not any(os.path.getsize(path) == len(each) for each in wanted):
            return False
    except EnvironmentError:
        return False
    return read_bytes(path) in wanted


def read_json(path):
    # type: (str) -> dict[str, Any] | None
    """Of any format."""
    content = read_bytes(path)
    return None if content is None else _parsed(path, content)


def _parsed(path, content):
    # type: (str, bytes) -> dict[str, Any]
    try:
        data = parse_json(content)
    except ValueError as error:
        raise InstallError(FAILED, "%s can't be read: %s" % (path, error), [_DAMAGED])
    if not isinstance(data, dict):
        raise InstallError(FAILED, "%s can't be read: it is not a table" % path, [_DAMAGED])
    return data
