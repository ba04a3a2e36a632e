"""What a step is."""

from __future__ import absolute_import, unicode_literals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .context import Context


class Step(object):
    """One change of the target. ``id`` is stable: the journal names it.

    How to take the change back is written to ``context.journal`` before it is made, as data: whoever finds the journal of a run that
    was killed does it. What lies inside the release needs nothing: the release as a whole goes.
    """

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
