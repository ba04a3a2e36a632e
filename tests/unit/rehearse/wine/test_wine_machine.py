"""A session as the scenario's machine: pictures of C: and the registry, how programs end, what services say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bundler.errors import HostError
from bundler.formats.screen_dumps import Pixels, as_png
from bundler.rehearse.pictures import FOLDER
from bundler.rehearse.port import BARE, Kind, Ran, Shown
from bundler.rehearse.results import Attempt
from bundler.rehearse.wine import machine_screen, wine_machine
from bundler.rehearse.wine.first_process import Seen
from bundler.rehearse.wine.program import Result, TimedOutError
from bundler.rehearse.wine.wine_machine import WineMachine
from bundler.rehearse.wine.wine_system import PREFIX
from tests.support import only_linux

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

pytestmark = only_linux.NAMESPACES

SAVED = {
    "software": '[Vendor] 1\n"Kept"="1"\n',
    "system": "[Control\\\\ServiceCurrent] 1\n@=dword:00000007\n",
    "user": "[ODBC] 1\n[Software\\\\ODBC\\\\ODBC.INI] 1\n",
}


class FakeScreen:
    """Shows one of ``pictures`` after the other, and the last one for ever."""

    works = True

    def __init__(self, *pictures: bytes, last: Callable[[], None] = lambda: None) -> None:
        self.pictures, self.last = list(pictures), last

    def pixels(self) -> Pixels:
        if len(self.pictures) == 1:
            self.last()
            return Pixels(width=1, rows=tuple(self.pictures))
        return Pixels(width=1, rows=(self.pictures.pop(0),))


class FakeSession:
    """What WineMachine asks of a session."""

    def __init__(self, folder: Path) -> None:
        self.own, self.prefix = folder / "own", folder / "prefix"
        self.own.mkdir()
        for each in ("drive_c/windows", "drive_c/App", "windows/system32"):
            (self.prefix / each).mkdir(parents=True)
        self.answer: Result | HostError = Result(returncode=0, output="")
        self.saved: dict[str, str] = SAVED
        self.exceeded: str | None = None
        self.ends, self.ends_meanwhile = 0, 0
        self.tried: tuple[Attempt, ...] = ()
        self.asked: list[dict[str, Any]] = []
        self.screen: FakeScreen | None = None
        self.running = True
        self.lays_over = True

    @property
    def system(self) -> FakeSession:
        return self

    def entering(self, *namespaces: str) -> tuple[str, ...]:
        return namespaces

    def spawn(self, command: Sequence[str], *, env: Mapping[str, str]) -> FakeSession:
        """A program that is this object too."""
        del command, env
        return self

    @property
    def output(self) -> str:
        return "it said"

    def stop(self) -> None:
        self.running = False

    @property
    def namespace(self) -> FakeSession:
        return self

    def seen(self) -> Seen:
        return Seen(attempts=self.tried, peak=7, exceeded=self.exceeded, ends=self.ends)

    def seen_path(self, path: str) -> Path:
        assert path == PREFIX
        return self.prefix

    def attempts(self) -> tuple[Attempt, ...]:
        return self.tried

    def host_path(self, path: str) -> Path:
        return self.prefix / "drive_c" / path.removeprefix("C:\\").replace("\\", "/")

    def run(self, command: Sequence[str], **asked: Any) -> Result:
        self.asked.append(asked)
        if command[0].endswith("save_registry.exe"):
            assert asked["env"] == {"BUNDLE_SAVE_AS": r"Z:\srv\session\registry-"}
            for name, text in self.saved.items():
                (self.own / f"registry-{name}").write_text(text)
        self.ends += self.ends_meanwhile
        if isinstance(self.answer, HostError):
            raise self.answer
        return self.answer


@pytest.fixture
def session(tmp_path: Path) -> FakeSession:
    return FakeSession(tmp_path)


@pytest.fixture
def machine(session: FakeSession) -> WineMachine:
    return WineMachine(session, BARE)  # type: ignore[arg-type]


def test_a_picture_has_what_programs_change(session: FakeSession, machine: WineMachine) -> None:
    session.host_path(r"C:\App\x.txt").write_text("x")
    (session.prefix / "windows/system32/new.dll").write_text("dll")
    picture = machine.picture()
    assert picture.registry == {
        r"HKLM\Software": "",
        r"HKLM\Software\Vendor": "",
        r"HKLM\Software\Vendor|Kept": '"1"',
        r"HKLM\System\CurrentControlSet": "",
        r"HKLM\System\CurrentControlSet\Control": "",
        "HKCU": "",
        r"HKCU\ODBC": "",
        r"HKCU\Software": "",
    }
    assert sorted(picture.files) == [r"C:\App", r"C:\App\x.txt", r"C:\windows\system32", r"C:\windows\system32\new.dll"]
    assert picture.files[r"C:\App"] == FOLDER
    session.host_path(r"C:\App\x.txt").write_text("changed")
    assert machine.picture().files[r"C:\App\x.txt"] != picture.files[r"C:\App\x.txt"]


@pytest.mark.parametrize("bound", ["MOST_FILES", "MOST_CHARACTERS"])
def test_a_machine_that_is_filled_on_purpose(
    session: FakeSession, machine: WineMachine, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    """Three million names of 4000 characters are 12 GB of this host's memory."""
    deep = session.host_path("\\".join(["C:\\App", *["x" * 200] * 10]))
    deep.mkdir(parents=True)
    (deep / "file").touch()
    assert len(machine.picture().files) == 13
    monkeypatch.setattr(wine_machine, bound, 12 if bound == "MOST_FILES" else 11_000)
    with pytest.raises(HostError) as caught:
        machine.picture()
    assert caught.value.reference == "machine-too-full"


def test_a_link_in_a_picture_is_a_link(session: FakeSession, machine: WineMachine, tmp_path: Path) -> None:
    (tmp_path / "outside" / "folder").mkdir(parents=True)
    session.host_path(r"C:\App\out").symlink_to(tmp_path / "outside")
    files = machine.picture().files
    assert files[r"C:\App\out"] == f"link to {tmp_path / 'outside'}", "one that is made anew is the same"
    assert r"C:\App\out\folder" not in files


def test_a_registry_that_is_not_saved(session: FakeSession, machine: WineMachine) -> None:
    machine.picture()
    session.saved = {}
    with pytest.raises(HostError, match="registry can't be read: No such file"):
        machine.picture()
    session.saved, session.answer = SAVED, Result(returncode=1314, output="")
    with pytest.raises(HostError, match="registry can't be read: Windows error 1314"):
        machine.picture()


def test_how_programs_end(session: FakeSession, machine: WineMachine) -> None:
    session.answer = Result(returncode=3010, output="said")
    assert machine.programs.run([r"C:\bootstrap.bat"], timeout=5) == Ran(code=3010, output="said")
    assert session.asked[-1]["streams"] == "together", "what an installer started may go on"
    machine.programs.run([r"C:\app.exe"], timeout=5)
    assert session.asked[-1]["streams"] == "held"
    session.answer = TimedOutError("program-too-long", "app.exe did not end within 5 s. It wrote:\nPress any key")
    ran = machine.programs.run([r"C:\app.exe"], timeout=5)
    assert (ran.code, ran.output) == (None, "Press any key")
    assert ran.fault == "it did not end within 5 s, and was ended: does it wait for a key?"
    assert machine.usage().fault == ""
    session.exceeded, session.ends_meanwhile = "memory", 1
    assert "more memory than" in machine.usage().fault
    assert machine.programs.run([r"C:\app.exe"], timeout=5).fault == (
        "all programs were ended: together they used more memory than a rehearsal may"
    )


def test_a_program_is_ended_for_what_is_used_while_it_runs(session: FakeSession, machine: WineMachine) -> None:
    """A later one that ends with the exit code that it should was called ended too."""
    session.exceeded, session.ends = "memory", 3
    session.answer = Result(returncode=1602, output="cancelled")
    assert machine.programs.run([r"C:\bootstrap.bat"], timeout=5) == Ran(code=1602, output="cancelled")
    session.answer = TimedOutError("program-too-long", "app.exe did not end within 5 s. It wrote:\nPress any key")
    assert machine.programs.run([r"C:\app.exe"], timeout=5).fault.startswith("it did not end within 5 s")


@pytest.mark.parametrize(
    ("code", "said", "state"),
    [
        (0, "SERVICE_NAME: web\n        STATE              : 4  RUNNING\n", "running"),
        (0, "        STATE              : 1  STOPPED\n", "stopped"),
        (1060, "", "missing"),
        (0, "", "unknown"),
    ],
)
def test_what_services_are(session: FakeSession, machine: WineMachine, code: int, said: str, state: str) -> None:
    session.answer = Result(returncode=code, output=said)
    assert machine.services.state("web") == state


def test_attempts_are_told_once(session: FakeSession, machine: WineMachine) -> None:
    session.tried = (Attempt("dns one.example"),)
    assert machine.network.attempts() == session.tried
    assert machine.network.attempts() == ()
    session.tried += (Attempt("dns two.example"),)
    assert machine.network.attempts() == (Attempt("dns two.example"),)


def test_a_link_that_leads_out_is_not_followed(session: FakeSession, machine: WineMachine, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("of the host")
    session.host_path(r"C:\App\link").symlink_to(secret)
    session.host_path(r"C:\out").symlink_to(tmp_path)
    assert machine.files.read(r"C:\App\link") is None
    assert machine.files.read(r"C:\out\secret") is None
    for path in (r"C:\App\link", r"C:\out\planted"):
        with pytest.raises(HostError) as caught:
            machine.files.write(path, b"x")
        assert caught.value.reference == "link-out-of-machine"
    assert secret.read_text() == "of the host"
    assert not (tmp_path / "planted").exists()


def test_another_user_has_folders_of_its_own(session: FakeSession) -> None:
    machine = WineMachine(session, Kind(name="used", user="Jörg Müller"))  # type: ignore[arg-type]
    machine.programs.run([r"C:\app.exe"], timeout=5)
    assert session.asked[-1]["env"]["TEMP"] == r"C:\users\Jörg Müller\AppData\Local\Temp"
    assert session.host_path(r"C:\users\Jörg Müller\AppData\Local\Temp").is_dir()


BLANK, DRAWN, READY = b"\0\0\0", b"\1\1\1", b"\2\2\2"


def test_a_window_is_there_once_it_is_drawn(session: FakeSession, machine: WineMachine) -> None:
    session.screen = FakeScreen(BLANK, BLANK, DRAWN, READY)
    assert machine.screen.missing == ""
    shown = machine.screen.window(["app.exe"], wait=600)
    assert shown == Shown(picture=as_png(Pixels(width=1, rows=(READY,))), output="it said")
    assert not session.running, "it is ended"


def test_a_window_that_was_there_before_is_no_window_of_the_program(session: FakeSession, machine: WineMachine) -> None:
    session.screen = FakeScreen(READY)
    shown = machine.screen.window(["app.exe"], wait=-1)
    assert (shown.picture, shown.fault[:50]) == (b"", "a window was there before it started, and stayed: ")
    assert session.running, "it wasn't started"
    session.screen = FakeScreen(READY, BLANK, DRAWN, READY)
    assert machine.screen.window(["app.exe"], wait=600).picture == as_png(Pixels(width=1, rows=(READY,)))


def test_a_program_that_ends_or_shows_nothing(session: FakeSession, machine: WineMachine) -> None:
    session.screen = FakeScreen(BLANK)
    assert machine.screen.window(["app.exe"], wait=-1).fault == "there is no window after -1 s"
    session.running, session.screen = True, FakeScreen(BLANK, last=session.stop)
    shown = machine.screen.window(["app.exe"], wait=600)
    assert (shown.picture, shown.fault, shown.output) == (b"", "it ended before it showed a window", "it said")


def test_a_page_is_looked_at_where_its_browser_is_held_to_the_limits(
    machine: WineMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a page makes Chromium use is a stranger's doing."""
    monkeypatch.setattr(machine_screen, "photograph", lambda entering, url: Shown(output=f"{entering} {url}"))
    assert machine.screen.page("http://127.0.0.1:1/").output == "('net', 'pid', 'ipc') http://127.0.0.1:1/"


def test_a_screen_that_is_missing_broken_or_unreadable(session: FakeSession, machine: WineMachine) -> None:
    assert machine.screen.missing == "this host has no Xvfb, on which windows could be seen"
    assert machine.screen.window(["app.exe"], wait=1).fault == machine.screen.missing

    def damaged() -> None:
        raise ValueError("an X window dump is cut short")

    session.screen = FakeScreen(BLANK, last=damaged)
    assert (
        machine.screen.window(["app.exe"], wait=600).fault == "the screen can't be read: an X window dump is cut short"
    )
    session.screen.works = False
    assert machine.screen.missing == "Xvfb of this host doesn't start"
