"""Giving rights: to the environment before anything lies in it, to services' accounts before they first start."""

from __future__ import absolute_import, unicode_literals

import os

from ..compat import counted, error_text
from ..errors import FAILED, REFUSED, InstallError, Problem
from ..machine.own_entries import entries_text, entries_words
from ..state.data_trust import OTHER_NAMES, must_be_single, names_elsewhere
from ..state.places import is_below
from ..state.release_services import GUARD, Grant, read_services, services_file
from ..state.trusted_folders import access_to, first_of, must_lead_here
from .access_rights import WORDS, grant_command, lost_rights, must_have, named
from .base import Step
from .logon_rights import LOGON, give_logons, lacking
from .service_settings import planned
from .undo_rights import RightAdded, RightGiven

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..machine.services import Service
    from .context import Context

_TIMEOUT = 1800


class GuardStep(Step):
    """For a bundle that an administrator installs: others would change what runs under accounts with more rights than theirs."""

    id = "guard"

    def __init__(self, path):
        # type: (str) -> None
        self._path = path

    def describe(self, context):
        # type: (Context) -> list[str]
        return ["let only administrators change %s" % self._path]

    def doing(self, context):
        # type: (Context) -> str
        return "Guarding %s" % self._path

    def run(self, context):
        # type: (Context) -> str
        give(context, Grant(self._path, "", GUARD))
        return "Guarded %s" % self._path


class ContentsStep(Step):
    """An earlier version let whoever may change what is in a folder rename and remove the folder too. In one step: the account never lacks
    what it needs, and nothing is to be taken back.
    """

    id = "contents"

    def __init__(self, path, sid):
        # type: (str, str) -> None
        self._path = path
        self._sid = sid

    def describe(self, context):
        # type: (Context) -> list[str]
        receipt = context.state.receipt
        name = named(context.host, self._sid, receipt.services if receipt is not None else [])
        return ["no longer let %s rename or remove %s itself" % (name, self._path)]

    def doing(self, context):
        # type: (Context) -> str
        return "Taking rights on %s back" % self._path

    def run(self, context):
        # type: (Context) -> str
        must_lead_here(context.host, self._path)
        context.host.rights.contents_only(context.host.files.behind_links(self._path), self._sid)
        return "Took rights on %s back" % self._path


class RightsStep(Step):
    """What an earlier run gave already is not given again: it would be a walk over every file. ``restore``: unless it is lost, or was given below
    ``anew``, a folder that is made anew.
    """

    id = "rights"

    def __init__(self, restore=False, anew=None):
        # type: (bool, str | None) -> None
        self._restore = restore
        self._anew = anew
        self.restored = []  # type: list[str]

    def describe(self, context):
        # type: (Context) -> list[str]
        services, wanted = self.wanted(context)
        lines = ["let %s" % words for words in _shown(context, services, wanted)]
        return lines + ["let %s %s" % (name, LOGON) for name, _ in lacking(context.host, services)]

    def doing(self, context):
        # type: (Context) -> str
        return "Giving rights"

    def run(self, context):
        # type: (Context) -> str
        services, wanted = self.wanted(context)
        files = context.files + (context.state.receipt.files if context.state.receipt is not None else [])
        for each in wanted:
            if not os.path.exists(each.path):
                if each.path in files:
                    continue  # one of the data folder that somebody removed
                context.make_folder(each.path)
            give(context, each)
        given = give_logons(context, services)
        self.restored += ["that %s may %s" % (each, LOGON) for each in given] if self._restore else []
        return "Gave %s" % counted(len(wanted) + len(given), "right")

    def wanted(self, context):
        # type: (Context) -> tuple[list[Service], list[Grant]]
        services, grants = services_and_grants(context)
        receipt = context.state.receipt
        given = receipt.grants if receipt is not None else []
        lost = lost_rights(context.host, grants) if self._restore else []
        lost += [each for each in grants if is_below(each.path, self._anew) and each not in lost]
        self.restored = ["that %s" % words for words in _shown(context, services, lost, " may")]
        return services, [each for each in grants if list(each) not in given or each in lost]


def _shown(context, services, grants, verb=""):
    # type: (Context, list[Service], list[Grant], str) -> list[str]
    names = [each.name for each in services]
    words = [(named(context.host, each.sid, names), verb, WORDS[each.rights], each.path) for each in grants]
    return ["%s%s %s %s" % each for each in words]


def in_the_way(context, guarded=()):
    # type: (Context, Iterable[str]) -> list[Problem]
    """What keeps rights from being given, before anything is changed; ``guarded``: folders that are to be closed."""
    if context.host.rights.icacls() is None:
        return []
    problems, own = [], _accounts(context)
    for path in sorted({each.path for each in RightsStep().wanted(context)[1]} | set(guarded)):
        try:
            must_lead_here(context.host, path)  # what is behind a link of others is nothing to be gone through
        except InstallError as error:
            problems.append(Problem(error.code, error.message))
            continue
        found = names_elsewhere(context.host, path, own)
        problems += [Problem(REFUSED, OTHER_NAMES % (path, "; ".join(first_of(found))))] if found else []
    return problems


def _accounts(context):
    # type: (Context) -> set[str]
    """The SIDs of all that have rights here, or are to get some."""
    receipt = context.state.receipt
    given = {each[1] for each in receipt.grants} if receipt is not None else set()
    return given | {each.sid for each in services_and_grants(context)[1]}


def services_and_grants(context):
    # type: (Context) -> tuple[list[Service], list[Grant]]
    """Of the release that is switched to; of one that isn't made yet, or that lacks the list of them, as its manifest has them."""
    path = services_file(context.layout)
    return read_services(path) if os.path.isfile(path) else planned(context)


def give(context, grant):
    # type: (Context, Grant) -> None
    program = context.host.rights.icacls()
    if program is None:
        return
    must_lead_here(context.host, grant.path)
    if grant.path not in context.made:
        must_be_single(context.host, grant.path, _accounts(context))
    inside = (context.layout.release + os.sep, context.layout.all_settings + os.sep)
    receipt = context.state.receipt
    # what is in there goes with it, and what an earlier run gave stays whatever becomes of this one
    if not grant.path.startswith(inside) and (receipt is None or list(grant) not in receipt.grants):
        _note(context, grant)
    if grant.rights == GUARD:
        _guard(context, grant.path)
        return
    command = grant_command(program, grant, os.path.isdir(grant.path))
    context.must("Giving rights on %s" % grant.path, command, timeout=_TIMEOUT)
    must_have(context.host, grant)


def _note(context, grant):
    # type: (Context, Grant) -> None
    """What the account has there by itself is kept by a way back; before the first right that a bundle gives it, it is the site's for good."""
    path, sid, rights = grant
    receipt = context.state.receipt
    known = [each[:2] for each in (receipt.grants if receipt is not None else []) + context.grants]
    context.grants.append(list(grant))
    if rights == GUARD:
        context.journal.undo(RightGiven(path, sid))
        return
    access_to(context.host, path)  # whether that can be asked at all
    own = context.host.rights.own_entries(context.host.files.behind_links(path), sid)
    had = entries_text(own)
    context.journal.undo(RightAdded(path, sid, rights, had))
    if had and [path, sid] not in known:
        context.log.write("%s has on %s by itself, and keeps: %s" % (sid, path, entries_words(own)))
        context.site_rights.append([path, sid, had])


def _guard(context, path):
    # type: (Context, str) -> None
    """What earlier runs gave to accounts stays; they don't get it again. Of a link what it leads to as well: rights lie with both."""
    host, receipt = context.host, context.state.receipt
    given = [sid for place, sid, _ in (receipt.grants if receipt is not None else []) if place == path and sid]
    context.log.write("guarding %s; rights of these accounts stay: %s" % (path, ", ".join(given) or "none"))
    try:
        for each in [path] + ([host.files.behind_links(path)] if host.files.is_link(path) else []):
            host.rights.guard(each, given)
    except EnvironmentError as error:
        raise InstallError(FAILED, "%s can't be closed to others: %s" % (path, error_text(error)))
