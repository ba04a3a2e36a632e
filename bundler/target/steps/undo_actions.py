"""What a run changes, one record a kind: its form in the journal, its words, how it is taken back, and what is done about one that
couldn't be.

Every action may be taken back when the change that it belongs to never happened, and may be taken back twice. A new kind is one class
here, and one entry in ``KINDS``.
"""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import error_text
from ..errors import FAILED, InstallError
from ..layout import MARKER, has_settings, release_of
from ..machine.services import command_of
from ..state.journal import Change
from ..state.receipt import write_pointer
from ..state.release_commands import DO, recorded, release_folder, values_in
from ..state.release_services import Grant, host_program, read_services
from ..state.releases import remove_release
from ..state.runtime_claims import CLAIMS, claim_file, only_claims
from ..state.site_values import read_stored
from .access_rights import give_again, revoke, users_of
from .child_processes import ending
from .post_install_commands import Commands
from .runtime_removal import RuntimeRemoval
from .service_control import is_among, password_of, remove, start, stop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..console import Log
    from ..layout import Layout
    from ..machine.host import Host
    from ..state.leftovers import Left
    from ..state.receipt import Receipt


class Action(Change):
    """The base of all kinds: each says what its fields are."""

    words = ""
    """For the operator, in the infinitive; ``%s`` is the first field."""
    must_succeed = False
    """Nothing else may be taken back where this one fails: the journal stays for the next run."""

    @property
    def subject(self):
        # type: () -> str
        """A path, or a service's name."""
        return self.fields[0]  # type: ignore[no-any-return]

    def shown(self):
        # type: () -> str
        """``remove the service web``"""
        return self.words % self.subject

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        raise NotImplementedError

    def follows(self, failed):
        # type: (Action) -> bool
        """Whether it is right only once the other one, which failed, has been done: then it is done again after that one."""
        return False

    def waits(self):
        # type: () -> bool
        """Whether it isn't even tried before that."""
        return False

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        """After a switch to the layout's release: whether it is no leftover any more, because what it speaks of is in use, or was decided anew."""
        raise NotImplementedError


class FileWritten(Action):
    """``path``. What it is written to before it gets its name goes too."""

    kind = "file"
    words = "remove %s"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        host.files.unlink(self.subject + ".new")
        host.files.unlink(self.subject)

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        shims = [os.path.join(layout.shims, each) for each in receipt.shims]
        return self.subject in receipt.files + shims + ([host_program(layout)] if receipt.services else [])


class FileReplaced(Action):
    """``path`` of a program, and where the one that was there is kept. The new one does as well where it runs, but one must be there."""

    kind = "renamed"
    words = "put %s back"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        path, old = self.fields
        for each in (path, old):
            host.files.unlink(each + ".new")
        if not os.path.isfile(old):
            return
        try:
            host.files.replace(old, path)
        except EnvironmentError as error:
            if not os.path.isfile(path):
                raise
            log.write("%s stays as it is: %s" % (path, error_text(error)))

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return True


class FileExchanged(Action):
    """``path`` of a file in the data folder, and what the one that was there is renamed to, with its rights."""

    kind = "exchanged"
    words = "put %s back"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        path, old = self.fields
        host.files.unlink(path + ".new")
        if os.path.isfile(old):
            host.files.replace(old, path)

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return True


class FolderMade(Action):
    """``path``; one that holds something stays, and that is not a failure."""

    kind = "folder"
    words = "remove the folder %s"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        host.files.remove_empty(self.subject)
        if os.path.isdir(self.subject):
            log.write("%s is kept: it is not empty" % self.subject)

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return self.subject in receipt.folders


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


class RuntimeClaimed(Action):
    """The folder of a Python, the environment that needs it, and the Python's program.

    One that its installer made stays, and is still known as one that a bundle installed; so is what an interrupted installer left.
    """

    kind = "claim"
    words = "give up the claim on the Python in %s"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        runtime, environment, python = self.fields
        host.files.unlink(claim_file(runtime, environment))
        if not os.path.isfile(python) and only_claims(runtime):
            host.files.discard(os.path.join(runtime, CLAIMS))
            host.files.remove_empty(runtime)

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return self.subject in receipt.runtimes


class RuntimeLeft(Action):
    """The folder of a Python that an uninstallation couldn't take along, and the environment that was the last to need it."""

    kind = "runtime"
    words = "uninstall the Python in %s"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        removal = RuntimeRemoval(host, log)
        removal.remove(*self.fields)
        for each in removal.notes:
            log.write(each)

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return self.subject in receipt.runtimes


class _OfService(Action):
    """The first field is the service's name."""

    def follows(self, failed):
        # type: (Action) -> bool
        return isinstance(failed, _OfService) and failed.subject == self.subject

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return True  # what it brings back is what was in use before: the switch has decided otherwise


class ServiceMade(_OfService):
    """Its name, and the program that it starts, our host: until it is tried again, somebody may have made another one of that name."""

    kind = "service"
    words = "remove the service %s"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        name, program = self.fields
        command = command_of(host.services, name)
        if command is not None and command.lower().startswith('"%s" ' % program.lower()):
            remove(host, name, log)

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return self.subject in receipt.services


class ServiceChanged(_OfService):
    """Its name, and where the release that was in use before has its services and its site values: in journals of earlier versions."""

    kind = "service-settings"
    words = "give the service %s its settings back"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        name, path, site = self.fields
        for each in read_services(path)[0]:
            if is_among(each.name, [name]):
                host.services.change(each, password_of(each, read_stored(site)))


class ServiceBefore(_OfService):
    """Its name, where what was in use before has its services and its site values, and what the service manager had then of account, start type
    and recovery (seconds before restarts, ``1 60``, and after which failures are forgotten); None: the run doesn't change that.
    """

    kind = "service-before"
    words = "give the service %s its settings back"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        name, path, site, account, start, restart, reset = self.fields
        for each in read_services(path)[0]:
            if is_among(each.name, [name]):
                own = account is not None and account.lower() == each.account.lower()
                password = password_of(each, read_stored(site)) if own else None
                seconds = [int(word) for word in restart.split()] if restart is not None else None
                before = each._replace(account=account, start=start, restart=seconds, reset=reset or each.reset)
                host.services.change(before, password)


class ServiceStopped(_OfService):
    """Its name."""

    kind = "service-start"
    words = "start the service %s"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        if host.services.state(self.subject) is not None:
            start(host, self.subject)


class ServiceStarted(_OfService):
    """Its name."""

    kind = "service-stop"
    words = "stop the service %s"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        stop(host, [self.subject], log)


class RightGiven(Action):
    """The path, and the SID that the right was given to, in journals of earlier versions; empty: the folder was guarded, and stays so."""

    kind = "grant"

    def shown(self):
        # type: () -> str
        if not self.fields[1]:
            return "leave %s closed" % self.subject
        return "take the right of %s on %s back" % (self.fields[1], self.subject)

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        log.write(revoke(host, *self.fields))

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return list(self.fields) in [each[:2] for each in receipt.grants]


class RightAdded(RightGiven):
    """The path, the SID, the rights that it was given (``read modify``), and what it had there by itself then, as ``entries_text`` has it: that
    stays, and what somebody else has given since.
    """

    kind = "grant-added"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        log.write(revoke(host, *self.fields))

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return list(self.fields[:2]) in [each[:2] for each in receipt.grants]


class RightBefore(RightGiven):
    """The path, the SID, and the rights that what was in use before had given it there (``read modify``): in journals of earlier versions."""

    kind = "grant-before"

    def shown(self):
        # type: () -> str
        return "give %s its rights on %s back" % (self.fields[1], self.subject)

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        path, sid, rights = self.fields
        log.write(revoke(host, path, sid))
        give_again(host, [Grant(path, sid, each) for each in rights.split()])

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return list(self.fields[:2]) in [each[:2] for each in receipt.grants]


class LogonGiven(Action):
    """The SID of an account that was given the right to log on as a service. One that a service needs keeps it: an installation that found it
    given has no note of it.
    """

    kind = "logon"
    words = "take the right of %s to log on as a service back"

    def take_back(self, host, log):
        # type: (Host, Log) -> None
        users = users_of(host, self.subject)
        if users:
            log.write("%s may go on to log on as a service: %s needs it" % (self.subject, ", ".join(users)))
            return
        host.rights.take_service_logon(self.subject)

    def follows(self, failed):
        # type: (Action) -> bool
        return isinstance(failed, _OfService)  # a service that is to go needs it until it is gone

    def is_settled(self, layout, receipt):
        # type: (Layout, Receipt) -> bool
        return self.subject in receipt.logons


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


KINDS = {
    each.kind: each
    for each in (
        FileWritten,
        FileReplaced,
        FileExchanged,
        FolderMade,
        TreeWritten,
        ReleaseMade,
        PointerMoved,
        RuntimeClaimed,
        RuntimeLeft,
        ServiceMade,
        ServiceChanged,
        ServiceBefore,
        ServiceStopped,
        ServiceStarted,
        RightGiven,
        RightAdded,
        RightBefore,
        LogonGiven,
        CommandRun,
    )
}  # type: dict[str, type[Action]]


def decode(data):
    # type: (list[Any]) -> Action
    """Of a line of the journal or of a leftover; raises InstallError (1603) for a kind that this version doesn't know."""
    kind = KINDS.get(data[0])
    if kind is None:
        raise InstallError(FAILED, "Unknown kind of change: %s. A newer bootstrap.bat can take it back" % data[0])
    return kind(*data[1:])


def subjects(left, *kinds):
    # type: (list[Left], *type[Action]) -> list[str]
    """What leftovers of these kinds speak of: paths, or services' names."""
    wanted = [each.kind for each in kinds]
    return [each.action[1] for each in left if each.action[0] in wanted]
