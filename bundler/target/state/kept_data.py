"""What an uninstallation, or a first installation that failed, left in the data folder and in the quarantine, for a later /purge and for the
next installation.

It is remembered where no service can write: in the machine's registry, by whoever installed for all users, else in the account's own. An
administrator's run doesn't believe what an account has in its own.
"""

from __future__ import absolute_import, unicode_literals

import collections
import os

from ..compat import is_text, parse_json, to_text
from ..errors import FAILED, InstallError
from .formats import DATA, checked, encode_table
from .places import is_below
from .shapes import TEXT, fits
from .uninstall_entry import key_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..layout import Layout
    from ..machine.host import Host
    from .receipt import Receipt

KeptData = collections.namedtuple("KeptData", ["folders", "files"])
"""Folders that a bundle made (the data folder itself, those in it and above it), and files that one put there."""
_TABLE = {"name": TEXT, "data": TEXT, "folders": [TEXT], "files": [TEXT]}


def remember(host, layout, receipt):
    # type: (Host, Layout, Receipt) -> None
    """Of the data folder and the quarantine what is there. Raises EnvironmentError."""
    data = layout.data if layout.data is not None and os.path.isdir(layout.data) else ""
    folders = [each for each in receipt.folders if data and (is_below(each, data) or is_below(data, each))]
    files = [each for each in receipt.files if data and is_below(each, data)]
    table = {"name": receipt.name, "data": data, "folders": folders, "files": files}
    if os.path.isdir(layout.quarantine):
        table["quarantine"] = layout.quarantine
    text = to_text(encode_table(table, DATA, indent=0).decode("ascii")).replace("\n", "")
    host.registry.remember(_scopes(host)[0], key_of(layout.environment), text)


def kept_quarantine(host, layout, name):
    # type: (Host, Layout, str) -> str | None
    """Where it is there and an uninstallation of that bundle left it."""
    place = layout.quarantine
    for table in _remembered(host, layout, name) if os.path.isdir(place) else []:
        known = table.get("quarantine") or ""
        if is_text(known) and os.path.normcase(known) == os.path.normcase(place):
            return place
    return None


def kept_data(host, layout, name):
    # type: (Host, Layout, str) -> KeptData | None
    """Of the bundle of that name and its data folder, while that is there; None: nothing is remembered of it. Whoever removes something
    asks whether it is this installation's.
    """
    data = layout.data
    if data is None or not os.path.isdir(data):
        return None
    for table in _remembered(host, layout, name):
        if os.path.normcase(table["data"]) == os.path.normcase(data):
            return KeptData(table["folders"], table["files"])
    return None


def _remembered(host, layout, name):
    # type: (Host, Layout, str) -> list[dict[str, Any]]
    key, found = key_of(layout.environment), []
    for scope in _scopes(host):
        text = host.registry.remembered(scope, key)
        table = _table(text, key) if text is not None else None
        found += [table] if table is not None and table["name"] == name else []
    return found


def forget(host, layout):
    # type: (Host, Layout) -> None
    for scope in _scopes(host):
        if host.registry.remembered(scope, key_of(layout.environment)) is None:
            continue
        try:
            host.registry.forget(scope, key_of(layout.environment))
        except EnvironmentError:
            if scope == _scopes(host)[0]:
                raise


def _scopes(host):
    # type: (Host) -> tuple[str, ...]
    return ("machine",) if host.rights.is_admin() else ("user", "machine")


def _table(text, key):
    # type: (str, str) -> dict[str, Any] | None
    """Raises InstallError (1638) for what a newer program wrote."""
    try:
        table = parse_json(text.encode("utf-8"))
    except ValueError:
        return None
    if not fits(table, _TABLE):
        return None
    try:
        checked(key, table, DATA)
    except InstallError as error:
        if error.code != FAILED:
            raise
        return None
    return table  # type: ignore[no-any-return]
