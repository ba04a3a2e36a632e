"""The virtual environment."""

from __future__ import absolute_import, unicode_literals

import os

from ..archives import DAMAGED, unpack
from ..compat import error_text
from ..errors import FAILED, InstallError
from .base import Step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from .context import Context

_PLACE = ".virtualenv"
# Wherever --app-data leads, it makes the folder for data that an account has too, unless a variable says otherwise. The last one for 2.7 fails
# at paths with other letters than ASCII's, if only for a file for its settings that isn't there, or a temporary one.
_VIRTUALENV = """\
import os, runpy, sys
sys.path.insert(0, sys.argv.pop(1))
data = sys.argv[1 + sys.argv.index("--app-data")]
os.environ["VIRTUALENV_OVERRIDE_APP_DATA"] = data
os.environ["VIRTUALENV_CONFIG_FILE"] = os.path.join(data, "none.ini")
os.environ["TEMP"] = os.environ["TMP"] = os.environ["TMPDIR"] = data
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
        options = list(context.host.paths.venv_options) + [release]
        if maker == "venv":
            command = context.python(python) + ["-m", "venv", "--without-pip"] + options
            context.must("Making the environment", command)
        else:
            # not where other short-lived files lie: a user's name may have other letters
            place = os.path.join(release, _PLACE)
            seeds, data = os.path.join(place, "seeds"), os.path.join(place, "data")
            for each in (place, seeds, data):
                os.mkdir(each)
            unpack_seeds(context, seeds, lambda name: name != "pip")
            command = context.python(python) + ["-c", _VIRTUALENV, seeds, "--no-seed", "--no-download"]
            # without it virtualenv leaves a process behind that looks for newer versions
            command += ["--no-periodic-update", "--app-data", data] + options
            context.must("Making the environment", command)
            context.host.files.remove_tree(place)
        if not os.path.isfile(context.layout.python):
            raise InstallError(FAILED, "%s made no %s" % (maker, context.layout.python))
        return "Made the environment"


def unpack_seeds(context, place, wanted):
    # type: (Context, str, Callable[[str], bool]) -> None
    """Fill a folder with the contents of some seed wheels: for use there, never installed."""
    for seed in context.manifest.seeds:
        if wanted(seed.name.lower()):
            try:
                unpack(context.bundle.path(seed.file), place)
            except DAMAGED as error:
                raise InstallError(FAILED, "%s can't be unpacked: %s" % (seed.file, error_text(error)))
    if not os.listdir(place):
        raise InstallError(FAILED, "The bundle has no virtualenv among its seeds")
