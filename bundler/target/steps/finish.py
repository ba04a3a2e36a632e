"""What remains to be done after the point of no return. Needs the receipt and no bundle, and may be done twice: whoever finds
the journal of a run that was killed there does it again.
"""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import to_text
from ..state.inventory import read_inventory
from ..state.receipt import write_receipt
from ..state.releases import prune
from ..state.site_values import read_stored, store
from ..state.uninstall_entry import entry, key_of
from .finish_services import finish_services
from .undo import drop_settled

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..console import Log
    from ..layout import Layout
    from ..machine.host import Host
    from ..state.receipt import Receipt


def finish_switch(host, layout, receipt, keep, log):
    # type: (Host, Layout, Receipt, int, Log) -> None
    """After an installation, an upgrade or a rollback; ``layout`` is that of the release which is current now."""
    if os.path.isfile(layout.own_site):
        site = os.path.join(receipt.data or layout.environment, "site.json")
        store(host, site, read_stored(layout.own_site))
    finish_services(host, layout, receipt, log)
    drop_settled(host, layout, receipt)
    prune(host, layout, receipt, keep, log)
    _drop_old_shims(host, layout, receipt)
    write_receipt(host, layout.receipt, receipt)
    if receipt.registered:
        host.register(
            receipt.registered, key_of(layout.environment), entry(host, layout, receipt, read_inventory(layout))
        )


def _drop_old_shims(host, layout, receipt):
    # type: (Host, Layout, Receipt) -> None
    """Launchers that were renamed because they ran, and those whose program no kept release has."""
    known = set()  # type: set[str]
    for release in receipt.releases:
        other = layout.of(release)
        if os.path.isdir(other.scripts):
            known.update(each.lower() for each in host.launchers(other.release))
    gone = [each for each in receipt.shims if each.lower() not in known]
    for name in gone:
        host.discard(os.path.join(layout.shims, name))
    receipt.shims = [each for each in receipt.shims if each not in gone]
    for name in os.listdir(layout.shims):
        if to_text(name).endswith(".old"):
            host.discard(os.path.join(layout.shims, to_text(name)))
