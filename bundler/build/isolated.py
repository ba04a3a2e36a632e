"""A throwaway environment of this host's Python, in which a build backend runs and sees nothing of the host's settings."""

from __future__ import annotations

import dataclasses
import os
import platform
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.tags import platform_tags

from bundler.errors import BuildError, HostError
from bundler.isolation import Sandbox
from bundler.isolation.clean_environment import clean_variables, proxies_of
from bundler.isolation.room import python_places
from bundler.model.target import Target

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from bundler.build.compilers import Toolchain  # noqa: TC004 - wanted where something is compiled


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Native:
    """The target's Python on this host, ``version`` is its x.y.z, and the compiler that it builds with."""

    python: Path
    version: str
    toolchain: Toolchain

    @property
    def description(self) -> str:
        """For people and build reports."""
        return f"CPython {self.version}, {self.toolchain.description}"


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Environment:
    """A virtual environment: its interpreter, the folder of its programs, and the variables that programs in it see.

    ``native``: it is of the target's own Python, and a compiler is at hand. ``site``: it is no virtual environment but a Python
    too old for one, and its packages lie there.

    ``sandbox`` is where programs of it run, ``network``: they reach one there. ``shared``: several packages are asked in it, so none
    may change it. ``places``: what its Python needs of this host; found out while the environment was as it was made, since a build may
    turn links in it to anywhere. ``settings`` are for the backend (PEP 517's ``config_settings``).
    """

    folder: Path
    python: Path
    scripts: Path
    variables: Mapping[str, str]
    sandbox: Sandbox
    places: tuple[Path, ...]
    native: Native | None = None
    site: Path | None = None
    network: bool = False
    shared: bool = False
    settings: Mapping[str, str | list[str]] = dataclasses.field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where its programs run, for people and records; raises HostError (``sandbox-missing``)."""
        return self.sandbox.description(network=self.network)

    def with_network(self, inherited: Mapping[str, str]) -> Environment:
        """The same where programs reach the network, by the proxies that ``inherited`` names."""
        return dataclasses.replace(self, network=True, variables={**self.variables, **proxies_of(inherited)})

    def with_variables(
        self, given: Mapping[str, str], *, lists: Collection[str], places: Sequence[Path]
    ) -> Environment:
        """The same with further variables; one of ``lists``, which lists folders, comes before what is there. ``places`` are readable."""
        variables = dict(self.variables)
        for name, value in given.items():
            # Windows compares them so, and a second spelling would leave it open which one counts
            same = [each for each in variables if each.upper() == name.upper()] if os.name == "nt" else [name]
            before = [variables.pop(each) for each in same if each in variables]
            several = [value, *before] if name.upper() in lists else [value]
            variables[same[0] if same else name] = os.pathsep.join(filter(None, several))
        return dataclasses.replace(self, variables=variables, places=(*self.places, *places))


def make_environment(
    wheels: Sequence[Path], folder: Path, *, sandbox: Sandbox, inherited: Mapping[str, str] | None = None
) -> Environment:
    """Make an environment in ``folder``, which must not exist, that holds ``wheels`` and nothing else.

    Nothing is resolved and nothing downloaded: the wheels must be all that is needed. ``inherited``: this process's
    environment variables (None: ``os.environ``), of which only what programs can't live without is passed on.
    Raises BuildError (``build-environment``).
    """
    # late: where all was built before, none is made
    from bundler.build.wheel_installation import install_wheels, places_in

    variables = clean_variables(os.environ if inherited is None else inherited)
    base = getattr(sys, "_base_executable", None) or sys.executable
    run_quietly([base, "-I", "-m", "venv", "--without-pip", str(folder)], variables, "making a virtual environment")
    windows = os.name == "nt"
    scripts = folder / ("Scripts" if windows else "bin")
    python = scripts / ("python.exe" if windows else "python")
    install_wheels(wheels, places_in(folder, python))
    path = os.pathsep.join(filter(None, (str(scripts), variables.get("PATH", os.defpath))))
    return Environment(
        folder=folder,
        python=python,
        scripts=scripts,
        variables={**variables, "PATH": path, "VIRTUAL_ENV": str(folder)},
        sandbox=sandbox,
        places=python_places(python, variables),
    )


def host_target(platforms: Iterable[str] | None = None) -> Target:
    """This host's own Python as a target: what build requirements are resolved for.

    ``platforms``: platform tags, the best first (None: this host's). Raises HostError (``host-unsupported``).
    """
    version = ".".join(map(str, sys.version_info[:3]))
    threaded = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    abi = f"cp{sys.version_info[0]}{sys.version_info[1]}{threaded}"
    # the plain linux tag may come first and would shut out every manylinux wheel
    known = sorted(platform_tags() if platforms is None else platforms, key=lambda tag: tag.startswith("linux_"))
    for tag in known:
        if tag.startswith(("win", "manylinux_", "musllinux_", "linux_")):
            markers = {"platform_release": platform.release(), "platform_version": platform.version()}
            return Target.of(version, tag, abi=abi, markers=markers)
    raise HostError(
        "host-unsupported",
        f"packages can't be built on {platform.system()}",
        hint="a build host is a Windows or Linux machine with CPython",
    )


def run_quietly(command: Sequence[str], variables: Mapping[str, str], doing: str) -> None:
    """Run a program whose words matter only when it fails; raises BuildError (``build-environment``)."""
    done = subprocess.run(
        command,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise BuildError(
            "build-environment",
            f"{doing} for a build failed with exit status {done.returncode}",
            context=tuple(done.stdout.strip().splitlines()[-20:]),
            hint="`bundle doctor` looks at this host's Python; on Debian and Ubuntu the package python3-venv is needed",
        )
