"""Signing and checking at the command line, with the real ssh-keygen."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.support.ssh_keys import allow, make_key, needs_ssh_keygen, public

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.commandline import Bench

pytestmark = needs_ssh_keygen


def test_a_bundle_is_signed_while_it_is_built_and_by_an_approver(bench: Bench, tmp_path: Path) -> None:
    builder, approver = make_key(tmp_path / "builder"), make_key(tmp_path / "approver")
    done = bench.build("--sign-with", builder, "--json")
    assert done.code == 0, done.err
    signature = done.json["bundles"][0]["signature"]
    assert os.path.dirname(signature) == str(bench.output)  # noqa: PTH120 - as it is printed
    content = bench.bundle.read_bytes()
    told = bench.run("sign", bench.bundle, "--key", approver, "--json")
    assert told.code == 0, told.err
    assert told.json["path"] == str(bench.bundle)
    assert sorted(map(str, bench.output.glob("*.sig"))) == sorted((signature, told.json["signature"]))

    unasked = bench.run("verify", bench.bundle).out
    assert "\n  2 signatures beside it weren't checked: --allowed-signers FILE says whose count\n" in unasked

    signers = allow(tmp_path / "signers", f"b\x1b[2J@x {public(builder)}", f"a@x {public(approver)}")
    arguments = ("verify", bench.bundle, "--allowed-signers", signers, "--threshold", "2")
    seen = bench.run(*arguments)
    assert seen.code == 0, seen.err
    assert "signed by a@x (SHA256:" in seen.out
    assert "checked:" not in seen.out
    assert "signed by b\\x1b[2J@x (SHA256:" in seen.out
    assert bench.run(*arguments, "--json").json["signers"] == 2
    assert bench.run(*arguments, "--identity", "a@*").code == 10

    bench.bundle.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    refused = bench.run(*arguments)
    assert (refused.code, refused.reference) == (10, "bundle-signature-refused")
    assert bench.run("sign", bench.bundle, "--key", approver).reference == "bundle-damaged"


def test_a_key_that_is_not_there_is_said_before_anything_is_built(bench: Bench) -> None:
    done = bench.build("--sign-with", "none")
    assert (done.code, done.reference) == (10, "signing-failed")
    assert not bench.output.exists()


def test_options_for_signers_without_signers_are_refused(bench: Bench) -> None:
    assert bench.run("verify", "x.zip", "--threshold", "2").reference == "arguments-wrong"


def test_a_folder_for_machines(bench: Bench, tmp_path: Path) -> None:
    signers = allow(tmp_path / "signers", f"build@example.com {public(make_key(tmp_path / 'key'))}")
    folder = tmp_path / "trust"
    lost = bench.run("trust", "init", folder, "--allowed-signers", signers, "--threshold", "2", index=None)
    assert (lost.reference, folder.exists()) == ("arguments-wrong", False)
    started = bench.run("trust", "init", tmp_path / "begun", "--allowed-signers", signers, index=None)
    assert "next: fill in policy\n" in started.out
    done = bench.run("trust", "init", folder, "--allowed-signers", signers, "--signer", "build@example.com", index=None)
    assert done.code == 0, done.err
    assert (folder / "policy").read_bytes().endswith(b"\n* 1 bundle@offline-bundler build@example.com\r\n")
    assert (folder / "allowed_signers").read_bytes() == signers.read_bytes()
    again = bench.run("trust", "init", folder, "--bundle", "example", index=None)
    assert (again.code, again.reference) == (2, "arguments-wrong")
    unknown = bench.run(
        "trust", "init", folder, "--force", "--allowed-signers", signers, "--signer", "who@x", index=None
    )
    assert unknown.reference == "trust-policy-invalid"
    assert "who@x: it isn't in the file of allowed signers" in unknown.err
