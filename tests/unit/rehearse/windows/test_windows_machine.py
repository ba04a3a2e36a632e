"""A machine behind a mailbox: what is ordered is done there, and what comes back is a stranger's word."""

from __future__ import annotations

import contextlib
import http.server
import json
import subprocess
import sys
import threading
import time
import tracemalloc
import types
from typing import TYPE_CHECKING

import pytest

from bundler.errors import HostError
from bundler.pack.shipped import target_folder
from bundler.rehearse.pictures import FOLDER
from bundler.rehearse.port import Clock, Ran
from bundler.rehearse.windows.guest_files import lay_hands
from bundler.rehearse.windows.mailbox import Mailbox
from bundler.rehearse.windows.windows_machine import Place, WindowsMachine
from tests.support import only_linux

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = only_linux.NAMESPACES
RUNNER = """#!/bin/sh
if [ "$BUNDLE_RUN_LINE" = nowhere ]; then printf 'error 2' > "$BUNDLE_RUN_RESULT"; exit; fi
sh -c "$BUNDLE_RUN_LINE"
printf 'exit %s' $? > "$BUNDLE_RUN_RESULT"
"""


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    """The other side is this machine, with a shell for the program that starts programs."""
    lay_hands(tmp_path / "hands", target_folder())
    (tmp_path / "hands" / "run_program.exe").write_text(RUNNER)
    (tmp_path / "hands" / "run_program.exe").chmod(0o755)
    made = Mailbox(folder=tmp_path / "mail", clock=Clock(now=time.monotonic, sleep=time.sleep))
    made.make()
    command = [sys.executable, "-E", "-s", "-S", "-B", str(tmp_path / "hands" / "orders.py"), str(made.folder)]
    process = subprocess.Popen(command)
    made.lost = lambda: f"it ended with exit code {process.poll()}" if process.poll() is not None else ""
    assert made.wait_for_life(60)
    yield made
    process.kill()
    process.wait()


@pytest.fixture
def machine(mailbox: Mailbox, tmp_path: Path) -> WindowsMachine:
    looks = ((str(tmp_path / "disk"), None, (str(tmp_path / "disk" / "noise"),)),)
    return WindowsMachine(mailbox, Place(looks=looks, guest_path=str, room=str(tmp_path / "disk")), environ={})


def test_files(machine: WindowsMachine, tmp_path: Path) -> None:
    (tmp_path / "bundle" / "é").mkdir(parents=True)
    (tmp_path / "bundle" / "é" / "a.bin").write_bytes(b"\0\xff")
    at = str(tmp_path / "disk" / "from")
    machine.files.put(tmp_path / "bundle", at)
    assert machine.files.read(f"{at}/é/a.bin") == b"\0\xff"
    machine.files.put(tmp_path / "bundle", at)  # in place of what is there
    machine.files.write(f"{at}/new/b.txt", b"b")
    assert machine.files.exists(f"{at}/new/b.txt")
    assert not machine.files.exists(f"{at}/c.txt")
    assert machine.files.read(f"{at}/c.txt") is None
    machine.files.put(tmp_path / "bundle" / "é" / "a.bin", f"{at}/one/c.bin")
    assert machine.files.read(f"{at}/one/c.bin") == b"\0\xff"


def test_a_picture_is_of_where_it_was_told_to_look(
    machine: WindowsMachine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bundler.rehearse.windows.windows_machine.KEYS", ())
    disk = tmp_path / "disk"
    for name in ("a/b", "noise"):
        (disk / name).mkdir(parents=True)
    (disk / "a" / "b" / "file").write_text("x")
    (disk / "a" / "link").symlink_to(tmp_path)
    (disk / "noise" / "log").write_text("x")
    before = machine.picture().files
    assert {name: what for name, what in before.items() if what == FOLDER} == {
        str(disk / "a"): FOLDER, str(disk / "a" / "b"): FOLDER,
    }  # fmt: skip
    assert before.keys() == {str(disk / each) for each in ("a", "a/b", "a/b/file", "a/link")}
    (disk / "a" / "b" / "file").write_text("longer")
    assert machine.picture().files[str(disk / "a" / "b" / "file")] != before[str(disk / "a" / "b" / "file")]


def test_programs(machine: WindowsMachine) -> None:
    assert machine.programs.run(["echo", "é; exit 3"], timeout=60) == Ran(code=0, output="é; exit 3\n")
    assert machine.programs.run(["exit", "3"], timeout=60).code == 3
    ran = machine.programs.run(["nowhere"], timeout=60)
    assert (ran.code, ran.fault) == (None, "nowhere could not be started (Windows error 2)")


def test_a_page_over_loopback(machine: WindowsMachine) -> None:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 503)
            self.end_headers()
            self.wfile.write("sérved".encode())

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        found = [machine.network.get(f"{url}{path}", wait=30) for path in ("/", "/busy")]
        server.shutdown()
    assert [(each.status, each.text, each.fault) for each in found] == [(200, "sérved", ""), (503, "sérved", "")]
    assert "refused" in machine.network.get(url, wait=0).fault
    assert machine.network.attempts() == ()


def test_a_page_that_leads_to_another_machine(machine: WindowsMachine) -> None:
    """The engine `here` rehearses on a machine that has a network."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            port = self.headers["Host"].rpartition(":")[2]
            to = {"/near": f"http://localhost:{port}/", "/far": "http://192.0.2.1/", "/other": "ftp://[2001:db8::1]/x"}
            self.send_response(302 if self.path in to else 200)
            if self.path in to:
                self.send_header("Location", to[self.path])
            self.end_headers()
            self.wfile.write(b"here")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        found = [machine.network.get(f"{url}{path}", wait=30) for path in ("/near", "/far", "/other")]
        server.shutdown()
    assert [(each.status, each.text, each.fault) for each in found] == [
        (200, "here", ""),
        (302, "here", ""),
        (302, "here", ""),
    ]


def test_what_goes_wrong_there_is_told(machine: WindowsMachine, tmp_path: Path) -> None:
    with pytest.raises(HostError, match="on the rehearsed machine, put failed: ") as caught:
        machine.files.put(tmp_path / "nowhere", str(tmp_path / "disk" / "x"))
    assert caught.value.reference == "rehearsal-order-failed"


def test_a_machine_that_is_gone(mailbox: Mailbox, machine: WindowsMachine) -> None:
    mailbox.ask("end", shutdown=False)
    with pytest.raises(HostError, match="doesn't answer any more") as caught:
        machine.files.exists("x")
    assert caught.value.reference == "rehearsal-machine-lost"
    assert caught.value.context == ("it ended with exit code 0",)


ASKED: dict[str, Callable[[WindowsMachine], object]] = {
    "picture": lambda machine: machine.picture(),
    "run": lambda machine: machine.programs.run(["x"], timeout=1),
    "get": lambda machine: machine.network.get("http://127.0.0.1/", wait=0),
    "attempts": lambda machine: machine.network.attempts(),
    "state": lambda machine: machine.services.state("x"),
    "read": lambda machine: machine.files.read("x"),
}


def mailbox_of(folder: Path) -> Mailbox:
    """One in which nobody does anything."""
    made = Mailbox(folder=folder, clock=Clock(now=time.monotonic, sleep=time.sleep))
    made.make()
    return made


class Answering(Mailbox):
    """The other side's answer is there already: what a program of the bundle may have put in its place."""

    def plant(self, content: bytes) -> None:
        (self.folder / "answers" / "1.json").write_bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[", b"[" * 100_000, b"7", b'"done"', b"\xff\xfe", b'{"done": "C:"}', b'{"done": 7}', b'{"done": {"files": 7}}',
        b'{"done": {"files": {"a": "b"}, "registry": {"c": 7}}}', b'{"done": {"code": 0}}', b'{"done": {"code": "x", "output": 3, "fault": ""}}',
        b'{"done": [["tcp x", "y"], ["tcp"]]}', b"{}", b'{"fault": ["x"]}', b'{"done": 1e999}',
    ],
)  # fmt: skip
def test_answers_that_are_none(tmp_path: Path, content: bytes) -> None:
    for order, ask in ASKED.items():
        folder = tmp_path / order
        mailbox = Answering(folder=folder, clock=Clock(now=time.monotonic, sleep=time.sleep))
        mailbox.make()
        mailbox.plant(content)
        machine = WindowsMachine(mailbox, Place(looks=(), guest_path=str, room="C:"), environ={})
        with contextlib.suppress(HostError):  # or it is an answer of this order's
            ask(machine)


def test_an_answer_that_is_a_link_to_a_file_of_this_host(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(json.dumps({"done": "secret"}))
    mailbox = Mailbox(folder=tmp_path / "mail", clock=Clock(now=time.monotonic, sleep=time.sleep))
    mailbox.make()
    (mailbox.folder / "answers" / "1.json").symlink_to(tmp_path / "secret")
    with pytest.raises(HostError, match="answer is damaged"):
        mailbox.ask("state", name="x")


@pytest.mark.parametrize("name", ["orders", "answers"])
def test_a_folder_that_is_a_link_by_now(tmp_path: Path, name: str) -> None:
    """A program of the bundle has put it there: nothing is written or read where it leads."""
    victim, mailbox = tmp_path / "victim", mailbox_of(tmp_path / "mail")
    victim.mkdir()
    (victim / "1.json").write_text(json.dumps({"done": "secret"}))
    (mailbox.folder / name).rmdir()
    (mailbox.folder / name).symlink_to(victim, target_is_directory=True)
    with pytest.raises(HostError, match="has put something in the place of") as caught:
        mailbox.ask("state", name="x")
    assert caught.value.reference == "rehearsal-machine-lost"
    assert [each.name for each in victim.iterdir()] == ["1.json"]


def test_a_folder_that_becomes_a_link_while_an_answer_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir()
    answers = tmp_path / "mail" / "answers"

    def swap(_: float) -> None:
        (tmp_path / "victim" / "1.json").write_text(json.dumps({"done": "secret"}))
        answers.rename(tmp_path / "moved")
        answers.symlink_to(tmp_path / "victim", target_is_directory=True)

    made = Mailbox(folder=answers.parent, clock=Clock(now=time.monotonic, sleep=swap))
    made.make()
    with pytest.raises(HostError, match="has put something in the place of"):
        made.ask("state", name="x")


@pytest.mark.parametrize(
    "content",
    [
        b'{"done": [' + b"[]," * 5_000_000 + b"[]]}", b'{"done": [' + b"{}," * 5_000_000 + b"{}]}", b'{"done": "' + b"x" * 33_000_000 + b'"}',
        b'{"done": "' + b"," * 9_000_000 + b'"}',
    ],
    ids=["lists", "tables", "a long text", "commas"],
)  # fmt: skip
def test_an_answer_that_would_take_the_memory(tmp_path: Path, content: bytes) -> None:
    mailbox = mailbox_of(tmp_path / "mail")
    (mailbox.folder / "answers" / "1.json").write_bytes(content)
    tracemalloc.start()
    with pytest.raises(HostError, match="answer is damaged"):
        mailbox.ask("state", name="x")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000_000


def test_a_disk_that_is_filled_from_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: types.SimpleNamespace(free=1 << 27))
    with pytest.raises(HostError, match="less than 256 MiB are left"):
        mailbox_of(tmp_path / "mail").ask("state", name="x")


def test_a_fault_of_any_length_or_shape(tmp_path: Path) -> None:
    mailbox = mailbox_of(tmp_path / "mail")
    (mailbox.folder / "answers" / "1.json").write_text(json.dumps({"fault": ["x" * 1_000_000]}))
    with pytest.raises(HostError) as caught:
        mailbox.ask("state", name="x")
    assert len(caught.value.message) < 3000


def test_more_attempts_to_connect_than_anything_makes(tmp_path: Path) -> None:
    mailbox = mailbox_of(tmp_path / "mail")
    (mailbox.folder / "answers" / "1.json").write_text(json.dumps({"done": [["tcp x", "y"]] * 100_001}))
    (mailbox.folder / "answers" / "2.json").write_text(json.dumps({"done": [["tcp x", "y" * 40_000]]}))
    machine = WindowsMachine(mailbox, Place(looks=(), guest_path=str, room="C:"), environ={})
    for _ in range(2):
        with pytest.raises(HostError, match="another shape"):
            machine.network.attempts()


def test_one_that_never_begins(tmp_path: Path) -> None:
    times = iter(range(1000))
    mailbox = Mailbox(folder=tmp_path / "mail", clock=Clock(now=lambda: next(times), sleep=lambda _: None))
    mailbox.make()
    assert not mailbox.wait_for_life(30)
    with pytest.raises(HostError, match="doesn't answer any more, since it was told to do this: state"):
        mailbox.ask("state", name="x")
