"""Filling in templates and texts, for a release with the site values of some of its settings.

Where other values give a file of the release another content, that lies with the settings, and texts that name the file lead there. The
release itself isn't edited, but for such files that no service is told of: whoever reads them finds them by their place in the release, and
there they hold what the settings in use say.
"""

from __future__ import absolute_import, unicode_literals

import os
import re

from ..errors import FAILED, InstallError
from ..layout import substitute
from ..state.site_values import read_stored

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.manifest import FileInfo
    from ..layout import Layout
    from .templates import Templates

IN_RELEASE = "{release}"


class Filling(object):
    """``moved``: the extra files of the release that lie with the settings, by their destination, and where."""

    def __init__(self, layout, templates, values):
        # type: (Layout, Templates, dict[str, str]) -> None
        self._templates = templates
        self._references = layout.references(values)
        self.moved = {}  # type: dict[str, str]
        self._first = None  # type: Filling | None
        if layout.number == 1:
            return
        first = self._first = Filling(layout.numbered(1), templates, read_stored(layout.numbered(1).own_site))
        later = [each for each in templates.manifest.files if each.template and each.destination.startswith(IN_RELEASE)]
        changed = [each for each in later if self.content(each) != first.content(each)]
        for number, each in enumerate(changed):
            folder = os.path.join(layout.settings, "files", "%d" % number)
            self.moved[each.destination] = os.path.join(folder, re.split(r"[\\/]", each.destination)[-1])

    def text(self, text):
        # type: (str) -> str
        for destination, place in self.moved.items():
            text = _naming(destination).sub(lambda _match, place=place: place, text)  # type: ignore[misc]
        return substitute(text, self._references)

    def content(self, info):
        # type: (FileInfo) -> bytes
        content = self._templates.read(info.file)
        if not info.template:
            return content
        try:
            return self.text(content.decode("utf-8")).encode("utf-8")
        except UnicodeDecodeError:
            raise InstallError(FAILED, "%s is a template and not valid UTF-8" % info.file)

    def in_place(self, info):
        # type: (FileInfo) -> bytes
        """What a template's file in the release itself is to hold while these settings are in use."""
        if self._first is None or info.destination in self.unnamed():
            return self.content(info)
        return self._first.content(info)

    def unnamed(self):
        # type: () -> list[str]
        """Those of the moved ones that no service is told of."""
        texts = []  # type: list[str]
        for each in self._templates.manifest.services:
            texts += list(each.command) + list(each.environment.values()) + [each.directory]
        return [each for each in sorted(self.moved) if not any(_naming(each).search(text) for text in texts)]


def _naming(destination):
    # type: (str) -> re.Pattern[str]
    r"""``{release}\etc\app.ini`` in a text, however its folders are separated."""
    parts = [re.escape(each) for each in re.split(r"[\\/]", destination)]
    return re.compile(r"[\\/]".join(parts) + r"(?![\w.\\/-])", re.IGNORECASE)
