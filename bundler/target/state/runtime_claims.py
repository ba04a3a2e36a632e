"""Who needs a Python that a bundle installed: a folder of claims inside it, so that the last one who goes can take it along.

A Python that came otherwise has no such folder, and nothing of ours is ever put there.
"""

from __future__ import absolute_import, unicode_literals

import collections
import hashlib
import io
import json
import os

from ..compat import parse_json, text_type, to_text
from ..errors import BUSY, InstallError
from ..machine.file_contents import hash_file
from ..machine.patience import locked
from ..names import is_name
from .formats import CLAIM, encode_table, read_json, read_or_none
from .shapes import is_whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..machine.host import Host

CLAIMS = ".bundles"
_INSTALLER, _KINDS = "installer", ("exe", "msi")
_FILES = "files.txt"
_ORIGIN = "origin.txt"
_OF_ENVIRONMENT = ("receipt.json", "journal", "current")
"""One that is being installed has a journal and no receipt yet; of one that has lost its receipt, the next run makes that anew."""

Origin = collections.namedtuple("Origin", ["account", "sid", "sha256"])
"""Who installed a Python, and the SHA-256 in hex of the installer that is kept; empty what an earlier version didn't note."""


def folder_of(runtime):
    # type: (str) -> str
    return os.path.join(runtime, CLAIMS)


def claim_file(runtime, environment):
    # type: (str, str) -> str
    digest = to_text(hashlib.sha256(environment.lower().encode("utf-8")).hexdigest())[:16]
    return os.path.join(folder_of(runtime), digest + ".json")


def hold(host, runtime):
    # type: (Host, str) -> Any
    """To be kept while a Python is claimed, and while it is found out whether others need it and it is removed: two environments of their
    own may be worked on at once. Raises InstallError (1618).
    """
    held = locked(host, runtime)
    if held is None:
        raise InstallError(BUSY, "another bootstrap.bat is working on the Python in %s" % runtime)
    return held


def claim(host, runtime, environment):
    # type: (Host, str, str) -> None
    host.files.write(claim_file(runtime, environment), encode_table({"environment": environment}, CLAIM))


def claimed(runtime, environment):
    # type: (str, str) -> bool
    return os.path.isfile(claim_file(runtime, environment))


def installer_of(runtime):
    # type: (str) -> str | None
    """The kept installer, which also uninstalls."""
    for kind in _KINDS:
        path = os.path.join(folder_of(runtime), _INSTALLER + "." + kind)
        if os.path.isfile(path):
            return path
    return None


def only_claims(runtime):
    # type: (str) -> bool
    """Whether nothing but claims lies there: no installer has begun."""
    return not os.path.isdir(runtime) or all(to_text(each) == CLAIMS for each in os.listdir(runtime))


def is_unfinished(runtime):
    # type: (str) -> bool
    """Whether a bundle's installer was begun there and nobody saw its end: what lies there may be half of a Python, and is nobody else's."""
    return installer_of(runtime) is not None and not os.path.isfile(os.path.join(folder_of(runtime), _FILES))


def keep_installer(host, runtime, installer, kind):
    # type: (Host, str, str, str) -> None
    place = os.path.join(folder_of(runtime), _INSTALLER + "." + kind)
    earlier = [_FILES] + [_INSTALLER + "." + each for each in _KINDS if each != kind]
    for each in earlier:  # of an installer whose Python is gone, or that was ended: what this one makes is another
        host.files.unlink(os.path.join(folder_of(runtime), each))
    host.files.copy_whole(installer, place)
    account, sid = host.rights.account()
    origin = Origin(account, sid or "", hash_file(place)[0])
    content = json.dumps(origin._asdict(), sort_keys=True) + "\n"
    host.files.write(origin_file(runtime), content.encode("ascii"))


def origin_file(runtime):
    # type: (str) -> str
    return os.path.join(folder_of(runtime), _ORIGIN)


def origin_of(runtime):
    # type: (str) -> Origin
    try:
        with io.open(origin_file(runtime), "rb") as stream:
            found = parse_json(stream.read())
    except (EnvironmentError, ValueError):
        found = None
    values = [found.get(each) if isinstance(found, dict) else None for each in Origin._fields]
    return Origin(*[each if isinstance(each, text_type) else "" for each in values])


def record_files(host, runtime):
    # type: (Host, str) -> None
    """What lies there when the installer has ended: its own uninstallation forgets what it made by way of pip, and byte code."""
    place = host.files.behind_links(runtime)
    files = [os.path.relpath(each, place) for each in host.files.walk(place) if not each.startswith(folder_of(place))]
    host.files.write(os.path.join(folder_of(runtime), _FILES), (json.dumps(files, indent=0) + "\n").encode("ascii"))


def sweep(host, runtime):
    # type: (Host, str) -> None
    """Remove what is left of those files, byte code, and folders that are empty then; what somebody put there stays."""
    try:
        with io.open(os.path.join(folder_of(runtime), _FILES), "rb") as stream:
            files = parse_json(stream.read())
    except (EnvironmentError, ValueError):
        files = []
    files = [each for each in files if _is_inside(each)] if isinstance(files, list) else []
    for each in files:
        host.files.discard(os.path.join(runtime, each))
    place = host.files.behind_links(runtime)
    for each in host.files.walk(place):
        if os.path.basename(os.path.dirname(each)) == "__pycache__" or (files and each.endswith(".pyc")):
            host.files.discard(each)
    host.files.discard(folder_of(runtime))
    for folder in host.files.folders(place):
        host.files.remove_empty(folder)


def _is_inside(name):
    # type: (object) -> bool
    """Of a file's path as ``record_files`` writes it."""
    parts = name.replace("\\", "/").split("/") if isinstance(name, text_type) else [""]
    return all(is_name(each) for each in parts)


def others(runtime, environment):
    # type: (str, str) -> list[str]
    """The other environments that need it; a claim whose environment isn't there any more is none. One that can't be read is somebody's all the
    same, and stands for itself.
    """
    folder, found = folder_of(runtime), []
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        path = os.path.join(folder, to_text(name))
        if path.endswith(".json") and path != claim_file(runtime, environment):
            place = _place(path)
            if place is None or any(os.path.lexists(os.path.join(place, each)) for each in _OF_ENVIRONMENT):
                found.append(place or "whoever wrote %s, which can't be understood," % path)
    return found


def _place(path):
    # type: (str) -> str | None
    """The environment in a claim."""
    table = read_or_none(read_json, path) or {}
    return table["environment"] if is_whole(table.get("environment")) else None
