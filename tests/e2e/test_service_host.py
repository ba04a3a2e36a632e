"""The service host under Wine's service manager: real services, ended politely, by force and by themselves; and what it says then.

All of it twice: with the host as it is shipped, and with one whose console functions do what Microsoft documents and Wine doesn't.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import shutil
import time
from typing import TYPE_CHECKING, TypeVar

import pytest

from bundler.errors import HostError
from bundler.pack.shipped import target_folder
from tests.support.bed import Session, toolchain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.bed import Bed, Mirror

pytestmark = pytest.mark.e2e

T = TypeVar("T")

ENVIRONMENT = "C:\\Envs é (x86) & !\\Example"
RELEASE = rf"{ENVIRONMENT}\releases\1.0-one"
PYTHON = rf"{RELEASE}\Scripts\python.exe"
HOST = rf"{ENVIRONMENT}\services\service.exe"
LOG = "C:\\logs é & co\\demo.log"
URL = "http://127.0.0.1:8097/"

SERVER = r"""
import http.server, os, sys, time
print(ascii([os.getcwd(), os.environ["GREETING"], os.environ["Path"].split(";")[:2], "PYTHONHOME" in os.environ, sys.argv[1:]]), flush=True)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/die":
            os._exit(42)
        if self.path == "/leave":
            os._exit(0)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"it works")
try:
    http.server.HTTPServer(("127.0.0.1", 8097), Handler).serve_forever()
except KeyboardInterrupt:
    print("asked to stop", flush=True)
    time.sleep(1.5)
    print("the last word", flush=True)
"""
STUBBORN = r"""
import signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
if len(sys.argv) == 1:
    subprocess.Popen([sys.executable, __file__, "child"])
while True:
    print("%5d" % time.monotonic(), "x" * 90, flush=True)
    time.sleep(0.02)
"""
LEAVES_A_DEAF_ONE = r"""
import signal, subprocess, sys, time
if len(sys.argv) > 1:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    print("deaf", flush=True)
else:
    subprocess.Popen([sys.executable, __file__, "child"])
while True:
    time.sleep(0.02)
"""
STRANGER = r"""
import os, time
with open("C:\\stranger.new", "w") as stream:
    stream.write(str(os.getpid()))
os.rename("C:\\stranger.new", "C:\\stranger")
while not os.path.exists("C:\\stranger goes"):
    time.sleep(0.02)
"""
TALKING = r"""
import os, time
def say(name, count):
    while not os.path.exists("C:\\" + name):
        time.sleep(0.02)
    for number in range(count):
        print("%s %04d" % (name, number), "x" * 40, flush=True)
    time.sleep(0.5)
    open("C:\\" + name + " said", "w").close()
try:
    say("few", 200)
    say("again", 1)
    say("many", 2000)
    say("last", 1)
    time.sleep(600)
except KeyboardInterrupt:
    pass
"""
REFUSED = """
#include <windows.h>
static BOOL WINAPI refuse(HANDLE job, HANDLE process)
{
    (void)job;
    (void)process;
    SetLastError(ERROR_ACCESS_DENIED);
    return FALSE;
}
void *__imp_AssignProcessToJobObject = refuse;
"""


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """The service `demo`; its settings are those of a right one unless a test changes them."""

    windows: Session

    @property
    def settings(self) -> Path:
        return self.windows.host_path(rf"{RELEASE}\services\demo.conf")

    @property
    def log(self) -> Path:
        return self.windows.host_path(LOG)

    def program(self, source: str) -> None:
        self.windows.host_path(r"C:\app é.py").write_text(source, encoding="utf-8")

    def set(self, *, without: str = "", **changes: str) -> None:
        values = {
            "program": PYTHON,
            "command": f'"{PYTHON}" "C:\\app é.py"',
            "directory": r"C:\windows",
            "release": RELEASE,
            "log-size": "20000",
            "log-count": "2",
            "stop-timeout": "20",
            "environment": "GREETING=é=漢",
            **{name.replace("_", "-"): value for name, value in changes.items()},
        }
        lines = [f"{name}={value}" for name, value in values.items() if name != without]
        more = ["environment=PYTHONIOENCODING=utf-8", "remove=PYTHONHOME", r"path=C:\first", r"path=C:\second é"]
        text = "\n".join(["format=1", *lines, *more, rf"library={RELEASE}\Scripts", ""])
        self.settings.write_text(text, encoding="utf-8")

    def start(self) -> None:
        done = self.windows.run("sc start demo")
        assert done.returncode == 0, done.output

    def start_in_vain(self) -> None:
        """Start one that ends at once: its process can be gone before Wine's manager has read its answer, which is 1053 then."""
        done = self.windows.run("sc start demo")
        assert done.returncode in (0, 1053), done.output

    def stop(self) -> None:
        assert self.windows.run("sc stop demo").returncode == 0

    def state(self) -> tuple[str, int, int]:
        """State, exit code, the service's own exit code."""
        found = re.search(
            r"STATE\s*: \d+\s+(\w+).*WIN32_EXIT_CODE\s*: (\d+).*SERVICE_EXIT_CODE\s*: (\d+)",
            self.windows.run("sc query demo").output,
            re.DOTALL,
        )
        assert found
        return found[1], int(found[2]), int(found[3])

    def ended(self) -> tuple[int, int]:
        """Wait until it has stopped; its exit codes."""
        return self.wait(lambda: self.state() if self.state()[0] == "STOPPED" else None)[1:]

    def wait(self, look: Callable[[], T | None]) -> T:
        for _ in range(600):
            if (found := look()) is not None:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{self.state()}\n{self.said()}")

    def said(self) -> str:
        return self.log.read_text("utf-8") if self.log.exists() else ""

    def processes(self) -> int:
        return self.windows.run("tasklist").output.count("python.exe")


def compile_host(path: Path, *replacing: Path, flags: tuple[str, ...] = ()) -> None:
    """A test build of the host: ``replacing`` are sources with functions of Windows under the names that they are imported by."""
    shims = target_folder() / "shims"
    sources = [*sorted(shims.glob("service*.c")), shims / "base.c", *replacing]
    own = ("-O0", "-ffreestanding", "-fno-builtin", "-nostdlib", "-Wl,-e,start", "-Wno-sizeof-pointer-div")
    toolchain.compile_exe("amd64", path, *own, *flags, *sources, "-lkernel32", "-ladvapi32", "-lgcc")


@contextlib.contextmanager
def other_host(windows: Session, *replacing: Path, flags: tuple[str, ...] = ()) -> Iterator[None]:
    """The service's program is a test build of the host."""
    host = windows.host_path(HOST)
    real = host.rename(host.with_name("real.exe"))
    try:
        compile_host(host, *replacing, flags=flags)
        yield
    finally:
        real.replace(host)


CONSOLE = toolchain.SOURCES / "console_as_documented.c"
LINGERING = toolchain.SOURCES / "tree_that_lingers.c"
TOLD_OTHERWISE = toolchain.SOURCES / "job_told_otherwise.c"


@pytest.fixture(scope="module", params=["shipped", "console as documented"])
def windows(
    request: pytest.FixtureRequest, bed: Bed, mirror: Mirror, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    """A Windows with one release of an environment, and a service that is made as the bootstrap makes it."""
    with bed.session(tmp_path_factory.mktemp("services") / "prefix") as session:
        session.copy_in(mirror.tree("3.11.7", "amd64"), rf"{RELEASE}\Scripts")
        session.copy_in(target_folder() / "shims" / "win_amd64" / "service.exe", HOST)
        if request.param != "shipped":
            compile_host(session.host_path(HOST), CONSOLE)
        session.host_path(rf"{RELEASE}\services").mkdir()
        session.host_path(LOG).parent.mkdir()
        made = session.run(rf'sc create demo binPath= "\"{HOST}\" demo \"{LOG}\"" start= demand')
        assert made.returncode == 0, made.output
        yield session
        assert session.run("sc delete demo").returncode == 0


@pytest.fixture
def service(windows: Session) -> Iterator[Service]:
    found = Service(windows=windows)
    windows.host_path(rf"{ENVIRONMENT}\current").write_bytes(b"1.0-one\n")
    found.program(SERVER)
    found.set()
    yield found
    if found.state()[0] != "STOPPED":
        found.stop()
        found.ended()
    for each in found.log.parent.iterdir():
        each.unlink()


def test_it_serves_and_is_asked_to_stop(service: Service) -> None:
    service.start()
    assert service.windows.http_get(URL).body == b"it works"
    assert service.state() == ("RUNNING", 0, 0)
    service.stop()
    assert service.ended() == (0, 0)
    said = service.said()
    assert r"['C:\\windows', '\xe9=\u6f22', ['C:\\first', 'C:\\second \xe9'], False, []]" in said
    assert re.search(
        r'-- \d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d\d:\d\d Started [^"]*python\.exe in C:\\windows, process \d+\.', said
    )
    assert "asked to stop\nthe last word\n" in said
    assert said.rstrip().endswith("Stopped.")
    assert "still something running" not in said
    assert "own SID" not in said


@pytest.mark.parametrize("after", ["started again", "left"])
def test_its_death_is_the_services_and_it_can_be_started_again(service: Service, after: str) -> None:
    """Wine's service manager keeps recovery actions and takes none: whether it would is in the exit codes."""
    service.start()
    service.windows.http_get(URL)
    with pytest.raises(HostError):
        service.windows.http_get(URL + "die", wait=1)
    assert service.ended() == (1066, 42)
    assert "The program ended by itself with exit code 42." in service.said()
    if after == "started again":
        service.start()
        assert service.windows.http_get(URL).status == 200


def test_one_that_has_done_its_work_is_no_failure(service: Service) -> None:
    service.start()
    service.windows.http_get(URL)
    with pytest.raises(HostError):
        service.windows.http_get(URL + "leave", wait=1)
    assert service.ended() == (0, 0)
    assert "ended by itself with exit code 0." in service.said()


def test_a_stubborn_tree_is_ended_and_its_output_is_in_files_of_their_size(service: Service) -> None:
    service.program(STUBBORN)
    service.set(stop_timeout="1")
    service.start()
    service.wait(lambda: service.processes() == 2 or None)
    service.wait(lambda: (service.log.parent / "demo.log.2").exists() or None)
    service.stop()
    assert service.ended() == (0, 0)
    assert "After Ctrl-C and 1 s there is still something running (2): it is ended." in service.said()
    assert service.processes() == 0
    sizes = {each.name: each.stat().st_size for each in service.log.parent.iterdir()}
    assert sorted(sizes) == ["demo.log", "demo.log.1", "demo.log.2"]
    assert all(size <= 20_000 for size in sizes.values())
    assert min(sizes["demo.log.1"], sizes["demo.log.2"]) > 15_000


def test_a_log_that_cannot_be_written_for_a_while(service: Service) -> None:
    """Its folder is away: at the start, for less than is kept, and when the file is to be exchanged, for more."""
    windows, folder = service.windows, service.log.parent

    def let_say(name: str) -> None:
        windows.host_path(rf"C:\{name}").touch()
        service.wait(lambda: windows.host_path(rf"C:\{name} said").exists() or None)

    service.program(TALKING)
    service.set(log_size="30000", log_count="9")
    away = folder.rename(folder.with_name("away"))
    service.start()
    let_say("few")
    away.rename(folder)
    let_say("again")
    service.wait(lambda: "again 0000" in service.said() or None)
    folder.rename(away)
    let_say("many")
    away.rename(folder)
    let_say("last")
    service.stop()
    assert service.ended() == (0, 0)
    files = sorted(folder.iterdir(), key=lambda each: int(each.suffix[1:]) if each.suffix != ".log" else 0)
    said = "".join(each.read_text("utf-8") for each in reversed(files))
    lost = re.findall(
        r"could not be written since [\d :+-]{25} \(error 3\b.*\)\. Of what was to be written (\d+) bytes", said
    )
    assert [int(each) > 0 for each in lost] == [False, True], lost
    assert "Started " in said
    assert re.findall(r"few (\d+)", said) == [f"{number:04}" for number in range(200)]
    assert "many 1999 " in said
    assert "last 0000 " in said
    assert said.rstrip().endswith("Stopped.")


def test_a_program_that_can_be_put_into_no_job(service: Service, tmp_path: Path) -> None:
    """The host with one function of Windows that refuses: the program serves all the same, and is asked to stop."""
    (tmp_path / "refused.c").write_text(REFUSED)
    with other_host(service.windows, tmp_path / "refused.c"):
        service.start()
        assert service.windows.http_get(URL).body == b"it works"
        service.stop()
        assert service.ended() == (0, 0)
    assert "The program can't be put into a job object (error 5" in service.said()
    assert "what it started itself may go on running" in service.said()
    assert "asked to stop\nthe last word\n" in service.said()


def test_a_console_that_comes_a_moment_after_the_program(service: Service) -> None:
    with other_host(service.windows, CONSOLE, flags=("-DATTACH_FAILS=3",)):
        service.start()
        assert service.windows.http_get(URL).body == b"it works"
        service.stop()
        assert service.ended() == (0, 0)
    assert "asked to stop\nthe last word\n" in service.said()


def test_a_host_that_cannot_be_guarded_sends_no_ctrl_c(service: Service) -> None:
    """It would end itself, in the middle of a stop."""
    with other_host(service.windows, CONSOLE, flags=("-DUNGUARDED",)):
        service.start()
        assert service.windows.http_get(URL).body == b"it works"
        service.stop()
        assert service.ended() == (0, 0)
    assert "no console that could take Ctrl-C: it is ended at once." in service.said()
    assert "asked to stop" not in service.said()
    assert service.said().rstrip().endswith("Stopped.")


@pytest.fixture
def lingering(service: Service) -> Iterator[Service]:
    """Its tree isn't gone before ``let_go``: the host asks how many are left."""
    marks = [service.windows.host_path(each) for each in (r"C:\asked", r"C:\let go")]
    with other_host(service.windows, LINGERING):
        yield service
        marks[1].touch()
        service.ended()
    for each in marks:
        each.unlink(missing_ok=True)


def test_stopped_means_that_the_tree_is_gone(lingering: Service) -> None:
    """Others take it for the sign that port and files are free."""
    asked = lingering.windows.host_path(r"C:\asked")
    lingering.program(STUBBORN)
    lingering.set(stop_timeout="1")
    lingering.start()
    lingering.wait(lambda: lingering.processes() == 2 or None)
    lingering.stop()
    lingering.wait(lambda: (asked.exists() and asked.stat().st_size > 3) or None)
    assert lingering.state()[0] == "STOP_PENDING"
    lingering.windows.host_path(r"C:\let go").touch()
    assert lingering.ended() == (0, 0)
    assert lingering.processes() == 0


def test_a_stop_while_it_tidies_up_after_the_programs_own_end(lingering: Service) -> None:
    """The stop is taken, and the end is no failure: Windows would start again what was to stop."""
    asked = lingering.windows.host_path(r"C:\asked")
    lingering.program(STUBBORN.replace("while True:", "if len(sys.argv) == 1:\n    sys.exit(7)\nwhile True:"))
    lingering.start()
    lingering.wait(lambda: asked.exists() or None)
    assert lingering.state()[0] == "RUNNING"
    lingering.stop()
    assert lingering.state()[0] == "STOP_PENDING"
    lingering.windows.host_path(r"C:\let go").touch()
    assert lingering.ended() == (0, 0)
    assert "ended by itself with exit code 7" in lingering.said()


def test_a_process_that_has_the_number_of_one_that_ended_is_left_alone(service: Service) -> None:
    """Between the list of the job and the end of what is in it a number may become another's."""
    windows = service.windows
    number, end = windows.host_path(r"C:\stranger"), windows.host_path(r"C:\stranger goes")
    windows.host_path(r"C:\stranger.py").write_text(STRANGER)
    assert windows.run(rf'cmd /c start "" /b "{PYTHON}" C:\stranger.py').returncode == 0
    try:
        service.wait(lambda: (number.exists() and number.read_bytes()) or None)
        service.program(STUBBORN)
        service.set(stop_timeout="1")
        with other_host(windows, TOLD_OTHERWISE, flags=("-DSTRANGER",)):
            service.start()
            service.wait(lambda: service.processes() == 3 or None)
            service.stop()
            assert service.ended() == (0, 0)
        assert "there is still something running" in service.said()  # how many by then depends on who was faster
        assert service.processes() == 1
        assert not end.exists()
    finally:
        end.touch()
        service.wait(lambda: service.processes() == 0 or None)
        for each in (number, end):
            each.unlink(missing_ok=True)


def test_of_a_tree_that_no_list_has_room_for_all_is_ended(service: Service) -> None:
    """What its program has started goes on when that has ended, and is counted though the list of the job is said to be cut short."""
    service.program(LEAVES_A_DEAF_ONE)
    service.set(stop_timeout="1")
    with other_host(service.windows, TOLD_OTHERWISE, flags=("-DPARTLY",)):
        service.start()
        service.wait(lambda: "deaf" in service.said() or None)
        service.stop()
        assert service.ended() == (0, 0)
    assert "After Ctrl-C and 1 s there is still something running (1): it is ended." in service.said()
    assert service.processes() == 0


def test_what_a_program_begins_with(service: Service) -> None:
    """Its environment sorted, as CreateProcess wants it, and no boxes that nobody would see: it inherits the host's error mode."""
    seen = service.windows.host_path(r"C:\block")
    service.set(environment="Zulu=1\nenvironment=GREETING=x\nenvironment=alpha=2\nenvironment=_under=3")
    with other_host(service.windows, toolchain.SOURCES / "seen_start.c"):
        service.start()
        assert service.windows.http_get(URL).body == b"it works"
        service.stop()
        assert service.ended() == (0, 0)
    content = seen.read_bytes()
    variables = content.decode("utf-16-le").split("\0\0")[0].split("\0")
    names = [each[: each.index("=", 1)].upper() for each in variables]
    assert names == sorted(set(names))
    assert {"ZULU", "ALPHA", "_UNDER", "PATH", "SYSTEMROOT"} <= set(names)
    assert content[-2:] == (0x8001).to_bytes(2, "little")  # SEM_FAILCRITICALERRORS, SEM_NOOPENFILEERRORBOX


def test_a_sid_that_windows_gives_later(service: Service) -> None:
    """What it may do is given to its SID: where that isn't in its token yet, everything else would only be a riddle."""
    with other_host(service.windows, toolchain.SOURCES / "sid_to_come.c"):
        service.start()
        assert service.windows.http_get(URL).body == b"it works"
        service.stop()
        assert service.ended() == (0, 0)
    assert "Windows hasn't given this service its own SID yet" in service.said()


def test_what_it_left_is_ended_with_it(service: Service) -> None:
    leave = STUBBORN.replace("while True:", "if len(sys.argv) == 1:\n    sys.exit(7)\nwhile True:")
    service.program(leave)
    service.start()
    assert service.ended() == (1066, 7)
    assert "exit code 7; what it had started and left is ended too." in service.said()
    assert service.processes() == 0


def test_nothing_outlives_the_host(service: Service) -> None:
    """Who ends the host by force, ends all: two of them side by side would fight for the port."""
    service.program(STUBBORN)
    service.start()
    service.wait(lambda: service.processes() == 2 or None)
    assert service.windows.run("taskkill /f /im service.exe").returncode == 0
    service.wait(lambda: service.processes() == 0 or None)
    service.ended()


def test_the_pointer_decides_what_runs(service: Service) -> None:
    other = RELEASE.replace("1.0-one", "1.1-two")
    folder = service.windows.host_path(other) / "services"
    folder.mkdir(parents=True)
    text = service.settings.read_text("utf-8").replace("é=漢", "of the second")
    (folder / "demo.conf").write_text(text, encoding="utf-8")
    service.windows.host_path(rf"{ENVIRONMENT}\current").write_bytes(b"1.1-two\n")
    service.start()
    service.windows.http_get(URL)
    assert "'of the second'" in service.said()
    service.stop()
    service.ended()
    later = service.windows.host_path(rf"{ENVIRONMENT}\settings\1.1-two+2\services")
    later.mkdir(parents=True)
    (later / "demo.conf").write_text(text.replace("of the second", "of its later settings"), encoding="utf-8")
    service.windows.host_path(rf"{ENVIRONMENT}\current").write_bytes(b"1.1-two+2\n")
    service.start()
    service.windows.http_get(URL)
    assert "'of its later settings'" in service.said()


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"program": r"C:\nowhere.exe"}, 2, r"C:\nowhere.exe can't be started in C:\windows (error 2"),
        ({"program": r"C:\nowhere.exe"}, 2, "The release is not whole: run the bundle's bootstrap.bat again."),
        ({"directory": r"C:\nowhere"}, 267, "Its working directory isn't there"),
        ({"log_size": "many"}, 9009, r"demo.conf is damaged in line 6."),
        ({"unheard-of": "1"}, 9009, r"demo.conf is damaged in line 10."),
        ({"without": "program"}, 9009, r"demo.conf is damaged in line 13."),
        ({"environment": "A=\0"}, 9009, r"demo.conf is damaged in line 9."),
        ({"environment": "A=" + 1_048_576 * "x"}, 9009, "demo.conf is damaged: it is larger than 1 MB."),
    ],
)
def test_settings_that_are_wrong(service: Service, changes: dict[str, str], code: int, words: str) -> None:
    service.set(**changes)
    service.start_in_vain()
    assert service.ended() == (1066, code)
    assert words in service.said()


def test_a_newer_release_than_the_host(service: Service) -> None:
    service.settings.write_text("format=2\nwhatever\n")
    service.start_in_vain()
    assert service.ended() == (1066, 9009)
    assert "has format 2, and this service host is older" in service.said()


@pytest.mark.parametrize(
    ("pointer", "words"),
    [
        (None, r"current can't be read (error 2"),
        (b"..\\..", "no release's name stands in"),
        (b"1.0-gone\n", r"Release 1.0-gone can't run the service demo: "),
        (b"1.0-gone\n", "(error 3: Path not found). Run the bundle's bootstrap.bat again."),
    ],
)
def test_no_release(service: Service, pointer: bytes | None, words: str) -> None:
    path = service.windows.host_path(rf"{ENVIRONMENT}\current")
    path.unlink()
    if pointer is not None:
        path.write_bytes(pointer)
    service.start_in_vain()
    assert service.ended() == (1066, 9009)
    assert words in service.said()


def test_a_dll_that_the_program_needs_is_named(service: Service) -> None:
    library = service.windows.host_path(rf"{RELEASE}\Scripts\python311.dll")
    gone = library.rename(library.with_name("python311.gone"))
    try:
        service.start()
        assert service.ended() == (1066, 0xC0000135)
    finally:
        gone.rename(library)
    assert "exit code 0xC0000135" in service.said()
    assert rf"{PYTHON} needs python311.dll, which is neither in Windows nor in the release." in service.said()


def test_a_dll_that_a_module_needs_is_named(service: Service) -> None:
    service.program("import ssl\n")
    library = service.windows.host_path(rf"{RELEASE}\Scripts\DLLs\libcrypto-3.dll")
    gone = library.rename(library.with_name("libcrypto.gone"))
    try:
        service.start()
        assert service.ended() == (1066, 1)
    finally:
        gone.rename(library)
    assert "DLL load failed while importing _ssl" in service.said()
    assert r"\DLLs\_ssl.pyd needs libcrypto-3.dll, which is neither in Windows nor in the release." in service.said()


def test_a_file_for_another_processor_is_named(service: Service, mirror: Mirror) -> None:
    """A 64-bit program beside a 32-bit DLL: Windows says 0xC000007B and names nothing."""
    library = service.windows.host_path(rf"{RELEASE}\Scripts\python311.dll")
    gone = library.rename(library.with_name("python311.gone"))
    try:
        shutil.copy(mirror.tree("2.7.18", "win32") / "python27.dll", library)
        service.start()
        assert service.ended()[0] == 1066
    finally:
        gone.replace(library)
    assert r"python311.dll is made for another processor" in service.said()


def test_a_32_bit_host_runs_a_32_bit_python_2(service: Service, mirror: Mirror) -> None:
    windows, release = service.windows, rf"{ENVIRONMENT}\releases\2.7"
    windows.copy_in(mirror.tree("2.7.18", "win32"), rf"{release}\Scripts")
    windows.copy_in(target_folder() / "shims" / "win32" / "service.exe", rf"{ENVIRONMENT}\services\narrow.exe")
    windows.host_path(rf"{release}\services").mkdir()
    # 2.7 on Windows ends a sleep with EINTR when the signal is handled a moment later
    source = "import sys, time\nprint(sys.version_info[:2])\nsys.stdout.flush()\ntry:\n    time.sleep(99)\nexcept (KeyboardInterrupt, IOError) as error:\n    if getattr(error, 'errno', 4) != 4:\n        raise\n    print('asked')\n"
    windows.host_path(r"C:\old.py").write_text(source)
    text = service.settings.read_text("utf-8").replace(PYTHON, rf"{release}\Scripts\python.exe")
    text = text.replace("app é.py", "old.py")
    windows.host_path(rf"{release}\services\old.conf").write_text(text, encoding="utf-8")
    windows.host_path(rf"{ENVIRONMENT}\current").write_bytes(b"2.7\n")
    old = LOG.replace("demo", "old")
    made = windows.run(rf'sc create old binPath= "\"{ENVIRONMENT}\services\narrow.exe\" old \"{old}\""')
    assert made.returncode == 0
    assert windows.run("sc start old").returncode == 0
    log = windows.host_path(old)
    service.wait(lambda: (log.exists() and "(2, 7)" in log.read_text("utf-8")) or None)
    assert windows.run("sc stop old").returncode == 0
    service.wait(lambda: "STOPPED" in windows.run("sc query old").output or None)
    assert "asked" in log.read_text("utf-8")
    assert windows.run("sc delete old").returncode == 0


def test_a_log_beyond_260_characters(service: Service) -> None:
    deep = "C:\\" + "\\".join(["d" * 60] * 5)
    service.windows.host_path(deep).mkdir(parents=True)
    made = service.windows.run(rf'sc create deep binPath= "\"{HOST}\" deep \"{deep}\deep.log\""')
    assert made.returncode == 0
    service.windows.run("sc start deep")
    log = service.windows.host_path(rf"{deep}\deep.log")
    service.wait(lambda: (log.exists() and "can't run the service deep" in log.read_text("utf-8")) or None)
    assert service.windows.run("sc delete deep").returncode == 0


def test_started_by_hand_it_says_what_it_is(windows: Session) -> None:
    done = windows.run([HOST, "demo"])
    assert done.returncode == 1063
    assert "is for Windows' service manager" in done.output
