"""``release.json`` in every release: what it is, where it came from, and every file as it was when it was finished.

``spares.zip`` beside it holds the files that the bundle has not as they are (launchers, filled-in templates, what venv wrote), so
that a damaged one can be put back to the byte. Byte code is in neither: Python itself makes it anew, and may.
"""

from __future__ import absolute_import, unicode_literals

import collections
import io
import json
import os
import zipfile

from .compat import to_text
from .errors import FAILED, InstallError
from .receipt import read_json
from .record import recorded
from .verify import hash_file

FORMAT = 1

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .host import Host
    from .layout import Layout
    from .manifest import Manifest

File = collections.namedtuple("File", ["path", "size", "sha256"])
Inventory = collections.namedtuple(
    "Inventory",
    [
        "name", "version", "publisher", "release", "manifest_sha256", "bundle", "installed", "account", "sid", "python", "data", "runtime",
        "size", "files",
    ],
)  # fmt: skip
"""``data``: its data folder, ``runtime``: the folder of its Python if that lies outside; ``files``: path to File, relative with ``/``; ``size``: bytes of the whole release, byte code and all."""


def take(host, layout, manifest):
    # type: (Host, Layout, Manifest) -> tuple[list[File], int]
    """Every file of the release that was just made, and the bytes of all of it.

    What was hashed as it was written (the runtime's files, the wheels') isn't read again.
    """
    own = (layout.marker, layout.inventory, layout.spares)
    known = _written(layout, manifest)
    files, total = [], 0
    for path, length in host.sizes(layout.release):
        if path in own:
            continue
        total += length
        if not is_byte_code(path):
            name = _name(layout, path)
            sha256, size = known.get(name, ("", -1))
            if size != length:
                sha256, size = hash_file(path)
            files.append(File(name, size, sha256))
    return sorted(files), total


def _written(layout, manifest):
    # type: (Layout, Manifest) -> dict[str, tuple[str, int]]
    """SHA-256 and size by path, as the steps knew them that wrote the files and checked them as they did."""
    found = {}  # type: dict[str, tuple[str, int]]
    if layout.private_runtime:
        empty = frozenset(manifest.boot.placeholders)
        for each in manifest.members:
            if each.path.startswith("boot/") and each.path not in empty:
                found["runtime/" + each.path[len("boot/") :]] = (each.sha256, each.size)
    for info in os.listdir(layout.site_packages):
        path = os.path.join(layout.site_packages, to_text(info), "RECORD")
        if path.endswith(os.path.join(".dist-info", "RECORD")) and os.path.isfile(path):
            with io.open(path, "rb") as stream:
                rows = recorded(stream.read())
            for name, sha256, size in rows:
                place = _name(layout, os.path.normpath(os.path.join(layout.site_packages, *name.split("/"))))
                # wheels may bring different files of one name: then neither of them can say which one it is
                found[place] = (sha256, size) if found.get(place, (sha256, size)) == (sha256, size) else ("", -1)
    return found


def _name(layout, path):
    # type: (Layout, str) -> str
    """A path in the release as the inventory has it."""
    return path[len(layout.release) + 1 :].replace(os.sep, "/")


def is_byte_code(path):
    # type: (str) -> bool
    return path.endswith((".pyc", ".pyo"))


def write_inventory(host, layout, facts, files, size):
    # type: (Host, Layout, dict[str, Any], list[File], int) -> None
    data = dict(facts, format=FORMAT, size=size, files=[list(each) for each in files])
    host.write(layout.inventory, (json.dumps(data, indent=0, sort_keys=True) + "\n").encode("ascii"))


def read_inventory(layout):
    # type: (Layout) -> Inventory
    """Raises InstallError (1603) where there is none, or none that this version can read."""
    data = read_json(layout.inventory)
    if data is None:
        raise InstallError(FAILED, "The release %s is not complete: there is no %s" % (layout.id, layout.inventory))
    if data.get("format") != FORMAT:
        words = (layout.inventory, data.get("format"), FORMAT)
        raise InstallError(FAILED, "%s has format %s; this bootstrap reads format %d" % words)
    try:
        files = {each[0]: File(*each) for each in data["files"]}
        return Inventory(**dict({name: data.get(name) for name in Inventory._fields}, files=files))
    except (KeyError, TypeError):
        raise InstallError(FAILED, "%s is malformed" % layout.inventory)


def drift(layout, inventory, contents=True):
    # type: (Layout, Inventory, bool) -> list[tuple[File, str]]
    """Files that aren't as they were, with what happened to each; without ``contents`` only what can be told without reading."""
    found = []
    for _, each in sorted(inventory.files.items()):
        path = os.path.join(layout.release, *each.path.split("/"))
        try:
            if os.path.getsize(path) != each.size or (contents and hash_file(path) != (each.sha256, each.size)):
                found.append((each, "was changed"))
        except EnvironmentError:
            found.append((each, "can't be read" if os.path.exists(path) else "is missing"))
    return found


def write_spares(layout, files, elsewhere):
    # type: (Layout, list[File], frozenset[str]) -> None
    """``elsewhere``: the SHA-256 of everything that the bundle itself could put back."""
    with zipfile.ZipFile(layout.spares, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in files:
            if each.sha256 not in elsewhere:
                elsewhere |= {each.sha256}
                archive.write(os.path.join(layout.release, *each.path.split("/")), str(each.sha256))


def read_spare(layout, sha256):
    # type: (Layout, str) -> bytes | None
    try:
        with zipfile.ZipFile(layout.spares) as archive:
            return archive.read(str(sha256))
    except (EnvironmentError, KeyError, zipfile.BadZipfile):
        return None
