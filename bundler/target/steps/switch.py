"""The switch: what the world uses becomes this release, by the replacing of one file."""

from __future__ import absolute_import, unicode_literals

import io
import os
import time

from ..compat import to_text
from ..state.inventory import read_inventory
from ..state.kept_data import kept_data
from ..state.leftovers import read_leftovers
from ..state.receipt import Receipt, write_pointer
from ..state.release_services import read_services, services_file
from ..state.runtime_claims import claimed
from .base import Step
from .kept_program import keep_program, must_be_kept, name_of, programs_folder
from .service_control import is_among
from .undo_action import subjects
from .undo_files import FileReplaced, FileWritten, FolderMade
from .undo_releases import PointerMoved

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..layout import Layout
    from ..machine.host import Host
    from .context import Context

CONSOLE, WINDOW, SCRIPT = "target/shim.exe", "target/shimw.exe", "target/steps/script_launcher.py"


class SwitchStep(Step):
    """To the release of the context's layout, which is complete."""

    id = "switch"

    def describe(self, context):
        # type: (Context) -> list[str]
        layout = context.layout
        lines = ["put a launcher for each of the release's programs and scripts into %s" % layout.shims]
        own = layout.kept(name_of(context.bundle))
        if own in context.state.taken_back or must_be_kept(context.bundle, layout):
            lines.append("keep what is needed to roll back and to uninstall without the bundle, in %s" % own)
        before = "nothing" if context.state.pointer is None else context.state.pointer
        return lines + ["make %s current (now: %s)" % (layout.id, before)]

    def doing(self, context):
        # type: (Context) -> str
        return "Switching"

    def run(self, context):
        # type: (Context) -> str
        layout = context.layout
        program = keep_program(context)
        names = write_shims(context)
        context.journal.intend(next_receipt(context, names, program))
        context.journal.undo(PointerMoved(layout.pointer, context.state.pointer))
        write_pointer(context.host, layout.pointer, layout.id)
        return "Switched to %s" % layout.id


def write_shims(context):
    # type: (Context) -> list[str]
    """A launcher for each program of the release; those that are there and the same are left alone. Their names."""
    layout, host = context.layout, context.host
    context.make_folder(layout.shims)
    folder = programs_folder(context)
    contents = {each: _content(os.path.join(folder, *each.split("/"))) for each in (CONSOLE, WINDOW, SCRIPT)}
    wanted = []
    for name, place in _launchers(context):
        path = os.path.join(layout.shims, name)
        content = contents[_kind(context, place, name)]
        if not os.path.isfile(path) or _content(path) != content:
            wanted.append((path, content))
    stamp = int(time.time())
    old = {path: "%s.%d.old" % (path, stamp) for path, _ in wanted if os.path.isfile(path)}
    context.journal.undo(*[FileReplaced(path, old[path]) if path in old else FileWritten(path) for path, _ in wanted])
    for path, content in wanted:
        put_program(host, path, content, old.get(path))
    return host.paths.launchers(layout.release)


def _launchers(context):
    # type: (Context) -> list[tuple[str, Layout]]
    """Each with the release that it is of: those of the new one, and those that are there for others. They are all of one bundle then: where those
    of several lay beside each other, nobody could tell which of them were changed.
    """
    layout, host, receipt = context.layout, context.host, context.state.receipt
    found = [(each, layout) for each in host.paths.launchers(layout.release)]
    for release in reversed(receipt.releases if receipt is not None else []):
        other = layout.of(release)
        known = [name for name, _ in found]
        if receipt is not None and os.path.isdir(other.scripts):
            found += [(e, other) for e in host.paths.launchers(other.release) if e in receipt.shims and e not in known]
    return found


def _kind(context, layout, name):
    # type: (Context, Layout, str) -> str
    if context.host.paths.exe and name.lower().endswith((".py", ".pyw")):
        return SCRIPT
    return WINDOW if context.host.paths.has_window(os.path.join(layout.scripts, name)) else CONSOLE


def _content(path):
    # type: (str) -> bytes
    with io.open(path, "rb") as stream:
        return stream.read()


def put_program(host, path, content, old):
    # type: (Host, str, bytes, str | None) -> None
    """``old``: where the one that is there is kept until the run is over."""
    if old is not None:
        host.files.copy_whole(path, old)
        os.chmod(old, 0o755)  # noqa: S103 - a launcher is for everybody
    try:
        host.files.write(path, content, wait=old is None)
    except EnvironmentError:
        if old is None:
            raise
        # a running program can't be replaced, however long one waits, but it can be renamed; it goes the next time
        host.files.unlink(old)
        host.files.rename(path, old)
        host.files.write(path, content)
    os.chmod(path, 0o755)  # noqa: S103 - a launcher is for everybody


def next_receipt(context, shims, program):
    # type: (Context, list[str], str) -> Receipt
    """What the receipt says once the switch is made."""
    layout, before = context.layout, context.state.receipt
    release = read_inventory(layout)
    receipt = before.copy() if before is not None else Receipt(context.manifest.bundle.name)
    receipt.instance, receipt.environment, receipt.data = layout.instance, layout.environment, release.data
    receipt.version, receipt.current, receipt.program = release.version, layout.id, program
    if context.state.pointer != layout.id and not context.keeps_previous:
        receipt.previous = context.state.pointer
    receipt.manifest_sha256, receipt.bundle = release.manifest_sha256, release.bundle
    receipt.installed = to_text(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    receipt.account, receipt.sid = context.host.rights.account()
    if release.runtime and claimed(release.runtime, layout.environment):
        receipt.runtimes = sorted(set(receipt.runtimes) | {release.runtime})
    if receipt.registered is None:  # where it was listed first, it stays listed
        receipt.registered = "machine" if context.host.rights.is_admin() else "user"
    receipt.releases = [each for each in receipt.releases if each != layout.release_id] + [layout.release_id]
    receipt.shims = sorted(set(receipt.shims) | set(shims))
    services = [each.name for each in read_services(services_file(layout))[0]]
    # those that it hasn't any more are there until the run is over
    receipt.services = services + [each for each in receipt.services if not is_among(each, services)]
    receipt.resume = context.were_running
    receipt.grants = receipt.grants + [each for each in context.grants if each not in receipt.grants]
    receipt.site_rights = receipt.site_rights + context.site_rights
    receipt.logons = receipt.logons + [each for each in context.logons if each not in receipt.logons]
    # what an uninstallation left is a bundle's still, though this run found it there
    kept = kept_data(context.host, layout, receipt.name) if before is None else None
    receipt.files = sorted(set(receipt.files) | set(context.files) | set(kept.files if kept is not None else ()))
    receipt.prerequisites = sorted(set(receipt.prerequisites) | set(context.prerequisites))
    # the environment's own folder may be left of a run that was killed as its first act: empty, it is nobody's
    left = [each for each in subjects(read_leftovers(layout), FolderMade) if os.path.isdir(each)]
    known = [each for each in kept.folders if os.path.isdir(each)] if kept is not None else []
    made = [each for each in known + context.made + left if each != layout.environment] + [layout.environment]
    receipt.folders = receipt.folders + [each for each in made if each not in receipt.folders]
    return receipt
