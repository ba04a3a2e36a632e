"""Make this checkout ready to use: a virtual environment in .venv with the project in it, once.

Used by quickstart.py and test.py; needs nothing but a Python of 3.11 or later and the package index that its pip knows.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
LOCKED = ROOT / "build" / "dev-requirements.txt"
"""The tests' tools and all that the project needs, with hashes; `python3 build/environments.py --renew` writes it."""
OLDEST = (3, 11)


def say(text: str) -> None:
    """One line of progress, at once."""
    print(f"-- {text}", file=sys.stderr, flush=True)


def stop(text: str) -> NoReturn:
    """End with a message for people."""
    sys.exit(f"error: {text}")


def needs_linux(what: str) -> None:
    """End with a message elsewhere: the test bed is made of Wine, a chroot and namespaces."""
    if not sys.platform.startswith("linux"):
        stop(f"{what}: on Linux only (WSL will do): Windows is played there, by Wine in namespaces without a network")


def ready(*, tests: bool) -> Path:
    """The Python of a virtual environment in which the project is installed: as declared, and for tests as locked, with its tools."""
    if sys.version_info < OLDEST:
        stop(f"Python {OLDEST[0]}.{OLDEST[1]} or later is needed; this is {sys.version.split()[0]} ({sys.executable})")
    _program("bwrap", "bubblewrap", "packages are built without a sandbox, and what tests of it there are is skipped")
    if tests:
        _program(
            "ssh-keygen", "openssh-client", "nothing can be signed, and what tests of signatures there are is skipped"
        )
    environment = Path(os.environ.get("BUNDLE_VENV") or ROOT / ".venv")
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    compiled = sorted((ROOT / "bundler").glob("**/*.[ch]"))
    declared = _installed_by((ROOT / "pyproject.toml").read_text("utf-8")) + b"".join(
        each.read_bytes() for each in (LOCKED, ROOT / "build/shims.py", *compiled)
    )
    tests = tests or (environment / "tests.stamp").is_file()  # one with the tests' tools keeps them
    stamp = environment / ("tests.stamp" if tests else "run.stamp")
    wanted = hashlib.sha256(declared + sys.version.encode()).hexdigest()
    if python.exists() and stamp.is_file() and stamp.read_text() == wanted:
        return python
    say(f"making {environment} and installing into it what {'is locked' if tests else 'pyproject.toml declares'}")
    _make(environment)
    pip = (python, "-m", "pip", "install", "-qq", "--disable-pip-version-check")
    run(*pip, "--upgrade", "pip>=25.1")
    if tests:
        run(*pip, "--require-hashes", "--requirement", LOCKED)
    # what the lock has is there already; what was declared since it was written comes too, and a test says that
    group = ["--group", str(ROOT / "pyproject.toml:dev")] if tests else []
    run(*pip, "--editable", ROOT, *group)
    stamp.write_text(wanted)
    return python


def _program(program: str, package: str, without: str) -> None:
    """On Linux: install a program of Debian or Ubuntu that isn't there; ``without``: what goes on all the same, which is said then."""
    if not sys.platform.startswith("linux") or shutil.which(program):
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        say(f"{package} isn't installed: {without}")
        return
    say(f"installing {package}")
    if not _installed(package):
        say(f"it can't be installed: {without}")


def ready_to_rehearse(python: Path) -> None:
    """As root on Debian or Ubuntu: install what rehearsals need of this machine, as the product itself tells it; else it says so then."""
    asked = "from bundler.rehearse.wine import host_tools as host; print(*host.missing_packages(host.ALL_TOOLS))"
    done = subprocess.run([str(python), "-c", asked], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    if (missing := done.stdout.split()) and shutil.which("apt-get") and os.geteuid() == 0:
        say(f"installing {', '.join(missing)}")
        _installed(*missing)


def _installed(*packages: str) -> bool:
    """Install packages of Debian or Ubuntu, as root; whether that went well."""
    install = ("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages)
    return not any(subprocess.run(each, check=False).returncode for each in (("apt-get", "update", "-qq"), install))


def _installed_by(project: str) -> bytes:
    """What of pyproject.toml decides what is installed: not the settings of linters and tests."""
    import tomllib  # not in the Pythons that `ready` refuses

    data = tomllib.loads(project)
    tools = data.pop("tool", {})
    return json.dumps([data, tools.get("hatch")], sort_keys=True).encode()


def _make(environment: Path) -> None:
    command = [sys.executable, "-m", "venv", "--clear", str(environment)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode and shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        say("this Python has no ensurepip: installing Debian's python3-venv")
        _installed("python3-venv")
        made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        stop(
            f"no virtual environment can be made ({' '.join(command)}):\n{made.stdout}{made.stderr}"
            "On Debian and Ubuntu, `apt-get install python3-venv` mends that."
        )


def run(*command: object, **options: object) -> None:
    """Run a command; end with its exit code if it fails."""
    done = subprocess.run([str(word) for word in command], check=False, **options)  # type: ignore[call-overload]
    if done.returncode:
        sys.exit(done.returncode)
