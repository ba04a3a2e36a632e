"""Wheels that no bundle brought, where the recipe allows them: they come in a release of its own, which is made, verified, switched to and
rolled back like any other. Whoever runs the same bundle again finds them, and an upgrade takes them along or is refused.
"""

from __future__ import absolute_import, unicode_literals

import os

from ..bundle.added_bundle import NEVER, REPEAT, Added, AddedBundle, release_with
from ..errors import BAD_ARGUMENTS, FAILED, OTHER_VERSION, REFUSED, InstallError, Problem, of_problems
from ..layout import Layout
from ..state.formats import malformed, read_or_none
from ..state.inventory import read_inventory
from ..state.receipt import is_complete
from ..state.trusted_folders import must_be_closed, must_be_trusted
from ..steps.added_wheels import clashes, read_added
from .signatures import unsigned_wheels
from .transaction import planning_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..state.inventory import Inventory
    from .run import Run

_NO_MORE = (
    "%s has packages that no bundle brought (%s), and this bundle's recipe lets no upgrade take them along: go back to a release without them "
    "by /rollback, or build the bundle with them"
)


def take_wheels(run):
    # type: (Run) -> None
    """``/add``: the run's bundle becomes the one with what lies in the folder, and with what was added before. Raises InstallError."""
    manifest = run.bundle.manifest
    if manifest.environment.add_wheels == NEVER:
        raise InstallError(REFUSED, "This bundle takes no other packages: its recipe has no environment.add-wheels")
    folder = os.path.abspath(run.options.add or "")
    if not os.path.isdir(folder):
        raise InstallError(BAD_ARGUMENTS, "There is no folder %s: /add needs a folder of wheels" % folder)
    must_be_trusted(run.host, folder)
    must_be_closed(
        run.host, run.host.files.entries(folder)
    )  # moved there, they still have the rights that they had elsewhere
    before, inventory = _in_use(run)
    if inventory is None or inventory.manifest_sha256 != run.bundle.manifest_sha256:
        text = "No release of this bundle is in use in %s: install it first, then add to it"
        raise InstallError(OTHER_VERSION, text % run.layout.environment)
    wheels, faults = read_added(run.host, manifest, folder, signed=True)
    sources = {each.name: os.path.join(folder, each.file) for each in wheels}
    names = set(sources)
    if inventory.added:
        earlier, more = _kept(run, before, inventory)
        faults += more
        for each in [each for each in earlier if each.name not in names]:
            wheels.append(each)
            sources[each.name] = os.path.join(before.added, each.file)
    _must_be_right(faults)
    unsigned = unsigned_wheels(run, [sources[name] for name in sorted(names)])
    if unsigned:
        raise of_problems(unsigned)
    _use(run, wheels, sources)
    _must_be_right(clashes(planning_context(run, run.layout, {})))
    for each in wheels:
        if each.name in names:
            run.console.line(
                "Adds %s %s, which no bundle brought (SHA-256 %s)" % (each.name, each.version, each.sha256)
            )


def adopt_additions(run):
    # type: (Run) -> None
    """What the release in use has besides its bundle belongs to what this run is to make or to compare. Raises InstallError: 1638 where the
    recipe doesn't let an upgrade take it along.
    """
    before, inventory = _in_use(run)
    if inventory is None or not inventory.added:
        return
    if inventory.manifest_sha256 == run.bundle.manifest_sha256:
        wheels = [Added(each[0], each[1], each[2], each[3], 0, 0) for each in inventory.added]
        _use(run, wheels, {})  # that release is complete
        if run.layout.release_id != before.release_id:
            raise malformed(before.inventory, "added")
        return
    if run.bundle.manifest.environment.add_wheels != REPEAT:
        words = ", ".join("%s %s" % (each[0], each[1]) for each in inventory.added)
        raise InstallError(OTHER_VERSION, _NO_MORE % (before.id, words))
    wheels, faults = _kept(run, before, inventory)
    _must_be_right(faults)
    _use(run, wheels, {each.name: os.path.join(before.added, each.file) for each in wheels})
    _must_be_right(clashes(planning_context(run, run.layout, {})))


def added_words(inventory):
    # type: (Inventory) -> list[str]
    return ["%s %s (%s, SHA-256 %s)" % tuple(each) for each in inventory.added or []]


def _in_use(run):
    # type: (Run) -> tuple[Layout, Inventory | None]
    """The release in use, and what it says of itself; None where none is whole."""
    pointer = run.stands(run.layout).pointer
    layout = run.layout.of(pointer) if pointer is not None else run.layout
    whole = pointer is not None and is_complete(layout)
    return layout, read_or_none(read_inventory, layout) if whole else None


def _kept(run, layout, inventory):
    # type: (Run, Layout, Inventory) -> tuple[list[Added], list[str]]
    """The wheels that a release keeps, judged for this run's bundle, and what speaks against them."""
    if not os.path.isdir(layout.added):
        return [], ["%s is missing" % layout.added]
    wheels, faults = read_added(run.host, run.bundle.manifest, layout.added)
    there = {(each.name, each.version, each.file, each.sha256) for each in wheels}
    recorded = {tuple(each) for each in inventory.added}
    return wheels, faults + [
        "%s was changed" % os.path.join(layout.added, each[2]) for each in sorted(there ^ recorded)
    ]


def _must_be_right(faults):
    # type: (list[str]) -> None
    if faults:
        raise of_problems([Problem(FAILED, each) for each in faults])


def _use(run, wheels, sources):
    # type: (Run, list[Added], dict[str, str]) -> None
    origin = run.bundle.origin
    place = run.layout.of(release_with(origin.manifest.bundle.release, wheels)).added
    run.bundle = AddedBundle(origin, wheels, sources, place)
    run.layout = Layout(run.bundle.manifest, run.host, run.layout.instance)
