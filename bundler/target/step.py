"""What a step is."""

from __future__ import absolute_import, unicode_literals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .context import Context


class Step(object):
    """One change of the target. ``id`` is stable: a journal can name it. A step that ran half can be run again."""

    id = ""

    def describe(self, context):
        # type: (Context) -> list[str]
        """What it would change, for /plan: one line a change."""
        raise NotImplementedError

    def doing(self, context):
        # type: (Context) -> str
        """Shown while it runs: ``Installing Python 3.11.9``."""
        raise NotImplementedError

    def run(self, context):
        # type: (Context) -> str
        """Do it; returns what was done, in one line."""
        raise NotImplementedError

    def undo(self, context):
        # type: (Context) -> None
        """Take back what ``run`` did, wholly or in part, when a later step (or this one) failed."""
