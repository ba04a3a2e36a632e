from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bundler.build.diagnosis import FailedBuild, build_failed, compiler_evidence, needs_compiler
from bundler.build.missing_compiler import Refusal, refuse_compilers
from bundler.model.target import Target

if TYPE_CHECKING:
    from collections.abc import Mapping

TARGET = Target.of("3.11.9", "win_amd64")


@pytest.fixture
def refusal(tmp_path: Path) -> Refusal:
    return refuse_compilers(tmp_path / "it's a folder")


def run(refusal: Refusal, *command: str) -> int:
    variables: Mapping[str, str] = refusal.variables({"PATH": "/usr/bin:/bin"})
    program = shutil.which(command[0], path=variables["PATH"])
    assert program is not None
    return subprocess.run([program, *command[1:]], env=variables, capture_output=True, check=False).returncode


@pytest.mark.parametrize(
    "command",
    [
        ("gcc", "-c", "a.c", "-o", "a.o"),
        ("cc", "-shared", "a.o", "-o", "a.so"),
        ("c++", "-O2", "-c", "it's.cpp"),
        ("cargo", "rustc", "--lib"),
        ("cmake", "-S", "."),
        ("ninja",),
        ("rustc", "--version", "x.rs"),
    ],
)
def test_compiling_fails_and_leaves_a_trace(refusal: Refusal, command: tuple[str, ...]) -> None:
    assert run(refusal, *command) == 1
    assert refusal.attempts() == (" ".join(command),)


@pytest.mark.parametrize(
    "command",
    [
        ("cc", "--version"),
        ("gcc", "-dumpmachine"),
        ("gcc", "-print-search-dirs"),
        ("cargo", "-V"),
        ("gcc", "-Wl,-t", "-lssl"),
    ],
)
def test_asking_for_a_version_is_no_attempt(refusal: Refusal, command: tuple[str, ...]) -> None:
    assert run(refusal, *command) == 1
    assert refusal.attempts() == ()


def test_an_argument_of_several_lines(refusal: Refusal) -> None:
    assert run(refusal, "cc", "-c", "a.c", "-DWORDS=one\n\n \ntwo") == 1
    assert refusal.attempts() == ("cc -c a.c -DWORDS=one", "two")
    assert compiler_evidence(refusal.attempts(), "") == ("it ran: cc a.c", "it ran: two")


def test_more_attempts_than_an_error_shows(refusal: Refusal) -> None:
    """It took three minutes and 800 MB."""
    refusal.trace.write_bytes(b"a\n" * (8 << 20))
    assert refusal.attempts() == ("a",) * 1000


def test_no_compiler_ran(refusal: Refusal) -> None:
    assert refusal.attempts() == ()


def test_variables_name_the_refusing_programs(refusal: Refusal) -> None:
    seen = refusal.variables({"PATH": "/usr/bin", "CC": "/usr/bin/gcc", "HOME": "/h"})
    assert seen["CC"].startswith(str(refusal.folder))
    assert seen["LDSHARED"].startswith(seen["CC"])
    assert seen["PATH"].startswith(str(refusal.folder))
    assert seen["HOME"] == "/h"


@pytest.mark.parametrize(
    "line",
    [
        "building 'markupsafe._speedups' extension",
        "error: command 'gcc' failed: No such file or directory",
        "error: command '/usr/bin/x86_64-linux-gnu-gcc' failed with exit code 1",
        "error: Microsoft Visual C++ 14.0 or greater is required. Get it with ...",
        "error: Unable to find vcvarsall.bat",
        "error: can't find Rust compiler",
        "meson-python: error: Could not find ninja version 1.8.2 or newer.",
        "scikit_build_core.errors.CMakeNotFoundError: Could not find CMake with version >=3.15",
        "CMake must be installed to build the following extensions: x",
        "../meson.build:1:0: ERROR: Unknown compiler(s): [['cc'], ['gcc']]",
        "configure: error: C compiler cannot create executables",
        "Cython.Compiler.Errors.CompileError: src/gevent/libev/corecext.pyx",
        'File "setuptools/_distutils/command/build_ext.py", line 10, in build_extension',
    ],
)
def test_lines_that_speak_of_a_compiler(line: str) -> None:
    log = f"running build\n{line}\nmore"
    assert compiler_evidence((), log) == (line,)
    error = build_failed(FailedBuild(what="demo 1.0", name="demo", log=log, log_path=Path("/log")), TARGET)
    assert error.reference == "needs-compiler"
    assert "demo 1.0" in error.message
    assert "demo<" in error.hint


@pytest.mark.parametrize(
    ("python", "words"),
    [
        ("2.7.18", "withdrew VCForPython27.msi in 2021"),
        ("3.4.4", "Windows SDK 7.1"),
        ("3.11.9", "`python build/windows_host.py` installs Microsoft's Build Tools"),
        ("2.5.4", "take a later Python"),
    ],
)
def test_the_ways_out_name_the_compiler_that_fits(python: str, words: str) -> None:
    error = needs_compiler("demo 1.0", "demo", ["cl.exe x.c"], Target.of(python, "win32", abi="cp27m"))
    assert words in error.hint
    for way in ("a release that has a wheel", "a legacy installer", "on a Windows host", "(cross-)compiled"):
        assert way in error.hint
    assert error.context == ("cl.exe x.c",)


def test_another_target_has_no_ways_of_windows() -> None:
    error = needs_compiler("demo 1.0", "demo", [], Target.of("3.11.9", "manylinux_2_28_x86_64"))
    assert "Windows" not in error.hint
    assert "a release that has a wheel" in error.hint


@pytest.mark.parametrize(
    "line", ["error: command 'git' failed", "building the docs", "ModuleNotFoundError: No module named 'gcc'"]
)
def test_lines_that_speak_of_something_else(line: str) -> None:
    assert compiler_evidence((), line) == ()
    assert (
        build_failed(FailedBuild(what="demo 1.0", name="demo", log=line, log_path=Path("/log")), TARGET).reference
        == "build-failed"
    )


def test_a_build_that_failed_as_a_program_refused_its_version(refusal: Refusal) -> None:
    program = shutil.which("meson", path=refusal.folder)
    assert program is not None
    asked = subprocess.run([program, "--version"], stderr=subprocess.PIPE, text=True, check=False)
    log = f"meson-python: error: Could not execute meson: {asked.stderr}"
    assert compiler_evidence(refusal.attempts(), log) == ()  # a build that goes on without the answer needs nothing
    assert (
        build_failed(FailedBuild(what="demo 1.0", name="demo", log=log, attempts=refusal.attempts()), TARGET).reference
        == "needs-compiler"
    )


def test_evidence_is_bounded() -> None:
    attempts = [f"cc -c {number}.c " + "x" * 1000 for number in range(100)]
    found = compiler_evidence(attempts, "")
    assert len(found) == 5
    assert max(map(len, found)) < 250


def test_a_command_is_shown_by_its_program_and_sources() -> None:
    commands = ("cc -Wall -I/scratch/include -c src/a.c -o build/a.o", "cargo rustc --lib")
    assert compiler_evidence(commands, "") == ("it ran: cc src/a.c", "it ran: cargo rustc --lib")
