"""A data folder that is gone while a release is in use: made again, closed to others, with the files that the bundle puts there."""

from __future__ import absolute_import, unicode_literals

import os

from ..state.trusted_folders import must_be_trusted
from .base import Step
from .extra_files import FilesStep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..state.inventory import Inventory
    from .context import Context


def missing_data(release):
    # type: (Inventory) -> str | None
    """The data folder that a release has, where it isn't there."""
    return release.data if release.data is not None and not os.path.isdir(release.data) else None


class DataFolderStep(Step):
    """What programs had written there nobody has any more."""

    id = "data-folder"

    def __init__(self, path):
        # type: (str) -> None
        self.path = path
        self._files = FilesStep(only_data=True)

    def describe(self, context):
        # type: (Context) -> list[str]
        return ["make the folder %s, which is gone" % self.path] + self._files.describe(context)

    def doing(self, context):
        # type: (Context) -> str
        return "Making %s" % self.path

    def run(self, context):
        # type: (Context) -> str
        context.make_folder(self.path)
        receipt = context.state.receipt
        must_be_trusted(context.host, self.path, receipt.granted() if receipt is not None else [])
        self._files.run(context)
        return "Made %s" % self.path
