"""The changes that a journal or leftovers may name: each speaks of what belongs to this installation, or isn't taken back."""

from __future__ import absolute_import, unicode_literals

import os
import re

from ..compat import text_type
from ..errors import InstallError
from ..machine.own_entries import is_entries_text
from ..machine.rights import is_sid, is_somebody
from ..machine.services import ServiceError, command_of
from ..names import is_name
from .release_commands import DO, UNDO, release_folder
from .release_services import RIGHTS, host_program, services_file, starts_host
from .runtime_claims import claimed
from .shapes import TEXT, Maybe, fits, is_whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..layout import Layout
    from ..machine.host import Host
    from .places import Places

_NUMBERED = re.compile(r"\.[0-9]+\.old\Z")
_HAD = (Maybe(TEXT), Maybe(TEXT), Maybe(TEXT), Maybe(int))
_SECONDS = re.compile(r"(\d{1,9}( \d{1,9})*)?\Z")
_KEEPERS = ("S-1-5-18", "S-1-5-32-544")
"""SYSTEM and Administrators: their rights on what others made are never taken away."""


class Changes(object):
    def __init__(self, host, layout, places):
        # type: (Host, Layout, Places) -> None
        self._host = host
        self._layout = layout
        self._places = places

    def is_ours(self, action):
        # type: (Any) -> bool
        """Of a change as the journal and the leftovers hold it. One of an unknown kind isn't: what newer programs know has a newer format."""
        known = isinstance(action, list) and action and isinstance(action[0], text_type) and action[0] in FIELDS
        if not known:
            return False
        takes, check = FIELDS[action[0]]
        return len(action) == 1 + takes and check(self, *action[1:])

    def has_file(self, path):
        # type: (Any) -> bool
        return self._places.holds(path)

    def has_folder(self, path):
        # type: (Any) -> bool
        """It is removed if it is empty: those above what is ours may have been made for it."""
        places = self._places
        return places.holds(path) or places.is_granted(path) or places.is_above(path) or places.is_landmark(path)

    def has_runtime(self, runtime):
        # type: (Any) -> bool
        """A Python that a bundle installed for this environment; of a release that is gone its claim tells."""
        if self._places.is_runtime(runtime):
            return True
        return is_whole(runtime) and claimed(runtime, self._layout.environment)

    def replaced(self, path, old):
        # type: (Any, Any) -> bool
        whole = self.has_file(path) and self.has_file(old) and old.startswith(path)
        return whole and _NUMBERED.match(old[len(path) :]) is not None

    def kept(self, path):
        # type: (Any) -> bool
        return self._child(path, self._layout.keeping) or self._child(path, self._layout.all_settings)

    def of_release(self, path):
        # type: (Any) -> bool
        return self._child(path, self._layout.releases)

    def _child(self, path, folder):
        # type: (Any, str) -> bool
        return isinstance(path, text_type) and is_name(os.path.basename(path)) and same(os.path.dirname(path), folder)

    def pointer(self, path, release):
        # type: (Any, Any) -> bool
        return same(path, self._layout.pointer) and (release is None or is_name(release))

    def claim(self, runtime, environment, python):
        # type: (Any, Any, Any) -> bool
        own = self._places.is_runtime(runtime) and same(environment, self._layout.environment)
        return own and same(python, self._host.paths.runtime_python(runtime))

    def left_runtime(self, runtime, environment):
        # type: (Any, Any) -> bool
        return self.has_runtime(runtime) and same(environment, self._layout.environment)

    def made_service(self, name, program):
        # type: (Any, Any) -> bool
        """Which program a service of that name has, is asked when it is removed."""
        return is_name(name) and same(program, host_program(self._layout))

    def service(self, name):
        # type: (Any) -> bool
        if not is_name(name):
            return False
        try:
            command = command_of(self._host.services, name)
        except (ServiceError, InstallError):
            return True  # nothing can be done to it then
        return command is None or starts_host(self._layout, command)

    def service_settings(self, name, path, site):
        # type: (Any, Any, Any) -> bool
        own = os.path.dirname(site) if isinstance(site, text_type) else None
        if own is None or not (self.of_release(own) or self._child(own, self._layout.all_settings)):
            return False
        other = self._layout.of(os.path.basename(os.path.dirname(site)))
        inside = self.has_file(path) and self.has_file(site)
        return self.service(name) and inside and same(path, services_file(other)) and same(site, other.own_site)

    def service_before(self, name, path, site, *had):
        # type: (Any, Any, Any, *Any) -> bool
        is_list = had[2] is None or (isinstance(had[2], text_type) and _SECONDS.match(had[2]) is not None)
        return is_list and self.service_settings(name, path, site) and fits([list(had)], [_HAD])

    def right(self, path, sid):
        # type: (Any, Any) -> bool
        """Outside of what is ours it was given where the manifest, or a release that is there, says so; a folder that was closed stays closed."""
        return self.could_be_right(path, sid) and (not sid or self.has_file(path) or self._places.is_granted(path))

    def could_be_right(self, path, sid):
        # type: (Any, Any) -> bool
        """Also of a release that is gone: whether that gave it can't be told."""
        if not isinstance(sid, text_type) or (sid and not is_sid(sid)):
            return False
        return self.has_file(path) or (is_whole(path) and sid.upper() not in _KEEPERS)

    def is_harmless(self, action):
        # type: (Any) -> bool
        """Whether it can be left out, and what the run did is still taken back: it takes away only, and elsewhere."""
        if not isinstance(action, list) or len(action) < 2 or not is_whole(action[1]):
            return False
        if action[0] == "folder":
            return len(action) == 2
        if action[0] not in ("grant", "grant-added") or len(action) != 1 + FIELDS[action[0]][0]:
            return False
        is_known = action[0] == "grant" or _says_what_was_added(*action[3:])
        return is_known and not self.has_file(action[1]) and self.could_be_right(*action[1:3])

    def right_before(self, path, sid, rights):
        # type: (Any, Any, Any) -> bool
        """What is given back, a release there gives: else whoever writes a line opens a folder."""
        if not isinstance(rights, text_type) or not self.right(path, sid):
            return False
        return all(self._places.gives(path, sid, each) for each in rights.split(" "))

    def right_added(self, path, sid, rights, before):
        # type: (Any, Any, Any, Any) -> bool
        """Nothing is given by it: what an account had before only says what of it stays."""
        return self.right(path, sid) and _says_what_was_added(rights, before)

    def logon(self, sid):
        # type: (Any) -> bool
        return is_account(sid)

    def command(self, folder, which, number):
        # type: (Any, Any, Any) -> bool
        whole = isinstance(number, int) and not isinstance(number, bool) and number >= 0
        own = self.of_release(folder) or self._child(folder, self._layout.all_settings)
        if not whole or which not in (DO, UNDO) or not own or not self.of_release(release_folder(folder)):
            return False
        return not any(map(self._host.files.is_link, (folder, release_folder(folder))))


FIELDS = {
    "file": (1, Changes.has_file),
    "renamed": (2, Changes.replaced),
    "exchanged": (2, Changes.replaced),
    "folder": (1, Changes.has_folder),
    "tree": (1, Changes.kept),
    "release": (1, Changes.of_release),
    "pointer": (2, Changes.pointer),
    "claim": (3, Changes.claim),
    "runtime": (2, Changes.left_runtime),
    "service": (2, Changes.made_service),
    "service-settings": (3, Changes.service_settings),
    "service-before": (7, Changes.service_before),
    "service-start": (1, Changes.service),
    "service-stop": (1, Changes.service),
    "grant": (2, Changes.right),
    "grant-added": (4, Changes.right_added),
    "grant-before": (3, Changes.right_before),
    "logon": (1, Changes.logon),
    "post-install": (3, Changes.command),
}  # type: dict[str, tuple[int, Callable[..., bool]]]
"""How many fields each kind of change has (steps/undo_kinds.py), and what they may be."""


def _says_what_was_added(rights, before):
    # type: (Any, Any) -> bool
    whole = isinstance(rights, text_type) and isinstance(before, text_type)
    return whole and set(rights.split(" ")) <= set(RIGHTS) and is_entries_text(before)


def is_account(sid):
    # type: (Any) -> bool
    """Of a machine's, a domain's or a directory's account: what groups of Windows' own have is nobody's to give or take."""
    return isinstance(sid, text_type) and is_somebody(sid) and is_sid(sid)


def words_of(action):
    # type: (Any) -> str
    r"""``file C:\Windows\x``: it may be anything."""
    if not isinstance(action, list) or not action:
        return "a change that can't be read"
    return " ".join(each if isinstance(each, text_type) else repr(each) for each in action)


def same(path, other):
    # type: (Any, str) -> bool
    return isinstance(path, text_type) and os.path.normcase(path) == os.path.normcase(other)
