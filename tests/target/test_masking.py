"""A secret site value is in no log and on no screen, in whatever form our own code writes it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bundler.target.console import Log
from bundler.target.steps.prerequisites import _exe_word, _msi_word
from tests.support import only_linux
from tests.target.bundles import bootstrap
from tests.target.test_prerequisites import bundle, installer

if TYPE_CHECKING:
    from tests.target.interpreters import Interpreter

SECRETS = ('hush"hush', "hush\\", 'hush\\"hush " x\\\\', "100%hush^&", "hüsh 'n\"hush", "two\r\nhush", "hush")


@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_gets_into_the_log_however_it_is_quoted(tmp_path: Path, secret: str) -> None:
    """As command lines for C programs, for Windows Installer and for cmd have it, and JSON, and the words of errors."""
    log = Log(str(tmp_path / "x.log"))
    log.keep_secret(secret)
    words = ("--password=" + secret, secret, "x " + secret, secret + "x", "-p" + secret + " y", f'"{secret}"')
    texts = [subprocess.list2cmdline(["program", each, "end"]) for each in words]
    texts += [_exe_word("/p{site.x}", {"site.x": secret}), _msi_word("P=a {site.x}", {"site.x": secret})]
    texts += [json.dumps({"run": [secret]}), json.dumps(secret, ensure_ascii=False), str(OSError(2, "x", secret))]
    texts += [
        str(KeyError(secret)),
        f"set P={secret.replace('%', '%%')}",
        "echo " + re.sub(r'([()%!^"<>&|])', r"^\1", secret),
    ]
    texts += [secret.replace("\r\n", "\n"), secret]
    for each in texts:
        shown = log.mask(each)
        assert "***" in shown, each
        assert not {"hush", "hüsh", "two", "100%"} & set(re.split(r"[^\w%]+", shown)), (each, shown)
        assert "hush" not in shown, (each, shown)
    log.close()


@only_linux.SIMULATED
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_an_installers_command_line_is_masked(tmp_path: Path, few: Interpreter, encoding: str) -> None:
    """``SECRET="hush""words é"`` for Windows Installer, and never in the log."""
    laid = bundle(tmp_path, boot=few)
    program = Path(installer(laid))
    # as Windows Installer writes it, and with what it was given in it, to a place where nobody else may look
    (laid.root / "wide").write_bytes('Property(C): SECRET = hush"words é\\\nüber\n'.encode(encoding))
    writes = (
        'log=$(printf %s "$1" | sed \'s/.*\\/l[*]v "\\([^"]*\\)".*/\\1/\')\n'
        f'cp "{laid.root}/wide" "$log"; stat -c %a "$(dirname "$(dirname "$log")")" > "{laid.root}/mode"\n'
    )
    first, _, rest = program.read_text("utf-8").partition("\n")
    program.write_text(f"{first}\n{writes}{rest}", "utf-8")
    machine = {"registry": str(laid.root / "registry.json"), "installer": str(program)}
    done = bootstrap(laid, '/set:password=hush"words \u00e9\\', environ=None, **machine)
    assert (done.code, done.err) == (0, "")
    assert 'SECRET="hush""words é' in (laid.root / "ran").read_text("utf-8")
    assert 'SECRET="***' in laid.log()
    (installers_own,) = laid.temporary.rglob("*.Driver-of-Maker.log")
    assert installers_own.read_text("utf-8") == "Property(C): SECRET = ***\nüber\n"
    assert "words" not in laid.log() + done.out
    assert (laid.root / "mode").read_text().strip() == "700"
    secret = (b"hush", "hush".encode("utf-16-le"))
    files = [each for each in laid.temporary.rglob("*") if each.is_file() and each.suffix != ".json"]
    assert not [each for each in files if any(form in each.read_bytes() for form in secret)]
