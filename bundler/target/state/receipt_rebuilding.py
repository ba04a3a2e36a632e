"""A receipt that is missing, or can't be understood, made anew from what the disk tells: the releases' own lists, the pointer, the
service manager and the list of installed programs.

What nothing else tells is left out, and so left alone by an uninstallation: files and folders in the data folder, and prerequisites.
"""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import to_text
from ..errors import FAILED, InstallError
from ..layout import release_of
from ..machine.services import ServiceError, command_of
from ..names import is_name
from .inventory import read_inventory
from .kept_programs import newest_program
from .places import is_below
from .receipt import Receipt, is_complete, read_pointer
from .release_services import read_services, services_file, starts_host
from .releases import last_settings, listed_settings
from .runtime_claims import claimed
from .uninstall_entry import key_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..layout import Layout
    from ..machine.host import Host
    from ..machine.services import Service
    from .inventory import Inventory
    from .release_services import Grant


def rebuilt_receipt(host, layout, name):
    # type: (Host, Layout, str) -> Receipt
    """``name``: the bundle's, which counts where no release is complete. Raises InstallError (1638) where a newer program wrote one of them."""
    known = dict(_complete(layout))
    pointer = _pointer(layout)
    current = release_of(pointer)
    names = sorted(known, key=lambda each: (each == current, known[each].installed or "", each))
    receipt = Receipt(name)
    receipt.instance, receipt.environment = layout.instance, layout.environment
    if names:
        newest = known[names[-1]]
        receipt.name, receipt.data = newest.name or "", newest.data
        receipt.version, receipt.manifest_sha256, receipt.bundle = newest.version, newest.manifest_sha256, newest.bundle
        receipt.installed, receipt.account, receipt.sid = newest.installed, newest.account, newest.sid
    receipt.current = pointer if current in known else None
    earlier = [each for each in names if each != current]
    receipt.previous = last_settings(layout, earlier[-1]).id if earlier else None
    names = receipt.releases = [each for each in _listed(layout) if each not in known] + names
    runtimes = {each.runtime for each in known.values() if each.runtime}
    receipt.runtimes = sorted(each for each in runtimes if claimed(each, layout.environment))
    receipt.program = newest_program(layout)
    receipt.registered = host.registry.registered(key_of(layout.environment))
    receipt.shims = _shims(host, layout, names)
    services, grants = _services(layout, names + listed_settings(layout))
    receipt.services = [each for each in sorted({each.name for each in services}) if _is_ours(host, layout, each)]
    inside = (layout.releases, layout.all_settings)
    outside = [each for each in grants if not any(is_below(each.path, folder) for folder in inside)]
    receipt.grants = [list(each) for each in sorted(set(outside))]
    own = (layout.releases, layout.all_settings, layout.keeping, layout.shims)
    receipt.folders = [each for each in own if os.path.isdir(each)]
    receipt.folders.append(layout.environment)
    return receipt


def has_complete_release(layout):
    # type: (Layout) -> bool
    return bool(_complete(layout))


def _listed(layout):
    # type: (Layout) -> list[str]
    names = [to_text(each) for each in os.listdir(layout.releases)] if os.path.isdir(layout.releases) else []
    return sorted(each for each in names if is_name(each) and os.path.isdir(layout.of(each).release))


def _complete(layout):
    # type: (Layout) -> list[tuple[str, Inventory]]
    others = [(each, layout.of(each)) for each in _listed(layout)]
    return [(name, read_inventory(other)) for name, other in others if is_complete(other)]


def _pointer(layout):
    # type: (Layout) -> str | None
    try:
        return read_pointer(layout.pointer)
    except InstallError:
        return None


def _shims(host, layout, names):
    # type: (Host, Layout, list[str]) -> list[str]
    found = set()  # type: set[str]
    for each in [layout.of(name) for name in names]:
        if os.path.isdir(each.scripts):
            found.update(host.paths.launchers(each.release))
    return sorted(each for each in found if os.path.isfile(os.path.join(layout.shims, each)))


def _services(layout, names):
    # type: (Layout, list[str]) -> tuple[list[Service], list[Grant]]
    services, grants = [], []  # type: list[Service], list[Grant]
    for each in names:
        try:
            found = read_services(services_file(layout.of(each)))
        except InstallError as error:
            if error.code != FAILED:
                raise
            continue
        services += found[0]
        grants += found[1]
    return services, grants


def _is_ours(host, layout, name):
    # type: (Host, Layout, str) -> bool
    """Whether the machine has the service, and it starts our host."""
    try:
        command = command_of(host.services, name)
    except (ServiceError, InstallError):
        return False
    return starts_host(layout, command)
