"""Windows itself: what is placed by place.cmd, and bundle-check.cmd with Windows' own icacls, certutil and ssh-keygen."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bundler.trust.site_folder import write_site_folder
from bundler.trust.site_policy import PolicyLine
from tests.support.ssh_keys import keygen, make_key, public

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.native import Ended, Target

pytestmark = [pytest.mark.windows, pytest.mark.real_windows("its icacls and certutil do nothing")]

NAMESPACE = "bundle@offline-bundler"
NAME = "example-1.0-3.11.9-win_amd64.zip"
INBOX = "in & (x) ^ %PATH% !a!"


@pytest.fixture
def made(target: Target) -> Path:
    """What ``bundle trust init`` makes; its folder is closed by nobody."""
    key = make_key(target.root / "key") if shutil.which("ssh-keygen") else None
    allowed = f"build@x {public(key)}\n".encode() if key else b"build@x ssh-ed25519 AAAA\n"
    line = PolicyLine(bundle="*", threshold=1, namespace=NAMESPACE, principals=("build@x",))
    write_site_folder(target.root / "trust", allowed, [line], force=False)
    (target.root / INBOX).mkdir()
    (target.root / INBOX / NAME).write_bytes(b"an\r\narchive\x1a\n")
    return target.root / "trust"


@pytest.fixture
def placed(target: Target, made: Path) -> Iterator[Path]:
    """Where place.cmd put it; a machine that has one already is left alone."""
    place = Path(os.environ["PROGRAMDATA"], "bundle", "trust")
    if place.parent.exists():
        pytest.skip(f"{place.parent} is there already")
    try:
        done = target.run(str(made / "place.cmd"))
        assert done.code == 0, done.output
        yield place
    finally:
        subprocess.run(["cmd.exe", "/d", "/c", "rmdir", "/s", "/q", str(place.parent)], check=False)


def checked(target: Target, script: Path, *arguments: str) -> Ended:
    """From a batch file, in which a folder's percent signs are doubled."""
    folder = str(target.root / INBOX).replace("%", "%%")
    caller = target.root / "caller.cmd"
    caller.write_bytes(f'@cd /d "{folder}"\r\n@"{script}" {" ".join(arguments)}\r\n'.encode("ascii"))
    return target.run(str(caller))


def test_a_folder_that_others_can_write_decides_nothing(target: Target, made: Path) -> None:
    subprocess.run(["icacls", str(made), "/grant", "*S-1-5-32-545:(OI)(CI)M", "/q"], check=True)
    done = checked(target, made / "bundle-check.cmd", "/folder")
    assert done.code == 1625, done.output
    assert "by others than administrators (" in done.output


@pytest.mark.elevated
def test_what_is_placed_is_accepted_until_others_can_write_it(target: Target, placed: Path) -> None:
    script = placed / "bundle-check.cmd"
    done = checked(target, script, "/folder")
    assert done.code == 0, done.output
    subprocess.run(["icacls", str(placed / "policy"), "/grant", "*S-1-5-32-545:W", "/q"], check=True)
    refused = checked(target, script, "/folder")
    assert refused.code == 1625, refused.output
    assert "policy" in refused.output


@pytest.mark.elevated
def test_a_folder_whose_name_is_a_command(target: Target, placed: Path) -> None:
    digest = hashlib.sha256((target.root / INBOX / NAME).read_bytes()).hexdigest()
    wrong = checked(target, placed / "bundle-check.cmd", NAME, "0" * 64)
    assert wrong.code == 1625, wrong.output
    assert digest in wrong.output


@pytest.mark.elevated
@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="needs ssh-keygen (the optional feature OpenSSH Client)")
def test_a_signature_is_verified(target: Target, placed: Path) -> None:
    archive = target.root / INBOX / NAME
    unsigned = checked(target, placed / "bundle-check.cmd", NAME)
    assert unsigned.code == 1625, unsigned.output
    keygen("-Y", "sign", "-n", NAMESPACE, "-f", target.root / "key", archive)
    done = checked(target, placed / "bundle-check.cmd", NAME)
    assert done.code == 0, done.output
    archive.write_bytes(archive.read_bytes() + b"\0")
    assert checked(target, placed / "bundle-check.cmd", NAME).code == 1625
