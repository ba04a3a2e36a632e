"""Run tests in environments other than the locked one, and renew the lock of the tools.

python3 build/environments.py --lowest [ARGUMENTS]        with the oldest packages that pyproject.toml allows
python3 build/environments.py --newest [ARGUMENTS]        with the newest ones that the index has
python3 build/environments.py --python 3.12 [ARGUMENTS]   with that Python of this machine, and the locked packages
python3 build/environments.py --make --lowest             only make the environment, and print the path of its Python
python3 build/environments.py --renew                     write build/dev-requirements.txt anew, for all Pythons and systems

ARGUMENTS are pytest's; without any, the unit and integration tests run. --python goes together with each of the others.
Environments are made anew below build/out/environments; tools of the dev group are as new as the packages allow.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from host import LOCKED, ROOT, ready, run, say, stop

ENVIRONMENTS = ROOT / "build" / "out" / "environments"
TESTS = ("tests/unit", "tests/integration", "-q", "--numprocesses=2", "--dist=loadfile")
RENEW = "python3 build/environments.py --renew"
Packages = Literal["lowest", "newest", "locked"]


def find_python(version: str) -> Path:
    """A CPython X.Y of this machine that starts: this one, of PATH, of pyenv, of Windows' launcher; ends with a message if there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    named = shutil.which(f"python{version}")
    commands = [[sys.executable], *([[named]] if named else []), *([str(each)] for each in _of_pyenv(pyenv, version))]
    if launcher := shutil.which("py"):
        commands.append([launcher, f"-{version}"])
    probe = "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.executable)"
    for command in commands:
        done = subprocess.run([*command, "-I", "-c", probe], capture_output=True, text=True, check=False)
        found = done.stdout.splitlines()
        if not done.returncode and found[:1] == [version]:
            return Path(found[1])
    return stop(f"this machine has no CPython {version}: it is looked for in PATH and among pyenv's versions")


def _of_pyenv(versions: Path, wanted: str) -> list[Path]:
    program = "python.exe" if os.name == "nt" else "bin/python"
    return sorted((each / program for each in versions.glob(f"{wanted}.*")), reverse=True)


def make(packages: Packages, python: Path, version: str) -> Path:
    """The Python of a new environment that has the project in it, and its tools."""
    uv = _uv()
    environment = ENVIRONMENTS / f"{packages}-{version}"
    say(f"making {environment} of {python}")
    uv.run("venv", "--quiet", "--clear", "--python", python, environment)
    found = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if packages == "locked":
        uv.run("pip", "install", "--quiet", "--python", found, "--require-hashes", "--requirement", LOCKED)
    elif packages == "newest":
        uv.run(
            "pip",
            "install",
            "--quiet",
            "--upgrade",
            "--python",
            found,
            "--group",
            "dev",
            "--requirement",
            "pyproject.toml",
        )
    else:
        pinned = environment / "lowest.txt"
        options = ("--resolution", "lowest-direct", "--no-header", "--quiet", "--output-file", pinned)
        uv.run("pip", "compile", "--python", found, *options, "pyproject.toml")
        uv.run("pip", "install", "--quiet", "--python", found, "--group", "dev", "--requirement", pinned)
    uv.run("pip", "install", "--quiet", "--python", found, "--no-deps", "--editable", ROOT)
    return found


def run_tests(python: Path, packages: Packages, version: str, arguments: Sequence[str]) -> int:
    """Run pytest in an environment; its exit code."""
    say(f"tests with the {packages} packages on Python {version}")
    return subprocess.run([str(python), "-m", "pytest", *(arguments or TESTS)], cwd=ROOT, check=False).returncode


def renew() -> None:
    """Write the lock: the newest of everything, with hashes and markers, for every Python and system; it names no index."""
    options = ("--universal", "--python-version", "3.11", "--generate-hashes", "--upgrade", "--quiet")
    options += ("--no-emit-index-url", "--no-annotate", "--custom-compile-command", RENEW)
    _uv().run("pip", "compile", *options, "--group", "dev", "--output-file", LOCKED, "pyproject.toml")
    say(f"wrote {LOCKED.relative_to(ROOT)}")


class _Uv:
    """uv of the project's environment, with the index that pip on this host is configured to use."""

    def __init__(self, python: Path) -> None:
        question = "import os; from bundler.fetch.pipconf import default_index, pip_settings; "
        question += "print(default_index(pip_settings(os.environ)))"
        asked = subprocess.run([str(python), "-c", question], capture_output=True, text=True, check=True, cwd=ROOT)
        self._python = python
        self._environ = {**os.environ, "UV_DEFAULT_INDEX": asked.stdout.strip(), "UV_PYTHON_DOWNLOADS": "never"}
        self._environ.pop("VIRTUAL_ENV", None)

    def run(self, *arguments: object) -> None:
        """Run one of its commands; end with its exit code if it fails."""
        run(self._python, "-m", "uv", "--no-config", *arguments, cwd=ROOT, env=self._environ)


def _uv() -> _Uv:
    return _Uv(ready(tests=True))


def main(arguments: Sequence[str]) -> int:
    """Do what the module says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--lowest", dest="packages", action="store_const", const="lowest")
    which.add_argument("--newest", dest="packages", action="store_const", const="newest")
    which.add_argument("--renew", action="store_true")
    parser.add_argument("--python", metavar="X.Y", dest="version", default="")
    parser.add_argument("--make", action="store_true")
    options, rest = parser.parse_known_args(arguments)
    if options.renew:
        renew()
        return 0
    if not options.packages and not options.version:
        parser.error("say which: --lowest, --newest, --python X.Y or --renew")
    packages = options.packages or "locked"
    version = options.version or f"{sys.version_info[0]}.{sys.version_info[1]}"
    python = make(packages, find_python(version), version)
    if options.make:
        print(python)
        return 0
    return run_tests(python, packages, version, rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
