"""The right "Log on as a service" of services' accounts: given where it is lacking, and taken away again if a bundle gave it.

Windows' window of services gives it with an account, its functions don't: the start would end with 1069.
"""

from __future__ import absolute_import, unicode_literals

from ..compat import error_text
from ..machine.services import needs_logon_right
from ..state.belonging_changes import is_account
from .access_rights import users_of
from .undo_rights import LogonGiven

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..machine.host import Host
    from ..machine.services import Service
    from ..state.receipt import Receipt
    from .context import Context

LOGON = "log on as a service"
_REFUSED = (
    "%s couldn't be given the right 'Log on as a service' (%s). If its service doesn't start, give it: secpol.msc, Local Policies, User "
    "Rights Assignment; where a group policy of the domain says who has it, there."
)


def accounts_of(host, services):
    # type: (Host, Iterable[Service]) -> list[tuple[str, str]]
    """Name and SID of each account that needs the right."""
    names = {each.account for each in services if needs_logon_right(each.account)}
    known = [(name, host.rights.account_sid(name)) for name in sorted(names)]
    return [(name, sid) for name, sid in known if sid is not None and is_account(sid)]


def lacking(host, services):
    # type: (Host, Iterable[Service]) -> list[tuple[str, str]]
    """Those of them that haven't got it. What this account may not ask is left out."""
    found = []
    for name, sid in accounts_of(host, services):
        try:
            has = host.rights.has_service_logon(sid)
        except EnvironmentError:
            continue
        found += [(name, sid)] if has is False else []
    return found


def give_logons(context, services):
    # type: (Context, Iterable[Service]) -> list[str]
    """The accounts that have it now. One that can't be given it fails nothing yet: it may have the right by a group."""
    given, receipt = [], context.state.receipt
    for name, sid in lacking(context.host, services):
        if receipt is None or sid not in receipt.logons:
            context.journal.undo(LogonGiven(sid))
        try:
            is_given = context.host.rights.give_service_logon(sid)
        except EnvironmentError as error:
            context.said.append(_REFUSED % (name, error_text(error)))
            continue
        context.log.write("%s may %s: %s" % (name, LOGON, "given" if is_given else "this system has no such right"))
        if is_given:
            given.append(name)
            context.logons.append(sid)
    return given


def lost_logons(host, receipt, services):
    # type: (Host, Receipt, Iterable[Service]) -> list[str]
    """Accounts that a bundle gave it and that haven't got it any more."""
    return [name for name, sid in lacking(host, services) if sid in receipt.logons]


def to_be_taken(host, receipt, wanted, apart=()):
    # type: (Host, Receipt, Iterable[str], Iterable[str]) -> tuple[list[str], list[str]]
    """SIDs that a bundle gave the right to and that nothing needs any more (``wanted``: those that the release in use does; ``apart``:
    services that are removed), and in words which keep it for other services.
    """
    gone, words = [], []
    for sid in receipt.logons:
        if sid in wanted:
            continue
        users = users_of(host, sid, apart)
        if users:
            name = host.rights.account_name(sid) or sid
            words.append("%s may go on to %s: %s needs it" % (name, LOGON, ", ".join(users)))
        else:
            gone.append(sid)
    return gone, words
