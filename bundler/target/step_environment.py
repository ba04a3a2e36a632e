"""The virtual environment, and the wheels in it: no index, nothing built, every hash checked again by pip."""

from __future__ import absolute_import, unicode_literals

import io
import os
import zipfile

from .compat import counted, to_text
from .errors import FAILED, InstallError
from .step import Step

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
PIP_OPTIONS = ("--isolated", "--no-input", "--disable-pip-version-check", "--no-cache-dir")


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
            command = [python, "-E", "-s", "-m", "venv", "--without-pip"] + list(context.host.venv_options) + [release]
        else:
            seeds = unpacked_seeds(context, "virtualenv", lambda name: name != "pip")
            command = [python, "-E", "-s", "-c", _VIRTUALENV, seeds, "--no-seed", "--no-download"]
            # without it virtualenv leaves a process behind that looks for newer versions
            command += ["--no-periodic-update", "--app-data", context.work("app-data")]
            command += list(context.host.venv_options) + [release]
        context.must("Making the environment", command)
        if not os.path.isfile(context.layout.python):
            raise InstallError(FAILED, "%s made no %s" % (maker, context.layout.python))
        return "Made the environment"


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
        lines = ["%s==%s --hash=sha256:%s" % (p.name, p.version, context.bundle.sha256(p.file)) for p in packages]
        if lines:
            requirements = os.path.join(context.work("pip"), "requirements.txt")
            with io.open(requirements, "wb") as stream:
                stream.write(("\n".join(lines) + "\n").encode("ascii"))
            command = pip_command(context) + ["install"] + list(PIP_OPTIONS)
            command += [
                "--no-index",
                "--no-deps",
                "--only-binary",
                ":all:",
                "--require-hashes",
                "--progress-bar",
                "off",
            ]
            command += ["--no-warn-script-location", "--find-links", context.bundle.path("wheels"), "-r", requirements]
            context.must("Installing the packages", command)
        return "Installed %s" % counted(len(packages), "package")


def pip_command(context):
    # type: (Context) -> list[str]
    """Run pip out of its own wheel, under the environment's Python: it does not become a part of the environment."""
    return [
        context.layout.python,
        "-E",
        "-s",
        os.path.join(unpacked_seeds(context, "pip", lambda n: n == "pip"), "pip"),
    ]


def unpacked_seeds(context, folder, wanted):
    # type: (Context, str, Callable[[str], bool]) -> str
    """A folder with the contents of some seed wheels: for use there, never installed."""
    place = context.work("seed-" + folder)
    if not os.listdir(place):
        for seed in context.manifest.seeds:
            if wanted(seed.name.lower()):
                # the names inside were made by the build host: extractall keeps them below the folder
                with zipfile.ZipFile(context.bundle.path(seed.file)) as wheel:
                    wheel.extractall(place)
        if not os.listdir(place):
            raise InstallError(FAILED, "The bundle has no %s among its seeds" % to_text(folder))
    return place
