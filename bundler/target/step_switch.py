"""The switch: what the world uses becomes this release. Replacing the pointer file is the point of no return."""

from __future__ import absolute_import, unicode_literals

import io
import os
import time

from .compat import to_text
from .receipt import Receipt, write_receipt
from .sitevalues import store
from .step import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .context import Context
    from .step_files import FilesStep


class SwitchStep(Step):
    """``files``: what earlier steps made outside of the release, for the receipt."""

    id = "switch"

    def __init__(self, files=None):
        # type: (FilesStep | None) -> None
        self._files = files
        self._made = []  # type: list[str]

    def describe(self, context):
        # type: (Context) -> list[str]
        layout = context.layout
        lines = ["put a launcher for each of the release's programs and scripts into %s" % layout.shims]
        if context.manifest.site:
            lines.append("store the site values in %s" % layout.site)
        before = "nothing" if context.state.pointer is None else context.state.pointer
        return lines + ["make %s current (now: %s)" % (context.manifest.bundle.release, before)]

    def doing(self, context):
        # type: (Context) -> str
        return "Switching"

    def run(self, context):
        # type: (Context) -> str
        layout, host, manifest = context.layout, context.host, context.manifest
        if os.path.exists(layout.marker):
            os.unlink(layout.marker)
        shims = self._write_shims(context)
        if manifest.site:
            if not os.path.exists(layout.site):
                self._made.append(layout.site)
            store(host, layout.site, context.values)
        host.write(layout.pointer, (manifest.bundle.release + "\n").encode("ascii"))
        # from here on the new release is in use, and nothing is taken back
        self._made = []
        write_receipt(host, layout.receipt, self._receipt(context, shims))
        return "Switched to %s" % manifest.bundle.release

    def undo(self, context):
        # type: (Context) -> None
        for path in self._made:
            if os.path.isfile(path):
                os.unlink(path)

    def _write_shims(self, context):
        # type: (Context) -> list[str]
        layout, host = context.layout, context.host
        context.make_folder(layout.shims)
        for name in os.listdir(layout.shims):
            if to_text(name).endswith(".old"):
                _try_unlink(os.path.join(layout.shims, to_text(name)))
        names = host.launchers(layout.release)
        contents = {}
        for shim in ("shim.exe", "shimw.exe", "script.py"):
            with io.open(context.bundle.path("target/" + shim), "rb") as stream:
                contents[shim] = stream.read()
        for name in names:
            if host.exe and name.lower().endswith((".py", ".pyw")):
                shim = "script.py"
            else:
                shim = "shimw.exe" if host.has_window(os.path.join(layout.scripts, name)) else "shim.exe"
            self._write_shim(context, os.path.join(layout.shims, name), contents[shim])
        return names

    def _write_shim(self, context, path, content):
        # type: (Context, str, bytes) -> None
        if os.path.isfile(path):
            with io.open(path, "rb") as stream:
                if stream.read() == content:
                    return
        else:
            self._made.append(path)
        try:
            context.host.write(path, content)
        except EnvironmentError:
            # a running program can't be replaced, but it can be renamed; it goes the next time
            os.rename(path, "%s.%d.old" % (path, int(time.time())))
            context.host.write(path, content)
        os.chmod(path, 0o755)  # noqa: S103 - a launcher is for everybody

    def _receipt(self, context, shims):
        # type: (Context, list[str]) -> Receipt
        bundle, before = context.manifest.bundle, context.state.receipt
        receipt = before or Receipt(bundle.name)
        receipt.version, receipt.current = bundle.version, bundle.release
        if context.state.pointer != bundle.release:
            receipt.previous = context.state.pointer
        receipt.manifest_sha256 = context.bundle.manifest_sha256
        receipt.installed = to_text(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
        receipt.bundle = context.bundle.folder
        if context.runtime_installed:
            receipt.runtime = context.layout.runtime
        receipt.releases = sorted(set(receipt.releases) | {bundle.release})
        receipt.shims = sorted(set(receipt.shims) | set(shims))
        made = self._files.outside if self._files is not None else []
        outside = [each for each in made if not each.startswith(context.layout.release + os.sep)]
        receipt.files = sorted(set(receipt.files) | set(outside))
        return receipt


def _try_unlink(path):
    # type: (str) -> None
    try:
        os.unlink(path)
    except EnvironmentError:
        pass  # still running
