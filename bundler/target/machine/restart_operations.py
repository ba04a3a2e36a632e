"""What Windows' session manager does when the machine starts the next time, before anything else runs: the list that MoveFileEx writes."""

from __future__ import absolute_import, unicode_literals

import re

from .links import link_target

_PATH = re.compile(r"(?:!|\*\d+)?(\\\?\?\\.+)", re.DOTALL)
r"""One of the kernel's, ``\??\C:\x``, behind a mark: ``!`` before a place whose file is replaced, ``*1`` where newer Windows count."""


def removed_at_restart(content):
    # type: (bytes) -> list[str]
    """``content``: PendingFileRenameOperations as the registry keeps it, in pairs of what and where to, without the latter for what goes. What
    a later operation of the list puts there anew isn't among them.
    """
    texts, found = content.decode("utf-16-le", "replace").split("\0"), []  # type: list[str], list[str]
    for source, destination in zip(texts[::2], texts[1::2]):  # noqa: B905 - 2.7 knows no strict
        what, where = _path(source), _path(destination)
        if where is not None:
            found = [each for each in found if each.lower() != where.lower()]
        elif what is not None and not destination:
            found.append(what)
    return found


def _path(text):
    # type: (str) -> str | None
    found = _PATH.match(text)
    return link_target(found.group(1)) if found else None
