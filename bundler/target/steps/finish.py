"""What remains to be done after the point of no return. Needs the receipt and the program only, and may be done twice: whoever finds
the journal of a run that was killed there does it again.
"""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import error_text, to_text
from ..errors import InstallError
from ..state.inventory import read_inventory
from ..state.kept_programs import discard_program, kept_programs
from ..state.places import is_below
from ..state.receipt import write_receipt
from ..state.releases import prune
from ..state.secret_files import close_secrets, secret_files
from ..state.seen_bundles import remember
from ..state.settings_list import changed_in_place
from ..state.site_values import read_stored, store
from ..state.trusted_folders import must_lead_here
from ..state.uninstall_entry import entry, key_of
from .data_files import OLD
from .finish_services import finish_services
from .kept_program import put_icon, put_program, put_starter
from .stale_rights import take_back_stale
from .templates import templates_of
from .undo import drop_settled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.verification import Bundle
    from ..console import Log
    from ..layout import Layout
    from ..machine.host import Host
    from ..state.receipt import Receipt

_UNNOTED = "the sequence number couldn't be noted: %s"


def finish_switch(host, layout, receipt, bundle, log):
    # type: (Host, Layout, Receipt, Bundle, Log) -> list[str]
    """After an installation, an upgrade or a rollback; ``layout`` is that of the release which is current now, ``bundle`` is what runs.

    What it couldn't do.
    """
    if os.path.isfile(layout.own_site):
        store(host, layout.site, read_stored(layout.own_site))
        if layout.kept_site is not None:
            _drop(host, layout.kept_site, log)
    in_release = [os.path.join(layout.release, *name.split("/")) for name in changed_in_place(layout)]
    # whatever is recorded, nothing was exchanged elsewhere
    for each in [each for each in receipt.files if is_below(each, layout.data)] + in_release:
        _drop(host, each + OLD, log)
    finish_services(host, layout, receipt, log)
    take_back_stale(host, layout, receipt, log)
    drop_settled(host, layout, receipt)
    prune(host, layout, receipt, bundle.manifest.environment.keep, log)
    _drop_old_shims(host, layout, receipt)
    open_still = close_secrets(host, secret_files(layout, receipt, bundle.manifest))
    for each in open_still:
        log.write(each)
    open_still += _note_sequence(host, layout, bundle)
    if receipt.program is None:  # an older program's run is finished
        receipt.program = put_program(host, layout, bundle)
    put_starter(host, layout, receipt.program)
    write_receipt(host, layout.receipt, receipt)
    inventory = read_inventory(layout)
    put_icon(host, layout, inventory)
    if receipt.registered:
        host.registry.register(receipt.registered, key_of(layout.environment), entry(host, layout, receipt, inventory))
    for name in kept_programs(layout):
        folder = layout.kept(name)
        if name != receipt.program and os.path.normcase(folder) != os.path.normcase(bundle.folder):
            for path in discard_program(host, folder)[:10]:
                log.write("%s is in use; it is removed another time" % path)
    return open_still


def _note_sequence(host, layout, bundle):
    # type: (Host, Layout, Bundle) -> list[str]
    """Once and for all, by the release's own manifest: what runs may be another bundle."""
    try:
        templates = templates_of(layout, bundle)
        if templates is not None:  # else an earlier version made it, which knew no numbers
            remember(host, templates.manifest, read_inventory(layout).manifest_sha256)
    except InstallError as error:
        return [_UNNOTED % " ".join((error.message,) + error.details)]
    except EnvironmentError as error:  # who may read it can hold it open: that must not keep this run from its end
        return [_UNNOTED % error_text(error)]
    return []


def _drop(host, path, log):
    # type: (Host, str, Log) -> None
    """A file that has been exchanged, or whose values are in use; where a link of others leads to it, it is somebody's."""
    if not os.path.lexists(path):
        return
    try:
        must_lead_here(host, path)
    except InstallError as error:
        log.write(error.message)
        return
    host.files.discard(path)


def _drop_old_shims(host, layout, receipt):
    # type: (Host, Layout, Receipt) -> None
    """Launchers and service hosts of before, and launchers whose program no kept release has."""
    known = set()  # type: set[str]
    for release in receipt.releases:
        other = layout.of(release)
        if os.path.isdir(other.scripts):
            known.update(each.lower() for each in host.paths.launchers(other.release))
    gone = [each for each in receipt.shims if each.lower() not in known]
    for name in gone:
        host.files.discard(os.path.join(layout.shims, name))
    receipt.shims = [each for each in receipt.shims if each not in gone]
    for folder in (layout.shims, layout.services):
        for name in [to_text(each) for each in os.listdir(folder)] if os.path.isdir(folder) else []:
            if name.endswith(".old"):
                host.files.discard(os.path.join(folder, name))
