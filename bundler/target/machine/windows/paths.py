"""Windows' Pythons and environments, and the limits of paths there."""

from __future__ import absolute_import, unicode_literals

import os

from ...compat import to_text
from ..paths import Paths


class WindowsPaths(Paths):
    scripts = "Scripts"
    exe = ".exe"
    path_limit = 259  # MAX_PATH without its terminating zero; that long paths are switched on is not assumed
    folder_room = (
        12  # CreateDirectory: "248 characters", the terminating zero among them, so that a file of 8.3 fits in
    )
    has_build_landmark = True
    venv_options = ("--copies",)

    def runtime_python(self, runtime):
        # type: (str) -> str
        return os.path.join(runtime, "python.exe")

    def site_packages(self, environment, python):
        # type: (str, str) -> str
        return os.path.join(environment, "Lib", "site-packages")

    def launchers(self, environment):
        # type: (str) -> list[str]
        """Programs, and the scripts of packages that have no programs: ``activate_this.py`` gets to know where it lies from who runs it."""
        names = [to_text(each) for each in os.listdir(os.path.join(environment, self.scripts))]
        wanted = (each for each in names if each.lower().endswith((".exe", ".py", ".pyw")))
        return sorted(each for each in wanted if each.lower() != "activate_this.py")
