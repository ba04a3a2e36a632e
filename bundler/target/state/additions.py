"""Files in a release that no bundle brought: a foreign ``.pth``, ``sitecustomize.py`` or package would be run by every program of it.

Byte code of its own modules isn't one, nor what the recipe calls volatile, nor what ``[[post-install]]`` commands put there, which is written
down once they have run.
"""

from __future__ import absolute_import, unicode_literals

import os

from .formats import ADDITIONS, encode_table, malformed, read_table
from .release_services import host_program
from .shapes import TEXT, fits
from .written_files import is_volatile, made_of_source, with_folders

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..layout import Layout
    from ..machine.host import Host
    from .inventory import Inventory
    from .receipt import Receipt

_BYTE_CODE = (".pyc", ".pyo")


def additions(host, layout, inventory):
    # type: (Host, Layout, Inventory) -> list[str]
    """Paths in the release, with ``/``. An older program's list lacks modules without source: then byte code isn't told apart."""
    known = with_folders(os.path.normcase(each).replace(os.sep, "/") for each in inventory.files)
    files = (layout.marker, layout.inventory, layout.spares, layout.additions)
    own = {os.path.normcase(each + ending) for each in files for ending in ("", ".new")}
    said = {os.path.normcase(each) for each in read_additions(layout)}
    inside, found = host.files.real(layout.release) + os.sep, []
    for path in host.files.walk(layout.release, links=True):
        name = path[len(layout.release) + 1 :].replace(os.sep, "/")
        plain = os.path.normcase(name).replace(os.sep, "/")
        if plain in known or os.path.normcase(path) in own or plain in said:
            continue
        older = inventory.volatile is None and plain.endswith(_BYTE_CODE)
        if older or made_of_source(plain, known) or is_volatile(name, inventory.volatile or ()):
            continue
        if os.path.isdir(path) and (host.files.real(path) + os.sep).startswith(inside):
            continue  # venv's own, from one folder of the release to another
        found.append(name)
    return sorted(found)


def beside_programs(host, layout, receipt):
    # type: (Host, Layout, Receipt) -> list[str]
    """The same of the folders of the launchers and of the service host, which find DLLs beside themselves: paths in the environment, with ``/``.
    What was renamed because it ran isn't one.
    """
    known = {os.path.normcase(os.path.join(layout.shims, each)) for each in receipt.shims}
    known.add(os.path.normcase(host_program(layout)))
    there = [
        path
        for each in (layout.shims, layout.services)
        if os.path.isdir(each)
        for path in host.files.walk(each, links=True)
    ]
    found = [each for each in there if os.path.normcase(each) not in known and not each.endswith((".old", ".new"))]
    return sorted(each[len(layout.environment) + 1 :].replace(os.sep, "/") for each in found)


def additions_before(host, layout, inventory):
    # type: (Host, Layout, Inventory) -> list[str]
    """What the release's own commands didn't add, once they have run before: whatever came after that is somebody's."""
    return additions(host, layout, inventory) if os.path.isfile(layout.additions) else []


def note_additions(host, layout, inventory, before):
    # type: (Host, Layout, Inventory, list[str]) -> None
    """What the commands added is the release's own; ``before``: what was there before they ran."""
    found = [each for each in additions(host, layout, inventory) if each not in before]
    if found or not os.path.isfile(layout.additions):
        names = sorted(read_additions(layout) + found)
        host.files.write(layout.additions, encode_table({"files": names}, ADDITIONS))


def read_additions(layout):
    # type: (Layout) -> list[str]
    """What the release's own commands have added. Raises InstallError."""
    data = read_table(layout.additions, ADDITIONS)
    files = (data or {}).get("files", [])
    if not fits(files, [TEXT]):
        raise malformed(layout.additions, "files")
    return files  # type: ignore[no-any-return]
