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
import re

from ..compat import text_type, to_text
from ..errors import FAILED, InstallError
from ..machine.services import ServiceError
from ..names import is_name
from .inventory import read_inventory
from .journal import read_journal
from .places import Places, folders_of, is_whole
from .receipt import read_pointer, read_receipt
from .release_commands import DO, UNDO
from .release_services import host_program, read_services, services_file
from .runtime_claims import claimed

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
_NUMBERED = re.compile(r"\.[0-9]+\.old\Z")
_SID = re.compile(r"S-1-\d+(-\d+)+\Z", re.IGNORECASE)
_KEEPERS = ("S-1-5-18", "S-1-5-32-544")
"""SYSTEM and Administrators: their rights on what others made are never taken away."""
_ADVICE = (
    "Nothing of it was done. If a bundle of another version was being installed, start that one; else somebody has "
    "changed these files: find out who, and move the folder out of the way."
)


class Belongings(object):
    """Made before anything is changed: what the releases that are there have recorded counts until the end of the run."""

    def __init__(self, host, layout, manifest):
        # type: (Host, Layout, Manifest) -> None
        self._host = host
        self._layout = layout
        self._name = manifest.bundle.name
        self._faults = []  # type: list[str]
        self._places = Places(host, layout, manifest)
        self._releases = []  # type: list[tuple[Layout, Any, Any]]
        for name in _listed(layout.releases):
            other = layout.of(name)
            found, services = _read(read_inventory, other), _read(read_services, services_file(other))
            self._releases.append((other, found, services))
            if found is not None:
                self._places.record(found.data, found.runtime)
            if services is not None:
                self._places.grant([each.path for each in services[1]])
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

    def is_ours(self, action):
        # type: (Any) -> bool
        """Of a change as the journal and the leftovers hold it. One of an unknown kind is a newer program's, and refused when it is decoded."""
        if not isinstance(action, list) or not action or not isinstance(action[0], text_type):
            return False
        if action[0] not in FIELDS:
            return True
        takes, check = FIELDS[action[0]]
        return len(action) == 1 + takes and check(self, *action[1:])

    def has_file(self, path):
        # type: (Any) -> bool
        return self._places.holds(path)

    def has_folder(self, path):
        # type: (Any) -> bool
        """It is removed if it is empty: those above what is ours may have been made for it."""
        return self._places.holds(path) or self._places.is_granted(path) or self._places.is_above(path)

    def has_runtime(self, runtime):
        # type: (Any) -> bool
        """A Python that a bundle installed for this environment; of a release that is gone its claim tells."""
        if self._places.is_runtime(runtime):
            return True
        return is_whole(runtime) and claimed(runtime, self._layout.environment)

    def _all_faults(self):
        # type: () -> list[str]
        layout = self._layout
        for each in (layout.releases, layout.shims, layout.services, layout.keeping, layout.logs):
            if self._host.files.is_link(each):
                self._faults.append("%s leads elsewhere" % each)
        self._release(layout.pointer, _read(read_pointer, layout.pointer))
        journal = _read(read_journal, layout.journal)
        if journal is not None and self._is_this_bundles(journal.intention):
            self._intention(journal.intention)
            self._actions(layout.journal, journal.undos)
            self._receipt(layout.journal, journal.receipt)
        self._receipt(layout.receipt, _read(read_receipt, layout.receipt))
        for other, found, services in self._releases:
            self._files(other, found.files if found is not None else ())
            self._services(other, services[0] if services is not None else ())
        return self._faults

    def _say(self, where, what):
        # type: (str, str) -> None
        text = "%s: %s" % (os.path.basename(where), what)
        if text not in self._faults:
            self._faults.append(text)

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
            if not self.is_ours(action) and not _is_harmless(action):
                self._say(where, words_of(action))

    def replaced(self, path, old):
        # type: (Any, Any) -> bool
        whole = self.has_file(path) and self.has_file(old) and old.startswith(path)
        return whole and _NUMBERED.match(old[len(path) :]) is not None

    def kept(self, path):
        # type: (Any) -> bool
        return self._child(path, self._layout.keeping)

    def of_release(self, path):
        # type: (Any) -> bool
        return self._child(path, self._layout.releases)

    def _child(self, path, folder):
        # type: (Any, str) -> bool
        return isinstance(path, text_type) and is_name(os.path.basename(path)) and _same(os.path.dirname(path), folder)

    def pointer(self, path, release):
        # type: (Any, Any) -> bool
        return _same(path, self._layout.pointer) and (release is None or is_name(release))

    def claim(self, runtime, environment, python):
        # type: (Any, Any, Any) -> bool
        own = self._places.is_runtime(runtime) and _same(environment, self._layout.environment)
        return own and _same(python, self._host.paths.runtime_python(runtime))

    def made_service(self, name, program):
        # type: (Any, Any) -> bool
        """Which program a service of that name has, is asked when it is removed."""
        return is_name(name) and _same(program, host_program(self._layout))

    def service(self, name):
        # type: (Any) -> bool
        if not is_name(name):
            return False
        try:
            command = self._host.services.command(name)
        except (ServiceError, InstallError):
            return True  # nothing can be done to it then
        return command is None or self._starts_host(command)

    def _starts_host(self, command):
        # type: (Any) -> bool
        own = '"%s" ' % host_program(self._layout)
        return isinstance(command, text_type) and command.lower().startswith(own.lower())

    def service_settings(self, name, path, site):
        # type: (Any, Any, Any) -> bool
        if not isinstance(site, text_type) or not self.of_release(os.path.dirname(site)):
            return False
        other = self._layout.of(os.path.basename(os.path.dirname(site)))
        inside = self.has_file(path) and self.has_file(site)
        return self.service(name) and inside and _same(path, services_file(other)) and _same(site, other.own_site)

    def right(self, path, sid):
        # type: (Any, Any) -> bool
        if not isinstance(sid, text_type) or (sid and not _SID.match(sid)):
            return False
        return self.has_file(path) or (is_whole(path) and sid.upper() not in _KEEPERS)

    def command(self, folder, which, number):
        # type: (Any, Any, Any) -> bool
        whole = isinstance(number, int) and not isinstance(number, bool) and number >= 0
        return whole and which in (DO, UNDO) and self.of_release(folder) and not self._host.files.is_link(folder)

    # -- what is installed

    def _release(self, where, name):
        # type: (str, Any) -> None
        if name is not None and (not is_name(name) or self._host.files.is_link(self._layout.of(name).release)):
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
        self._all(where, "the service %s", receipt.services + receipt.resume, self.service)
        if receipt.registered not in (None, "machine", "user"):
            self._say(where, "registered")
        if receipt.environment is not None and not _same(receipt.environment, layout.environment):
            self._say(where, "the environment %s" % receipt.environment)
        for path, sid, right in receipt.grants:
            if not self.right(path, sid):
                self._say(where, "the right %s" % ([path, sid, right],))

    def _all(self, where, words, values, check):
        # type: (str, str, list[str], Callable[[Any], bool]) -> None
        for each in values:
            if not check(each):
                self._say(where, words % each)

    # -- releases

    def _files(self, layout, names):
        # type: (Layout, Iterable[str]) -> None
        """Files that /repair would write: none of them outside of the release."""
        folders = set()  # type: set[str]
        for name in names:
            if not all(is_name(each) for each in name.split("/")):
                self._say(layout.inventory, "the file %s" % name)
            else:
                folders.update(folders_of(name))
        for each in sorted(folders):
            if self._host.files.is_link(os.path.join(layout.release, *each.split("/"))):
                self._say(layout.inventory, "%s leads elsewhere" % each)

    def _services(self, layout, services):
        # type: (Layout, Iterable[Service]) -> None
        for each in services:
            if not is_name(each.name) or not self._starts_host(each.command):
                self._say(services_file(layout), "the service %s" % each.name)


FIELDS = {
    "file": (1, Belongings.has_file),
    "renamed": (2, Belongings.replaced),
    "folder": (1, Belongings.has_folder),
    "tree": (1, Belongings.kept),
    "release": (1, Belongings.of_release),
    "pointer": (2, Belongings.pointer),
    "claim": (3, Belongings.claim),
    "service": (2, Belongings.made_service),
    "service-settings": (3, Belongings.service_settings),
    "service-start": (1, Belongings.service),
    "service-stop": (1, Belongings.service),
    "grant": (2, Belongings.right),
    "post-install": (3, Belongings.command),
}  # type: dict[str, tuple[int, Callable[..., bool]]]
"""How many fields each kind of change has (steps/undo_actions.py), and what they may be."""


def words_of(action):
    # type: (Any) -> str
    r"""``file C:\Windows\x``: it may be anything."""
    if not isinstance(action, list) or not action:
        return "a change that can't be read"
    return " ".join(each if isinstance(each, text_type) else repr(each) for each in action)


def _is_harmless(action):
    # type: (Any) -> bool
    """Whether it can be left out, and what the run did is still taken back."""
    return isinstance(action, list) and len(action) == 2 and action[0] == "folder" and is_whole(action[1])


def _read(reader, place):
    # type: (Callable[[Any], Any], Any) -> Any
    try:
        return reader(place)
    except (EnvironmentError, InstallError):
        return None


def _listed(folder):
    # type: (str) -> list[str]
    return sorted(to_text(each) for each in os.listdir(folder)) if os.path.isdir(folder) else []


def _same(path, other):
    # type: (Any, str) -> bool
    return isinstance(path, text_type) and os.path.normcase(path) == os.path.normcase(other)
