"""Keeping a copy of the program that runs, unless a newer one is kept already."""

from __future__ import absolute_import, unicode_literals

import os

from ..bundle.manifest import MANIFEST, SUMS
from ..bundle.verification import STARTER, is_program, read_sums
from ..errors import InstallError
from ..machine.file_contents import hash_file
from ..machine.parallel import in_parallel
from ..state.formats import read_or_none
from ..state.inventory import read_inventory
from ..state.kept_programs import KEPT, age_of, discard_program, newest_program, own_age, write_kept
from ..state.receipt import read_pointer
from .member_copies import copy_members
from .undo_releases import TreeWritten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..bundle.manifest import Member
    from ..bundle.verification import Bundle
    from ..layout import Layout
    from ..machine.host import Host
    from ..state.inventory import Inventory
    from .context import Context


_SCRIPT = "kept.bat"
_NEEDED = (STARTER, "target/__main__.py", MANIFEST)


def name_of(bundle):
    # type: (Bundle) -> str
    """A release with added wheels has its bundle's own program."""
    return bundle.origin.manifest.bundle.release  # type: ignore[no-any-return]


def newer_program(bundle, layout):
    # type: (Bundle, Layout) -> str | None
    """The kept copy of a program that is newer than the bundle's own; one that is damaged serves nobody."""
    kept = newest_program(layout)
    if kept is None or kept == name_of(bundle) or age_of(layout, kept) <= own_age(bundle.manifest.created):
        return None
    return kept if not changed_copy(layout, kept) else None


def changed_copy(layout, program):
    # type: (Layout, str) -> list[str]
    """Files of a kept copy, whichever version's, that aren't what its own sums list. A newer version may keep less than is known here: of
    what is missing only that counts without which none starts.
    """
    folder, changed = layout.kept(program), []  # type: str, list[str]
    try:
        sums = read_sums(folder)
    except (EnvironmentError, InstallError):
        return [os.path.join(folder, SUMS)]

    def look(name):
        # type: (str) -> None
        place = os.path.join(folder, *name.split("/"))
        try:
            if hash_file(place)[0] != sums[name]:
                changed.append(place)
        except EnvironmentError:  # what this account may not read isn't accused
            if not os.path.isfile(place) and name in _NEEDED:
                changed.append(place)

    in_parallel(look, [each for each in sums if is_program(each) or each == MANIFEST])
    return sorted(changed)


def must_be_kept(bundle, layout):
    # type: (Bundle, Layout) -> bool
    """Whether there is no copy of this program, or a damaged one, and none of a newer one."""
    return newer_program(bundle, layout) is None and bool(program_faults(bundle, layout))


def keep_program(context):
    # type: (Context) -> str
    """Before the point of no return. Returns the name of the copy that serves from now on."""
    layout, bundle = context.layout, context.bundle
    if not must_be_kept(bundle, layout):
        return _serving(bundle, layout)
    context.make_folder(layout.keeping)
    if not os.path.isdir(layout.kept(name_of(bundle))):
        context.journal.undo(TreeWritten(layout.kept(name_of(bundle))))
    return _copy(context.host, layout, bundle)


def programs_folder(context):
    # type: (Context) -> str
    """Where launchers and the service host are taken from. /verify knows those of the release in use, of the kept copy and of the bundle that
    runs: of an older bundle that only switches to another one's release they would be nobody's for the next run.
    """
    layout, bundle = context.layout, context.bundle
    if read_inventory(layout).manifest_sha256 == bundle.manifest_sha256:
        return bundle.folder
    newer = newer_program(bundle, layout)
    return bundle.folder if newer is None else layout.kept(newer)


def put_program(host, layout, bundle):
    # type: (Host, Layout, Bundle) -> str
    """The same where nothing is taken back any more."""
    return _copy(host, layout, bundle) if must_be_kept(bundle, layout) else _serving(bundle, layout)


def put_starter(host, layout, program):
    # type: (Host, Layout, str) -> None
    """Lead the one place by which Windows and operators start a kept copy to the one that serves from now on; in one step, and as often as
    one likes. A copy that an older version made has no such script: then what is there stays.
    """
    script = os.path.join(layout.kept(program), "target", _SCRIPT)
    if os.path.isfile(script):
        host.files.copy_whole(script, layout.kept_starter)
        host.files.write(layout.serving, (program + "\r\n").encode("ascii"))


def starter_faults(layout, program):
    # type: (Layout, str) -> list[str]
    script = os.path.join(layout.kept(program), "target", _SCRIPT)
    if not os.path.isfile(script):
        return []  # an older version's
    there = os.path.isfile(layout.kept_starter) and hash_file(layout.kept_starter) == hash_file(script)
    faults = [] if there else ["%s is not what starts the kept copy" % layout.kept_starter]
    led = read_or_none(read_pointer, layout.serving)
    return (
        faults if led == program else faults + ["%s names %s and not %s" % (layout.serving, led or "nothing", program)]
    )


def put_icon(host, layout, inventory):
    # type: (Host, Layout, Inventory) -> None
    """Of the release in use, where the list of installed programs finds it; as often as one likes. One that was damaged is repaired first."""
    if inventory.icon is None:
        host.files.discard(layout.icon)
    elif icon_faults(layout, inventory) and os.path.isfile(layout.own_icon):
        host.files.copy_whole(layout.own_icon, layout.icon)


def icon_faults(layout, inventory):
    # type: (Layout, Inventory) -> list[str]
    own = inventory.files.get(inventory.icon) if inventory.icon is not None else None
    if own is None or (os.path.isfile(layout.icon) and hash_file(layout.icon) == (own.sha256, own.size)):
        return []
    return ["%s is not the icon of %s" % (layout.icon, layout.id)]


def discard_starter(host, layout):
    # type: (Host, Layout) -> list[str]
    """With the icon beside it. What couldn't be removed."""
    own = (layout.kept_starter, layout.serving, layout.icon)
    return [left for each in own for left in host.files.discard(each)]


def _serving(bundle, layout):
    # type: (Bundle, Layout) -> str
    return newer_program(bundle, layout) or name_of(bundle)


def _copy(host, layout, bundle):
    # type: (Host, Layout, Bundle) -> str
    name = name_of(bundle)
    discard_program(host, layout.kept(name))
    copy_members(host, bundle, [(each, _place(layout, bundle, each.path)) for each in _program(bundle)])
    for each in (MANIFEST, SUMS):
        host.files.copy(bundle.path(each), _place(layout, bundle, each))
    write_kept(layout, name, bundle.manifest.created)
    host.files.to_disk(layout.kept(name))
    return name


def program_faults(bundle, layout):
    # type: (Bundle, Layout) -> list[str]
    """Files of the bundle's own kept copy that aren't those of the bundle."""
    if os.path.normcase(bundle.folder) == os.path.normcase(layout.kept(name_of(bundle))):
        return []  # it runs, and was verified
    wanted = [(each.path, each.sha256) for each in _program(bundle)] + [(MANIFEST, bundle.manifest_sha256)]
    own = own_age(bundle.manifest.created)
    # one of an earlier format may be the same program, and says less of itself
    faults = [] if age_of(layout, name_of(bundle)) == own else [_place(layout, bundle, KEPT)]
    changed = set()  # type: set[str]

    def look(each):
        # type: (tuple[str, str]) -> None
        place = _place(layout, bundle, each[0])
        if not os.path.isfile(place) or hash_file(place)[0] != each[1]:
            changed.add(place)

    in_parallel(look, wanted)
    return faults + sorted(changed)


def _program(bundle):
    # type: (Bundle) -> list[Member]
    return [each for each in bundle.manifest.members if is_program(each.path)]


def _place(layout, bundle, name):
    # type: (Layout, Bundle, str) -> str
    return os.path.join(layout.kept(name_of(bundle)), *name.split("/"))
