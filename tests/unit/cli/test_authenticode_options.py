"""Where the passphrase of a key comes from, and that options alone say nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner

from bundler.cli.authenticode_options import VARIABLE, Authenticode, authenticode_options, code_signer
from bundler.errors import BundleError
from tests.support import only_linux

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.trust.code_signer import SigningWish


@click.command()
@authenticode_options
def command(authenticode: Authenticode | None) -> None:
    click.echo(str(authenticode))


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(command, arguments)
    return done.exit_code, done.output


@pytest.mark.parametrize(
    "alone",
    [
        ["--timestamp", "http://127.0.0.1/"],
        ["--authenticode-wheels"],
        ["--authenticode-passphrase", "x"],
        ["--authenticode-certificates", "x"],
    ],
)
def test_nothing_is_signed_without_a_key(alone: list[str]) -> None:
    assert run() == (0, "None\n")
    code, said = run(*alone)
    assert code == 2
    assert "--authenticode, which names the key" in said


def test_an_address_must_be_one() -> None:
    code, said = run("--authenticode", "a.pfx", "--timestamp", "example.com")
    assert code == 2
    assert "not a valid address" in said
    code, said = run("--authenticode", "a.pfx", "--timestamp", "http://me:secret@example.com/")
    assert (code, "secret" in said) == (2, False)
    assert run("--authenticode", "a.pfx", "--authenticode-wheels")[0] == 0


def passphrase(
    monkeypatch: pytest.MonkeyPatch, asked: Authenticode, environ: dict[str, str]
) -> tuple[str | None, dict[str, str]]:
    """What a tool is given, and the variables that it sees."""
    wishes: list[tuple[SigningWish, dict[str, str]]] = []

    class Tool:
        title = "stand-in"

    def tool(wish: SigningWish, seen: dict[str, str], *, windows: bool) -> Tool:
        wishes.append((wish, seen))
        assert isinstance(windows, bool)
        return Tool()

    monkeypatch.setattr("bundler.trust.code_signer.code_tool", tool)
    code_signer(asked, environ, print)
    return wishes[0][0].passphrase(), wishes[0][1]


@pytest.fixture
def asked(tmp_path: Path) -> Authenticode:
    key = tmp_path / "a.pfx"
    key.write_bytes(b"x")
    return Authenticode(key=str(key), certificates=None, passphrase=None, timestamps=(), in_wheels=False)


def test_the_file_comes_first_then_the_variable(
    tmp_path: Path, asked: Authenticode, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {VARIABLE: "of the variable", "PATH": "x"}
    found, seen = passphrase(monkeypatch, asked, environ)
    assert (found, seen) == ("of the variable", {"PATH": "x"}), "tools don't see the variable"
    file = tmp_path / "pass"
    file.write_text("of the file\n")
    found, _ = passphrase(
        monkeypatch,
        Authenticode(key=asked.key, certificates=None, passphrase=file, timestamps=(), in_wheels=False),
        environ,
    )
    assert found == "of the file"


def test_somebody_is_asked_only_where_somebody_sits(asked: Authenticode, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(click, "prompt", lambda *_, **__: "typed")
    for terminal, answer in ((False, None), (True, "typed")):
        monkeypatch.setattr(sys.stdin, "isatty", lambda terminal=terminal: terminal, raising=False)
        monkeypatch.setattr(sys.stderr, "isatty", lambda terminal=terminal: terminal, raising=False)
        assert passphrase(monkeypatch, asked, {})[0] == answer


@only_linux.ELSEWHERE
def test_what_can_be_known_before_is(asked: Authenticode) -> None:
    with pytest.raises(BundleError) as caught:
        code_signer(asked, {"PATH": "/nowhere"}, print)
    assert caught.value.reference == "authenticode-tool-missing"
