"""The port to the machine: everything that the rest of this package asks of the system and can't ask portably.

``Host`` holds what is the same everywhere; ``posix.PosixHost`` and ``windows.WindowsHost`` hold the rest.
"""

from __future__ import absolute_import, unicode_literals

import io
import os
import subprocess
import sys
import tempfile
import time

from ..compat import PY2, native, output_text, to_text
from .files import Files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

    from .services import ServiceManager

_POLL = 0.02


class Completed(object):
    """A process that ended: ``code``, None if it ran out of time, and what it wrote to both streams."""

    def __init__(self, code, output):
        # type: (int | None, str) -> None
        self.code = code
        self.output = output


class InstalledPython(object):
    """A registered Python (PEP 514). ``bits`` is None where the registration doesn't tell."""

    def __init__(self, directory, bits, all_users):
        # type: (str, int | None, bool) -> None
        self.directory = directory
        self.bits = bits
        self.all_users = all_users


class Host(Files):
    scripts = "bin"
    exe = ""
    null = os.devnull
    path_limit = 4096
    """The longest path, in characters, that every program here can open."""
    temporary_names = ("TMPDIR",)  # type: tuple[str, ...]
    venv_options = ()  # type: tuple[str, ...]

    def arguments(self):
        # type: () -> list[str]
        return [to_text(each) for each in sys.argv[1:]]

    def environ(self):
        # type: () -> dict[str, str]
        return {to_text(name): to_text(value) for name, value in os.environ.items()}

    def monotonic(self):
        # type: () -> float
        return time.time() if PY2 else time.monotonic()

    def sleep(self, seconds):
        # type: (float) -> None
        time.sleep(seconds)

    def now(self):
        # type: () -> time.struct_time
        return time.localtime()

    def temporary(self):
        # type: () -> str
        """A folder where log files and short-lived files may lie."""
        return to_text(tempfile.gettempdir())

    # -- processes

    def run(self, command, environ, folder, timeout=None):
        # type: (list[str] | str, dict[str, str], str, float | None) -> Completed
        """Run to the end with no input; a string is a whole command line, for programs with quoting rules of their own.

        The output goes through a file: a pipe would stay open as long as any grandchild lives.
        """
        line = native(command) if not isinstance(command, list) else [native(each) for each in command]
        with tempfile.TemporaryFile() as output, io.open(os.devnull, "rb") as nothing:
            process = subprocess.Popen(
                line,
                stdin=nothing,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={native(name): native(value) for name, value in environ.items()},
                cwd=native(folder),
            )
            code = self._wait(process, timeout)
            output.seek(0)
            content = output.read()
        return Completed(code, output_text(content).replace("\r\n", "\n"))

    def start(self, command, environ, folder, errors):
        # type: (list[str], dict[str, str], str, IO[bytes]) -> subprocess.Popen[bytes]
        """A program to talk to by its standard input and output; what it says besides goes to ``errors``."""
        return subprocess.Popen(
            [native(each) for each in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={native(name): native(value) for name, value in environ.items()},
            cwd=native(folder),
            # 2.7 would hand one program's input to the next, which then is never closed
            close_fds=os.name == "posix",
        )

    def processors(self):
        # type: () -> int
        """How many there are, or are for this process: so many programs can work side by side."""
        import multiprocessing

        try:
            return multiprocessing.cpu_count()
        except NotImplementedError:
            return 1  # as in Wine

    def _wait(self, process, timeout):
        # type: (subprocess.Popen[bytes], float | None) -> int | None
        started = self.monotonic()
        try:
            while process.poll() is None:
                if timeout is not None and self.monotonic() - started > timeout:
                    process.kill()
                    process.wait()
                    return None
                time.sleep(_POLL)
        except KeyboardInterrupt:
            if process.poll() is None:
                process.kill()
                process.wait()
            raise
        return process.returncode

    # -- layout of an environment

    def script(self, environment, name):
        # type: (str, str) -> str
        return os.path.join(environment, self.scripts, name + self.exe)

    def runtime_python(self, runtime):
        # type: (str) -> str
        raise NotImplementedError

    def site_packages(self, environment, python):
        # type: (str, str) -> str
        """``python`` is the version, x.y.z."""
        raise NotImplementedError

    def launchers(self, environment):
        # type: (str) -> list[str]
        """The file names in the environment's scripts folder that get a shim."""
        raise NotImplementedError

    def has_window(self, program):
        # type: (str) -> bool
        """Whether a program is made for the desktop and gets no console (subsystem 2 in its PE header)."""
        with io.open(program, "rb") as stream:
            head = stream.read(0x40)
            if len(head) < 0x40 or head[:2] != b"MZ":
                return False
            stream.seek(_little(head[0x3C:0x40]))
            header = stream.read(24 + 70)
        return header[:4] == b"PE\0\0" and _little(header[24 + 68 : 24 + 70]) == 2

    # -- files: what is the same everywhere is in ``files``

    def volume(self, path):
        # type: (str) -> tuple[str, int]
        """The name of the volume that a path (it needn't exist) lies on, and the free bytes there."""
        raise NotImplementedError

    def may_create(self, folder):
        # type: (str) -> bool
        """Whether files can be made in this existing folder; finds out without making one."""
        raise NotImplementedError

    # -- the machine

    def family(self, processes):
        # type: (list[int]) -> set[int]
        """These processes and all that they started, by number."""
        raise NotImplementedError

    def windows_version(self):
        # type: () -> tuple[int, int, int] | None
        raise NotImplementedError

    def bits(self):
        # type: () -> int
        """32 or 64, of the system and not of this process."""
        raise NotImplementedError

    def is_admin(self):
        # type: () -> bool
        raise NotImplementedError

    def account(self):
        # type: () -> tuple[str, str | None]
        """Whose process this is: the account's name, and its SID where there is such a thing."""
        raise NotImplementedError

    def register(self, scope, key, values):
        # type: (str, str, dict[str, str | int]) -> None
        """List a program among those that are installed ("Apps"); ``scope`` is "machine" or "user"."""
        raise NotImplementedError

    def unregister(self, scope, key):
        # type: (str, str) -> None
        raise NotImplementedError

    def registry_value(self, key, value, view):
        # type: (str, str | None, int | None) -> str | None
        """A value as text, or with no ``value`` an empty text for a key that exists; None: it isn't there. ``view`` is 32 or 64."""
        raise NotImplementedError

    def file_version(self, path):
        # type: (str) -> str | None
        """Of the version resource of a program or DLL, ``14.38.33135.0``; None: it has none."""
        raise NotImplementedError

    def account_sid(self, name):
        # type: (str) -> str | None
        """Of an account or a group, None if there is none of that name."""
        raise NotImplementedError

    def icacls(self):
        # type: () -> str | None
        """The program that gives rights; None where there is no such thing."""
        raise NotImplementedError

    def services(self):
        # type: () -> ServiceManager
        raise NotImplementedError

    def pythons(self, minor):
        # type: (str) -> list[InstalledPython]
        """The registered Pythons of a minor version (``3.11``), of the machine and of this account."""
        raise NotImplementedError

    def msi_features(self, path):
        # type: (str) -> list[str]
        raise NotImplementedError

    def lock(self, name):
        # type: (str) -> Any | None
        """Something to keep alive while installing, None if somebody else has it. Freed when the process ends, however it ends."""
        raise NotImplementedError

    # -- the operator

    def interactive(self):
        # type: () -> bool
        return sys.stdin is not None and sys.stdin.isatty() and sys.stdout is not None and sys.stdout.isatty()

    def ask(self, prompt, secret):
        # type: (str, bool) -> str
        """A line from the terminal; a secret isn't echoed."""
        if secret:
            import getpass

            return to_text(getpass.getpass(native(prompt)))
        sys.stdout.write(native(prompt))
        sys.stdout.flush()
        line = to_text(sys.stdin.readline())
        if not line:
            raise KeyboardInterrupt
        return line.rstrip("\r\n")


def existing_parent(path):
    # type: (str) -> str
    """The path itself or the nearest folder above it that exists."""
    while not os.path.isdir(path):
        above = os.path.dirname(path)
        if above == path:
            break
        path = above
    return path


def _little(content):
    # type: (bytes) -> int
    number = 0
    for byte in reversed(bytearray(content)):
        number = number * 256 + byte
    return number
