"""Environments in which the target's own Python builds, with Microsoft's compiler: on a Windows build host."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bundler.build.isolated import Environment, Native, run_quietly
from bundler.build.wheel_installation import Places, install_wheels, places_in
from bundler.isolation.clean_environment import FIXED, clean_variables
from bundler.isolation.room import python_places

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bundler.isolation import Sandbox

_FIRST_SERVED = (3, 9)
"""The oldest Python that gets a virtual environment, and whose hooks pyproject_hooks calls."""


def make_native_environment(
    wheels: Sequence[Path],
    folder: Path,
    *,
    native: Native,
    sandbox: Sandbox,
    inherited: Mapping[str, str] | None = None,
) -> Environment:
    """Make an environment of the target's Python in ``folder``, which must not exist, that holds ``wheels``.

    The wheels are right for the target's Python and all that is needed. A Python from before 3.9, or without a ``venv`` that works,
    finds them on its path, and nothing of its own site-packages. Raises BuildError (``build-environment``).
    """
    variables = {
        **clean_variables(os.environ if inherited is None else inherited),
        **native.toolchain.environment,
        **FIXED,
        "PYTHONDONTWRITEBYTECODE": "1",  # the Python may be the one that goes into the bundle
    }
    if not _makes_environments(native):
        site, scripts = folder / "site", folder / "scripts"
        install_wheels(wheels, Places(site=site, scripts=scripts, data=folder, python=native.python))
        return Environment(
            folder=folder,
            python=native.python,
            scripts=scripts,
            variables={
                **variables,
                "PATH": os.pathsep.join((str(scripts), variables.get("PATH", ""))),
                "PYTHONPATH": str(site),
            },
            sandbox=sandbox,
            places=python_places(native.python, variables),
            native=native,
            site=site,
        )
    run_quietly(
        [str(native.python), "-I", "-m", "venv", "--without-pip", str(folder)],
        variables,
        f"making a virtual environment of Python {native.version}",
    )
    windows = os.name == "nt"
    scripts = folder / ("Scripts" if windows else "bin")
    python = scripts / ("python.exe" if windows else "python")
    install_wheels(wheels, places_in(folder, python))
    return Environment(
        folder=folder,
        python=python,
        scripts=scripts,
        variables={
            **variables,
            "PATH": os.pathsep.join((str(scripts), variables.get("PATH", ""))),
            "VIRTUAL_ENV": str(folder),
        },
        sandbox=sandbox,
        places=python_places(python, variables),
        native=native,
    )


def _makes_environments(native: Native) -> bool:
    if tuple(map(int, native.version.split(".")[:2])) < _FIRST_SERVED:
        return False
    # an embeddable Python, and many an archive, has no venv or lacks the launchers that it copies
    return os.name != "nt" or any((native.python.parent / "Lib" / "venv" / "scripts" / "nt").glob("*.exe"))
