"""The point of no return: what was switched to stays, and what is left to do needs only to be finished."""

from __future__ import absolute_import, unicode_literals

from ..errors import FAILED, InstallError
from .base import Step
from .finish import finish_switch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .context import Context


class CommitStep(Step):
    id = "commit"

    def describe(self, context):
        # type: (Context) -> list[str]
        layout, receipt = context.layout, context.state.receipt
        lines = []
        if context.manifest.site:
            lines.append("store the site values in %s" % layout.site)
        scope = "for all users" if context.host.rights.is_admin() else "for this account"
        lines.append("list it among the installed programs, %s" % scope)
        if receipt is not None:
            keep = context.manifest.environment.keep
            others = [each for each in receipt.releases if each != layout.release_id]
            old = others[: len(others) - keep + 1]
            lines += ["remove the old release %s" % each for each in old]
        return lines

    def doing(self, context):
        # type: (Context) -> str
        return "Finishing"

    def run(self, context):
        # type: (Context) -> str
        receipt = context.journal.receipt
        if receipt is None:
            raise InstallError(FAILED, "Nothing was switched to")
        context.journal.commit()
        left = finish_switch(context.host, context.layout, receipt, context.bundle, context.log)
        return "\n".join(["Finished"] + ["  - %s" % each for each in left])
