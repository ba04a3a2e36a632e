"""Programs of a bundle that is rehearsed are a stranger's: what of this host they can read, change and keep busy.

Wine lets a program of Windows start one of Linux. Here these are started at once, as Wine itself is: with the rights that all of them have.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from bundler.errors import HostError
from bundler.rehearse.port import BARE
from bundler.rehearse.wine.screen import has_screens
from bundler.rehearse.wine.wine_machine import WineMachine
from bundler.rehearse.wine.wine_system import Bounds
from bundler.target.steps.release_programs import command_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.bed import Bed, Session

pytestmark = pytest.mark.e2e

_OUT = (
    'mkdir "/tmp/e"; chroot "/tmp/e" or print "chroot: $!\n"; chdir ".." for 1..64; chroot ".";'
    'open(F, "<", "{secret}") and print "read: ", <F>; open(G, ">", "{folder}/planted") and print "written\n";'
)
_KERNEL = """
for each in /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/sysrq-trigger /proc/irq/default_smp_affinity \\
  /proc/keys /proc/1/autogroup /proc/1/oom_score_adj; do
  test -e $each && (: >>$each) 2>/dev/null && echo "$each can be written to"
done
for each in null zero full random urandom tty; do
  touch -c -d 2001-02-03 /dev/$each 2>/dev/null && echo "/dev/$each can be changed"
done
mount -o remount,bind,rw / 2>/dev/null
touch /etc/planted 2>/dev/null && echo "the chroot can be written to"
mknod /tmp/disk b 8 0 2>/dev/null && echo "devices can be made"
unshare --user true 2>/dev/null && echo "user namespaces can be made"
ls /proc/1/root/etc >/dev/null 2>&1 && echo "the files of its first process can be listed"
test -s /proc/keys && echo "the host's keys can be listed"
exit 0
"""
_SERVER = (
    "$s = new IO::Socket::INET(LocalAddr => '127.0.0.1', LocalPort => 8077, Listen => 1, ReuseAddr => 1); $c = $s->accept;"
    "print $c qq(HTTP/1.0 200 OK\\r\\n\\r\\n); $b = 'x' x 65536; 1 while print $c $b"
)
_BOMB = "$SIG{CHLD} = 'IGNORE'; for (1 .. 10) { fork } sleep 3600"
_FLOOD = (
    "use Socket; socket(S, PF_INET, SOCK_DGRAM, 17);"
    "for (;;) { send(S, 'x', 0, sockaddr_in($n++ % 60000 + 1, inet_aton('192.0.2.1'))) }"
)
_CHATTER = (
    "use Socket; socket(S, PF_INET, SOCK_DGRAM, 17); $m = 'x' x 60000; $l = sockaddr_in(9, inet_aton('127.0.0.1'));"
    "send(S, $m, 0, $l) for 1..5000; socket(C, PF_INET, SOCK_STREAM, 6); connect(C, sockaddr_in(80, inet_aton('192.0.2.7')))"
)


@pytest.fixture(scope="module")
def windows(bed: Bed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with bed.session(tmp_path_factory.mktemp("windows") / "prefix") as session:
        yield session


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "host" / "secret"
    path.parent.mkdir()
    path.write_text("of the host")
    return path


def unix(windows: Session, *command: str) -> str:
    inside = windows.namespace.inside(*command, env={})
    return subprocess.run(inside, capture_output=True, text=True, check=False).stdout


def sh(windows: Session, script: str) -> str:
    return unix(windows, "/bin/sh", "-c", script)


def test_programs_have_the_rights_that_are_tried_here(windows: Session) -> None:
    """Root's capabilities are gone from Wine's server, of which every program is a child or a client."""
    states = sh(windows, "for each in /proc/[0-9]*; do grep -H CapEff $each/status; done")
    found = {line.split()[-1] for line in states.splitlines() if "/proc/1/" not in line}
    assert found == {"0000000000002400"}, "CAP_NET_BIND_SERVICE and CAP_NET_RAW"


def test_arguments_of_a_batch_file_are_no_commands(windows: Session) -> None:
    """Of post-install commands and checks; it belongs here because cmd does."""
    folder = windows.host_path(r"C:\a b & c")
    folder.mkdir()
    (folder / "show.bat").write_bytes(
        b'@echo off\r\n:next\r\nif "%~1"=="" exit /b 7\r\necho [%1]\r\nshift\r\ngoto next\r\n'
    )
    values = ["x & echo evil", "^", "100%", "a|b>c<d", "!x!", "(x)", "back\\", "'"]
    host = SimpleNamespace(
        paths=SimpleNamespace(exe=".exe"),
        environment=SimpleNamespace(system_programs=lambda: r"C:\windows\System32"),
    )
    line = command_of(host, [r"C:\a b & c\show.bat"], values)  # type: ignore[arg-type]
    assert isinstance(line, str)
    result = windows.run(line.replace("/cmd.exe", "\\cmd.exe"))
    assert (result.returncode, result.output.splitlines()) == (7, [f'["{each}"]' for each in values])


def test_nobody_gets_out(windows: Session, secret: Path) -> None:
    said = unix(windows, "/usr/bin/perl", "-e", _OUT.format(secret=secret, folder=secret.parent))
    assert said == "chroot: Operation not permitted\n"
    assert [each.name for each in secret.parent.iterdir()] == ["secret"]


def test_what_is_the_kernels_stays_as_it_is(windows: Session, bed: Bed) -> None:
    before = [Path(f"/dev/{each}").stat().st_mtime_ns for each in ("null", "full")]
    assert sh(windows, _KERNEL) == ""
    assert [Path(f"/dev/{each}").stat().st_mtime_ns for each in ("null", "full")] == before
    assert not (bed.chroot / "etc" / "planted").exists()


def test_system_calls_that_attacks_begin_with(windows: Session) -> None:
    sh(windows, "cd /run/limits; rm -f filter; mv filter other; chmod 700 .; : >filter; mv /run/limits /run/other")
    vsock = 'use Socket; socket(S, 40, 1, 0) or print "no family: ", $!{EAFNOSUPPORT} ? 1 : 0, "\n";'
    calls = 'print "key: ", syscall(250, 0, -4, 0), "\n"; print "user: ", syscall(272, 0x10000000), "\n";'
    said = unix(windows, "/usr/bin/perl", "-MErrno", "-e", vsock + calls)
    assert said == "no family: 1\nkey: -1\nuser: -1\n"
    assert "Seccomp:\t2" in sh(windows, "cat /proc/self/status")


def test_nothing_of_the_host_waits_for_them_or_is_started_for_their_crashes(windows: Session) -> None:
    lease = 'open(F, "<", "/usr/bin/rev"); print fcntl(F, 1024, 1) ? "had" : "none", "\n";'
    assert unix(windows, "/usr/bin/perl", "-e", lease) == "none\n"
    assert "Max core file size        1                    1" in sh(windows, "ulimit -c 0; cat /proc/self/limits")


def test_nothing_is_typed_into_the_terminal_of_a_shell(windows: Session) -> None:
    """What `--shell` starts has it; on a kernel that lets programs type there the shell would run it."""
    typing = 'for (0x5412, 0x541c) { $c = "x"; ioctl(STDIN, $_, $c) and print "typed" or print "no: $!" }'
    inside = windows.namespace.inside("/usr/bin/perl", "-e", typing, env={"TERM": "xterm"})
    on_terminal = (sys.executable, "-c", "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))", *inside)
    said = subprocess.run(on_terminal, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False).stdout
    assert said.count("no: Operation not permitted") == 2, said


@pytest.mark.skipif(not has_screens(), reason="no Xvfb")
def test_a_window_that_tells_of_a_crash_is_none_of_the_program(bed: Bed, tmp_path: Path) -> None:
    with bed.session(tmp_path / "prefix", Bounds(screen=True)) as session:
        shown = WineMachine(session, BARE).screen.window(["rundll32.exe", "kernel32.dll,DebugBreak"], wait=120)
    assert (shown.picture, shown.fault) == (b"", "it ended before it showed a window"), shown.output


def test_links_in_the_place_of_files_that_come_next(bed: Bed, tmp_path: Path, secret: Path) -> None:
    names = "log stdin errors script outer"
    planting = f"for n in $(seq 99); do for each in {names}; do ln -s {secret} /srv/session/$each$n; ln -s {secret} /srv/session/$each$n.bat; done; done"
    with bed.session(tmp_path / "prefix") as windows:
        sh(windows, planting)
        assert windows.run(["cmd.exe", "/c", "echo", "evil"], stdin="evil").output == "evil\n"
        with pytest.raises(FileExistsError):
            windows.cmd("echo evil")
    assert secret.read_text() == "of the host"


@pytest.mark.parametrize("planted", ["mkdir {0}", "ln -s {1} {0}"])
def test_what_says_how_a_program_ended_is_no_file(bed: Bed, tmp_path: Path, secret: Path, planted: str) -> None:
    secret.write_text("exit 0")
    with bed.session(tmp_path / "prefix") as windows:
        sh(windows, f"for n in $(seq 99); do {planted.format('/srv/session/result$n', secret)}; done")
        with pytest.raises(HostError) as caught:
            windows.run(["cmd.exe", "/c", "exit", "0"])
    assert caught.value.reference == "program-not-started"


def test_what_leads_out_of_a_machine_is_not_looked_at(windows: Session, secret: Path) -> None:
    machine = WineMachine(windows, BARE)
    sh(windows, f"cd /srv/prefix/drive_c; ln -s {secret.parent} out; ln -s {secret} file; mkfifo pipe")
    assert [machine.files.read(rf"C:\{each}") for each in (r"out\secret", "file", "pipe")] == [None, None, None]
    found = machine.picture().files
    assert {r"C:\out", r"C:\file", r"C:\pipe"} <= found.keys()
    assert r"C:\out\secret" not in found
    assert machine.files.exists(r"C:\windows\system32\cmd.exe"), "what is mounted there is seen"


def test_a_drive_that_became_a_link(bed: Bed, tmp_path: Path, secret: Path) -> None:
    with bed.session(tmp_path / "prefix") as windows:
        machine = WineMachine(windows, BARE)
        sh(windows, f"cd /srv/prefix; mv drive_c moved; ln -s {secret.parent} drive_c")
        with pytest.raises(HostError) as caught:
            machine.picture()
        assert caught.value.reference in ("link-out-of-machine", "registry-not-read", "program-not-started")
        with pytest.raises(HostError):
            machine.files.write(r"C:\planted", b"x")
        sh(windows, "cd /srv/prefix; rm drive_c; mv moved drive_c")
    assert [each.name for each in secret.parent.iterdir()] == ["secret"]


def test_nothing_runs_any_more_while_a_drive_is_kept(bed: Bed, tmp_path: Path) -> None:
    """Programs of Linux don't end with Windows, and would exchange folders for links while they are copied."""
    with bed.session(tmp_path / "prefix") as windows:
        sh(windows, "(setsid sleep 1000 </dev/null >/dev/null 2>&1 &)")
        windows.end()
        assert "sleep 1000" in sh(windows, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
        windows.namespace.end_all()
        assert "sleep 1000" not in sh(windows, "cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
        windows.begin()
        assert windows.run(["cmd.exe", "/c", "exit", "7"]).returncode == 7


def test_a_folder_in_the_place_of_the_registry(bed: Bed, tmp_path: Path) -> None:
    """Where Wine can't write it, nothing else is taken for it, and nothing is waited for."""
    with bed.session(tmp_path / "prefix") as windows:
        sh(windows, "mkdir /srv/session/registry-user")
        machine = WineMachine(windows, BARE)
        with pytest.raises(HostError) as caught:
            machine.picture()
    assert caught.value.reference == "registry-not-read"


def test_a_link_in_the_place_of_the_registry(bed: Bed, tmp_path: Path, secret: Path) -> None:
    with bed.session(tmp_path / "prefix") as windows:
        sh(windows, f"ln -s {secret} /srv/session/registry-user")
        assert r"HKCU\Environment" in WineMachine(windows, BARE).picture().registry
    assert secret.read_text() == "of the host"


def test_a_page_without_an_end(windows: Session) -> None:
    inside = windows.namespace.inside("/usr/bin/perl", "-MIO::Socket", "-e", _SERVER, env={})
    server = subprocess.Popen(inside)
    try:
        page = windows.http_get("http://127.0.0.1:8077/")
    finally:
        server.kill()
        server.wait()
    assert (page.status, len(page.body)) == (200, 8_000_000)


def test_what_multiplies_is_ended(bed: Bed, tmp_path: Path) -> None:
    """Each takes of the processor what ends them: reading one after the other, they were looked at for a minute and more."""
    bounds = Bounds(memory=4_000_000_000, processes=300)
    with bed.session(tmp_path / "prefix", bounds) as session:
        unix(session, "/usr/bin/perl", "-e", _BOMB)  # it ends only because it is ended
        assert session.namespace.seen().exceeded == "processes"


def test_an_attempt_among_much_that_stays_on_the_machine(windows: Session) -> None:
    windows.forget_attempts()
    unix(windows, "/usr/bin/perl", "-e", _CHATTER)
    assert windows.forget_attempts() == ["tcp 192.0.2.7:80"]


def test_more_attempts_than_are_written_down_end_everything(bed: Bed, tmp_path: Path) -> None:
    with bed.session(tmp_path / "prefix") as session:
        unix(session, "/usr/bin/perl", "-e", _FLOOD)  # it ends only because it is ended
        seen = session.namespace.seen()
        assert seen.exceeded == "connections"
        # whatever this machine had room for: the last tells of what it hadn't
        assert len(seen.attempts) == 100_000 or "others, more at a time" in " ".join(
            each.address for each in seen.attempts
        )
        session.forget_attempts()
