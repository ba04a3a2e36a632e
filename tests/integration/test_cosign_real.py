"""The real cosign, an old one and a new one: it verifies what we sign with its keys, and we what it signs by itself; without a network."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from bundler.pack.verify import verify_bundle
from bundler.report import Reporter
from tests.support.debian_program import debian_program
from tests.support.recipes import large_ones_too
from tests.support.ssh_keys import allow, keygen, make_key, needs_ssh_keygen, public

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.commandline import Bench

pytestmark = [pytest.mark.network, needs_ssh_keygen]


class Cosign:
    def __init__(self, program: Path, home: Path) -> None:
        self.program, self._home = program, home
        self.environ = {
            "PATH": os.pathsep.join((str(program.parent), os.environ.get("PATH", os.defpath))),
            "COSIGN_PASSWORD": "secret",
            "HOME": str(home),
            "HTTPS_PROXY": "http://127.0.0.1:1",
        }

    def run(self, *arguments: str | Path, fails: bool = False) -> None:
        command = [str(self.program), *map(str, arguments)]
        done = subprocess.run(
            command, env=self.environ, cwd=self._home, stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        assert bool(done.returncode) == fails, done.stdout + done.stderr

    @property
    def options(self) -> str:
        command = [str(self.program), "sign-blob", "--help"]
        return subprocess.run(command, env=self.environ, capture_output=True, text=True, check=True).stdout


_MOVING = pytest.mark.skipif(
    not large_ones_too(), reason="build/test.py --long tries what Debian's unstable has by now"
)


@pytest.fixture(params=["trixie", pytest.param("sid", marks=_MOVING)])  # 2.5; and 3.1 or a later one
def cosign(request: pytest.FixtureRequest, tmp_path: Path) -> Cosign:
    home = tmp_path / "home"
    home.mkdir()
    return Cosign(debian_program(request.param, "cosign", "usr/bin/cosign"), home)


def test_it_verifies_what_we_sign_and_we_what_it_signs(bench: Bench, tmp_path: Path, cosign: Cosign) -> None:
    cosign.run("generate-key-pair", "--output-key-prefix", tmp_path / "release")
    key, pub, ssh = tmp_path / "release.key", tmp_path / "release.pub", make_key(tmp_path / "ssh")
    line = keygen("-i", "-m", "PKCS8", "-f", pub).decode().strip()
    signers = allow(tmp_path / "signers", f"build@x {line}", f"review@x {public(ssh)}")
    check = ("verify", bench.bundle, "--allowed-signers", signers, "--provenance")

    done = bench.build("--sign-with", key, env=cosign.environ)
    assert done.code == 0, done.err
    (signature,) = bench.output.glob("*.sig")
    alone = ("--key", pub, "--insecure-ignore-tlog")
    cosign.run("verify-blob", *alone, "--signature", signature, bench.bundle)
    cosign.run("verify-blob", *alone, "--signature", signature, bench.recipe, fails=True)
    statement = bench.bundle.with_name(f"{bench.bundle.name}.intoto.jsonl")
    of_statement = ("--type", "slsaprovenance1", "--signature", statement)
    cosign.run("verify-blob-attestation", *alone, *of_statement, bench.bundle)
    cosign.run("verify-blob-attestation", *alone, *of_statement, bench.recipe, fails=True)
    seen = bench.run(*check)  # on a host without cosign
    assert seen.code == 0, seen.err
    assert seen.out.count("signed by build@x") == 2

    assert bench.run(*check, "--threshold", "2").code == 10
    assert bench.run("sign", bench.bundle, "--key", ssh).code == 0
    assert bench.run(*check, "--threshold", "2").code == 0

    signature.unlink()
    own = bench.output / f"{bench.bundle.name}.sigstore.json"
    quiet = ["--tlog-upload=false"] + ["--use-signing-config=false"] * ("--use-signing-config" in cosign.options)
    forms = [["--new-bundle-format=true"], ["--new-bundle-format=false"]]
    for form in forms:
        cosign.run("sign-blob", "--key", key, "--yes", *quiet, *form, "--bundle", own, bench.bundle)
        seen = bench.run(*check, "--threshold", "2", "--identity", "*@x")
        assert seen.code == 0, seen.err
    assert bench.run("sign", bench.bundle, "--key", key, env=cosign.environ).code == 0
    assert bench.run(*check, "--threshold", "3").code == 10, "one signer in two files"
    verify_bundle(bench.bundle, Reporter())
