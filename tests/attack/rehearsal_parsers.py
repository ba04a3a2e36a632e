"""The readers of what programs of a stranger leave that are run here: in a rehearsal, and in the sandbox of a build."""

from __future__ import annotations

import contextlib
import json
import struct
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from bundler.build.hook_answers import answered_name, read_answer
from bundler.errors import BuildError
from bundler.formats.png import is_png
from bundler.formats.screen_dumps import as_png, read_dump
from bundler.rehearse.bench import cause_of
from bundler.rehearse.causes import explanations
from bundler.rehearse.results import Attempt, first_screen
from bundler.rehearse.stacks import waiting_at, with_stacks
from bundler.rehearse.wine.connection_record import asked_name, describe
from bundler.rehearse.wine.program import NotStartedError, exit_code, read_text
from tests.attack.parser import OutsideError, Parser
from tests.attack.text_parsers import json_values

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.attack.breaking import Breaker

_LONGEST_SCREEN = 31 * 301
OUTPUTS = (
    b"[1/9] Looking\n[2/9] Installing\nIt can't be installed: why\nmore\n",
    b"ImportError: DLL load failed while importing _app\r\nFileNotFoundError: [WinError 2] File not found: 'C:\\Python311\\x'\n",
    b"wine: Call from 000000007B00F3C6 to unimplemented function combase.dll.RoGetServerActivatableClasses, aborting\n",
    (
        b"Backtrace:\n=>0 0x000000007b00f3c6 in kernelbase (+0xf3c6) (0x0000000000c1f4e0)\nPE-Wine 7b000000- 7b2f0000 Deferred kernelbase\n"
        b"=>0 0x1 in ucrtbase (0x1)\nPE-Wine 1- 2 Deferred ucrtbase\n"
    ),
    b"path = D:/Work/Python311/x\nother=C:\\\\Users\\\\me\\\\x;e:\\a\\b\\c\\d\\Python27-32\\y\n",
    b'Timeout (0:00:20)!\nThread 0x01 (most recent call first):\n  File "C:\\x.py", line 5 in wait\n  File "<string>", line 1 in <module>\n',
    b'["192.0.2.1:80", ["C:\\\\x.py:5 in get", "y:1 in <module>"]]\n["example.org", []]\n',
    b"exit 4294967295",
    b"error 193",
)


def printed(breaker: Breaker, wholes: Sequence[bytes]) -> bytes:
    """A line or a word of it without an end, pieces, or bytes that are no text."""
    draw, content = breaker.draw, breaker.draw.choice(wholes)
    if draw.random() < 0.3:
        return breaker.plain(content)
    bad = breaker.words(content) if draw.random() < 0.6 else content
    if draw.random() < 0.5:
        begin, end = sorted(draw.randrange(len(bad) + 1) for _ in range(2))
        bad = bad[:end] + bad[begin:end] * (draw.choice((10, 1000, 300_000)) // max(1, end - begin)) + bad[end:]
    return bad


def outputs(path: Path, _: Path) -> None:
    said = read_text(path)
    with contextlib.suppress(NotStartedError):
        exit_code(path, ["x"], said)
    if len(first_screen(said)) > _LONGEST_SCREEN:
        raise OutsideError("a screen that is none")
    cause_of(said)
    content = path.read_bytes()
    list(explanations(said, _bench(content)))
    address = said.partition('["')[2].partition('"')[0]
    (attempt,) = with_stacks("checks", _bench(content), [Attempt(f"tcp {address}")], lambda: None)
    for each in (*attempt.stack, *waiting_at("checks", _bench(content), lambda: None)):
        if "\n" in each or not each.isprintable():
            raise OutsideError(f"a call that is more than a line: {each!r}")


def _bench(content: bytes) -> Any:
    """On a machine whose every file is this one."""
    files = SimpleNamespace(
        read=lambda _: content, write=lambda *_: None, exists=lambda path: path.endswith("python.exe")
    )
    machine = SimpleNamespace(
        room="C:",
        files=files,
        picture=lambda: SimpleNamespace(files={r"C:\r\Lib\site-packages\x.ini": "1 1"}),
        network=SimpleNamespace(attempts=tuple),
        programs=SimpleNamespace(run=lambda *_, **__: None),
    )
    manifest = SimpleNamespace(dlls=(), services=(), target=SimpleNamespace(python="3.11.9"))
    return SimpleNamespace(
        machine=machine, python=r"C:\r\python.exe", subject=SimpleNamespace(manifest=manifest, release=r"C:\r")
    )


def dumps(_: Path) -> list[bytes]:
    """Of both orders of bytes, with a map of colours."""
    found = []
    for order in (0, 1):
        header = [
            104,
            7,
            2,
            24,
            4,
            3,
            0,
            order,
            32,
            order,
            32,
            32,
            16,
            4,
            0xFF0000,
            0xFF00,
            0xFF,
            8,
            256,
            2,
            4,
            3,
            0,
            0,
            0,
        ]
        found.append(struct.pack(">25I", *header) + b"win\0" + bytes(2 * 12) + bytes(range(48)))
    return found


def screen(path: Path, _: Path) -> None:
    pixels = read_dump(path.read_bytes())
    if any(len(row) != pixels.width * 3 for row in pixels.rows) or not is_png(as_png(pixels)):
        raise OutsideError("a picture that is none")


def packets(_: Path) -> list[bytes]:
    question = bytes(12) + b"\7example\3org\0" + bytes(4)
    four = bytes([0x45]) + bytes(8) + b"\6" + bytes(6) + b"\xc0\0\2\1" + b"\xc3\x50\0\x50" + bytes(9) + b"\2" + bytes(6)
    six = bytes(6) + b"\x3a" + bytes(17) + b"\x20\1" + bytes(14) + b"\x80" + bytes(30)
    return [b"\x08\0" + four, b"\x86\xdd" + six, b"\0\0" + question]


def packet(path: Path, _: Path) -> None:
    content = path.read_bytes()
    told = (describe(int.from_bytes(content[:2], "big"), content[2:258]), asked_name(content[2:4098]))
    if any(each and (len(each) > 300 or not each.isascii() or not each.isprintable()) for each in told):
        raise OutsideError(f"not to be shown: {told}")


def answers(_: Path) -> list[bytes]:
    found: tuple[object, ...] = (
        {"return_val": "demo-1.0-py3-none-any.whl"},
        {"answer": ["setuptools"], "warnings": [{"filename": "setup.py", "lineno": 5, "message": "old"}]},
        {"no_backend": True, "traceback": "ImportError: x", "backend_error": ""},
        {"missing": "no module x"},
    )
    return [json.dumps(each).encode() for each in found]


def answer(path: Path, _: Path) -> None:
    found = read_answer(path.parent, path.name, "demo")
    if found is None:
        raise OutsideError("there was an answer")
    " ".join((*found.warnings, found.missing or "")).encode("utf-8", "replace")
    with contextlib.suppress(BuildError):
        answered_name(found.value, "demo")


RUN_HERE = (
    Parser(
        name="outputs of rehearsed programs",
        filename="log1",
        whole=lambda _: OUTPUTS,
        broken=printed,
        read=outputs,
        few=150,
        share=100,
    ),
    Parser(
        name="screens of rehearsed programs",
        filename="Xvfb_screen0",
        whole=dumps,
        broken=lambda breaker, wholes: (
            breaker.numbers(breaker.draw.choice(wholes), align=4)
            if breaker.draw.random() < 0.6
            else breaker.plain(breaker.draw.choice(wholes))
        ),
        read=screen,
        edge=(ValueError,),
        few=200,
        share=80,
    ),
    Parser(
        name="packets of rehearsed programs",
        filename="packet",
        whole=packets,
        broken=lambda breaker, wholes: breaker.plain(breaker.draw.choice(wholes)),
        read=packet,
        few=300,
        share=100,
    ),
    Parser(
        name="answers of build hooks",
        filename="output.json",
        whole=answers,
        broken=json_values,
        read=answer,
        few=100,
        share=60,
    ),
)
