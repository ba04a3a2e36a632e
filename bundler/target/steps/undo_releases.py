"""What a run does with releases: their folders, copies of the program and settings, which one is in use, and the commands that they bring."""

from __future__ import absolute_import, unicode_literals

import os

from ..errors import FAILED, InstallError
from ..layout import MARKER, has_settings, release_of
from ..state.receipt import write_pointer
from ..state.release_commands import DO, recorded, release_folder, values_in
from ..state.releases import remove_release
from .child_processes import ending
from .post_install_commands import Commands
from .undo_action import Action

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..console import Log
    from ..layout import Layout
    from ..machine.host import Host
    from ..state.receipt import Receipt


class TreeWritten(Action):
    """``path`` of a folder, with everything in it: a copy of the program, before it is complete, or settings that nothing uses yet."""

    kind = "tree"
    words = "remove %s"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        if os.path.isdir(self.subject):
            host.files.remove_tree(self.subject)

    def follows(self, failed):
        # type: (Action) -> bool
        return failed.kind == CommandRun.kind and failed.subject == self.subject

    def waits(self):
        # type: () -> bool
        return True  # it has the site values of the command that failed

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return os.path.basename(self.subject) in receipt.releases + [receipt.current, receipt.previous]


class ReleaseMade(Action):
    """``path`` of its folder."""

    kind = "release"
    words = "remove %s"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        remove_release(host, self.subject)

    def follows(self, failed):
        # type: (Action) -> bool
        return failed.kind == CommandRun.kind and release_folder(failed.subject) == self.subject

    def waits(self):
        # type: () -> bool
        return True  # it has the command that failed

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return os.path.basename(self.subject) in receipt.releases


class PointerMoved(Action):
    """``path``, and the release that it named before; None: there was none."""

    kind = "pointer"
    must_succeed = True

    def shown(self):
        # type: () -> str
        return "make %s current" % (self.fields[1] or "nothing")

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        """Never to half a release: if what was broken has been removed already, nothing is in use."""
        path, release = self.fields
        host.files.unlink(path + ".new")
        environment = os.path.dirname(path)
        folder = os.path.join(environment, "releases", release_of(release) or "")
        is_there = release is not None and os.path.isdir(folder) and not os.path.exists(os.path.join(folder, MARKER))
        if has_settings(release):
            is_there = is_there and os.path.isdir(os.path.join(environment, "settings", release))
        write_pointer(host, path, release if is_there else None)

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return True


class CommandRun(Action):
    """A release's folder, or that of later settings, ``undo`` or ``command`` (for a release that comes back into use), and the command's number
    in the release.

    The release may be gone already.
    """

    kind = "post-install"

    def shown(self):
        # type: () -> str
        folder, which, number = self.fields
        commands = recorded(folder)
        known = number < len(commands)
        what = " ".join(getattr(commands[number], which) or []) if known else "command %d" % number
        return "run %s (of %s)" % (what, os.path.basename(folder))

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        folder, which, number = self.fields
        commands = Commands(host, log, folder)
        if number < len(commands.all) and getattr(commands.all[number], which):
            done = commands.run(which, number)
            if done.code != 0:
                raise InstallError(FAILED, "%s failed (%s)" % (commands.shown(which, number), ending(done)))

    def follows(self, failed):
        # type: (Action) -> bool
        return isinstance(failed, CommandRun)  # they may change the same

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        name = os.path.basename(self.subject)
        is_current, commands, number = (
            release_of(name) == release_of(receipt.current),
            recorded(self.subject),
            self.fields[2],
        )
        if is_current and name != receipt.current and number < len(commands) and values_in(commands[number]):
            return True  # with other site values it has run again
        if self.fields[1] == DO:
            return not is_current
        return is_current or bool(recorded(layout.release))  # what they change is the same: the last one decides
