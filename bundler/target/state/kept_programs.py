"""Copies of ``boot`` and ``target`` that stay on the machine, for /rollback and /uninstall without the bundle.

The newest one serves all releases; another one is there only until the run that brought it is over. Each lies in a folder of its own
in ``uninstall``, named after the release whose bundle it came with.
"""

from __future__ import absolute_import, unicode_literals

import io
import os

from ..compat import text_type, to_text
from ..errors import InstallError
from .formats import NEWEST, PROGRAM, encode_table, read_json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from ..layout import Layout
    from ..machine.host import Host

KEPT = "kept.json"
"""In such a copy: which environment it belongs to, and how new it is. Written last, and removed last."""


def kept_programs(layout):
    # type: (Layout) -> list[str]
    """Their names; a folder of ours that is half there is one too."""
    if not os.path.isdir(layout.keeping):
        return []
    names = sorted(to_text(each) for each in os.listdir(layout.keeping))
    return [each for each in names if _is_ours(layout.kept(each))]


def only_kept_programs(folder):
    # type: (str) -> bool
    """What an uninstallation leaves when the machine stops before the copy that it ran from is gone."""
    names = [to_text(each) for each in os.listdir(folder)] if os.path.isdir(folder) else None
    folders = [os.path.join(folder, each) for each in names or []]
    return names is not None and all(_is_ours(each) for each in folders if os.path.isdir(each))


def _is_ours(folder):
    # type: (str) -> bool
    return os.path.isdir(folder) and (os.path.isfile(os.path.join(folder, KEPT)) or not os.listdir(folder))


def write_kept(layout, name, created):
    # type: (Layout, str, str) -> None
    """``created``: when its bundle was made, in ISO 8601."""
    data = {"environment": layout.environment, "instance": layout.instance, "created": created, "formats": NEWEST}
    with io.open(os.path.join(layout.kept(name), KEPT), "wb") as stream:
        stream.write(encode_table(data, PROGRAM))


def age_of(layout, name):
    # type: (Layout, str) -> tuple[int, str]
    """Greater for newer ones: by the formats that it knows, which only ever grow, then by its bundle's time."""
    try:
        data = read_json(os.path.join(layout.kept(name), KEPT)) or {}
    except (EnvironmentError, InstallError):
        return 0, ""
    formats, created = data.get("formats"), data.get("created")
    numbers = formats.values() if isinstance(formats, dict) else []
    return sum(each for each in numbers if isinstance(each, int)), created if isinstance(created, text_type) else ""


def own_age(created):
    # type: (str) -> tuple[int, str]
    """Of the program that runs, whose bundle was made then."""
    return sum(NEWEST.values()), created


def newest_program(layout):
    # type: (Layout) -> str | None
    """None: there is no such copy."""
    names = kept_programs(layout)
    return max(names, key=lambda each: age_of(layout, each)) if names else None


def discard_program(host, folder, gone=None):
    # type: (Host, str, Callable[[], None] | None) -> list[str]
    """Remove what can be removed now; the paths that are left. What says whose it is goes last. ``gone`` is called for each file."""
    left = []  # type: list[str]
    for name in [to_text(each) for each in os.listdir(folder)] if os.path.isdir(folder) else []:
        if name != KEPT:
            left += host.files.discard(os.path.join(folder, name), gone)
    return left or host.files.discard(folder)
