"""A change of a run that can be taken back: what each kind of it says of itself.

Every action may be taken back when the change that it belongs to never happened, and may be taken back twice.
"""

from __future__ import absolute_import, unicode_literals

from ..state.journal import Change

TYPE_CHECKING = False
if TYPE_CHECKING:
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


def subjects(left, *kinds):
    # type: (list[Left], *type[Action]) -> list[str]
    """What leftovers of these kinds speak of: paths, or services' names."""
    wanted = [each.kind for each in kinds]
    return [each.action[1] for each in left if each.action[0] in wanted]
