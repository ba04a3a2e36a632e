"""What is installed: the pointer file, the receipt, and the marker of a release that isn't complete."""

from __future__ import absolute_import, unicode_literals

import json
import os
import re

from ..errors import FAILED, InstallError
from ..layout import has_settings, release_of
from ..machine.rights import is_sid
from .formats import NEWEST, RECEIPT, checked, malformed, read_bytes, read_table
from .inventory import read_inventory
from .shapes import TEXT, Maybe, fits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..layout import Layout
    from ..machine.host import Host


_SHAPES = {"name": TEXT, "grants": [(TEXT, TEXT, TEXT)], "site_rights": [(TEXT, TEXT, TEXT)]}
"""Of those fields that aren't a text or none, or a list of texts."""


_WITHOUT_STOPPED, _FIRST_SETTINGS, _LATER_SETTINGS = 2, 3, 4
_ADVICE = (
    "bootstrap.bat /repair, like every run that may change something, makes a new one from what is installed, and keeps this one under "
    "another name."
)
_POINTER_ADVICE = "bootstrap.bat /repair, like every run that may change something, keeps it under another name and goes by receipt.json."
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,127}\Z")
"""Of a release, as launchers and the service host take it (shims/base.c, steps/script_launcher.py)."""


class Receipt(object):
    """What stands on this machine because of a bundle, and what an uninstallation therefore removes.

    ``current`` is the release that is in use and ``previous`` what was before it, each with the number of its settings; ``releases``: all that are kept,
    the last used one last.
    ``runtimes``: folders of Pythons that a bundle installed and that this one has a claim on. ``files`` were put outside of releases (into
    the data folder), ``folders`` were made there or above the environment. ``registered``: "machine" or "user", where it is listed
    among the installed programs. ``services``: their names; ``grants``: path, SID and right of each that was given on what stays;
    ``site_rights``: path, SID and entries (``entries_text``) of those that had some there by themselves before they were given the first;
    ``logons``: SIDs of accounts that were given the right to log on as services; ``resume``: services that ran before the switch, until the run is over.
    ``prerequisites``: the names of those that a bundle installed here, and that stay. ``account`` and ``sid``: who ran bootstrap.bat last.
    ``stopped``: services that ``/stop`` stopped and no run starts until ``/start``.
    ``program``: the kept copy of bootstrap.bat's program that serves all releases, by its folder's name; None in the oldest format.
    """

    def __init__(self, name):
        # type: (str) -> None
        self.name = name
        self.instance = None  # type: str | None
        self.environment = None  # type: str | None
        self.data = None  # type: str | None
        self.version = None  # type: str | None
        self.current = None  # type: str | None
        self.previous = None  # type: str | None
        self.manifest_sha256 = None  # type: str | None
        self.installed = None  # type: str | None
        self.account = None  # type: str | None
        self.sid = None  # type: str | None
        self.bundle = None  # type: str | None
        self.registered = None  # type: str | None
        self.runtimes = []  # type: list[str]
        self.releases = []  # type: list[str]
        self.shims = []  # type: list[str]
        self.files = []  # type: list[str]
        self.folders = []  # type: list[str]
        self.services = []  # type: list[str]
        self.grants = []  # type: list[list[str]]
        self.site_rights = []  # type: list[list[str]]
        self.logons = []  # type: list[str]
        self.resume = []  # type: list[str]
        self.stopped = []  # type: list[str]
        self.prerequisites = []  # type: list[str]
        self.program = None  # type: str | None

    def table(self):
        # type: () -> dict[str, Any]
        data = dict(vars(self), format=_FIRST_SETTINGS)
        if self.site_rights:
            data["format"] = NEWEST[RECEIPT]
        elif has_settings(self.current) or has_settings(self.previous) or self.logons:
            data["format"] = _LATER_SETTINGS
        elif not self.stopped:
            data["format"] = _WITHOUT_STOPPED
        if not self.stopped:  # older programs may read it: there is nothing that they would lose
            del data["stopped"]
        if not self.logons:
            del data["logons"]
        if not self.site_rights:
            del data["site_rights"]
        return data

    def encode(self):
        # type: () -> bytes
        return (json.dumps(self.table(), indent=1, sort_keys=True) + "\n").encode("ascii")

    def granted(self):
        # type: () -> list[str]
        """The SIDs of those who were given rights."""
        return sorted({each[1] for each in self.grants if each[1]})

    def rights_on(self, path, sid):
        # type: (str, str) -> tuple[str, str]
        """Which rights the account was given there (``read modify``), and what it had by itself before."""
        rights = " ".join(sorted({each[2] for each in self.grants if each[:2] == [path, sid]}))
        return rights, "".join(each[2] for each in self.site_rights if each[:2] == [path, sid])

    def copy(self):
        # type: () -> Receipt
        return decode_receipt("", json.loads(self.encode().decode("ascii")))


def read_receipt(path):
    # type: (str) -> Receipt | None
    """None: nothing was ever installed there."""
    try:
        data = read_table(path, RECEIPT)
        return None if data is None else decode_receipt(path, data)
    except InstallError as error:
        if error.code == FAILED:
            error.details = (_ADVICE,)
        raise


def decode_receipt(path, data):
    # type: (str, dict[str, Any]) -> Receipt
    """Raises InstallError: 1638 if a newer program wrote it, 1603 for what is malformed. An older one has the same fields, or less."""
    checked(path, data, RECEIPT)
    receipt = Receipt("")
    unknown = sorted(set(data) - set(vars(receipt)) - {"format"})
    if unknown:  # written again, they would be lost
        raise malformed(path, "unknown %s" % ", ".join(unknown))
    for key, empty in vars(receipt).items():
        value = data.get(key, empty)
        wanted = _SHAPES.get(key, [TEXT] if isinstance(empty, list) else Maybe(TEXT))
        if not fits(value, wanted):
            raise malformed(path, key)
        setattr(receipt, key, value)
    sids = [each[1] for each in receipt.grants + receipt.site_rights if each[1]] + receipt.logons
    if not all(is_sid(each) for each in sids):
        raise malformed(path, "a SID")
    return receipt


class State(object):
    """What stands on the target before anything is done. ``pointer`` is the release that the world uses, with the number of its settings.

    ``taken_back``: files and folders that go before anything is done, since an interrupted run made them; ``guarded_before``: those folders of them that it closed; ``moved_back``:
    files that it exchanged, and where what comes back lies.
    """

    def __init__(self, layout):
        # type: (Layout) -> None
        self.taken_back = []  # type: list[str]
        self.guarded_before = []  # type: list[str]
        self.moved_back = {}  # type: dict[str, str]
        self.receipt = read_receipt(layout.receipt)
        self.pointer = read_pointer(layout.pointer)
        self.release_exists = os.path.isdir(layout.release)
        self.release_complete = is_complete(layout)

    def is_done(self, release, manifest_sha256):
        # type: (str, str) -> bool
        return (
            release_of(self.pointer) == release
            and self.release_complete
            and self.receipt is not None
            and self.receipt.current == self.pointer
            and self.receipt.manifest_sha256 == manifest_sha256
        )


def is_complete(layout):
    # type: (Layout) -> bool
    """Whether the layout's release was made to its end: its list of files is written last, before the marker goes."""
    if not os.path.isfile(layout.inventory) or os.path.exists(layout.marker) or not os.path.isfile(layout.python):
        return False
    try:
        read_inventory(layout)
    except InstallError as error:
        if error.code != FAILED:
            raise
        return False  # it can't be told what the release is: it is made anew
    return True


def read_pointer(path):
    # type: (str) -> str | None
    """The release that it names; None: there is no such file. Raises InstallError (1603) for what is no release's name."""
    content = read_bytes(path)
    if content is None:
        return None
    name = content.decode("ascii", "replace").strip()
    if _NAME.match(name) is None:
        raise InstallError(FAILED, "%s names no release" % path, [_POINTER_ADVICE])
    return name


def write_pointer(host, path, release):
    # type: (Host, str, str | None) -> None
    """In one step; None: nothing is in use any more."""
    if release is None:
        host.files.unlink(path)
    else:
        host.files.write(path, (release + "\n").encode("ascii"))


def write_receipt(host, path, receipt):
    # type: (Host, str, Receipt) -> None
    host.files.write(path, receipt.encode())
