"""What keeps this account from changing what is installed: rights, and files that programs hold."""

from __future__ import absolute_import, unicode_literals

from ..errors import FAILED, REFUSED, Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..layout import Layout
    from ..machine.host import Host
    from ..machine.programs import User
    from ..state.receipt import Receipt

_SHOWN = 5


def in_use(held, own=None):
    # type: (list[tuple[str, list[User]]], set[int] | None) -> list[Problem]
    """``held``: files that programs use; ``own``: processes of services that are to be stopped first; a file doesn't count that nobody else is known to hold. None: none run."""
    problems = []
    for path, users in held:
        others = [each for each in users if each.process not in (own or ())]
        if others or own is None:
            who = " by " + ", ".join("%s (process %d)" % each for each in others) if others else ""
            problems.append(Problem(FAILED, "%s is in use%s: end that first" % (path, who)))
    return problems[:_SHOWN]


def rights_to_change(host, layout, receipt):
    # type: (Host, Layout, Receipt) -> list[Problem]
    """Whether this account may change what is installed."""
    problems = []
    if receipt.registered == "machine" and not host.rights.is_admin():
        text = "it was installed for all users, which needs administrator rights to change: start it from an administrator's command prompt"
        problems.append(Problem(REFUSED, text))
    if not host.files.may_create(layout.environment):
        problems.append(Problem(REFUSED, "%s can't be written to: this account may not" % layout.environment))
    return problems
