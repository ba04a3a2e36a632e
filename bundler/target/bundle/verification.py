"""Is this folder the bundle that was made, to the byte, with nothing missing and nothing added?"""

from __future__ import absolute_import, unicode_literals

import hashlib
import io
import os
import re
import threading

from ..compat import counted, to_text
from ..errors import FAILED, InstallError
from ..machine.file_contents import hash_file, read_file
from ..machine.listing import is_plain, listed
from ..machine.parallel import in_parallel
from .manifest import MANIFEST, SUMS, Manifest, Member, decode_manifest

OPERATORS = frozenset(["site.toml"])
"""What may lie in the folder without being listed: the operator's values. A signature may not: nothing here checks one."""

_LINE = re.compile(r"([0-9a-f]{64}) [ *](.+)\Z")
STARTER = "bootstrap.bat"
_PROGRAM = ("boot/", "target/")
UNUSED = (
    "tcl", "tools", "include", "libs", "doc", "lib/test", "lib/idlelib", "lib/tkinter", "lib/lib-tk", "lib/turtledemo", "lib/lib2to3",
    "lib/ensurepip", "lib/distutils", "lib/unittest", "lib/asyncio", "lib/pydoc_data", "lib/venv", "lib/site-packages",
)  # fmt: skip
"""Folders in ``boot``, in small letters, that an application may need and this program never does: three in four files of a whole Python."""
_UNUSED = tuple("boot/%s/" % each for each in UNUSED)
_SHOWN = 20
_SMALL = 4 << 20
"""Bytes."""
_HELD_FILE, _HELD = 256 << 10, 64 << 20
"""Bytes of a file that is held in memory, and of all of them."""
_DEEPEST = 100
"""Folders within each other: no name on Windows has room for more in a bundle."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from threading import Lock


class Bundle(object):
    """A folder that was found to be whole. ``files`` and ``size`` (bytes) count everything that was read; ``origin``: the bundle without what was
    added on this machine; ``held``: what was read of some files of the program, which needn't be read again to be copied.
    """

    def __init__(self, folder, manifest, manifest_sha256, files, size):
        # type: (str, Manifest, str, int, int) -> None
        self.folder = folder
        self.manifest = manifest
        self.manifest_sha256 = manifest_sha256
        self.files = files
        self.size = size
        self.origin = self
        self.held = {}  # type: dict[str, bytes]
        self._members = {each.path: each for each in manifest.members}

    def path(self, name):
        # type: (str) -> str
        return os.path.join(self.folder, *name.split("/"))

    def sha256(self, name):
        # type: (str) -> str
        return self._members[name].sha256  # type: ignore[no-any-return]


def changed_meanwhile(member):
    # type: (Member) -> InstallError
    """For a file that isn't, when it is used, what it was when the bundle was verified."""
    return InstallError(FAILED, "%s changed after the bundle was verified: unpack it again" % member.path)


def is_program(path):
    # type: (str) -> bool
    """Whether a file of the bundle is one of those that run: they are kept on the machine, and read again before each run."""
    if path.startswith(_PROGRAM):
        return not path.lower().startswith(_UNUSED)
    return path == STARTER


def is_only_program(bundle):
    # type: (Bundle) -> bool
    """Whether nothing else of the bundle is there: it is a copy that was kept."""
    rest = [each.path for each in bundle.manifest.members if not is_program(each.path)]
    return bool(rest) and not any(os.path.lexists(bundle.path(each)) for each in rest)


def verify(folder, is_link, whole=True, holds=False):
    # type: (str, Callable[[str], bool], bool, bool) -> Bundle
    """Raises InstallError (1603) with every fault found; reads every byte and changes nothing. ``is_link`` is the machine's, and knows junctions.

    Not ``whole``: only the manifest and what runs is looked at, which is all that a kept copy has. ``holds``: whoever asks will copy the program.
    """
    sums = read_sums(folder)
    path = os.path.join(folder, MANIFEST)
    if not os.path.isfile(path):
        raise _damaged(["%s is missing" % MANIFEST])
    with io.open(path, "rb") as stream:
        content = stream.read()
    digest = to_text(hashlib.sha256(content).hexdigest())
    if sums.get(MANIFEST) != digest:
        raise _damaged(["%s is not what %s lists" % (MANIFEST, SUMS)])
    manifest = decode_manifest(content)
    faults = _disagreements(manifest, sums) + _folder_faults(folder, manifest, whole, is_link)
    total = len(content)
    members = [each for each in manifest.members if whole or is_program(each.path)]
    total += sum(each.size for each in members)
    held = {}  # type: dict[str, bytes]
    faults += _changed(folder, members, held, _to_hold(members) if holds else frozenset())
    faults += _references(manifest)
    if faults:
        raise _damaged(sorted(set(faults)))
    total += os.path.getsize(os.path.join(folder, SUMS))
    bundle = Bundle(folder, manifest, digest, len(members) + 2, total)
    bundle.held = held
    return bundle


def _to_hold(members):
    # type: (list[Member]) -> frozenset[str]
    names, room = [], _HELD  # type: list[str], int
    for each in members:
        if each.path.startswith(_PROGRAM) and each.size <= min(room, _HELD_FILE):
            names.append(each.path)
            room -= each.size
    return frozenset(names)


def _damaged(faults):
    # type: (list[str]) -> InstallError
    shown = ["- " + each for each in faults[:_SHOWN]]
    if len(faults) > _SHOWN:
        shown.append("- and %d more" % (len(faults) - _SHOWN))
    shown.append("Nothing was changed. Copy and unpack the archive anew.")
    return InstallError(FAILED, "The bundle is not whole (%s):" % counted(len(faults), "fault"), shown)


def read_sums(folder):
    # type: (str) -> dict[str, str]
    """SHA-256 in hex by path, as a bundle's or a kept copy's folder lists them. Raises InstallError (1603)."""
    path = os.path.join(folder, SUMS)
    if not os.path.isfile(path):
        raise _damaged(["%s is missing" % SUMS])
    with io.open(path, "rb") as stream:
        content = stream.read()
    sums = {}  # type: dict[str, str]
    for number, line in enumerate(content.decode("ascii", "replace").split("\n"), 1):
        if not line:
            continue
        match = _LINE.match(line)
        if match is None or match.group(2) in sums:
            raise _damaged(["%s, line %d, is malformed" % (SUMS, number)])
        sums[match.group(2)] = match.group(1)
    if not content.endswith(b"\n"):
        raise _damaged(["%s is cut short" % SUMS])
    return sums


def _disagreements(manifest, sums):
    # type: (Manifest, dict[str, str]) -> list[str]
    members = {each.path: each.sha256 for each in manifest.members}
    both = set(members) | set(sums) - {MANIFEST}
    return [
        "%s and %s disagree about %s" % (MANIFEST, SUMS, each) for each in both if members.get(each) != sums.get(each)
    ]


def _folder_faults(folder, manifest, whole, is_link):
    # type: (str, Manifest, bool, Callable[[str], bool]) -> list[str]
    listed = {each.path for each in manifest.members} | {MANIFEST, SUMS} | OPERATORS
    faults = []
    for name, strange in _found(folder, is_link):
        reason = strange or ("" if name in listed else "does not belong to the bundle")
        # a kept copy has no more than what runs, and folders that an earlier one left
        if reason and (whole or (name.startswith(_PROGRAM) and not name.endswith("/"))):
            faults.append("%s %s" % (name, reason))
    return faults


def _found(folder, is_link):
    # type: (str, Callable[[str], bool]) -> Iterator[tuple[str, str]]
    """The files below the folder, and why one can't be a bundle's, whatever its name: what a link leads to, others may change."""
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        entries = listed(os.path.join(folder, prefix) if prefix else folder)
        if not entries and prefix:
            yield prefix, "is an empty folder, which no bundle has"
        for entry in entries:
            shown = prefix + entry.name
            if (entry.is_dir() or not is_plain(entry)) and is_link(os.path.join(folder, shown)):
                yield shown, "is a link and should be a file"
            elif not entry.is_dir():
                yield shown, ""
            elif shown.count("/") >= _DEEPEST:
                yield shown, "lies deeper than any folder of a bundle"
            else:
                waiting.append(shown + "/")


def _changed(folder, members, held, wanted):
    # type: (str, list[Member], dict[str, bytes], frozenset[str]) -> list[str]
    """Several at a time: a small file takes longer to open than to read, and of a large one hashing takes longer than reading. Large ones follow,
    and take turns at reading: the disk is asked for one piece after the other. ``held`` gets what those of the ``wanted`` hold that are right.
    """
    found = {}  # type: dict[str, list[str]]

    def look(member, reading=None):
        # type: (Member, Lock | None) -> None
        path = os.path.join(folder, *member.path.split("/"))
        found[member.path] = _member_faults(path, member, reading, held if member.path in wanted else None)

    in_parallel(look, [each for each in members if each.size <= _SMALL])
    turns = threading.Lock()
    in_parallel(lambda each: look(each, turns), [each for each in members if each.size > _SMALL])
    return [fault for each in members for fault in found[each.path]]


def _member_faults(path, member, reading, held):
    # type: (str, Member, Lock | None, dict[str, bytes] | None) -> list[str]
    name, size, sha256 = member.path, member.size, member.sha256
    try:
        if held is None:
            found, length = hash_file(path, reading)
        else:
            content = read_file(path, _HELD_FILE)
            found, length = to_text(hashlib.sha256(content).hexdigest()), len(content)
            if (found, length) == (sha256, size):
                held[name] = content
    except EnvironmentError as error:
        return ["%s %s" % (name, "can't be read: %s" % error.strerror if os.path.exists(path) else "is missing")]
    if length != size:
        return ["%s has %s and should have %d" % (name, counted(length, "byte"), size)]
    return [] if found == sha256 else ["%s was changed" % name]


def _references(manifest):
    # type: (Manifest) -> list[str]
    """What the manifest uses, it must also list: only then its bytes were looked at."""
    listed = {each.path for each in manifest.members}
    used = [each.file for each in manifest.seeds + manifest.packages + manifest.files + manifest.prerequisites]
    used += [each for each in (manifest.runtime.file, manifest.bundle.icon) if each is not None]
    escaping = [
        each for each in listed if each.startswith("/") or "\\" in each or ":" in each or ".." in each.split("/")
    ]
    return ["%s uses %s and does not list it" % (MANIFEST, each) for each in used if each not in listed] + [
        "%s lists %s, which is outside" % (MANIFEST, each) for each in escaping
    ]
