"""Reading a wheel's own account of itself: its members, RECORD, WHEEL and entry points (PEP 427, the wheel and entry points specifications)."""

from __future__ import absolute_import, unicode_literals

import collections
import csv
import errno
import os
import re
import stat

from ..archives import DAMAGED, LARGEST_SOURCE, member_sha256, opened, read_text, to_text_name
from ..compat import PY2, to_text
from ..errors import FAILED, InstallError
from .unpacking import DEFLATED, STORED

TYPE_CHECKING = False
if TYPE_CHECKING:
    import zipfile
    from typing import Any

_ENCRYPTED = 1
_VERSION = 1
_SHOWN = 20
Member = collections.namedtuple("Member", ["name", "offset", "end", "packed", "size", "method", "crc", "executable"])
"""One file of a wheel: ``name`` with slashes; ``offset`` of its header and ``end``, where the next one may begin, in bytes."""

Wheel = collections.namedtuple("Wheel", ["path", "name", "info", "members", "record", "console", "gui"])
"""``name`` as asked for, ``info`` the .dist-info folder, ``record`` RECORD's rows, ``console`` and ``gui`` name -> entry point."""


def read_wheel(path, name):
    # type: (str, str) -> Wheel
    """Raises InstallError (1603) for what is not a valid wheel, not of that name or of a later format."""
    try:
        with opened(path) as archive:
            members = _members(archive, path)
            info = _dist_info(archive.namelist(), name, path)
            fields = headers(_text(archive, info + "/WHEEL"))
            record = record_rows(_text(archive, info + "/RECORD"))
            declared = info + "/entry_points.txt"
            text = _text(archive, declared) if any(each.name == declared for each in members) else ""
    except EnvironmentError as error:
        if error.errno not in (errno.EINVAL, None):
            raise
        raise malformed(path, "its archive is damaged: a part lies before its beginning")
    except DAMAGED as error:
        raise malformed(path, to_text(str(error)) or type(error).__name__)
    version = fields.get("wheel-version", ["?"])[0]
    if version.partition(".")[0] != "%d" % _VERSION:
        raise malformed(path, "its Wheel-Version is %s; this installer knows %d" % (version, _VERSION))
    points = entry_points(text, path)
    return Wheel(path, name, info, members, record, points.get("console_scripts", {}), points.get("gui_scripts", {}))


def first_unlike(path, pairs):
    # type: (str, list[tuple[str, str]]) -> tuple[str, str] | None
    """The first pair of a wheel's members that don't have the same bytes: a CRC anybody can forge. Raises InstallError (1603) where one can't be read."""
    if not pairs:
        return None
    names, found = {each for pair in pairs for each in pair}, {}  # type: set[str], dict[str, str]
    try:
        with opened(path) as archive:
            for each in archive.namelist():  # of 2.7: bytes unless the zip says that they are UTF-8
                name = to_text_name(each)
                if name in names and name not in found:
                    found[name] = member_sha256(archive, each)
    except DAMAGED as error:
        raise malformed(path, to_text(str(error)) or type(error).__name__)
    return next((each for each in pairs if found[each[0]] != found[each[1]]), None)


def malformed(path, reason):
    # type: (str, str) -> InstallError
    return InstallError(FAILED, "%s can't be installed: %s" % (os.path.basename(path), reason))


def one_file(wheel, name, other):
    # type: (Wheel, str, str) -> InstallError
    return malformed(wheel.path, "%s and %s would be one file here" % (name, other))


def all_of(faults):
    # type: (list[InstallError]) -> InstallError
    if len(faults) == 1:
        return faults[0]
    lines = ["- " + each.message for each in faults[:_SHOWN]]
    if len(faults) > _SHOWN:
        lines.append("- and %d more" % (len(faults) - _SHOWN))
    return InstallError(FAILED, "Packages of this bundle can't be installed:", lines)


def normal_name(name):
    # type: (str) -> str
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def headers(text):
    # type: (str) -> dict[str, list[str]]
    """The fields of WHEEL, names in small letters; what follows the first empty line is a description."""
    fields = {}  # type: dict[str, list[str]]
    for line in text.splitlines():
        if not line.strip():
            break
        key, _, value = line.partition(":")
        fields.setdefault(key.strip().lower(), []).append(value.strip())
    return fields


def record_rows(text):
    # type: (str) -> list[list[str]]
    lines = text.splitlines()
    if PY2:
        rows = csv.reader([line.encode("utf-8") for line in lines])  # type: ignore[misc]
        return [[cell.decode("utf-8") for cell in row] for row in rows if row]  # type: ignore[attr-defined]
    return [row for row in csv.reader(lines) if row]


def entry_points(text, path):
    # type: (str, str) -> dict[str, dict[str, str]]
    """Group -> name -> ``module:function [extras]``; raises InstallError (1603) for an invalid line."""
    groups = {}  # type: dict[str, dict[str, str]]
    group = {}  # type: dict[str, str]
    for line in (each.strip() for each in text.splitlines()):
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            group = groups.setdefault(line[1:-1].strip(), {})
            continue
        name, equals, value = line.partition("=")
        if not equals:
            raise malformed(path, "entry_points.txt has an invalid line: %s" % line)
        group[name.strip()] = value.strip()
    return groups


def order_of(member):
    # type: (Member) -> int
    """The order in which pip writes: what lies at the root, then data, then scripts."""
    top, _, rest = member.name.partition("/")
    if not top.endswith(".data"):
        return 0
    return 2 if rest.startswith("scripts/") else 1


def stands_for_entry_point(wheel, name, endings):
    # type: (Wheel, str, tuple[str, ...]) -> bool
    """What old setuptools made for an entry point, or what lies where a launcher's part will: a launcher takes its place."""
    for ending in endings:
        if name.lower().endswith(ending):
            name = name[: -len(ending)]
            break
    return name in wheel.console or name in wheel.gui


def _members(archive, path):
    # type: (zipfile.ZipFile, str) -> list[Member]
    """In the order of their bytes. Of a name that is there twice, the last one: so do all who read a zip by name."""
    entries = sorted(archive.infolist(), key=lambda each: each.header_offset)
    # a member's own header has no length of its own; what follows the member is where it must have ended
    ends = [each.header_offset for each in entries[1:]] + [_directory_start(archive)]
    found = {}  # type: dict[str, Member]
    last = {id(archive.NameToInfo[each.filename]) for each in entries}
    for entry, end in zip(entries, ends):  # noqa: B905 - 2.7 knows no strict
        name = to_text_name(entry.filename)
        if entry.header_offset > end:
            raise malformed(path, "%s would lie behind its end" % name)
        if name.endswith("/") or id(entry) not in last:
            continue
        if entry.flag_bits & _ENCRYPTED:
            raise malformed(path, "%s is encrypted" % name)
        if entry.compress_type not in (STORED, DEFLATED):
            raise malformed(path, "%s is packed by method %d" % (name, entry.compress_type))
        if entry.file_size > LARGEST_SOURCE and name.endswith(".py"):
            raise malformed(path, "%s has %d bytes, too many for a module" % (name, entry.file_size))
        mode = entry.external_attr >> 16
        executable = bool(stat.S_ISREG(mode) and mode & 0o111)
        found[name] = Member(
            name,
            entry.header_offset,
            end,
            entry.compress_size,
            entry.file_size,
            entry.compress_type,
            entry.CRC,
            executable,
        )
    return sorted(found.values(), key=lambda each: each.offset)


def _directory_start(archive):
    # type: (zipfile.ZipFile) -> int
    return archive.start_dir


def _dist_info(names, name, path):
    # type: (list[Any], str, str) -> str
    """The one folder of the wheel's own name at its top, as pip decides it; what lies deeper is another distribution's."""
    tops = {to_text_name(each).partition("/")[0] for each in names}
    found = sorted(each for each in tops if each.endswith(".dist-info"))  # type: list[str]
    if not found:
        raise malformed(path, "it has no folder *.dist-info and should have one")
    if len(found) > 1:
        words = (len(found), ", ".join(found))
        raise malformed(path, "it has %d folders *.dist-info and should have one: %s" % words)
    parts = found[0][: -len(".dist-info")].split("-")  # in old names and versions may be a "-"
    spelled = {normal_name("-".join(parts[: count + 1])) for count in range(len(parts))}
    if normal_name(name) not in spelled:
        raise malformed(path, "its folder %s is not that of %s" % (found[0], name))
    return found[0]


def _text(archive, name):
    # type: (zipfile.ZipFile, str) -> str
    return to_text_name(read_text(archive, name))
