"""Files that hold secrets, whichever version wrote them: those of the data folder, of each release, and the copies of them.

A file may have become one that holds a secret (a site value was declared so later), and earlier versions left filled-in files and their
copies readable to every user. After a switch, and by /repair, all of them are closed; /verify names those that are open.
"""

from __future__ import absolute_import, unicode_literals

import collections
import os

from ..compat import error_text, to_text
from ..errors import InstallError
from ..machine.rights import is_sid
from .formats import read_or_none
from .inventory import closed_files, read_inventory, read_spare, spare_names
from .places import is_below
from .release_services import read_services, services_file
from .releases import listed_settings
from .site_values import read_stored, secret_names
from .trusted_folders import must_lead_here, readable_by_others

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..bundle.manifest import Manifest
    from ..layout import Layout
    from ..machine.host import Host
    from .inventory import Inventory
    from .receipt import Receipt
    from .release_services import Grant

SecretFile = collections.namedtuple("SecretFile", ["path", "readers"])
"""``readers``: the SIDs of those who were given rights on this very file, and of the accounts that installed."""


def secret_files(layout, receipt, manifest):
    # type: (Layout, Receipt, Manifest) -> list[SecretFile]
    """Those that are there."""
    found, grants, installers = set(), [], {receipt.sid}  # type: set[str], list[Grant], set[str | None]
    found.update([layout.site] + ([layout.kept_site] if layout.kept_site is not None else []))
    secrets = secret_names(manifest)
    names = sorted(os.listdir(layout.releases)) if os.path.isdir(layout.releases) else []
    for other in [layout.of(to_text(each)) for each in names]:
        try:
            inventory, given = read_inventory(other), read_services(services_file(other))[1]
        except (EnvironmentError, InstallError):
            continue  # it isn't complete: it is made anew, or goes
        grants += given
        installers.add(inventory.sid)
        found |= _of_release(other, inventory, [each.path for each in given])
        if inventory.closed is None:
            found |= _of_older_release(other, inventory, secrets)
        found.update(each for each in inventory.closed_data or () if is_below(each, layout.data))
    for other in [layout.of(each) for each in listed_settings(layout)]:
        given = (read_or_none(read_services, services_file(other)) or ([], []))[1]
        grants += given
        found |= {other.own_site} | {each.path for each in given if is_below(each.path, other.settings)}
    readers = {}  # type: dict[str, set[str]]
    for path, sid in [(each.path, each.sid) for each in grants] + [(each[0], each[1]) for each in receipt.grants]:
        readers.setdefault(path, set()).add(sid)
    own = {each for each in installers if each and is_sid(each)}  # what is damaged is no account
    there = [each for each in sorted(found) if os.path.lexists(each)]
    return [SecretFile(each, sorted((readers.get(each, set()) | own) - {""})) for each in there]


def open_secrets(host, files):
    # type: (Host, Iterable[SecretFile]) -> list[str]
    """Why others may read them, in words."""
    return [reason for each in files for reason in readable_by_others(host, each.path, each.readers)]


def close_secrets(host, files):
    # type: (Host, Iterable[SecretFile]) -> list[str]
    """Close them, as often as one likes; which of them couldn't be closed, and why."""
    left = []
    for each in files:
        try:
            must_lead_here(host, each.path)
            host.rights.close_file(each.path, each.readers)
        except InstallError as error:
            left.append(error.message)
        except EnvironmentError as error:
            left.append("%s, which holds a secret, can't be closed to others: %s" % (each.path, error_text(error)))
    return left


def _of_release(layout, inventory, granted):
    # type: (Layout, Inventory, list[str]) -> set[str]
    """Nothing outside of it, whatever is written there."""
    closed = closed_files(layout, inventory, granted)
    return {each for each in closed if is_below(each, layout.release)} | {layout.spares}


def _of_older_release(layout, inventory, secrets):
    # type: (Layout, Inventory, list[str]) -> set[str]
    """It doesn't say which: files that were filled in, and in which one of its secrets stands."""
    try:
        stored = read_stored(layout.own_site)
    except (EnvironmentError, InstallError):
        return set()
    values = [value.encode("utf-8") for value in (stored.get(each, "") for each in secrets) if value]
    found, spares = set(), spare_names(layout) if values else frozenset()  # type: set[str], frozenset[str]
    for each in inventory.files.values():
        path = os.path.join(layout.release, *each.path.split("/"))
        if is_below(path, layout.scripts) or is_below(path, layout.site_packages) or each.path == "pyvenv.cfg":
            continue  # launchers, packages, and what venv wrote
        content = read_spare(layout, each.sha256) if each.sha256 in spares else None
        if any(value in content for value in values if content):
            found.add(path)
    return found
