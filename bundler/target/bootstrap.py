"""From the arguments to the exit code: verify, look, plan, run, and take back what a failed step left."""

from __future__ import absolute_import, unicode_literals

import os
import shutil
import sys
import tempfile
import traceback

from . import preflight
from .arguments import USAGE, Options, parse
from .compat import counted, shown_size, to_text
from .console import Console, Log
from .context import Context, cleaned
from .errors import BAD_ARGUMENTS, CANCELLED, DONE, FAILED, REBOOT, InstallError, Problem, of_problems
from .layout import Layout
from .manifest import MANIFEST, decode_manifest
from .plan import make_plan
from .receipt import State
from .sitevalues import collect
from .verify import verify

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .host import Host
    from .manifest import Manifest
    from .sitevalues import SiteValues
    from .step import Step
    from .verify import Bundle


def main(host=None, folder=None):
    # type: (Host | None, str | None) -> int
    """``folder`` is the unpacked bundle: the one that this package lies in."""
    host = host or _this_host()
    folder = folder or os.path.dirname(os.path.dirname(os.path.abspath(to_text(__file__))))
    console = Console()
    try:
        options = parse(host.arguments())
        console.quiet = options.quiet
        if options.mode == "help":
            console.line(USAGE)
            return DONE
        return Run(host, folder, options, console).run()
    except InstallError as error:
        console.error("\n".join((error.message,) + error.details))
        return error.code
    except KeyboardInterrupt:
        console.error("Cancelled; nothing was changed.")
        return CANCELLED


def _this_host():
    # type: () -> Host
    if sys.platform == "win32":
        from .windows import WindowsHost

        return WindowsHost()
    else:
        from .posix import PosixHost

        return PosixHost()


class Run(object):
    """One run of bootstrap.bat."""

    def __init__(self, host, folder, options, console):
        # type: (Host, str, Options, Console) -> None
        self._host = host
        self._folder = folder
        self._options = options
        self._console = console
        self._started = host.monotonic()
        self._layout = None  # type: Layout | None
        self._log = Log(self._log_path())

    def run(self):
        # type: () -> int
        log, console = self._log, self._console
        log.write("bootstrap of %s, Python %s" % (self._folder, sys.version.replace("\n", " ")))
        try:
            code = self._run()
        except InstallError as error:
            for line in (error.message,) + error.details:
                log.write(line)
            console.error(log.mask("\n".join(("", error.message) + error.details)))
            console.error("The log is %s" % log.path)
            code = error.code
        except KeyboardInterrupt:
            log.write("cancelled")
            console.error("\nCancelled. What was begun has been taken back; the log is %s" % log.path)
            code = CANCELLED
        except Exception as error:
            log.write(to_text(traceback.format_exc()))
            console.error("\nFailed: %s" % log.mask("%s: %s" % (type(error).__name__, error)))
            console.error("The log is %s" % log.path)
            code = FAILED
        log.write("exit code %d" % code)
        log.close()
        self._keep_log()
        return code

    def _keep_log(self):
        # type: () -> None
        """The log of the installation that made the environment goes there; later runs write theirs there at once."""
        if self._layout is None or self._options.log is not None:
            return
        if os.path.isfile(self._layout.pointer) and not os.path.isdir(self._layout.logs):
            try:
                os.mkdir(self._layout.logs)
                shutil.copyfile(self._log.path, os.path.join(self._layout.logs, os.path.basename(self._log.path)))
            except EnvironmentError:
                pass  # the one in the temporary folder is there

    def _log_path(self):
        # type: () -> str
        given = self._options.log
        now = self._host.now()
        if given is not None:
            path = os.path.abspath(given)
            if (os.path.dirname(path) + os.sep).lower().startswith(self._folder.lower() + os.sep):
                raise InstallError(BAD_ARGUMENTS, "The log can't lie inside the bundle: it would no longer be whole")
            if not os.path.isdir(os.path.dirname(path)):
                raise InstallError(BAD_ARGUMENTS, "There is no folder for the log %s" % path)
            return path
        name, folder = "bundle", self._host.temporary()
        try:
            # only for the file's name: nothing is verified yet
            with open(os.path.join(self._folder, MANIFEST), "rb") as stream:
                manifest = decode_manifest(stream.read())
            name = "%s-%s" % (manifest.bundle.name, manifest.bundle.version)
            logs = os.path.join(manifest.environment.path, "logs")
            if self._options.mode == "install" and os.path.isdir(logs) and self._host.may_create(logs):
                folder = logs
        except (EnvironmentError, InstallError):
            pass
        stamp = "%04d%02d%02d-%02d%02d%02d" % tuple(now[:6])
        return os.path.join(folder, "%s-%s-%d.log" % (os.path.basename(name), stamp, os.getpid()))

    # -- the flow

    def _run(self):
        # type: () -> int
        console, host, options = self._console, self._host, self._options
        console.doing("Verifying")
        bundle = verify(self._folder)
        manifest, layout = bundle.manifest, Layout(bundle.manifest, host)
        verified = "Verified %s, %s" % (counted(bundle.files, "file"), shown_size(bundle.size))
        took = host.monotonic() - self._started
        info = manifest.bundle
        console.line("%s %s \u2192 %s  (release %s)" % (info.name, info.version, layout.environment, info.release))
        if options.mode == "verify":
            console.done(verified, took)
            console.line("The bundle is whole.")
            return DONE
        state = State(layout)
        values = self._values(manifest, layout)
        held = host.lock(layout.environment)
        try:
            if state.is_done(info.release, bundle.manifest_sha256):
                return self._nothing_to_do(values, layout, verified, took)
            problems = [] if held is not None else [preflight.busy(layout)]
            looked = preflight.Preflight(manifest, layout, state, host, cleaned(host, host.temporary()))
            findings = looked.run()
            problems += findings.problems + (_unchanged(values) if state.release_complete else [])
            steps = make_plan(manifest, layout, state, findings)
            if options.mode == "plan":
                return self._show_plan(bundle, layout, state, values, steps, problems)
            if problems:
                raise of_problems(problems)
            total = len(steps) + 2
            console.done("[1/%d] %s" % (total, verified), took)
            console.done("[2/%d] Checked this machine" % total, host.monotonic() - self._started - took)
            self._layout = layout
            return self._install(bundle, layout, state, values, steps)
        finally:
            del held

    def _values(self, manifest, layout):
        # type: (Manifest, Layout) -> SiteValues
        ask = None
        if self._host.interactive() and not self._options.quiet:
            ask = self._host.ask if self._options.mode == "install" else _would_ask
        values = collect(manifest, layout, self._folder, self._options.values, ask)
        for each in manifest.site:
            if each.secret:
                self._log.keep_secret(values.values[each.name])
        for name in sorted(values.values):
            self._log.write("site value %s = %s (from %s)" % (name, values.values[name], values.sources[name]))
        return values

    def _nothing_to_do(self, values, layout, verified, took):
        # type: (SiteValues, Layout, str, float) -> int
        if values.changed:
            raise of_problems(_unchanged(values))
        self._console.done(verified, took)
        self._console.line("This release is installed and in use already: nothing to do.")
        self._log.write("nothing to do in %s" % layout.environment)
        return DONE

    def _show_plan(self, bundle, layout, state, values, steps, problems):
        # type: (Bundle, Layout, State, SiteValues, list[Step], list[Problem]) -> int
        context = Context(bundle, layout, state, values.values, self._host, self._log, None)
        self._console.line("Would do this:")
        for step in steps:
            for line in step.describe(context):
                self._console.line("  - " + self._log.mask(line))
                self._log.write("would " + line)
        if problems:
            raise of_problems(problems)
        self._console.line("Nothing was changed.")
        return DONE

    def _install(self, bundle, layout, state, values, steps):
        # type: (Bundle, Layout, State, SiteValues, list[Step]) -> int
        host, console = self._host, self._console
        work = tempfile.mkdtemp(prefix="bundle-", dir=host.temporary())
        context = Context(bundle, layout, state, values.values, host, self._log, to_text(work))
        begun = []  # type: list[Step]
        try:
            for number, step in enumerate(steps, 3):
                label = "[%d/%d] " % (number, len(steps) + 2)
                console.doing(label + step.doing(context))
                self._log.write("step %s: %s" % (step.id, step.doing(context)))
                started = host.monotonic()
                begun.append(step)
                done = step.run(context)
                console.done(label + done, host.monotonic() - started)
                self._log.write("step %s: %s" % (step.id, done))
        except BaseException:
            if (
                State(layout).pointer != bundle.manifest.bundle.release
                or state.pointer == bundle.manifest.bundle.release
            ):
                self._take_back(context, begun)
            raise
        finally:
            shutil.rmtree(work, ignore_errors=True)
        console.line()
        console.line("Done in %.1f s. Its programs are in %s" % (host.monotonic() - self._started, layout.shims))
        if context.reboot:
            console.line("Restart this machine to finish the installation of Python.")
            return REBOOT
        return DONE

    def _take_back(self, context, begun):
        # type: (Context, list[Step]) -> None
        """The first error is the one to tell: what goes wrong here is in the log, and the next run removes the rest."""
        for step in reversed(begun):
            try:
                step.undo(context)
            except Exception:
                self._log.write("taking back %s: %s" % (step.id, to_text(traceback.format_exc())))
        for path in reversed(context.made):
            try:
                os.rmdir(path)
            except EnvironmentError:
                self._log.write("%s is kept: it is not empty" % path)


def _would_ask(prompt, secret):
    # type: (str, bool) -> str
    return "(asked for)"


def _unchanged(values):
    # type: (SiteValues) -> list[Problem]
    """A release's files hold the values that it was made with, and a release is never edited after."""
    text = "the site values %s are stored with another value; changing one needs a new release of the bundle"
    return [Problem(BAD_ARGUMENTS, text % ", ".join(values.changed))] if values.changed else []
