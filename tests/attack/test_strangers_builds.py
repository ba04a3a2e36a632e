"""What build scripts try: the network, the user's files and variables, the store, processes that stay."""

from __future__ import annotations

import dataclasses
import errno
import os
import platform
import select
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

from bundler.errors import BuildError
from bundler.isolation import Limits, Room, Sandbox
from bundler.isolation.room import python_places
from bundler.isolation.sandbox import Unavailable, Wish, sandbox_of_this_host
from bundler.report import Reporter
from tests.support.strangers import Victim, needs_sandbox, processes_with, stranger

pytestmark = pytest.mark.linux_only("rooms are made of namespaces")

PROBE = """
import socket

def can(action, *arguments):
    try:
        action(*arguments)
    except OSError:
        return False
    return True

def build_wheel(folder, settings=None, metadata=None):
    report(
        loopback=can(socket.create_connection, ("127.0.0.1", {port}), 5),
        outside=can(socket.create_connection, ("192.0.2.1", 80), 0.2),
        abstract=can(lambda: socket.socket(socket.AF_UNIX).connect(chr(0) + {abstract!r})),
        read={{path: can(open, path) for path in {secrets!r}}},
        write={{path: can(open, os.path.join(path, "planted"), "w") for path in {folders!r}}},
        variables=dict(os.environ),
        self=can(socket.getaddrinfo, socket.gethostname(), 80),
        home=os.listdir(os.path.expanduser("~")),
        temporary=os.listdir("/tmp"),
        root=os.listdir("/"),
        devices=sorted(os.listdir("/dev")),
        processes=[each for each in os.listdir("/proc") if each.isdigit()],
        capabilities=[line.split()[1] for line in open("/proc/self/status") if line.startswith("Cap")],
        session=os.getsid(0),
        user=__import__("pwd").getpwuid(os.getuid()).pw_name,
    )
    honest(folder)
    return HONEST
"""


@pytest.fixture(autouse=True)
def _sandbox() -> None:
    needs_sandbox()


def probed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, network: bool) -> dict[str, object]:
    home, store = tmp_path / "home", tmp_path / "store"
    for each in (home / ".ssh", store):
        each.mkdir(parents=True)
    key = home / ".ssh" / "id_ed25519"
    key.write_text("a key", encoding="ascii")
    for name in ("AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "SSH_AUTH_SOCK", "PIP_INDEX_URL", "UV_INDEX", "NETRC"):
        monkeypatch.setenv(name, "a secret")
    monkeypatch.setenv("HOME", str(home))
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
        local.bind("\0" + (abstract := f"bundle-test-{os.getpid()}"))
        local.listen()
        victim = Victim(tmp_path / "victim", network=network)
        values = {
            "port": server.getsockname()[1],
            "abstract": abstract,
            "secrets": [str(key), "/etc/shadow", "/etc/machine-id", str(Path(__file__))],
            "folders": [str(store), str(tmp_path / "project"), str(home), "/etc", "/usr", "/"],
        }
        victim.builds(stranger(tmp_path, PROBE.format(**values)))
    assert not list(tmp_path.rglob("planted"))
    return dict(victim.reports)


def test_nothing_of_this_host_is_in_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = probed(tmp_path, monkeypatch, network=False)
    assert (seen["loopback"], seen["outside"], seen["abstract"]) == (False, False, False)
    assert not any(dict(seen["read"]).values()), seen["read"]  # type: ignore[call-overload]
    assert not any(dict(seen["write"]).values()), seen["write"]  # type: ignore[call-overload]
    variables = dict(seen["variables"])  # type: ignore[call-overload]
    assert "a secret" not in variables.values()
    assert variables["HOME"] == "/home/build"
    assert (seen["home"], seen["user"], seen["self"]) == ([], "build", True)
    assert seen["session"] != 0, "that of a process outside: whose terminal is this one's too"
    assert {"run", "sys", "boot", "mnt", "srv"}.isdisjoint(seen["root"])  # type: ignore[arg-type]
    assert not {each for each in seen["devices"] if each.startswith(("sd", "vd", "nvme", "kvm", "mem"))}  # type: ignore[attr-defined]
    assert len(seen["processes"]) <= 2  # type: ignore[arg-type]
    assert set(seen["capabilities"]) == {"0" * 16}  # type: ignore[call-overload]


def test_nobody_waits_for_a_file_that_is_shown_to_a_build(tmp_path: Path) -> None:
    """By a lease each program of the host that opened the file waited for 45 seconds; whoever owns the file may have one, root of all of /usr."""
    victim = Victim(tmp_path / "victim")
    code = """
import fcntl

def build_wheel(folder, settings=None, metadata=None):
    try:
        fcntl.fcntl(os.open(os.__file__, os.O_RDONLY), fcntl.F_SETLEASE, fcntl.F_WRLCK)
    except OSError as error:
        report(refused=error.errno)
    honest(folder)
    return HONEST
"""
    victim.builds(stranger(tmp_path, code))
    assert victim.reports == {"refused": errno.EPERM}, "EAGAIN: it is open elsewhere"


def test_a_network_only_where_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = probed(tmp_path, monkeypatch, network=True)
    assert seen["loopback"] is True
    assert not any(dict(seen["read"]).values()), seen["read"]  # type: ignore[call-overload]


def test_without_a_room_the_variables_and_the_home_are_scrubbed_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "a secret")
    victim = Victim(tmp_path / "victim", "off")
    code = """
def build_wheel(folder, settings=None, metadata=None):
    report(variables=dict(os.environ), home=os.listdir(os.path.expanduser("~")))
    honest(folder)
    return HONEST
"""
    victim.builds(stranger(tmp_path, code))
    assert "a secret" not in victim.reports["variables"].values()
    assert victim.reports["home"] == []
    assert not Path(victim.reports["variables"]["HOME"]).exists()


def test_what_several_packages_are_asked_in_stays_as_it_is(tmp_path: Path) -> None:
    victim = Victim(tmp_path / "victim")
    victim.environment = dataclasses.replace(victim.environment, shared=True)
    code = """
def prepare_metadata_for_build_wheel(folder, settings=None):
    try:
        open(os.path.join(sys.prefix, "planted"), "w")
    except OSError as error:
        report(error=error.strerror)
    return describe(folder)
"""
    victim.asks(stranger(tmp_path, code))
    assert victim.reports["error"] == "Read-only file system"
    assert not (victim.environment.folder / "planted").exists()


def test_links_that_a_build_turns_show_the_next_one_nothing(tmp_path: Path) -> None:
    """A build that failed is tried again, for the host and in the same environment, whose own Python it may have replaced."""
    secret = tmp_path / "secret" / "bin" / "python"
    secret.parent.mkdir(parents=True)
    secret.write_bytes(b"#!/bin/sh\necho REPORT '{\"ran\": true}'\n")
    secret.chmod(0o755)
    code = f"""
def build_wheel(folder, settings=None, metadata=None):
    os.unlink(sys.executable)
    os.symlink({str(secret)!r}, sys.executable)
    report(turned=True)
    raise SystemExit(1)
"""
    victim = Victim(tmp_path / "victim")
    project = stranger(tmp_path, code)
    for _ in range(2):
        with pytest.raises(BuildError):
            victim.builds(project)
    assert dict(victim.reports) == {"turned": True}


def test_a_build_that_removes_its_own_python(tmp_path: Path) -> None:
    victim = Victim(tmp_path / "victim", "off")
    project = stranger(
        tmp_path, "\ndef build_wheel(folder, settings=None, metadata=None):\n    os.unlink(sys.executable)\n"
    )
    for reference in ("build-output-unsafe", "build-environment"):
        with pytest.raises(BuildError) as caught:
            victim.builds(project)
        assert caught.value.reference == reference


DAEMON = """
def build_wheel(folder, settings=None, metadata=None):
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        os.close(reading)
        os.write(writing, b"x")
        for each in range(3):
            os.close(each)
        os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(3600)", {mark!r}])
    os.close(writing)
    os.read(reading, 1)
    os.read(reading, 1)  # its exec closes the other end
    report(started=True)
    honest(folder)
    {then}
    return HONEST
"""


@pytest.mark.parametrize("then", ["pass", "os._exit(3)", "os.kill(os.getpid(), 9)"])
def test_no_process_stays(tmp_path: Path, then: str) -> None:
    mark = f"daemon-of-{tmp_path}"
    victim = Victim(tmp_path / "victim")
    project = stranger(tmp_path, DAEMON.format(mark=mark, then=then))
    if then == "pass":
        victim.builds(project)
    else:
        with pytest.raises(BuildError, match="failed"):
            victim.builds(project)
    assert victim.reports["started"] is True
    assert not list(processes_with(mark))


SLEEPER = """
import sys
from pathlib import Path
from bundler.isolation import Room, Sandbox
from bundler.report import Reporter

command = ["/bin/sh", "-c", "(setsid sleep 3600 &) ; echo begun >&2; exec sleep 3600", sys.argv[1]]
with open(sys.argv[2], "wb") as output:
    Sandbox("required", Reporter()).run(Room(environment={"PATH": "/usr/bin:/bin"}), command, cwd=Path("/"), output=output)
"""


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_none_stays_when_we_are_ended(tmp_path: Path, ending: signal.Signals) -> None:
    mark, output = f"sleeper-of-{tmp_path}", tmp_path / "output"
    os.mkfifo(output)
    environ = {**os.environ, "TMPDIR": str(tmp_path)}  # what is killed leaves its folder there
    command = [sys.executable, "-c", SLEEPER, mark, str(output)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environ)
    with output.open("rb") as stream:
        assert stream.readline() == b"begun\n"
        inside = [os.pidfd_open(each) for each in processes_with(mark) if each != process.pid]
        assert inside
        process.send_signal(ending)
        process.wait()
        for each in inside:  # the kernel ends them with their first process: an event, if not always before ours
            assert select.select([each], [], [], 60)[0]
            os.close(each)
        assert stream.read() == b"", "what held the output's other end is gone too"


def run(code: str, limits: Limits, tmp_path: Path, wish: Wish = "required") -> tuple[int, str]:
    room = Room(
        read_only=python_places(Path(sys.executable), {}),
        writable=(tmp_path,),
        environment={"PATH": os.defpath},
        limits=limits,
    )
    with (tmp_path / "output").open("wb") as output:
        command = [sys.executable, "-I", "-c", textwrap.dedent(code)]
        ended = Sandbox(wish, Reporter()).run(room, command, cwd=tmp_path, output=output)
    return ended, (tmp_path / "output").read_text(encoding="utf-8")


def test_memory_has_a_limit(tmp_path: Path) -> None:
    code, said = run("bytearray(600_000_000)", Limits(memory=300_000_000), tmp_path)
    assert code
    assert "MemoryError" in said
    assert run("bytearray(100_000_000)", Limits(memory=300_000_000), tmp_path)[0] == 0


def test_a_file_has_a_limit(tmp_path: Path) -> None:
    code, said = run("open('big', 'wb').write(bytes(2_000_000))", Limits(file_size=1_000_000), tmp_path)
    assert code, said
    assert (tmp_path / "big").stat().st_size <= 1_000_000


BOMB = "n=0; while [ $n -lt 60 ]; do sleep 3599.0801 & n=$((n+1)); done; echo all of them; exit 9"


def test_processes_have_a_limit() -> None:
    """As a user who isn't root, whose processes the kernel counts."""
    found = sandbox_of_this_host()
    assert not isinstance(found, Unavailable)
    other = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"] if os.geteuid() == 0 else []
    for processes, ended in ((20, 2), (200, 9)):
        with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryFile() as output:
            Path(scratch).chmod(0o755)
            room = Room(limits=Limits(processes=processes))
            words = found.command_line(room, ["/bin/sh", "-c", BOMB], cwd=Path("/"), scratch=Path(scratch))
            done = subprocess.run([*other, *words], stdout=output, stderr=subprocess.STDOUT, check=False)
            output.seek(0)
            assert done.returncode == ended, output.read()
    assert not list(processes_with("3599.0801"))


@pytest.mark.skipif("os.geteuid() != 0", reason="the kernel counts those of others (the test above)")
def test_processes_of_root_have_a_limit(tmp_path: Path) -> None:
    """The kernel doesn't count these: they are looked at."""
    endless = "import os, time\nwhile True:\n    os.fork() or os.read(os.pipe()[0], 1)\n    time.sleep(0.01)\n"
    with pytest.raises(BuildError) as caught:
        run(f"{endless}# {tmp_path}-mark", Limits(processes=20, seconds=300), tmp_path)
    assert caught.value.reference == "build-too-large"
    assert "processes" in str(caught.value)
    assert not list(processes_with(f"{tmp_path}-mark"))


@pytest.mark.skipif("os.geteuid() != 0", reason="the kernel counts those of others")
def test_processes_of_root_that_multiply(tmp_path: Path) -> None:
    """1,024 of them at once, without a pause."""
    bomb = "import os, time\nfor _ in range(10):\n    os.fork()\ntime.sleep(3600)\n"
    with pytest.raises(BuildError, match="processes") as caught:
        run(f"{bomb}# {tmp_path}-mark", Limits(processes=300, seconds=600), tmp_path)
    assert caught.value.reference == "build-too-large"
    assert not list(processes_with(f"{tmp_path}-mark"))


THREADS = """
    import threading
    threading.stack_size(65536)
    never = threading.Event()
    for _ in range(60):
        threading.Thread(target=never.wait).start()
"""
SHARED = """
    import mmap, os
    shared = mmap.mmap(-1, 300_000_000)
    for at in range(0, len(shared), 4096):
        shared[at] = 1
    os.read(os.pipe()[0], 1)
"""


@pytest.mark.parametrize(
    ("code", "limits", "words"),
    [
        (THREADS, Limits(processes=20), "processes and threads"),
        (SHARED, Limits(memory=200_000_000), "MiB of memory in one process"),
    ],
)
def test_threads_and_shared_memory_have_a_limit(tmp_path: Path, code: str, limits: Limits, words: str) -> None:
    """Of root: the kernel bounds neither, and of others no memory that is shared."""
    if "threads" in words and os.geteuid() != 0:
        pytest.skip("the kernel counts those of others")
    with pytest.raises(BuildError) as caught:
        run(f"{code}    # {tmp_path}-mark", limits, tmp_path)
    assert caught.value.reference == "build-too-large"
    assert words in str(caught.value)
    assert not list(processes_with(f"{tmp_path}-mark"))


@pytest.mark.parametrize("wish", ["required", "off"])
@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(spare_memory=1 << 62), "MiB of this host's memory"),
        (Limits(spare_files=1 << 62), "files on the disk"),
    ],
)
def test_memory_and_files_of_this_host_are_spared(tmp_path: Path, wish: Wish, limits: Limits, words: str) -> None:
    if "files" in words and not os.statvfs(tempfile.gettempdir()).f_files:
        pytest.skip("a disk that has no such number")
    with pytest.raises(BuildError) as caught:
        run(f"import os; os.read(os.pipe()[0], 1)  # {tmp_path}-mark", limits, tmp_path, wish)
    assert caught.value.reference == "build-too-large"
    assert words in str(caught.value)
    assert not list(processes_with(f"{tmp_path}-mark"))


FAMILIES = """
    import socket
    for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6):
        socket.socket(family).close()
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close()
    for family, kind in ((socket.AF_VSOCK, socket.SOCK_STREAM), (socket.AF_ALG, socket.SOCK_SEQPACKET), (socket.AF_PACKET, socket.SOCK_RAW)):
        try:
            socket.socket(family, kind)
            print(family)
        except OSError as error:
            assert error.errno == 97, error
"""


@pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="numbers of system calls")
def test_sockets_that_lead_past_the_network_are_out_of_reach(tmp_path: Path) -> None:
    assert run(FAMILIES, Limits(), tmp_path) == (0, "")


@pytest.mark.parametrize("wish", ["required", "off"])
def test_the_disk_is_not_filled(tmp_path: Path, wish: Wish) -> None:
    """With so much to be spared that any disk is too full, and a program that would never end."""
    with pytest.raises(BuildError) as caught:
        run(f"import os; os.read(os.pipe()[0], 1)  # {tmp_path}-mark", Limits(spare_disk=1 << 62), tmp_path, wish)
    assert caught.value.reference == "build-too-large"
    assert "MiB of the disk" in str(caught.value)
    assert not list(processes_with(f"{tmp_path}-mark"))


KEYS = """
    import ctypes, errno, os, sys, threading
    call = ctypes.CDLL(None, use_errno=True).syscall
    numbers = {"x86_64": (248, 250, 272), "aarch64": (217, 219, 97)}[os.uname().machine]
    said = []
    for arguments in ((numbers[0], b"user", b"name", b"secret", 6, -3), (numbers[1], 6, -3, 0, 0, 0), (numbers[2], 0x10000000)):
        said.append(errno.errorcode[ctypes.get_errno()] if call(*arguments) == -1 else "done")
    thread = threading.Thread(target=lambda: said.append("thread"))
    thread.start()
    thread.join()
    said.append(str(os.waitpid(os.spawnv(os.P_NOWAIT, "/bin/true", ["true"]), 0)[1]))
    print(*said)
"""


@pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="numbers of system calls")
def test_keyrings_and_more_namespaces_are_out_of_reach(tmp_path: Path) -> None:
    assert run(KEYS, Limits(), tmp_path) == (0, "ENOSYS ENOSYS EPERM thread 0\n")


def test_time_has_a_limit(tmp_path: Path) -> None:
    with pytest.raises(BuildError) as caught:
        run(f"import os; os.fork(); os.read(os.pipe()[0], 1)  # {tmp_path}-mark", Limits(seconds=0.2), tmp_path)
    assert caught.value.reference == "build-too-long"
    assert not list(processes_with(f"{tmp_path}-mark"))


def test_a_program_that_a_signal_ends(tmp_path: Path) -> None:
    assert run("import os; os.kill(os.getpid(), 15)", Limits(), tmp_path)[0] == -signal.SIGTERM
