"""A secret site value is in no log and on no screen, in whatever form our own code writes it."""

from __future__ import annotations

import json
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from bundler.target.console import Log
from bundler.target.steps.prerequisites import _exe_word, _msi_word
from tests.support import only_linux
from tests.target.bundles import bootstrap
from tests.target.test_prerequisites import bundle, installer

if TYPE_CHECKING:
    from pathlib import Path

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
def test_an_installers_command_line_is_masked(tmp_path: Path, few: Interpreter) -> None:
    """``SECRET="hush""words é"`` for Windows Installer, and never in the log."""
    laid = bundle(tmp_path, boot=few)
    machine = {"registry": str(laid.root / "registry.json"), "installer": installer(laid)}
    done = bootstrap(laid, '/set:password=hush"words \u00e9\\', environ=None, **machine)
    assert (done.code, done.err) == (0, "")
    assert 'SECRET="hush""words é' in (laid.root / "ran").read_text("utf-8")
    assert 'SECRET="***' in laid.log()
    assert "words" not in laid.log() + done.out
