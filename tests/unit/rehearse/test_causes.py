"""What explains a failure that the program itself doesn't explain, on a simulated machine."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from bundler.model.dll import DllInfo
from bundler.rehearse.bench import Bench, cause_of, done
from bundler.rehearse.causes import explanations
from bundler.rehearse.port import BARE
from tests.support.rehearsed import FakeEngine, FakeMachine, make_subject, ran

if TYPE_CHECKING:
    from pathlib import Path

PLACE = r"C:\From the disk"
FAILED_IMPORT = "ImportError: DLL load failed while importing _native: Module not found."
NOT_FOUND = "FileNotFoundError: [WinError 2] File not found"


def dll(name: str, **changes: object) -> DllInfo:
    made = DllInfo(
        name=name,
        needed_by=("app: app/_native.pyd",),
        delayed=False,
        condition="",
        redistributable="",
        address="",
        silent="",
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    dlls = (dll("absent.dll"), dll("extra.dll", optional="plots"), dll("own.dll", brought_by=("other",)))
    subject = make_subject(tmp_path, dlls=dlls)
    return Bench(FakeMachine(FakeEngine(subject), BARE), subject, {}, PLACE)


def put(bench: Bench, name: str, text: str) -> None:
    bench.machine.files.write(rf"{bench.subject.release}\Lib\site-packages\{name}", text.encode())


def test_what_bootstrap_says_after_its_steps() -> None:
    said = "[1/3] Verified\n[2/3] Installed 1 package   4.2 s\n\nImporting app failed (exit code 1):\n    import app:\nNothing is in use."
    assert cause_of(said) == "Importing app failed (exit code 1)"
    assert cause_of("[1/1] Verified   1.0 s\n") == ""
    assert cause_of("app.py was changed") == ""
    assert done(ran(1603, said), "bootstrap.bat").reason == (
        "bootstrap.bat ended with exit code 1603: Importing app failed (exit code 1)"
    )


def test_dlls_that_the_bundle_lacks(bench: Bench) -> None:
    told = "The bundle lacks DLLs that its packages need: absent.dll (for app: app/_native.pyd)"
    assert list(explanations(FAILED_IMPORT, bench)) == [told]
    assert list(explanations("app.exe ended with exit code 3221225781; 0 was expected", bench)) == [told]
    assert list(explanations("KeyError", bench)) == []


WINES_END = """Unhandled exception: page fault on read access to 0x0000000000000008 in 64-bit code (0x006ffff9827811).
Backtrace:
=>0 0x006ffff9827811 SQLSetEnvAttr+0x61(EnvironmentHandle=0, Value=2) [/build/wine/dlls/odbc32/proxyodbc.c:3750] in {inner} (0x00000000000002)
  1 0x006ffff99315cf in pyodbc.cp311-win_amd64.pyd (+0x115cf) (0000000000000000)
Modules:
Module  Address                                 Debug info      Name (56 modules)
PE             140000000-       14001a000       --none--        python
PE-Wine     6ffff9810000-    6ffff990d000       Dwarf-4         odbc32
"""


def test_a_program_that_ends_inside_wine(bench: Bench) -> None:
    told = "It ended inside odbc32, which is Wine's own here and Microsoft's on Windows: whether it ends there too, this rehearsal can't tell"
    assert list(explanations(WINES_END.format(inner="odbc32"), bench)) == [told]
    assert list(explanations(WINES_END.format(inner="python"), bench)) == []


def test_a_function_that_wine_lacks(bench: Bench) -> None:
    said = "[9/17] Prepared\nwine: Call from 00006FFFFF3FCF77 to unimplemented function ucrtbase.dll.crealf, aborting\n"
    (told,) = explanations(said + WINES_END.format(inner="odbc32"), bench)
    assert told.startswith("ucrtbase.dll of Wine has no function crealf, so this can't be rehearsed in Wine as it is;")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("python = C:\\Python311\\python.exe\n", r"C:\Python311\python.exe"),
        ('{"python": "D:\\\\Tools\\\\Python39-32\\\\python.exe"}', r"D:\Tools\Python39-32\python.exe"),
        ("root: C:/Users/anna/project/data", r"C:\Users\anna\project\data"),
    ],
)
def test_files_that_name_places_of_another_machine(bench: Bench, text: str, place: str) -> None:
    put(bench, r"app\tools.ini", text)
    put(bench, r"app\fine.ini", "python = C:\\Tools\\python.exe\nurl = https://host/Users/anna\n")
    told = rf"Files of the release name places that aren't there: app\tools.ini: {place}"
    assert list(explanations(NOT_FOUND, bench)) == [told]
    assert list(explanations("ValueError: no", bench)) == []
    bench.machine.files.write(place, b"there it is")
    assert list(explanations(NOT_FOUND, bench)) == []


def test_a_few_are_enough(bench: Bench) -> None:
    for number in range(20):
        put(bench, rf"app\part{number}.py", r"PYTHON = 'C:\Python311\python.exe'")
    (told,) = explanations(NOT_FOUND, bench)
    assert told.count("python.exe") == 5


def test_places_of_a_strangers_files_are_asked_for_once_and_not_without_end(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of 256 kB names seventeen thousand that are there, and there may be thousands of such files."""
    asked: list[str] = []

    def exists(machine: FakeMachine, path: str) -> bool:
        del machine
        asked.append(path)
        return True

    monkeypatch.setattr(FakeMachine, "exists", exists)
    put(bench, "app/same.ini", "x=C:\\Users\\root;" * 2000)
    assert list(explanations(NOT_FOUND, bench)) == []
    assert asked == [r"C:\Users\root"]
    put(bench, "app/others.ini", "".join(f"x=C:\\Users\\u{number};" for number in range(2000)))
    assert list(explanations(NOT_FOUND, bench)) == []
    assert len(asked) < 600


def test_no_more_is_read_of_a_strangers_files_than_takes_moments(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bundler.rehearse.causes._MOST_READ", 1000)
    for number in range(10):
        put(bench, f"app/{number}.ini", " " * 400)
    read: list[str] = []

    def reading(machine: FakeMachine, path: str) -> bytes:
        read.append(path)
        return machine.content[path]

    monkeypatch.setattr(FakeMachine, "read", reading)
    assert list(explanations(NOT_FOUND, bench)) == []
    assert len(read) == 3
