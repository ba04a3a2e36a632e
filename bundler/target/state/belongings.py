r"""Whether what lies in the environment speaks of this installation only.

Its files say what is to be removed, put back, started and stopped, and whoever could write them could name anything there. So before
any of them is believed, all of them are looked at here: a path must lie below the environment, the data folder or a runtime, a release is
a plain name, a service's program is our host, and none of the folders on the way may lead elsewhere. Windows' own rights keep
others from writing there at all; this holds where they didn't.

What a release that is gone by now had made elsewhere (another data folder, another Python) can't be told from what is somebody's. So a
receipt that names such is no fault: those who remove something ask here first, and leave it. A journal or leftovers may name a folder that
is to be removed if it is empty; that one isn't.
"""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import to_text
from ..errors import FAILED, InstallError
from ..machine.own_entries import is_entries_text
from ..names import is_name
from .belonging_changes import Changes, is_account, same, words_of
from .formats import read_or_none
from .inventory import read_inventory
from .journal import read_journal
from .places import Places
from .receipt import read_pointer, read_receipt
from .release_services import read_services, services_file, starts_host
from .releases import listed_settings
from .settings_list import in_place, settings_file
from .shapes import is_whole
from .site_values import kept_or_none, read_stored
from .written_files import folders_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from ..bundle.manifest import Manifest
    from ..layout import Layout
    from ..machine.host import Host
    from ..machine.services import Service
    from .journal import Intention
    from .receipt import Receipt

_SHOWN = 10
_ADVICE = (
    "Nothing of it was done. If a bundle of another version was being installed, start that one; else somebody has "
    "changed these files: find out who, and move the folder out of the way."
)


class Belongings(object):
    """Made before anything is changed: what the releases that are there have recorded counts until the end of the run.

    ``changes``: which changes may be done, and on what.
    """

    def __init__(self, host, layout, manifest):
        # type: (Host, Layout, Manifest) -> None
        self._host = host
        self._layout = layout
        self._name = manifest.bundle.name
        self._faults = []  # type: list[str]
        self._places = Places(host, layout, manifest)
        self._places.give_places(manifest, _stored_values(host, layout))
        self.changes = Changes(host, layout, self._places)
        self._releases = []  # type: list[tuple[Layout, Any, Any]]
        for name in _listed(layout.releases) + listed_settings(layout):
            other = layout.of(name)
            found = read_or_none(read_inventory, other) if other.number == 1 else None
            services = read_or_none(read_services, services_file(other))
            self._releases.append((other, found, services))
            if found is not None:
                self._places.record(found.data, found.runtime)
            if services is not None:
                self._places.grant([each.path for each in services[1]])
                self._places.give(services[1])
                self._places.grant([os.path.dirname(to_text(each.log or "")) for each in services[0]])

    def must_belong(self):
        # type: () -> None
        """Raises InstallError (1603) with everything that doesn't. What can't be read is left to those who need it: they say so."""
        faults = self._all_faults()
        if faults:
            shown = ["- " + each for each in faults[:_SHOWN]]
            if len(faults) > _SHOWN:
                shown.append("- and %d more" % (len(faults) - _SHOWN))
            what = (
                "What is written down in %s speaks of what isn't part of this installation:" % self._layout.environment
            )
            raise InstallError(FAILED, what, shown + [_ADVICE])

    def _all_faults(self):
        # type: () -> list[str]
        layout = self._layout
        own = [layout.releases, layout.all_settings, layout.shims, layout.services, layout.keeping, layout.logs]
        for each in own + [layout.quarantine]:
            if self._host.files.is_link(each):
                self._faults.append("%s leads elsewhere" % each)
        self._release(layout.pointer, read_or_none(read_pointer, layout.pointer))
        journal = read_or_none(read_journal, layout.journal)
        if journal is not None and self._is_this_bundles(journal.intention):
            self._intention(journal.intention)
            self._actions(layout.journal, journal.undos)
            self._receipt(layout.journal, journal.receipt)
        self._receipt(layout.receipt, read_or_none(read_receipt, layout.receipt))
        for other, found, services in self._releases:
            self._files(other.inventory, other, found.files if found is not None else ())
            changed = read_or_none(in_place, other) or ()
            self._files(settings_file(other), other, [each.path for each in changed])
            self._services(other, services[0] if services is not None else ())
        return self._faults

    def _say(self, where, what):
        # type: (str, str) -> None
        text = "%s: %s" % (os.path.basename(where), what)
        if text not in self._faults:
            self._faults.append(text)

    def believed(self, receipt):
        # type: (Receipt | None) -> Receipt | None
        """Without the rights that can't be told from somebody's: what goes by the receipt leaves them."""
        if receipt is not None:
            receipt.grants = [each for each in receipt.grants if self.changes.right(*each[:2])]
            receipt.site_rights = [each for each in receipt.site_rights if self.changes.right(*each[:2])]
        return receipt

    # -- the journal and the leftovers

    def _is_this_bundles(self, intention):
        # type: (Intention | None) -> bool
        """Another bundle's is refused as such."""
        return intention is None or (intention.name, intention.instance) == (self._name, self._layout.instance)

    def _intention(self, intention):
        # type: (Intention | None) -> None
        for each in (intention.release, intention.before) if intention is not None else ():
            self._release(self._layout.journal, each)

    def _actions(self, where, actions):
        # type: (str, list[Any]) -> None
        for action in actions:
            if not self.changes.is_ours(action) and not self.changes.is_harmless(action):
                self._say(where, words_of(action))

    # -- what is installed

    def _release(self, where, name):
        # type: (str, Any) -> None
        other = self._layout.of(name) if is_name(name) else None
        if name is not None and (other is None or any(map(self._host.files.is_link, (other.release, other.settings)))):
            self._say(where, "the release %s" % name)

    def _receipt(self, where, receipt):
        # type: (str, Receipt | None) -> None
        if receipt is None:
            return
        layout = self._layout
        for name in (receipt.current, receipt.previous):
            self._release(where, name)
        self._all(where, "the release %s", receipt.releases + ([receipt.program] if receipt.program else []), is_name)
        self._all(where, "the launcher %s", receipt.shims, is_name)
        for each in receipt.files + receipt.folders + receipt.runtimes:
            if not is_whole(each):
                self._say(where, "the path %s" % each)
        # whoever does something to a service asks what it starts: one may lead elsewhere by now
        self._all(where, "the service %s", receipt.services + receipt.resume, is_name)
        if receipt.registered not in (None, "machine", "user"):
            self._say(where, "registered")
        if receipt.environment is not None and not same(receipt.environment, layout.environment):
            self._say(where, "the environment %s" % receipt.environment)
        self._all(where, "the right to log on as a service of %s", receipt.logons, is_account)
        for path, sid, right in receipt.grants:
            if not self.changes.could_be_right(path, sid):
                self._say(where, "the right %s" % ([path, sid, right],))
        for path, sid, had in receipt.site_rights:
            if not self.changes.could_be_right(path, sid) or not is_entries_text(had):
                self._say(where, "the right %s" % ([path, sid, had],))

    def _all(self, where, words, values, check):
        # type: (str, str, list[str], Callable[[Any], bool]) -> None
        for each in values:
            if not check(each):
                self._say(where, words % each)

    # -- releases

    def _files(self, where, layout, names):
        # type: (str, Layout, Iterable[str]) -> None
        """Files that are written, exchanged or put back: none of them outside of the release."""
        folders = set()  # type: set[str]
        for name in names:
            if not all(is_name(each) for each in name.split("/")):
                self._say(where, "the file %s" % name)
            else:
                folders.update(folders_of(name))
        for each in sorted(folders):
            if self._host.files.is_link(os.path.join(layout.release, *each.split("/"))):
                self._say(where, "%s leads elsewhere" % each)

    def _services(self, layout, services):
        # type: (Layout, Iterable[Service]) -> None
        for each in services:
            if not is_name(each.name) or not starts_host(self._layout, each.command):
                self._say(services_file(layout), "the service %s" % each.name)


def _stored_values(host, layout):
    # type: (Host, Layout) -> dict[str, str]
    """Those in use; once nothing is installed, those that wait in the data folder."""
    if os.path.isfile(layout.site):
        return read_or_none(read_stored, layout.site) or {}
    return kept_or_none(host, layout) or {}


def _listed(folder):
    # type: (str) -> list[str]
    return sorted(to_text(each) for each in os.listdir(folder)) if os.path.isdir(folder) else []
