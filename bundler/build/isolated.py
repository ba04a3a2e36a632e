"""A throwaway environment of this host's Python, in which a build backend runs and sees nothing of the host's settings."""

from __future__ import annotations

import dataclasses
import os
import platform
import re
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.tags import platform_tags

from bundler.build.compilers import Toolchain
from bundler.errors import BuildError, HostError
from bundler.model.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_KEPT = re.compile(
    "HOME|USER|LOGNAME|PATH|PATHEXT|TMPDIR|TMP|TEMP|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|USERPROFILE|USERNAME|APPDATA|LOCALAPPDATA"
    "|PROGRAMDATA|PROGRAMFILES.*|PROCESSOR_.*|NUMBER_OF_PROCESSORS|LD_LIBRARY_PATH|SETUPTOOLS_SCM_PRETEND_VERSION.*|PBR_VERSION",
    re.IGNORECASE,
)
FIXED = {
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "PYTHONNOUSERSITE": "1",
    "PYTHONUTF8": "1",
    "PIP_CONFIG_FILE": os.devnull,
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INDEX": "1",  # setup_requires of old makes setuptools run pip: it must not reach out
    "PIP_NO_INPUT": "1",
}


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
    """

    folder: Path
    python: Path
    scripts: Path
    variables: Mapping[str, str]
    native: Native | None = None
    site: Path | None = None


def make_environment(
    wheels: Sequence[Path], folder: Path, *, inherited: Mapping[str, str] | None = None
) -> Environment:
    """Make an environment in ``folder``, which must not exist, that holds ``wheels`` and nothing else.

    Nothing is resolved and nothing downloaded: the wheels must be all that is needed. ``inherited``: this process's
    environment variables (None: ``os.environ``), of which only what programs can't live without is passed on.
    Raises BuildError (``build-environment``).
    """
    variables = clean_variables(os.environ if inherited is None else inherited)
    base = getattr(sys, "_base_executable", None) or sys.executable
    run_quietly([base, "-I", "-m", "venv", "--without-pip", str(folder)], variables, "making a virtual environment")
    windows = os.name == "nt"
    scripts = folder / ("Scripts" if windows else "bin")
    python = scripts / ("python.exe" if windows else "python")
    install_wheels(wheels, python, variables)
    path = os.pathsep.join(filter(None, (str(scripts), variables.get("PATH", os.defpath))))
    return Environment(
        folder=folder,
        python=python,
        scripts=scripts,
        variables={**variables, "PATH": path, "VIRTUAL_ENV": str(folder)},
    )


def install_wheels(wheels: Sequence[Path], python: Path, variables: Mapping[str, str]) -> None:
    """Let this host's pip install ``wheels``, and nothing besides, into the environment of ``python``."""
    if wheels:
        command = [sys.executable, "-I", "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index"]
        command += ["--no-deps", "--no-compile", "--no-cache-dir", "--no-warn-script-location", *map(str, wheels)]
        run_quietly(command, variables, "installing " + ", ".join(each.name for each in wheels))


def clean_variables(inherited: Mapping[str, str]) -> dict[str, str]:
    """What a build may see of ``inherited``: no settings of pip, of Python, of compilers or of proxies; the rest is fixed."""
    return {name: value for name, value in inherited.items() if _KEPT.fullmatch(name)} | FIXED


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
