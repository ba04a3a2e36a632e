"""Wine in a container, by podman or docker: for hosts that have neither a good Wine nor what it takes to make a Debian with one.

The image is made of image/Containerfile, with a network; what runs in it has none, and nothing of this host but a machine's own files.
"""

from __future__ import annotations

import dataclasses
import os
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from bundler.errors import HostError
from bundler.isolation.core_limit import core_limit
from bundler.isolation.system_calls import filter_for
from bundler.rehearse.wine import host_tools
from bundler.rehearse.wine.bed_cache import stamp_of
from bundler.rehearse.wine.chroot import ROOM, SERVER, WINE
from bundler.rehearse.wine.first_process import FirstProcess, Seen, holding
from bundler.rehearse.wine.program import kill
from bundler.rehearse.wine.session_limits import THREADS
from bundler.rehearse.wine.wine_system import ENVIRONMENT, PREFIX, SESSION, UNPRIVILEGED
from bundler.report import size_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bundler.rehearse.wine.bed_cache import Cache
    from bundler.rehearse.wine.wine_system import Bounds
    from bundler.report import Reporter

TOOLS = ("podman", "docker")
BASE = "BUNDLE_WINE_BASE"
"""The variable of the environment that names another image to begin with: Debian trixie or later."""
_FOLDER = Path(__file__).parent / "image"
_OURS = "/srv/bundle"
_PACKAGE = "bundler/rehearse/wine"
_PROGRAMS = ("agent.py", "connection_record.py", "probe.py", "session_limits.py", "session_mounts.py")
_PATIENCE = 60
# What the first process needs: routes and packets of a network that has nothing but itself, the end of programs, and what they have open.
_CAPABILITIES = ("NET_ADMIN", "NET_RAW", "NET_BIND_SERVICE", "KILL", "SYS_PTRACE", "DAC_OVERRIDE", "SETPCAP")
# It becomes the program, whose number says whom to end: ending this host's side of it ends nothing in there.
_NUMBERED = 'echo $$ > "/tmp/.bundle-$BUNDLE_MARK"; unset BUNDLE_MARK; exec "$@"'
_MARK = "BUNDLE_MARK="


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Engine:
    """podman or docker; ``user`` and ``group`` are this one's, with whose rights Windows programs run in there."""

    tool: str
    user: int
    group: int

    @property
    def keeps_users(self) -> tuple[str, ...]:
        """Where podman isn't root, this user is one in the container too."""
        return ("--userns", "keep-id") if self.tool == "podman" and self.user else ()

    @property
    def unprivileged(self) -> tuple[str, ...]:
        """A user without rights has none to lose."""
        return UNPRIVILEGED[:2] if self.user else UNPRIVILEGED


class Container:
    """See wine_system.Source."""

    name = "container"
    fix = f"name an image of Debian trixie or later with the variable {BASE}, or leave it out"
    template = "container-template"

    def __init__(self, engine: Engine, base: str) -> None:
        self.engine, self._base = engine, base
        self.words = f"in an image of {engine.tool}"
        self.plays = f" in a container of {engine.tool}, without a network"
        stamp = stamp_of(engine.tool.encode(), base.encode(), (_FOLDER / "Containerfile").read_bytes())
        self.image = f"offline-bundler-rehearsal:{stamp}"
        self.things: Mapping[str, str] = {self.template: stamp_of(stamp.encode(), str(engine.user).encode())}

    def made(self, cache: Cache, reporter: Reporter) -> ContainerSystem:
        """Raises HostError (``container-denied``, ``host-tool-failed``, ``disk-full``)."""
        if not self.is_made():
            self._demand_use()
            free = host_tools.free_space(cache.root)
            if free < ROOM:
                raise HostError(
                    "disk-full",
                    f"{cache.root} has room for {size_text(free)}, and the Windows of rehearsals takes {size_text(ROOM)}",
                    hint="make room, or name another disk with --store",
                )
            reporter.step(
                f"Making the machine that plays Windows, once: an image by {self.engine.tool} (of 2 GB, 300 MB)"
            )
            base = ("--build-arg", f"BASE={self._base}") if self._base else ()
            build = ("build", *base, "--tag", self.image, "--file", str(_FOLDER / "Containerfile"), str(_FOLDER))
            host_tools.require("setpriv")
            host_tools.run(self.engine.tool, *build, tidy=True)
        return ContainerSystem(engine=self.engine, image=self.image, counts=self._counts())

    def is_made(self) -> bool:
        """Whether the image is there."""
        return _succeeds(self.engine.tool, "image", "inspect", self.image)

    def discard(self) -> None:
        _succeeds(self.engine.tool, "image", "rm", "--force", self.image)

    def _demand_use(self) -> None:
        done = _tried(self.engine.tool, "info")
        if done is None or done.returncode:
            said = "it doesn't answer" if done is None else done.stderr.decode(errors="replace").strip()
            raise HostError(
                "container-denied",
                f"{self.engine.tool} is here, and this user can't use it",
                context=tuple(said.splitlines()[-3:]),
                hint=f"see that `{self.engine.tool} info` works: its service runs, and this user may use it",
            )

    def _counts(self) -> bool:
        """Whether the kernel's limits can be set: not for users everywhere. The first process counts too."""
        return _succeeds(
            self.engine.tool, "run", "--rm", *_walls(self.engine), *_limits(1 << 30, 100), self.image, "true"
        )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class ContainerSystem:
    """See wine_system.WineSystem. ``counts``: whether limits of memory and processes can be set from outside."""

    engine: Engine
    image: str
    counts: bool
    wine: str = WINE
    server: str = SERVER
    lays_over: bool = False

    def isolated(self, prefix: Path, own: Path, bounds: Bounds) -> Contained:
        return Contained(self, prefix, own, bounds)


class Contained:
    """See wine_system.Isolated: one container, whose first process ends with this one."""

    def __init__(self, system: ContainerSystem, prefix: Path, own: Path, bounds: Bounds) -> None:
        self._engine, self._prefix = system.engine, prefix
        self._name = f"bundle-rehearsal-{secrets.token_hex(8)}"
        self._marks = 0
        ours = own / "ours"
        _put_programs(ours)
        (ours / "resolv.conf").write_text("nameserver 127.0.0.53\noptions timeout:2 attempts:1\n", encoding="ascii")
        calls = filter_for(os.uname().machine, hides_sockets=False)
        self._filtered = (f"--seccomp-filter={_OURS}/filter",) if calls is not None else ()
        if calls is not None:
            (ours / "filter").write_bytes(calls)
        # Z: theirs alone, where SELinux asks whose a file is
        places = {
            f"{prefix}:{PREFIX}": "Z",
            f"{own / 'session'}:{SESSION}": "Z",
            f"{ours}:{_OURS}": "ro,Z",
            f"{ours / 'resolv.conf'}:/etc/resolv.conf": "ro,Z",
        }
        volumes = [word for place, options in places.items() for word in ("--volume", f"{place}:{options}")]
        limits = _limits(bounds.memory, bounds.processes) if system.counts and bounds.memory else ()
        begin = (system.engine.tool, "run", "--rm", "--interactive", "--name", self._name, *_walls(system.engine))
        agent = ("python3", *holding(_OURS, "/", PREFIX, _OURS, bounds.memory, bounds.processes))
        self._first = FirstProcess((*begin, *limits, *volumes, system.image, *agent), own / "agent.log")

    def entering(self, *namespaces: str) -> None:
        del namespaces

    def inside(self, *command: str, env: Mapping[str, str]) -> tuple[str, ...]:
        self._marks += 1
        variables = [f"{name}={value}" for name, value in {**ENVIRONMENT, **env}.items()]
        starting = (*self._executing("--interactive", *(("--tty",) if "TERM" in env else ())), "/usr/bin/env", "-i")
        numbered = ("/bin/sh", "-c", _NUMBERED, "sh")
        return (
            *(*starting, f"{_MARK}{self._marks}", *variables, *numbered),
            *(*self._engine.unprivileged, *self._filtered, *command),
        )

    def fetching(self, url: str, seconds: float) -> tuple[str, ...]:
        return (*self._executing(), "python3", "-I", f"{_OURS}/{_PACKAGE}/probe.py", url, str(seconds))

    def seen_path(self, path: str) -> Path:
        return self._prefix / path.removeprefix(PREFIX).lstrip("/")

    def seen(self) -> Seen:
        return self._first.seen()

    def end_all(self) -> None:
        self._first.end_all()

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        mark = next(str(each).removeprefix(_MARK) for each in _words(process) if str(each).startswith(_MARK))
        script = 'n=$(cat "/tmp/.bundle-$1") && kill -9 "-$n" "$n"'
        _succeeds(*self._executing(), "/bin/sh", "-c", script, "sh", mark)
        kill(process)

    def close(self) -> None:
        self._first.close()

    def _executing(self, *options: str) -> tuple[str, ...]:
        user = f"{self._engine.user}:{self._engine.group}"
        return (self._engine.tool, "exec", *options, "--user", user, self._name)


def _put_programs(folder: Path) -> None:
    """What runs in there is this version's, whatever made the image; copied, since whose a file is may be changed for the container."""
    package = folder / _PACKAGE
    package.mkdir(parents=True)
    for each in (package, *package.parents[:2]):
        (each / "__init__.py").touch()
    for name in _PROGRAMS:
        shutil.copyfile(Path(__file__).with_name(name), package / name)


def find_container(environ: Mapping[str, str]) -> Container | None:
    """By podman, else by docker: the first that answers to this user; where none does, ``made`` says why."""
    there = [each for each in TOOLS if host_tools.which(each) is not None]
    if not there:
        return None
    tool = next((each for each in there if _succeeds(each, "info")), there[0])
    return Container(Engine(tool=tool, user=os.geteuid(), group=os.getegid()), environ.get(BASE, ""))


def _walls(engine: Engine) -> tuple[str, ...]:
    """Options of `run`, the same words for both tools (podman-run(1), docker container run)."""
    return (
        *("--network", "none", "--hostname", "bed", "--pull", "never", "--user", "0:0", *engine.keeps_users),
        *("--read-only", "--tmpfs", "/tmp:rw,size=1g,mode=1777", "--tmpfs", "/run:rw,size=16m", "--shm-size", "256m"),  # noqa: S108
        *("--security-opt", "no-new-privileges", "--cap-drop", "ALL"),
        *("--ulimit", f"core={core_limit()}:{core_limit()}"),
        *(word for each in _CAPABILITIES for word in ("--cap-add", each)),
        # on Windows everybody may listen at port 80, and ping
        *("--sysctl", "net.ipv4.ip_unprivileged_port_start=0", "--sysctl", "net.ipv4.ping_group_range=0 2147483647"),
    )


def _limits(memory: int, processes: int) -> tuple[str, ...]:
    return (
        *("--memory", str(memory), "--memory-swap", str(memory)),
        *("--pids-limit", str(processes * THREADS)),  # it counts threads
    )


def _words(process: subprocess.Popen[bytes]) -> tuple[object, ...]:
    return tuple(process.args) if isinstance(process.args, (list, tuple)) else ()


def _tried(*command: str) -> subprocess.CompletedProcess[bytes] | None:
    try:
        return subprocess.run(
            command,
            env=host_tools.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


def _succeeds(*command: str) -> bool:
    done = _tried(*command)
    return done is not None and done.returncode == 0
