"""The virtual environment."""

from __future__ import absolute_import, unicode_literals

import os

from ..archives import DAMAGED, unpack
from ..compat import error_text, to_text
from ..errors import FAILED, InstallError
from .base import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .context import Context

_VIRTUALENV = """\
import runpy, sys
sys.path.insert(0, sys.argv.pop(1))
sys.argv[0] = "virtualenv"
runpy.run_module("virtualenv", run_name="__main__")
"""


class EnvironmentStep(Step):
    id = "environment"

    def describe(self, context):
        # type: (Context) -> list[str]
        return ["make a virtual environment in %s" % context.layout.release]

    def doing(self, context):
        # type: (Context) -> str
        return "Making the environment"

    def run(self, context):
        # type: (Context) -> str
        python, release = context.layout.runtime_python, context.layout.release
        maker = context.manifest.environment.maker
        if maker == "venv":
            command = context.python(python) + ["-m", "venv", "--without-pip"]
            command += list(context.host.paths.venv_options) + [release]
        else:
            seeds = unpacked_seeds(context, "virtualenv", lambda name: name != "pip")
            command = context.python(python) + ["-c", _VIRTUALENV, seeds, "--no-seed", "--no-download"]
            # without it virtualenv leaves a process behind that looks for newer versions
            command += ["--no-periodic-update", "--app-data", context.work("app-data")]
            command += list(context.host.paths.venv_options) + [release]
        context.must("Making the environment", command)
        if not os.path.isfile(context.layout.python):
            raise InstallError(FAILED, "%s made no %s" % (maker, context.layout.python))
        return "Made the environment"


def unpacked_seeds(context, folder, wanted):
    # type: (Context, str, Callable[[str], bool]) -> str
    """A folder with the contents of some seed wheels: for use there, never installed."""
    place = context.work("seed-" + folder)
    if not os.listdir(place):
        for seed in context.manifest.seeds:
            if wanted(seed.name.lower()):
                try:
                    unpack(context.bundle.path(seed.file), place)
                except DAMAGED as error:
                    raise InstallError(FAILED, "%s can't be unpacked: %s" % (seed.file, error_text(error)))
        if not os.listdir(place):
            raise InstallError(FAILED, "The bundle has no %s among its seeds" % to_text(folder))
    return place
