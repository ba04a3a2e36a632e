"""``bundle sign`` signs the bytes that it verified, whoever puts other ones in their place meanwhile."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from bundler.cli.commands.sign_command import command
from bundler.errors import SignatureError
from bundler.pack import verify
from bundler.report import Reporter
from bundler.trust.signature_check import SignaturePolicy, check_signatures
from bundler.trust.signing import Signer
from tests.support.bundles import make_inputs, write_made
from tests.support.ssh_keys import allow, make_key, needs_ssh_keygen, public

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bundler.pack.verify import VerifyReport

pytestmark = needs_ssh_keygen


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path, SignaturePolicy]:
    """A bundle that is exchanged once it is verified, what it was, and who may sign."""
    path, other = (
        write_made(make_inputs(tmp_path / kind, kind=kind).lay_out(), tmp_path / f"{kind}-out", "zip").path
        for kind in ("exe", "archive")
    )
    was = tmp_path / path.name
    shutil.copy(path, was)
    real = verify.verify_bundle

    def exchanging(
        bundle: Path, reporter: Reporter, *, summed: bool, heard: Callable[[bytes], None] | None
    ) -> VerifyReport:
        report = real(bundle, reporter, summed=summed, heard=heard)
        shutil.copy(other, path)
        return report

    monkeypatch.setattr(verify, "verify_bundle", exchanging)
    signers = allow(tmp_path / "signers", f"a@x {public(make_key(tmp_path / 'key'))}")
    return path, was, SignaturePolicy(allowed_signers=signers)


def sign(path: Path, key: Path) -> None:
    assert command.callback is not None
    command.callback(path, key=key, provenance=False, as_json=False, quiet=True)


def test_what_was_heard_is_signed(site: tuple[Path, Path, SignaturePolicy], tmp_path: Path) -> None:
    path, was, policy = site
    sign(path, tmp_path / "key")
    with pytest.raises(SignatureError):
        check_signatures(path, policy, os.environ, Reporter())
    for each in path.parent.glob("*.sig"):
        shutil.copy(each, was.parent)
    assert check_signatures(was, policy, os.environ, Reporter())


def test_what_is_read_again_must_be_the_same(
    site: tuple[Path, Path, SignaturePolicy], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Signer, "begin", lambda _: None)
    with pytest.raises(SignatureError, match="built or verified") as caught:
        sign(site[0], tmp_path / "key")
    assert caught.value.reference == "signing-failed"
    assert not list(site[0].parent.glob("*.sig"))
