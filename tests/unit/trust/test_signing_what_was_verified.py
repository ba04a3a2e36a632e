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
from tests.support.bundles import make_inputs, write_made
from tests.support.ssh_keys import allow, make_key, needs_ssh_keygen, public

if TYPE_CHECKING:
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

    def exchanging(bundle: Path, reporter: Reporter, *, summed: bool) -> VerifyReport:
        report = real(bundle, reporter, summed=summed)
        shutil.copy(other, path)
        return report

    monkeypatch.setattr(verify, "verify_bundle", exchanging)
    signers = allow(tmp_path / "signers", f"a@x {public(make_key(tmp_path / 'key'))}")
    return path, was, SignaturePolicy(allowed_signers=signers)


def sign(path: Path, key: Path) -> None:
    assert command.callback is not None
    command.callback(path, key=key, provenance=False, as_json=False, quiet=True)


def test_what_lies_there_by_then_must_be_what_was_verified(
    site: tuple[Path, Path, SignaturePolicy], tmp_path: Path
) -> None:
    path, was, policy = site
    with pytest.raises(SignatureError, match="built or verified") as caught:
        sign(path, tmp_path / "key")
    assert caught.value.reference == "signing-failed"
    assert not list(path.parent.glob("*.sig"))
    sign(was, tmp_path / "key")
    assert check_signatures(was, policy, os.environ, Reporter())
