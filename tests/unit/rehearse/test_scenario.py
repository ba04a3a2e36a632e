"""The scenario on a simulated machine: a sound bundle passes, and each one that is spoilt is found at the right step."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import os
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, get_args

import pytest

from bundler.errors import HostError
from bundler.model.manifest import SiteInfo
from bundler.model.rehearsal import RehearseCommandInfo, RehearseInfo, RehearseRequestInfo
from bundler.model.service import HealthInfo, ServiceInfo
from bundler.model.site_values import SiteType, type_fault
from bundler.rehearse import run_of_steps
from bundler.rehearse.port import Answer, Ran
from bundler.rehearse.results import Attempt, Left, Outcome
from bundler.rehearse.run_of_steps import Taker
from bundler.rehearse.scenario import Order, rehearse
from bundler.rehearse.subject import Subject
from tests.support.rehearsals import PIXEL
from tests.support.rehearsed import FakeEngine, FakeMachine, Watching, fake_clock, make_subject, ran

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from bundler.rehearse.port import Kind
    from bundler.rehearse.results import Rehearsal, Step

URL = "http://127.0.0.1:8080/"
SERVICE = ServiceInfo(
    name="web",
    command=("app", "serve"),
    directory="{release}",
    account="NT SERVICE\\web",
    password=None,
    start="automatic",
    display_name="web",
    description="",
    environment={},
    dependencies=(),
    stop_timeout=30,
    restart=(10, 60, 300),
    reset=86_400,
    log_directory="{data}\\logs\\web",
    log_size=10_000_000,
    log_count=5,
    health=HealthInfo(http=URL, tcp=None, timeout=30),
)
ASKED = RehearseInfo(
    files=("{data}\\settings.ini",),
    allow_connections=("licences.example",),
    commands=(
        RehearseCommandInfo(command=("app", "report"), exit_code=3, output="two pages", window=False, timeout=60),
    ),
    requests=(
        RehearseRequestInfo(
            url="http://127.0.0.1:{site.port}/", status=200, text="Hello", screenshot=False, timeout=60
        ),
    ),
)
SECRET_AT = "@home"


def report(machine: FakeMachine, command: Sequence[str]) -> Ran | None:
    del machine
    return ran(3, "two pages were printed") if command[1:] == ["report"] else None


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    return make_subject(tmp_path_factory.mktemp("bundle"), services=(SERVICE,), rehearse=ASKED)


class Rehearsed:
    """A rehearsal of the example, with a service and all that [rehearse] can ask."""

    def __init__(self, example: Subject, tmp_path: Path) -> None:
        self.subject = example
        self.logs, self.watching = tmp_path, Watching()
        self.engine = FakeEngine(self.subject)
        self.engine.pages[URL] = Answer(status=200, text="Hello, world")
        self.engine.spoilt.append(report)
        self.given: dict[str, str] = {}
        self.previous: Subject | None = None

    def run(self, *, quick: bool = True) -> Rehearsal:
        order = Order(subject=self.subject, previous=self.previous, given=self.given, quick=quick)
        return rehearse(order, self.engine, self.watching, self.logs, fake_clock())

    def spoil(self, spoilt: Callable[[FakeMachine, Sequence[str]], Ran | None]) -> None:
        self.engine.spoilt.insert(0, spoilt)

    def failing(self, *, quick: bool = True) -> Step:
        """The one step that fails."""
        (step,) = [each for each in self.run(quick=quick).steps if each.outcome is Outcome.FAILED]
        return step


@pytest.fixture
def rehearsed(example: Subject, tmp_path: Path) -> Rehearsed:
    return Rehearsed(example, tmp_path)


def on(
    mode: str, answer: Ran | Callable[[FakeMachine], Ran | None]
) -> Callable[[FakeMachine, Sequence[str]], Ran | None]:
    """Something else where bootstrap.bat is run with ``mode`` ("": installing); once."""
    left = [True]

    def spoilt(machine: FakeMachine, command: Sequence[str]) -> Ran | None:
        modes = [each for each in command[1:] if not each.startswith("/set:")]
        if PureWindowsPath(command[0]).name != "bootstrap.bat" or modes != ([mode] if mode else []) or not left:
            return None
        left.clear()
        return answer if isinstance(answer, Ran) else answer(machine)

    return spoilt


def test_a_sound_bundle_passes(rehearsed: Rehearsed) -> None:
    result = rehearsed.run()
    assert [
        (each.name, each.outcome.value, each.reason) for each in result.steps if each.outcome is not Outcome.PASSED
    ] == []
    assert [each.name for each in result.steps] == [
        "plan", "install", "install-again", "verify", "checks", "entry-points",
        "services", "services-stopped", "services-restart", "services-killed",
        "command-1", "request-1", "files", "services-steady", "verify-after-use",
    ]  # fmt: skip
    assert result.passed
    assert rehearsed.watching.begun_steps == [each.name for each in result.steps]
    assert rehearsed.watching.steps == list(result.steps)
    assert (result.bundle, result.engine, result.previous) == ("example 4.14.2", "fake", None)
    assert ("service", "web") in result.installed
    assert result.peak_memory == 1000
    assert all(each.seconds > 0 for each in result.steps)
    logs = sorted(each.name for each in rehearsed.logs.iterdir() if each.is_file())
    assert logs[:2] == ["01-plan.log", "02-install.log"]
    assert "Would do this:" in (rehearsed.logs / "01-plan.log").read_text("utf-8")


def test_site_values_are_given_made_up_and_escaped(rehearsed: Rehearsed) -> None:
    manifest = rehearsed.subject.manifest
    more = SiteInfo(name="greeting", default=None, help="", secret=False)
    rehearse_table = dataclasses.replace(ASKED, site={"greeting": "from the recipe"})
    manifest = dataclasses.replace(manifest, site=(*manifest.site, more), rehearse=rehearse_table)
    rehearsed.subject = dataclasses.replace(rehearsed.subject, manifest=manifest)
    rehearsed.engine.subjects = {rehearsed.subject.folder: rehearsed.subject}
    rehearsed.given = {"port": "8080", "dsn": SECRET_AT}
    assert rehearsed.run().passed
    installing = rehearsed.engine.machines[0].commands[1]
    assert sorted(installing[1:]) == ["/set:dsn=@@home", "/set:greeting=from the recipe", "/set:port=8080"]
    rehearsed.given = {}
    rehearsed.run()
    assert "/set:dsn=rehearsal-dsn" in rehearsed.engine.machines[1].commands[1]


def changing(machine: FakeMachine) -> Ran:
    machine.content[r"C:\temp.txt"] = b"x"
    return ran(output="Would do this:")


def test_a_plan_that_changes_something(rehearsed: Rehearsed) -> None:
    rehearsed.spoil(lambda machine, command: changing(machine) if "/plan" in command else None)
    step = rehearsed.failing()
    assert (step.name, step.reason) == ("plan", "/plan changed 1 thing on the machine")
    assert step.output == r"new: C:\temp.txt"


def test_nothing_goes_on_where_the_installation_fails(rehearsed: Rehearsed) -> None:
    said = "\n".join(f"line {i}" for i in range(100)) + "\nport 8080 is held by another program"
    rehearsed.spoil(lambda _, command: ran(1603, said) if not {"/plan", "/verify"} & set(command) else None)
    result = rehearsed.run()
    assert [(each.name, each.outcome.value) for each in result.steps] == [
        ("plan", "passed"), ("install", "failed"), ("application", "skipped"),
    ]  # fmt: skip
    step = result.steps[1]
    assert step.reason == "bootstrap.bat ended with exit code 1603"
    assert step.output.splitlines()[-1] == "port 8080 is held by another program"
    assert len(step.output.splitlines()) == 31
    assert not result.passed


def test_a_second_run_that_finds_something_to_do(rehearsed: Rehearsed) -> None:
    runs = []

    def again(machine: FakeMachine, command: Sequence[str]) -> Ran | None:
        del machine
        plain = PureWindowsPath(command[0]).name == "bootstrap.bat" and all(
            each.startswith("/set:") for each in command[1:]
        )
        runs.append(plain)
        return ran(output="put right: app.py") if plain and sum(runs) == 2 else None

    rehearsed.spoil(again)
    assert rehearsed.failing().name == "install-again"


def test_a_module_that_is_missing_and_a_program_that_leads_nowhere(rehearsed: Rehearsed) -> None:
    def missing(machine: FakeMachine, command: Sequence[str]) -> Ran | None:
        del machine
        if command[1:2] != ["-c"]:
            return None
        if len(command) == 3:
            return ran(1, "ImportError: DLL load failed while importing _app: module not found")
        return ran(
            output="a module says what it likes\nentry point without an end: app = app.cli:main: there is no module app.cli\n"
        )

    rehearsed.spoil(missing)
    checks, entry_points = [each for each in rehearsed.run().steps if each.outcome is Outcome.FAILED]
    assert (checks.name, "DLL load failed" in checks.output) == ("checks", True)
    assert (
        entry_points.reason
        == "programs would end as soon as they start: app = app.cli:main: there is no module app.cli"
    )


def test_a_service_that_does_not_start_with_windows(rehearsed: Rehearsed) -> None:
    rehearsed.engine.starts_with_windows = False
    step = rehearsed.failing()
    assert (step.name, "the service web doesn't run 120 s after Windows started" in step.reason) == (
        "services-restart",
        True,
    )


def test_a_service_that_does_not_come_back(rehearsed: Rehearsed) -> None:
    rehearsed.engine.comes_back = False
    killed, *later = [each for each in rehearsed.run().steps if each.outcome is Outcome.FAILED]
    assert killed.name == "services-killed"
    assert killed.reason == "the service web was ended and isn't back after 130 s"
    assert later == []  # it is started for what comes next


def test_a_service_that_dies_after_a_while(rehearsed: Rehearsed) -> None:
    def dying(machine: FakeMachine, command: Sequence[str]) -> Ran | None:
        if command[1:] == ["report"]:
            machine.states["web"] = "stopped"
        return None

    rehearsed.spoil(dying)
    step = rehearsed.failing()
    assert (step.name, step.reason) == ("services-steady", "/status ended with exit code 1603")
    assert step.output == "the service web does not run"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(fault="connection refused"), f"{URL} doesn't answer: connection refused"),
        (Answer(status=500, text="Traceback"), f"{URL} answers with status 500; 200 was expected"),
        (Answer(status=200, text="Welcome to nginx"), f"the page at {URL} doesn't have 'Hello'"),
    ],
)
def test_a_page_that_is_not_what_it_should_be(rehearsed: Rehearsed, answer: Answer, reason: str) -> None:
    rehearsed.engine.pages[URL] = answer
    step = rehearsed.failing()
    assert (step.name, step.reason) == ("request-1", reason)


def test_a_page_of_another_machine_is_not_asked_for(rehearsed: Rehearsed) -> None:
    rehearsed.given = {"port": "80@203.0.113.1"}
    step = rehearsed.failing()
    assert step.name == "request-1"
    assert "is not a page of the machine itself" in step.reason


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (ran(1, "KeyError"), r"C:\PythonEnvs\Example\Scripts\app.exe report ended with exit code 1; 3 was expected"),
        (ran(3, "one page"), r"C:\PythonEnvs\Example\Scripts\app.exe report didn't print 'two pages'"),
        (
            Ran(
                code=None,
                output="Press any key",
                fault="it did not end within 60 s, and was ended: does it wait for a key?",
            ),
            r"C:\PythonEnvs\Example\Scripts\app.exe report: it did not end within 60 s, and was ended: does it wait for a key?; 3 was expected",
        ),
    ],
)
def test_a_command_that_does_not_do_what_it_should(rehearsed: Rehearsed, answer: Ran, reason: str) -> None:
    rehearsed.spoil(lambda _, command: answer if command[1:] == ["report"] else None)
    step = rehearsed.failing()
    assert (step.name, step.reason) == ("command-1", reason)


def test_a_file_that_is_not_there(rehearsed: Rehearsed) -> None:
    def losing(machine: FakeMachine, command: Sequence[str]) -> Ran | None:
        if command[1:] == ["report"]:
            machine.content.pop(r"C:\ProgramData\Example\settings.ini")
        return None

    rehearsed.spoil(losing)
    step = rehearsed.failing()
    assert (step.name, step.reason) == ("files", r"missing: C:\ProgramData\Example\settings.ini")


def test_a_program_that_writes_into_its_release(rehearsed: Rehearsed) -> None:
    def writing(machine: FakeMachine, command: Sequence[str]) -> Ran | None:
        if command[1:] == ["report"]:
            machine.content[rf"{rehearsed.subject.release}\app.py"] = b"changed"
        return None

    rehearsed.spoil(writing)
    step = rehearsed.failing()
    assert (step.name, step.output) == ("verify-after-use", "app.py was changed")


def test_a_machine_that_ended_tells_nothing_of_what_was_tried(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last step passed though nobody could say what it reached."""

    def ended(machine: FakeMachine) -> tuple[Attempt, ...]:
        if rehearsed.watching.begun_steps[-1] != "verify-after-use":
            return asked(machine)
        raise HostError("rehearsal-machine-lost", "the rehearsed machine doesn't answer any more")

    asked = FakeMachine.attempts
    monkeypatch.setattr(FakeMachine, "attempts", ended)
    step = rehearsed.failing()
    assert (step.name, step.reason[:40]) == ("verify-after-use", "what it tried to reach isn't known: the ")


def reaching(*attempts: Attempt) -> Callable[[FakeMachine, Sequence[str]], Ran | None]:
    def spoilt(machine: FakeMachine, command: Sequence[str]) -> Ran | None:
        if command[1:] == ["report"]:
            machine.tried += attempts
        return None

    return spoilt


def test_what_reaches_out_is_told_at_its_step_with_its_program(rehearsed: Rehearsed) -> None:
    program = r"C:\PythonEnvs\Example\releases\1\python.exe"
    rehearsed.spoil(reaching(Attempt("dns models.example", program), Attempt("tcp 192.0.2.1:443")))
    step = rehearsed.failing()
    assert step.name == "command-1"
    assert f"dns models.example ({program}), tcp 192.0.2.1:443." in step.reason
    assert len(step.attempts) == 2


def test_what_reaches_out_is_told_where_a_step_failed_by_itself(rehearsed: Rehearsed) -> None:
    rehearsed.spoil(lambda _, command: ran(1, "no model") if command[1:] == ["report"] else None)
    rehearsed.spoil(reaching(Attempt("dns models.example")))
    step = rehearsed.failing()
    assert step.name == "command-1"
    assert "ended with exit code 1; 3 was expected; it tried to reach other machines" in step.reason
    assert "dns models.example" in step.reason


def test_what_the_recipe_allows_is_told_and_no_failure(rehearsed: Rehearsed) -> None:
    rehearsed.spoil(reaching(Attempt("dns licences.example")))
    result = rehearsed.run()
    assert result.passed
    assert [(each.address, each.allowed) for each in result.attempts] == [("dns licences.example", True)]


LONG = ["repair", "uninstall", "purge", "used-machine", "used-machine-verify"]
PLACE = "C:\\From the disk"


def test_the_longer_groups(rehearsed: Rehearsed) -> None:
    result = rehearsed.run(quick=False)
    assert [(each.name, each.reason) for each in result.steps if each.outcome is not Outcome.PASSED] == []
    assert [each.name for each in result.steps][15:] == LONG
    assert [machine.kind.name for machine in rehearsed.engine.machines] == ["bare", "used"]
    assert Left("file", r"C:\users\root\AppData\Local\Temp\bundle-1.log", declared=True) in result.left
    assert all(each.declared and "bundle-" in each.name for each in result.left), "after /purge logs alone are left"


def test_a_damage_that_verify_does_not_see(rehearsed: Rehearsed) -> None:
    def blind(machine: FakeMachine, command: Sequence[str]) -> Ran | None:
        del machine
        return ran() if "/verify" in command else None

    rehearsed.spoil(blind)
    step = rehearsed.failing(quick=False)
    assert step.name == "repair"
    assert step.reason == rf"/verify doesn't see that {rehearsed.subject.release}\app.py was changed"


def test_an_uninstallation_that_leaves_something(rehearsed: Rehearsed) -> None:
    def leaving(machine: FakeMachine, command: Sequence[str]) -> Ran | None:
        if command[1:] == ["report"]:
            machine.content[r"C:\windows\system32\Tasks\Nightly"] = b"task"
            machine.content[r"C:\Vendor\cache.db"] = b"x"
        return None

    rehearsed.spoil(leaving)
    result = rehearsed.run(quick=False)
    faults = [each for each in result.steps if each.outcome is Outcome.FAILED]
    assert [each.name for each in faults] == ["uninstall", "purge"]
    assert faults[0].reason == r"left behind: file C:\Vendor, task Nightly"
    assert [each.name for each in result.left if not each.declared] == [r"C:\Vendor", "Nightly"]


@pytest.mark.parametrize(("name", "is_ours"), [("app.log", False), ("bundle-installer", True)])
def test_what_programs_leave_among_temporary_files(rehearsed: Rehearsed, name: str, is_ours: bool) -> None:
    path = rf"C:\users\root\AppData\Local\Temp\{name}"

    def leaving(machine: FakeMachine, command: Sequence[str]) -> Ran | None:
        if command[1:] == ["report"]:
            machine.content[path] = b"x"
        return None

    rehearsed.spoil(leaving)
    result = rehearsed.run(quick=False)
    assert result.passed is not is_ours
    assert [each.declared for each in result.left if path.startswith(each.name)] == [not is_ours]


@pytest.mark.parametrize(("sequence", "folder"), [(7, "bundle"), (None, "bundle"), (7, "bundleworks")])
def test_the_number_of_a_bundle_outlives_a_purge(rehearsed: Rehearsed, sequence: int | None, folder: str) -> None:
    """And is no reason against a rehearsal. Of one without a number nothing may stay, nor what has a name that only begins so."""
    passes = sequence is not None and folder == "bundle"

    def noting(machine: FakeMachine, command: Sequence[str]) -> Ran | None:
        if command[1:] == ["report"]:
            machine.content[rf"C:\users\root\AppData\Local\{folder}\seen-example.json"] = b"{}"
        return None

    manifest = rehearsed.subject.manifest
    bundle = dataclasses.replace(manifest.bundle, sequence=sequence)
    rehearsed.subject = dataclasses.replace(rehearsed.subject, manifest=dataclasses.replace(manifest, bundle=bundle))
    rehearsed.engine.subjects = {rehearsed.subject.folder: rehearsed.subject}
    rehearsed.spoil(noting)
    result = rehearsed.run(quick=False)
    assert result.passed is passes, [(each.name, each.reason) for each in result.steps]
    installed = rehearsed.engine.machines[0].commands[1]
    assert ("/allow-older" in installed) is (sequence is not None)


@pytest.mark.parametrize("file", ["runtime/python-2.7.18.msi", None])
def test_what_an_engine_keeps_of_an_installer_is_no_reason(rehearsed: Rehearsed, file: str | None) -> None:
    """Of a bundle without one nothing of that may be there."""

    def keeping(machine: FakeMachine, command: Sequence[str]) -> Ran | None:
        if command[1:] == ["report"]:
            machine.keys |= {r"HKLM\Software\Python": "", r"HKLM\Software\Python\PythonCore": ""}
        return None

    manifest = rehearsed.subject.manifest
    runtime = dataclasses.replace(manifest.runtime, file=file)
    rehearsed.subject = dataclasses.replace(rehearsed.subject, manifest=dataclasses.replace(manifest, runtime=runtime))
    rehearsed.engine.subjects = {rehearsed.subject.folder: rehearsed.subject}
    rehearsed.spoil(keeping)
    assert rehearsed.run(quick=False).passed is (file is not None)


def test_data_may_stay_until_it_is_purged(rehearsed: Rehearsed) -> None:
    seen: list[str] = []

    def looking(machine: FakeMachine, command: Sequence[str]) -> Ran | None:
        if "/purge" in command:
            seen.extend(machine.content)
        return None

    rehearsed.spoil(looking)
    assert rehearsed.run(quick=False).passed
    assert r"C:\ProgramData\Example\settings.ini" in seen


def test_a_bundle_that_writes_where_it_lies(rehearsed: Rehearsed) -> None:
    def writing(machine: FakeMachine, command: Sequence[str]) -> Ran | None:
        if machine.kind.name == "used" and PureWindowsPath(command[0]).name == "bootstrap.bat":
            machine.content[rf"{PLACE}\cache.bin"] = b"x"
        return None

    rehearsed.spoil(writing)
    step = rehearsed.failing(quick=False)
    assert (step.name, "was written to" in step.reason) == ("used-machine", True)


def test_a_python_of_others_that_is_started(rehearsed: Rehearsed) -> None:
    def starting(machine: FakeMachine, command: Sequence[str]) -> Ran | None:
        if machine.kind.name == "used" and "/verify" in command:
            machine.content[r"C:\Python of others\started.txt"] = b"started"
        return None

    rehearsed.spoil(starting)
    step = rehearsed.failing(quick=False)
    assert (step.name, "was started" in step.reason) == ("used-machine-verify", True)


@pytest.fixture
def upgraded(rehearsed: Rehearsed, tmp_path: Path) -> Rehearsed:
    folder = tmp_path / "old"
    bundle = dataclasses.replace(rehearsed.subject.manifest.bundle, version="4.13", release="4.13-00000000")
    manifest = dataclasses.replace(rehearsed.subject.manifest, bundle=bundle)
    rehearsed.previous = Subject(folder=folder, manifest=manifest, sha256="1" * 64)
    rehearsed.engine.subjects[folder] = rehearsed.previous
    return rehearsed


def test_an_upgrade_there_and_back(upgraded: Rehearsed) -> None:
    result = upgraded.run(quick=False)
    assert [(each.name, each.reason) for each in result.steps if each.outcome is not Outcome.PASSED] == []
    names = ["uninstall", "purge", "upgrade-from", "upgrade", "rollback", "rollback-again", *LONG[-2:]]
    assert [each.name for each in result.steps][15:] == names
    assert result.previous == "4.13-00000000"
    assert upgraded.engine.machines[1].installed.current is upgraded.subject


def test_data_of_an_upgrade_is_not_read_and_not_asked_for_file_by_file(
    upgraded: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred sparse files of the old bundle are more than this host's memory, and a hundred thousand in one folder are hours."""
    large = r"C:\ProgramData\Example\large.bin"
    for name in ("read", "exists"):
        question = getattr(FakeMachine, name)

        def asking(machine: FakeMachine, path: str, question: Callable[..., object] = question) -> object:
            assert path != large
            return question(machine, path)

        monkeypatch.setattr(FakeMachine, name, asking)

    def leaving(machine: FakeMachine, command: Sequence[str]) -> Ran | None:
        del command
        if upgraded.previous in machine.subjects.values():
            machine.content[large] = b"large"
        return None

    upgraded.spoil(leaving)
    upgraded.run(quick=False)
    assert large in upgraded.engine.machines[1].content


def test_an_upgrade_that_loses_data(upgraded: Rehearsed) -> None:
    def losing(machine: FakeMachine, command: Sequence[str]) -> Ran | None:
        if machine.installed.current is not upgraded.previous or command[0] != rf"{PLACE}\bootstrap.bat":
            return None
        answer = machine.bootstrap(PLACE, list(command[1:]))
        machine.content.pop(r"C:\ProgramData\Example\settings.ini")
        return answer

    upgraded.spoil(losing)
    step = upgraded.failing(quick=False)
    assert (step.name, step.reason) == ("upgrade", r"data is lost: C:\ProgramData\Example\settings.ini")


def with_secret(rehearsed: Rehearsed, rehearse: RehearseInfo | None = None) -> None:
    """The user gives a secret, ``hush hush``."""
    secret = SiteInfo(name="dsn", default=None, help="", secret=True)
    before = rehearsed.subject.manifest
    manifest = dataclasses.replace(before, site=(*before.site, secret), rehearse=rehearse or before.rehearse)
    rehearsed.subject = dataclasses.replace(rehearsed.subject, manifest=manifest)
    rehearsed.engine = FakeEngine(rehearsed.subject)
    rehearsed.given = {"port": "8080", "dsn": "hush hush"}


def test_secrets_that_the_user_gave_are_in_no_log_and_no_report(rehearsed: Rehearsed) -> None:
    with_secret(rehearsed)
    rehearsed.spoil(on("", ran(1603, "it says hush hush")))
    result = rehearsed.run()
    logs = "".join(each.read_text("utf-8") for each in rehearsed.logs.glob("*.log"))
    assert "it says ***" in logs
    assert "/set:dsn=***" in logs
    assert "/set:port=8080" in logs
    assert "hush" not in logs + repr(result)


def test_secrets_in_names_that_programs_choose(rehearsed: Rehearsed) -> None:
    """Of machines that they ask for, of files that they leave."""
    with_secret(rehearsed)

    def telling(machine: FakeMachine, command: Sequence[str]) -> Ran | None:
        if "/plan" in command:
            machine.tried.append(Attempt("dns hush hush.example", r"C:\hush hush.exe"))
        if "/verify" in command:
            machine.content[r"C:\of hush hush\x"] = b""
        return None

    rehearsed.spoil(telling)
    result = rehearsed.run(quick=False)
    assert [each.address for each in result.attempts][:1] == ["dns ***.example"]
    assert r"C:\of ***" in {each.name for each in result.left}
    assert "hush" not in repr(result)


def test_a_secret_that_a_title_or_a_page_is_cut_in(rehearsed: Rehearsed) -> None:
    words = ("app", "--with-a-connection-to-the-database-of-the-site", "{site.dsn}")
    url = "http://127.0.0.1/" + "x" * 35 + "?{site.dsn}"
    asked = RehearseInfo(
        commands=(RehearseCommandInfo(command=words, exit_code=0, output=None, window=False, timeout=5),),
        requests=(RehearseRequestInfo(url=url, status=200, text="other", screenshot=False, timeout=5),),
    )
    with_secret(rehearsed, asked)
    rehearsed.engine.pages[url.replace("{site.dsn}", "hush hush")] = Answer(status=200, text="x" * 1995 + "hush hush")
    result = rehearsed.run()
    titles = {each.name: each.title for each in result.steps}
    assert titles["command-1"] == "app --with-a-connection-to-the-database-of-the-site ***"
    assert "hush" not in repr(result)


@pytest.mark.parametrize("calls_it_secret", ["old", "new"])
def test_what_one_of_both_bundles_calls_secret_is_in_no_log_of_the_other(
    upgraded: Rehearsed, calls_it_secret: str
) -> None:
    """A stranger's old bundle may call it what it likes; and one that was made before may not have known better."""
    assert upgraded.previous is not None

    def asking(subject: Subject, *, secret: bool) -> Subject:
        dsn = SiteInfo(name="dsn", default=None, help="", secret=secret)
        return dataclasses.replace(subject, manifest=dataclasses.replace(subject.manifest, site=(dsn,)))

    upgraded.subject = asking(upgraded.subject, secret=calls_it_secret == "new")
    upgraded.previous = asking(upgraded.previous, secret=calls_it_secret == "old")
    upgraded.engine.subjects = {each.folder: each for each in (upgraded.subject, upgraded.previous)}
    upgraded.given = {"dsn": "hush hush"}
    result = upgraded.run(quick=False)
    logs = {each.name: each.read_text("utf-8") for each in upgraded.logs.glob("*.log")}
    assert sum("/set:dsn=***" in each for each in logs.values()) > 1
    assert [name for name, each in logs.items() if "hush" in each] == []
    assert "hush" not in repr(result)


def test_logs_that_have_no_room_as_long_as_there_is_a_machine_are_written_later(
    rehearsed: Rehearsed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its programs filled the disk, which they share with the logs: what was found of them isn't lost."""
    there: list[str] = []
    make, write = FakeEngine.machine, Taker._write

    @contextlib.contextmanager
    def machine(engine: FakeEngine, kind: Kind) -> Iterator[FakeMachine]:
        with make(engine, kind) as made:
            there.append(kind.name)
            yield made
            there.clear()

    def writing(taker: Taker, file: str, content: bytes) -> None:
        if there:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        write(taker, file, content)

    monkeypatch.setattr(FakeEngine, "machine", machine)
    monkeypatch.setattr(Taker, "_write", writing)
    result = rehearsed.run(quick=False)
    assert result.passed
    told = {each.log for each in result.steps if each.log}
    assert told == {each.name for each in rehearsed.logs.glob("*.log")}
    assert "bootstrap.bat" in (rehearsed.logs / "01-plan.log").read_text("utf-8")
    monkeypatch.setattr(run_of_steps, "_MOST_WAITING", 10)
    with pytest.raises(OSError, match="No space left"):
        rehearsed.run()


def test_programs_that_were_ended_while_no_step_waited_for_one(rehearsed: Rehearsed) -> None:
    """One that a command left running took all memory: each step passed."""
    rehearsed.engine.used_too_much = "all programs were ended"
    step = rehearsed.failing(quick=False)
    assert (step.name, step.reason) == ("usage", "all programs were ended")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("all programs were ended", ["command-1"]),
        ("it did not end", ["command-1", "usage"]),
    ],
)
def test_what_was_used_is_told_once(rehearsed: Rehearsed, fault: str, told: list[str]) -> None:
    """By the step where programs were ended for it; where others failed alone, what had ended them wasn't told at all."""
    rehearsed.engine.used_too_much = "all programs were ended"
    ended = Ran(code=None, output="", fault=fault)
    rehearsed.spoil(lambda _, command: ended if command[1:] == ["report"] else None)
    assert [each.name for each in rehearsed.run().steps if each.outcome is Outcome.FAILED] == told


def test_a_link_in_the_place_of_a_log_is_not_followed(rehearsed: Rehearsed, tmp_path: Path) -> None:
    rehearsed.logs = tmp_path / "logs"
    rehearsed.logs.mkdir()
    (tmp_path / "precious").write_text("x")
    (rehearsed.logs / "01-plan.log").symlink_to(tmp_path / "precious")
    rehearsed.run()
    assert (tmp_path / "precious").read_text() == "x"
    assert not (rehearsed.logs / "01-plan.log").is_symlink()


def test_values_are_made_up_that_the_target_takes(tmp_path: Path) -> None:
    kinds = get_args(SiteType)
    site = tuple(
        SiteInfo(
            name=kind, default=None, help="", secret=False, type=kind, choices=("a", "b") if kind == "choice" else ()
        )
        for kind in kinds
    )
    optional = SiteInfo(name="may_be_empty", default=None, help="", secret=True, required=False)
    subject = make_subject(tmp_path, site=(*site, optional))
    found = subject.values({})
    assert sorted(found) == sorted(kinds)
    assert [type_fault(kind, found[kind], ("a", "b") if kind == "choice" else ()) for kind in kinds] == [None] * 7


@pytest.fixture
def shown(rehearsed: Rehearsed) -> Rehearsed:
    """With a window and a page that are to be seen."""
    window = RehearseCommandInfo(command=("app", "show"), exit_code=0, output=None, window=True, timeout=60)
    asked = dataclasses.replace(
        ASKED, commands=(window,), requests=tuple(dataclasses.replace(each, screenshot=True) for each in ASKED.requests)
    )
    manifest = dataclasses.replace(rehearsed.subject.manifest, rehearse=asked)
    rehearsed.subject = dataclasses.replace(rehearsed.subject, manifest=manifest)
    rehearsed.engine.subjects = {rehearsed.subject.folder: rehearsed.subject}
    return rehearsed


def test_windows_and_pages_are_photographed(shown: Rehearsed) -> None:
    result = shown.run()
    assert result.passed
    pictures = {each.name: each.screenshots for each in result.steps if each.screenshots}
    assert pictures == {"command-1": ("11-window.png",), "request-1": ("12-page.png",)}
    assert (shown.logs / "11-window.png").read_bytes() == (shown.logs / "12-page.png").read_bytes() == PIXEL
    assert shown.engine.machines[0].kind.windows


def test_where_nothing_can_be_seen_it_is_said(shown: Rehearsed) -> None:
    shown.engine.no_screen = "this host has no Xvfb"
    steps = {each.name: each for each in shown.run().steps}
    assert (steps["command-1"].outcome, steps["command-1"].reason) == (Outcome.SKIPPED, "this host has no Xvfb")
    page = steps["request-1"]
    assert (page.outcome, page.reason) == (Outcome.PASSED, "there is no picture: no browser")


def test_a_program_without_a_window(shown: Rehearsed) -> None:
    ended = Ran(code=None, output="no Tcl", fault="it ended before it showed a window")
    shown.spoil(lambda _, command: ended if command[1:] == ["show"] else None)
    step = shown.failing()
    assert step.reason == r"C:\PythonEnvs\Example\Scripts\app.exe show: it ended before it showed a window"
    assert (step.name, step.output) == ("command-1", "no Tcl")
