"""Rooms made by bubblewrap: namespaces of users, processes, files, network, IPC and host name (bwrap(1), user_namespaces(7))."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import select
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from bundler.isolation.core_limit import without_cores
from bundler.isolation.host_program import program_on_path
from bundler.isolation.kernel_files import closed_proc, is_root, ways_to_close_devices
from bundler.isolation.room import Room
from bundler.isolation.system_calls import filter_for
from bundler.isolation.watching import Usage, before_others, usage_beside, wait_watching

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_HOME = "/home/build"
SYSTEM = ("/usr", "/nix/store", "/gnu/store")
MERGED = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
"""Links into /usr on most systems."""
_SETTINGS = (
    "alternatives",
    "debian_version",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "mime.types",
    "os-release",
    "ssl/certs",
    "ssl/openssl.cnf",
    "ca-certificates",
    "pki/ca-trust/extracted",
    "pki/tls/certs",
    "pki/tls/cert.pem",
    "pki/tls/openssl.cnf",
)
"""Of /etc: no accounts, no names of hosts, no keys, no settings of programs that log in somewhere."""
_FOR_NETWORK = ("hosts", "nsswitch.conf", "resolv.conf", "services", "protocols", "gai.conf")
# the first process of the room: when it ends the kernel ends all others, and only then bwrap sees it end
_FIRST = '"$@"; exit $?'
_PATIENCE = 60
"""Seconds for a trial of a room; it takes a hundredth of one."""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Bubblewrap:
    """Its program, and prlimit(1), which sets limits inside the room: there processes are counted anew.

    ``beginnings``: of its command line, of which one that works is found by trying.
    """

    program: Path
    prlimit: Path
    name: str = "bubblewrap"
    beginnings: tuple[tuple[str, ...], ...] = ((),)

    def tried(self, scratch: Path) -> Bubblewrap | str:
        """Itself, with the version in its name, if it makes a room, else why not: kernels, containers and policies forbid it in many ways."""
        found: Bubblewrap | str = ""
        for number, beginning in enumerate(self.beginnings):
            (folder := scratch / str(number)).mkdir()
            found = _tried_once(dataclasses.replace(self, beginnings=(beginning,)), folder)
            if not isinstance(found, str):
                break
        return found

    def command_line(
        self, room: Room, command: Sequence[str], *, cwd: Path, scratch: Path, options: Sequence[str] = ()
    ) -> list[str]:
        """What makes the room and runs the command in it; ``options``: more of bwrap's."""
        words = [str(self.program), *options, *_walls(room, scratch), "--chdir", str(cwd), "--"]
        return [*words, "/bin/sh", "-c", _FIRST, "room", str(self.prlimit), *_limits(room), "--", *command]

    def run(self, room: Room, command: Sequence[str], *, cwd: Path, output: BinaryIO, scratch: Path) -> int:
        """See ``Sandbox.run``; ``scratch``: an empty folder for the room's home and temporary files."""
        temporary = dict.fromkeys(("TMPDIR", "TMP", "TEMP"), "/tmp")  # noqa: S108 -- the room's own
        environment = {**room.environment, "HOME": _HOME, "USER": "build", "LOGNAME": "build", **temporary}
        reading, writing = os.pipe()
        filtering = _filter_of_this_processor()
        options = ["--info-fd", str(writing), *(["--seccomp", str(filtering)] if filtering is not None else [])]
        variables = [f"{name}={value}" for name, value in environment.items()]
        inner = ["/usr/bin/env", *variables, "/bin/sh", "-c", 'exec "$@"', "room", *command]
        passed = (writing,) if filtering is None else (writing, filtering)
        try:
            process = subprocess.Popen(
                [
                    *without_cores(self.prlimit),
                    *self.beginnings[0],
                    *self.command_line(room, inner, cwd=cwd, scratch=scratch, options=options),
                ],
                # the room's are for what runs in it, behind its limits: LD_PRELOAD would have bwrap itself run a stranger's code
                env={"PATH": os.defpath},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=passed,
                process_group=0,  # Ctrl-C is for us, who then end the room and wait for that
            )
        except OSError:
            os.close(reading)
            raise
        finally:
            for each in passed:
                os.close(each)
        first = _FirstProcess(reading)
        with before_others():
            try:
                code = wait_watching(process, command, room.limits, scratch, first.usage)
            finally:
                if process.poll() is None:
                    if not first.end():
                        process.kill()
                    process.wait()
                os.close(reading)
        return 128 - code if code > 128 else code  # noqa: PLR2004 -- how a shell says which signal ended a program


def _tried_once(made: Bubblewrap, scratch: Path) -> Bubblewrap | str:
    with tempfile.TemporaryFile() as output:
        try:
            code = made.run(
                Room(environment={"PATH": os.defpath}),
                ["/bin/sh", "-c", ":"],
                cwd=Path("/"),
                output=output,
                scratch=scratch,
            )
            version = subprocess.run(
                [made.program, "--version"],
                capture_output=True,
                timeout=_PATIENCE,
                check=False,
                text=True,
                errors="replace",
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"{made.program} can't be run: {error}"
        output.seek(0)
        said = output.read(4096).decode("utf-8", "replace").strip()
    if code:
        return f"bubblewrap can't make one: {' '.join(said.split()) or f'exit status {code}'}"
    return dataclasses.replace(made, name=version.stdout.strip()[:100] or made.name)


def find_bubblewrap(path: str) -> Bubblewrap | str:
    """What rooms need, in the folders of ``path``; else what isn't installed."""
    tools = ("prlimit", "unshare", "mount") if is_root() else ("prlimit",)
    found = {name: program_on_path(name, {"PATH": path}) for name in ("bwrap", *tools)}
    missing = [name for name, program in found.items() if program is None]
    if missing:
        util_linux = ", ".join(name for name in missing if name != "bwrap")
        packages = [
            *(["bubblewrap (bwrap)"] if "bwrap" in missing else []),
            *([f"{util_linux} of util-linux"] if util_linux else []),
        ]
        return f"{' and '.join(packages)} {'is' if len(missing) == 1 else 'are'} not installed"
    programs = {name: Path(str(program)) for name, program in found.items()}
    ways = ways_to_close_devices(programs["unshare"], programs["mount"]) if is_root() else ((),)
    return Bubblewrap(program=programs["bwrap"], prlimit=programs["prlimit"].resolve(), beginnings=ways)


class _FirstProcess:
    """That of the room: bwrap says its number on this side of a pipe, at once. If it makes no room it says nothing, and ends."""

    def __init__(self, reading: int) -> None:
        self._reading = reading
        self._number: int | None = None

    def usage(self) -> Usage:
        """What the room takes now: the kernel bounds neither shared memory nor the processes and threads of root (getrlimit(2))."""
        number = self._heard(0)
        return usage_beside(number) if number is not None else Usage()

    def end(self) -> bool:
        """End the room; the kernel ends all in it before bwrap sees that. False: there is none."""
        number = self._heard(_PATIENCE)
        if number is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        return number is not None

    def _heard(self, seconds: float) -> int | None:
        if self._number is None and select.select([self._reading], [], [], seconds)[0]:
            found = re.search(rb'"child-pid": *(\d+)', os.read(self._reading, 4096))
            self._number = int(found[1]) if found is not None else None
        return self._number


def _filter_of_this_processor() -> int | None:
    """A file descriptor that bwrap reads the filter of system calls from."""
    program = filter_for(os.uname().machine)
    if program is None:
        return None
    reading, writing = os.pipe()
    os.write(writing, program)  # less than a pipe holds
    os.close(writing)
    return reading


def _walls(room: Room, scratch: Path) -> Iterator[str]:
    """What bwrap is told to show."""
    yield from (
        "--unshare-all",
        "--unshare-user",
        "--die-with-parent",
        "--new-session",
        "--as-pid-1",
        "--cap-drop",
        "ALL",
    )
    yield from ("--hostname", "build")
    if room.network:
        yield "--share-net"
    yield from _system()
    for name in (*_SETTINGS, *(_FOR_NETWORK if room.network else ())):
        yield from ("--ro-bind-try", f"/etc/{name}", f"/etc/{name}")
    yield from ("--proc", "/proc", "--dev", "/dev", *closed_proc(scratch))
    user, group = os.getuid(), os.getgid()
    own = {"passwd": f"build:x:{user}:{group}::{_HOME}:/bin/sh\n", "group": f"build:x:{group}:\n"}
    if not room.network:
        own["hosts"] = "127.0.0.1 localhost build\n::1 localhost\n"
    for name, content in own.items():
        (scratch / name).write_text(content, encoding="ascii")
        yield from ("--ro-bind", str(scratch / name), f"/etc/{name}")
    for name, places in (("home", [_HOME]), ("tmp", ["/tmp", "/var/tmp"])):  # noqa: S108 -- the room's own
        (scratch / name).mkdir()
        for each in places:  # no links: this host's own folders for temporary files may have places of the room in them
            yield from ("--bind", str(scratch / name), each)
    yield from _places(room)
    yield from ("--remount-ro", "/")


def _system() -> Iterator[str]:
    for each in SYSTEM:
        yield from ("--ro-bind-try", each, each)
    for each in MERGED:
        if Path(each).is_symlink():
            yield from ("--symlink", str(Path(each).readlink()), each)
        else:
            yield from ("--ro-bind-try", each, each)


def _places(room: Room) -> Iterator[str]:
    """The room's own: outer ones first, since a later one covers what was there."""
    kinds = {**dict.fromkeys(room.read_only, "--ro-bind"), **dict.fromkeys(room.writable, "--bind")}
    links = []
    for path in sorted(kinds, key=lambda each: len(each.parts)):
        if kinds[path] == "--ro-bind" and (_is_shown(path) or path.is_symlink()):
            # one inside of another place is there with it, and can't be covered
            links += [path] if not _is_shown(path) and not kinds.keys() & set(path.parents) else []
        else:
            yield from (kinds[path], str(path), str(path))
    for path in links:
        yield from ("--symlink", str(path.readlink()), str(path))


def _is_shown(path: Path) -> bool:
    """Whether it is part of the system, which is there anyway: the links among that can't be covered."""
    return any(path.is_relative_to(each) for each in (*SYSTEM, *MERGED))


def _limits(room: Room) -> Iterable[str]:
    """Options of prlimit; none is above what this process itself may use."""
    import resource  # not on Windows

    limits = room.limits
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    wanted = {
        "data": (resource.RLIMIT_DATA, limits.memory_of_one(whole)),
        "nproc": (resource.RLIMIT_NPROC, limits.processes),
        "fsize": (resource.RLIMIT_FSIZE, limits.file_size),
    }
    for name, (kind, value) in wanted.items():
        hard = resource.getrlimit(kind)[1]
        yield f"--{name}={value if hard == resource.RLIM_INFINITY else min(value, hard)}"
