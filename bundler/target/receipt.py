"""What is installed: the pointer file, the receipt, and the marker of a release that isn't complete."""

from __future__ import absolute_import, unicode_literals

import io
import json
import os

from .compat import text_type
from .errors import FAILED, InstallError

FORMAT = 1

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .host import Host
    from .layout import Layout


class Receipt(object):
    """``current`` is the release that is in use, None before the first one is; ``files`` were made outside of releases.

    ``runtime`` is the folder of a Python that an installer of this bundle put there, None: none did.
    """

    def __init__(self, name):
        # type: (str) -> None
        self.name = name
        self.version = None  # type: str | None
        self.current = None  # type: str | None
        self.previous = None  # type: str | None
        self.manifest_sha256 = None  # type: str | None
        self.installed = None  # type: str | None
        self.bundle = None  # type: str | None
        self.runtime = None  # type: str | None
        self.releases = []  # type: list[str]
        self.shims = []  # type: list[str]
        self.files = []  # type: list[str]

    def encode(self):
        # type: () -> bytes
        data = dict(vars(self), format=FORMAT)
        return (json.dumps(data, indent=1, sort_keys=True) + "\n").encode("ascii")


def read_receipt(path):
    # type: (str) -> Receipt | None
    """None: nothing was ever installed there."""
    data = read_json(path)
    if data is None:
        return None
    if data.get("format") != FORMAT:
        raise InstallError(
            FAILED, "%s has format %s; this bootstrap reads format %d" % (path, data.get("format"), FORMAT)
        )
    receipt = Receipt(data.get("name", ""))
    for key, empty in vars(receipt).items():
        value = data.get(key, empty)
        wanted = list if isinstance(empty, list) else text_type
        if not isinstance(value, wanted) and value is not None:
            raise InstallError(FAILED, "%s is malformed: %s" % (path, key))
        setattr(receipt, key, value)
    return receipt


def read_json(path):
    # type: (str) -> dict[str, Any] | None
    if not os.path.isfile(path):
        return None
    with io.open(path, "rb") as stream:
        content = stream.read()
    try:
        data = json.loads(content.decode("utf-8"))
    except ValueError as error:
        raise InstallError(FAILED, "%s can't be read: %s" % (path, error))
    if not isinstance(data, dict):
        raise InstallError(FAILED, "%s can't be read: it is no table" % path)
    return data


class State(object):
    """What stands on the target before anything is done. ``pointer`` is the release that the world uses."""

    def __init__(self, layout):
        # type: (Layout) -> None
        self.receipt = read_receipt(layout.receipt)
        self.pointer = _read_pointer(layout.pointer)
        self.release_exists = os.path.isdir(layout.release)
        self.release_complete = (
            self.release_exists and not os.path.exists(layout.marker) and os.path.isfile(layout.python)
        )

    def is_done(self, release, manifest_sha256):
        # type: (str, str) -> bool
        return (
            self.pointer == release
            and self.release_complete
            and self.receipt is not None
            and self.receipt.current == release
            and self.receipt.manifest_sha256 == manifest_sha256
        )


def _read_pointer(path):
    # type: (str) -> str | None
    if not os.path.isfile(path):
        return None
    with io.open(path, "rb") as stream:
        return stream.read().decode("ascii", "replace").strip()


def write_receipt(host, path, receipt):
    # type: (Host, str, Receipt) -> None
    host.write(path, receipt.encode())
