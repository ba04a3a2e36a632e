"""What people and machines get to see: help, JSON, quiet, pipes, completion, and how soon."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from bundler.cli.exit_codes import EXIT_CODES
from bundler.cli.main import COMMANDS
from bundler.present.json_outputs import output_schema
from tests.support import only_linux
from tests.support.commandline import ROOT, Bench
from tests.support.index import Fault
from tests.support.packages import make_sdist

if TYPE_CHECKING:
    from collections.abc import Sequence


def test_help_of_the_whole(bench: Bench) -> None:
    done = bench.run("--help")
    assert (done.code, done.err) == (0, "")
    assert re.findall(r"^  ([a-z-]+) {2,}", done.out.partition("Commands:")[2], re.MULTILINE) == list(COMMANDS)
    assert "\n  bundle init                     write a recipe to start from\n" in done.out
    assert "..." not in done.out.partition("Commands:")[2], "no sentence is cut"
    assert "\\b" not in done.out
    listed = done.out.partition("Exit codes:\n")[2].splitlines()
    assert [line.split(maxsplit=1) for line in listed if line] == [
        [str(each.code), each.meaning] for each in EXIT_CODES
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command(bench: Bench, command: str) -> None:
    done = bench.run(command, "--help", index=None)
    assert (done.code, done.err) == (0, "")
    assert f"Usage: bundle {command} " in done.out
    assert "\\b" not in done.out


def test_no_arguments_give_help(bench: Bench) -> None:
    done = bench.run()
    assert (done.code, done.out) == (2, "")
    assert "Usage: bundle [OPTIONS] COMMAND" in done.err


def test_version_imports_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "bundler", "--version"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.fullmatch(r"bundle \d+\.\d+\.\d+\n", done.stdout)
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "click" in imported, "the report is read right"
    heavy = {
        "requests",
        "urllib3",
        "pydantic",
        "rich",
        "resolvelib",
        "packaging",
        "virtualenv",
        "py7zr",
        "signify",
        "ssl",
    }
    assert not heavy & imported


@pytest.mark.parametrize(
    ("arguments", "code", "reference"),
    [
        (["build", "none.toml"], 2, "recipe-unreadable"),
        (["build", "--frobnicate"], 2, "arguments-wrong"),
        (["frobnicate"], 2, "arguments-wrong"),
        (["lock"], 2, "arguments-wrong"),
        (["verify", "none.zip"], 2, "bundle-unreadable"),
        (["inspect", "none.zip"], 2, "bundle-unreadable"),
        (["doctor", "none.toml"], 2, "recipe-unreadable"),
        (["lock", "example.toml", "--why", "nosuchthing"], 3, "package-unknown"),
    ],
)
def test_errors_as_json(bench: Bench, arguments: Sequence[str], code: int, reference: str) -> None:
    done = bench.run(*arguments, "--json")
    assert done.code == code
    error = done.json["error"]
    assert (error["reference"], error["exit-code"]) == (reference, code)
    assert set(error) == {"reference", "message", "context", "hint", "exit-code"}
    assert not done.err


def valid(name: str, data: Any) -> Any:
    """The data, which is what the output's schema says."""
    Draft202012Validator(output_schema(name)).validate(data)
    return data


def test_results_as_json(bench: Bench) -> None:
    locked = bench.run("lock", bench.recipe, "--json")
    assert [each["name"] for each in valid("lock", locked.json)["locks"][0]["packages"]] == ["alpha", "beta"]
    assert not locked.err
    built = valid("build", bench.build("--json").json)["bundles"][0]
    assert Path(built["path"]) == bench.bundle
    assert built["size"] == bench.bundle.stat().st_size
    contents = valid("inspect", bench.run("inspect", bench.bundle, "--json").json)
    assert [each["name"] for each in contents["packages"]] == ["alpha", "beta"]
    assert contents["bundle"]["release"] == built["release"]
    assert valid("verify", bench.run("verify", bench.bundle, "--json").json)["right"] is True
    why = valid("lock-why", bench.run("lock", bench.recipe, "--why", "alpha", "--json").json)["targets"][0]
    assert [(each["filename"], each["accepted"]) for each in why["files"]] == [("alpha-1.0-py3-none-any.whl", True)]
    findings = valid("doctor", bench.run("doctor", bench.recipe, "--json").json)["findings"]
    assert {"index", "store"} < {each["what"] for each in findings}


def test_a_fault_of_our_own_is_told_as_such(bench: Bench) -> None:
    """A Python whose TOML parser is broken stands for every fault of ours."""
    broken = bench.root / "broken"
    broken.mkdir()
    (broken / "tomllib.py").write_text(
        "class TOMLDecodeError(ValueError):\n    pass\n\n\ndef loads(text):\n    return 1 / 0\n", encoding="utf-8"
    )
    env = bench.environ(PYTHONPATH=os.pathsep.join((str(broken), str(ROOT))))
    for options in ([], ["--json"]):
        done = subprocess.run(
            bench.command("build", bench.recipe, *options),
            cwd=bench.folder,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        told = done.stdout if options else done.stderr
        assert "internal-error" in told
        assert "ZeroDivisionError" in told
        assert "report it" in told
        assert (json.loads(done.stdout)["error"]["exit-code"] == 1) if options else not done.stdout


def test_quiet_prints_the_result_only(bench: Bench) -> None:
    done = bench.build("--quiet")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0] == str(bench.bundle)
    bench.write(requirements=["nosuchthing"])
    done = bench.build("-q")
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("error: ")


def test_no_terminal_no_control_characters(bench: Bench) -> None:
    bench.publish("wide", requires=["beta"], files={"data.bin": os.urandom(2_000_000)}, stored=True)
    bench.write(requirements=["wide", "alpha"])
    for env in ({}, {"TERM": "xterm-256color"}, {"COLUMNS": "20"}):
        done = bench.build(env=env)
        assert done.code == 0
        assert done.err.startswith("→ ")
        assert not set(map(chr, range(32))) - {"\n"} & set(done.out + done.err)
        assert all(line == line.rstrip() for line in done.err.splitlines())


def test_what_a_build_prints_commands_no_terminal(bench: Bench) -> None:
    bench.index.add(make_sdist(bench.published, "painted", "1.0", fails="\x1b]0;mine\x07 \x1b[31mred\x9b0m"))
    bench.write(requirements=["painted"])
    done = bench.build()
    assert done.reference == "build-failed"
    assert r"\x1b[31mred" in done.err
    assert not {*map(chr, range(32)), "\x7f", "\x9b"} - {"\n"} & {*done.out, *done.err}


def test_a_terminal_of_old(bench: Bench) -> None:
    """ASCII and nothing else: no character is lost in a question mark, and none stops the program."""
    ascii_only = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = bench.build(env=ascii_only)
    assert done.code == 0
    assert done.err.startswith("-> Resolving 1 requirement for CPython")
    for command, path in (("inspect", bench.bundle), ("doctor", bench.recipe), ("lock", bench.recipe)):
        done = bench.run(command, path, env=ascii_only)
        assert done.code == 0
        assert done.out.isascii()
        assert "?" not in done.out


@pytest.mark.parametrize("size", ["\u00b2", "9" * 5000, "", "x"])
def test_a_size_of_the_terminal_that_is_no_number(bench: Bench, size: str) -> None:
    done = bench.run("inspect", bench.root / "none.zip", env={"COLUMNS": size, "LINES": size})
    assert done.code == 2, done.err
    assert "[bundle-unreadable]" in done.err


@only_linux.TERMINAL
def test_progress_on_a_terminal(bench: Bench) -> None:
    import pty

    wheel = bench.publish("wide", files={"data.bin": os.urandom(3_000_000)}, stored=True)
    bench.write(requirements=["wide"])
    bench.index.fault(wheel.name, Fault(pause=0.01, times=None))
    ours, theirs = pty.openpty()
    run = subprocess.Popen(
        bench.command("build", bench.recipe),
        cwd=bench.folder,
        env=bench.environ(TERM="xterm", COLUMNS="100"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            seen += (data := os.read(ours, 65536))
        except OSError:  # how Linux says that nobody writes any more
            break
        if not data:
            break
    assert run.wait() == 0
    os.close(ours)
    assert b"\x1b[" in seen
    assert re.search(rb"[12]\.\d/3\.\d MB", seen), "a bar on its way"
    assert seen.endswith(b"it installs to C:\\Envs\\Example\r\n")
    assert seen.count(b"\x1b[?25l") == seen.count(b"\x1b[?25h"), "the cursor comes back"


def in_shell(bench: Bench, script: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", script, "sh", *bench.command(*arguments)],
        cwd=bench.folder,
        env=bench.environ(),
        capture_output=True,
        text=True,
        check=False,
    )


@only_linux.SHELL
def test_an_error_that_nobody_reads_keeps_its_exit_code(bench: Bench) -> None:
    """As with ``2>&1 | head``; 1 would be a defect of the product."""
    read, unread = os.pipe()
    os.close(read)
    command = bench.command("build", "none.toml")
    done = subprocess.run(command, cwd=bench.folder, env=bench.environ(), stderr=unread, stdout=unread, check=False)
    os.close(unread)
    assert done.returncode == 2


@only_linux.SHELL
def test_output_that_nobody_reads(bench: Bench) -> None:
    bench.build()
    done = in_shell(bench, '{ sleep 0.3; "$@"; echo "code $?" >&2; } | true', "inspect", bench.bundle)
    assert done.stderr == "code 141\n"
    done = in_shell(bench, '"$@" >/dev/full', "inspect", bench.bundle)
    assert done.returncode == 7
    assert "No space left on device" in done.stderr
    assert "Exception ignored" not in done.stderr
    done = in_shell(bench, '"$@" >/dev/full', "inspect", bench.bundle, "--json")
    assert done.returncode == 7
    assert done.stderr.startswith("error: this machine refuses: No space left on device [host-refuses]\n")
    done = in_shell(bench, '"$@" >/dev/full', "inspect", "none.zip", "--json")
    assert done.returncode == 2
    assert done.stderr.startswith("error: none.zip can't be read")
    for closed in ('"$@" >/dev/full 2>&-', '"$@" >/dev/full 2>/dev/full'):
        done = in_shell(bench, closed, "inspect", bench.bundle, "--json")
        assert (done.returncode, done.stderr) == (7, "")
    done = in_shell(bench, '{ sleep 0.3; "$@"; echo "code $?" >&2; } | true', "inspect", bench.bundle, "--json")
    assert done.stderr == "code 141\n"
    done = in_shell(bench, '"$@" >&-', "inspect", bench.bundle)
    assert (done.returncode, done.stderr) == (0, "")
    done = in_shell(bench, '"$@" 2>&-', "build", "none.toml")
    assert (done.returncode, done.stdout) == (2, "")


@only_linux.SHELL
def test_completion_in_bash(bench: Bench) -> None:
    """A real bash is asked what it would complete."""
    scripts = bench.root / "bin"
    scripts.mkdir()
    program = scripts / "bundle"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bundler "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    ask = """
eval "$(bundle completion bash)"
complete -p bundle >/dev/null || exit 1
complete_words() {
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
    _bundle_completion bundle
    echo "${COMPREPLY[*]}"
}
complete_words bundle b
complete_words bundle build --form
complete_words bundle build --format ""
complete_words bundle completion f
complete_words bundle explain hash-
complete_words bundle schema --json-of lo
"""
    env = bench.environ(PATH=f"{scripts}{os.pathsep}{os.environ['PATH']}")
    done = subprocess.run(
        ["bash", "--norc", "-c", ask], cwd=bench.folder, env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        "build",
        "--format",
        "zip 7z dir",
        "fish",
        "hash-mismatch",
        "lock lock-why",
    ]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_completion_scripts(bench: Bench, shell: str) -> None:
    done = bench.run("completion", shell)
    assert done.code == 0
    assert "_BUNDLE_COMPLETE" in done.out


def test_an_error_leads_to_its_explanation(bench: Bench) -> None:
    failed = bench.run("build", "none.toml")
    command = failed.err.splitlines()[-1].removeprefix("more: bundle ").split()
    assert command == ["explain", failed.reference]
    page = bench.run(*command)
    assert (page.code, page.err) == (0, "")
    assert page.out.startswith("recipe-unreadable (error): ")
    assert "what to do: " in page.out
    assert "more: " not in bench.run("frobnicate").err, "the error said it all"


def test_all_explanations(bench: Bench) -> None:
    lines = bench.run("explain").out.splitlines()
    found = bench.run("explain", "--json").json["explanations"]
    assert [line.split()[0] for line in lines] == [each["reference"] for each in found]
    assert "(warning)" in next(line for line in lines if line.startswith("yanked"))
    one = bench.run("explain", "[hash-mismatch]", "--json").json["explanations"]
    assert [each["reference"] for each in one] == ["hash-mismatch"]
    unknown = bench.run("explain", "nothing-known")
    assert (unknown.code, unknown.reference) == (2, "reference-unknown")
