"""The wheels, into the environment, by our own installer: no pip, no index, nothing built."""

from __future__ import absolute_import, unicode_literals

import io
import os
import sys

from ..compat import counted
from ..errors import FAILED, InstallError
from ..machine.written_text import end_text
from ..wheels.destinations import Scheme
from ..wheels.installation import Install
from ..wheels.launchers import Launchers
from ..wheels.worker_processes import Workers, worker_command, worker_count
from .base import Step
from .switch import CONSOLE, WINDOW

TYPE_CHECKING = False
if TYPE_CHECKING:
    from subprocess import Popen

    from ..bundle.manifest import WheelInfo
    from .context import Context

_STUBS = {"win32": "32", "win_amd64": "64", "win_arm64": "64-arm"}


class WheelsStep(Step):
    id = "wheels"

    def describe(self, context):
        # type: (Context) -> list[str]
        return ["install %s %s" % (each.name, each.version) for each in context.manifest.packages]

    def doing(self, context):
        # type: (Context) -> str
        return "Installing %s" % counted(len(context.manifest.packages), "package")

    def run(self, context):
        # type: (Context) -> str
        packages = context.manifest.packages
        if packages:
            install_wheels(context, [(each.name, context.bundle.path(each.file), each.requested) for each in packages])
        return "Installed %s" % counted(len(packages), "package")


def install_wheels(context, wheels):
    # type: (Context, list[tuple[str, str, bool]]) -> None
    """``wheels``: name, path, and whether the recipe itself asks for it. Raises InstallError (1603)."""
    layout, host, target = context.layout, context.host, context.manifest.target
    scheme, launchers = _places(context)
    running = "%d.%d.%d" % sys.version_info[:3]
    log = os.path.join(context.work("workers"), "output")
    count = worker_count(host.processes.processors())
    program = worker_command(layout.runtime_python)
    environ = context.environ()
    context.log.write("> %s: %s" % (counted(count, "time"), " ".join(program)))
    settings = {"shebang": launchers.script_line(), "compile": True, "root": layout.release}
    with io.open(log, "wb", 0) as output:

        def start():
            # type: () -> Popen[bytes]
            return host.processes.start(program, environ, context.work("empty"), output)

        workers = Workers(count, start, settings, running == target.python)
        try:
            if not workers.count:
                context.log.write("none can be started: the work is done in this process")
            install = Install(scheme, launchers, workers, True, lambda line: context.log.write("  " + line))
            install.run(wheels)
            for path, known in install.written.items():
                context.hashes[os.path.normpath(os.path.join(layout.site_packages, *path.split("/")))] = known
        finally:
            workers.stop()
            with io.open(log, "rb") as written:
                context.log.write(end_text(written, host.processes.encoding()))


def judge_wheels(context, wheels):
    # type: (Context, list[tuple[str, str, bool]]) -> list[tuple[str, str, str]]
    """What ``install_wheels`` would refuse, raised the same way; two packages and a file, for each file that two bring."""
    scheme, launchers = _places(context)
    nobody = Workers(0, _not_started, {"shebang": launchers.script_line(), "compile": False}, same=False)
    install = Install(scheme, launchers, nobody, False, context.log.write)
    install.judged(wheels)
    return install.shared


def _not_started():
    # type: () -> Popen[bytes]
    raise ValueError("there is no work")


def _places(context):
    # type: (Context) -> tuple[Scheme, Launchers]
    """Where wheels' files go, and what makes their programs."""
    layout, target = context.layout, context.manifest.target
    windows = bool(context.host.paths.exe)
    include = os.path.join(layout.release, "include", "site", "python" + target.python.rpartition(".")[0])
    scheme = Scheme(layout.site_packages, layout.scripts, include, layout.release, windows)
    launchers = Launchers(
        layout.python,
        (pip_seed(context).version, context.bundle.path(pip_seed(context).file)),
        target.python,
        _STUBS[target.platform] if windows else None,
        moment(context.manifest.created),
        _own_programs(context) if context.manifest.environment.launchers == "separate" else None,
    )
    return scheme, launchers


def _own_programs(context):
    # type: (Context) -> tuple[bytes, bytes]
    """For consoles and for windows, as they lie in the bundle: its builder may have signed them."""
    contents = []
    for name in (CONSOLE, WINDOW):
        with io.open(context.bundle.path(name), "rb") as stream:
            contents.append(stream.read())
    return contents[0], contents[1]


def pip_seed(context):
    # type: (Context) -> WheelInfo
    """The pip that the bundle carries: programs are made of parts of it, and it knows about versions."""
    for each in context.manifest.seeds:
        if each.name.lower() == "pip":
            return each  # type: ignore[no-any-return]
    raise InstallError(FAILED, "The bundle has no pip among its seeds")


def moment(created):
    # type: (str) -> tuple[int, int, int, int, int, int]
    """Of an ISO time such as ``2026-11-01T00:00:00Z``; a zip knows none before 1980."""
    date, _, time = created.rstrip("Z").partition("T")
    year, month, day = (int(each) for each in date.split("-"))
    hour, minute, second = (int(each) for each in time.split(":"))
    return (year, month, day, hour, minute, second) if year >= 1980 else (1980, 1, 1, 0, 0, 0)
