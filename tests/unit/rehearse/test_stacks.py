"""Where a program tried to reach out: a second run with a hook, of which nothing stays."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from bundler.rehearse.bench import Bench
from bundler.rehearse.port import BARE, NOT_ENDED
from bundler.rehearse.results import Attempt
from bundler.rehearse.stacks import _HOOK, _SOURCE, _WAITING, _of, waiting_at, with_stacks
from bundler.rehearse.windows.guest import guest_programs
from tests.support.rehearsed import FakeEngine, FakeMachine, make_subject, ran

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bundler.rehearse.port import Ran

PLACE = r"C:\From the disk"
TOLD = rf"C:\{_HOOK}.txt"
ATTEMPTS = (Attempt("dns models.example"), Attempt("tcp 192.0.2.1:443"), Attempt("dns models.example.corp"))
REACHING = """
import socket
def download():
    for name in ("models.invalid", "localhost"):
        try:
            socket.getaddrinfo(name, 443)
        except OSError:
            pass
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", 9))
    sys.audit("socket.connect", None, ("2001:db8::1", 443, 0, 0))
    sys.audit("socket.connect", None, ("2001:db8::1", 443, 0, 0))
    sys.audit("socket.connect", None, b"a path")
download()
"""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    subject = make_subject(tmp_path)
    machine = FakeMachine(FakeEngine(subject), BARE)
    bench = Bench(machine, subject, {}, PLACE)
    bench.put()
    bench.install()
    machine.engine.spoilt.append(removing)
    return bench


def removing(machine: FakeMachine, command: Sequence[str]) -> Ran | None:
    """What the program that tidies up does."""
    if command[1:3] != ["-S", "-c"]:
        return None
    for each in [path for path in machine.content if _HOOK in path]:
        assert repr(each) in command[3]
        del machine.content[each]
    return ran()


def told(bench: Bench, *lines: object) -> None:
    """The hook writes when it is there."""
    machine: FakeMachine = bench.machine  # type: ignore[assignment]
    begins = rf"{bench.subject.release}\Lib\site-packages\{_HOOK}.pth"
    assert rf"C:\\{_HOOK}.py".encode() in machine.content[begins]
    machine.content[TOLD] = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines).encode()
    machine.tried.append(Attempt("dns models.example"))


def test_calls_are_told_and_nothing_stays(bench: Bench) -> None:
    before = set(bench.machine.content)  # type: ignore[attr-defined]
    lines = (
        ["models.example", ["a.py:1 in main", "b.py:2 in get\u202e"]],
        "no JSON",
        [1, 2],
        ["192.0.2.1:443", ["c.py:3 in dial"]],
    )
    found = with_stacks("command-1", bench, ATTEMPTS, lambda: told(bench, *lines))
    looked_up = ("a.py:1 in main", "b.py:2 in get")
    assert [each.stack for each in found] == [looked_up, ("c.py:3 in dial",), looked_up]
    assert [each.address for each in found] == [each.address for each in ATTEMPTS]
    assert set(bench.machine.content) == before  # type: ignore[attr-defined]
    assert bench.machine.network.attempts() == (), "the second run's don't count"


def test_names_of_strangers_are_not_gone_through_for_each_attempt() -> None:
    """There may be hundreds of thousands of both."""

    class Calls(dict[str, tuple[str, ...]]):
        def items(self) -> Any:
            raise AssertionError("one by one")

        __iter__ = keys = items

    calls = Calls({"models.example": ("a",), "models": ("b",)})
    assert _of("dns Models.Example.corp.test.", calls) == ("a",)
    assert _of("dns models.other", calls) == ("b",)
    assert _of("dns mymodels.example", calls) == ()


def test_services_begin_with_the_hook_and_without_it_afterwards(bench: Bench) -> None:
    machine: FakeMachine = bench.machine  # type: ignore[assignment]
    del machine.commands[:]
    with_stacks("request-1", bench, ATTEMPTS, lambda: told(bench))
    modes = [command[1] for command in machine.commands]
    expected = ["/stop", "/start"] if bench.subject.manifest.services else []
    assert modes == [*expected, "-S", *expected]


@pytest.mark.parametrize("name", ["plan", "install", "uninstall", "used-machine"])
def test_steps_that_are_not_taken_twice(bench: Bench, name: str) -> None:
    def never() -> None:
        raise AssertionError(name)

    assert with_stacks(name, bench, ATTEMPTS, never) == ATTEMPTS


def test_the_hook_itself(tmp_path: Path) -> None:
    path = tmp_path / "told.txt"
    code = f"{_SOURCE}begin({str(path)!r})\n{REACHING}"
    subprocess.run([sys.executable, "-c", code], check=True)
    lines = [json.loads(each) for each in path.read_text("utf-8").splitlines()]
    assert [name for name, _ in lines] == ["models.invalid", "[2001:db8::1]:443"]
    assert any(each.endswith("in download") for each in lines[0][1])


DUMP = """Timeout (0:00:20)!
Thread 0x00000054 (most recent call first):
  File "C:\\Python\\Lib\\threading.py", line 1 in wait

Thread 0x00000058 (most recent call first):
  File "C:\\app\\tool.py", line 4 in main
  File "<frozen runpy>", line 88 in _run_code
"""


def test_where_a_program_waits(bench: Bench) -> None:
    machine: FakeMachine = bench.machine  # type: ignore[assignment]
    before = set(machine.content)

    def hanging() -> None:
        machine.content[TOLD] = DUMP.encode()

    assert waiting_at("command-1", bench, hanging) == (r"C:\app\tool.py:4 in main", "<frozen runpy>:88 in _run_code")
    assert set(machine.content) == before
    assert waiting_at("command-1", bench, lambda: None) == ()


def test_a_program_that_waits_tells_where(tmp_path: Path) -> None:
    path = tmp_path / "told.txt"
    code = (
        _WAITING.replace("20,", "0.5,")
        + f"begin({str(path)!r})\nimport time\ndef main():\n    time.sleep(600)\nmain()\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 1
    assert 'File "<string>", line' in path.read_text("utf-8")
    assert " in main" in path.read_text("utf-8")


def test_both_halves_say_it_with_the_same_words() -> None:
    assert f'"{NOT_ENDED} %g s' in inspect.getsource(guest_programs)
