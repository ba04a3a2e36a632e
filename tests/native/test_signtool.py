"""Microsoft's signtool signs with a certificate of the user's store, as ``store:THUMBPRINT`` names it, and what it signed is read again."""

from __future__ import annotations

import datetime
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from bundler.errors import HostError
from bundler.formats.authenticode import read_signature
from bundler.pack.shipped import target_folder
from bundler.pipeline.signatures_apart import signer_of
from bundler.pipeline.time_stamps import TimeStamps
from bundler.trust.code_key import read_code_key
from bundler.trust.code_signer import CodeSigner, SigningWish, code_tool
from tests.native.test_policies import powershell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.windows,
    pytest.mark.real_windows("it has no signtool, and its store of certificates is another"),
]

SHIM = target_folder() / "shims" / "win_amd64" / "shim.exe"
MAKE = (
    "(New-SelfSignedCertificate -Type CodeSigningCert -Subject 'CN=Example Signing, O=Example' "
    "-CertStoreLocation Cert:\\CurrentUser\\My).Thumbprint"
)


@pytest.fixture
def thumbprint() -> Iterator[str]:
    made = powershell(MAKE, "New-SelfSignedCertificate")
    yield made
    powershell(f"Remove-Item Cert:\\CurrentUser\\My\\{made}", "Remove-Item")


def test_a_certificate_of_the_store_signs_our_launcher(tmp_path: Path, thumbprint: str) -> None:
    wish = SigningWish(key=read_code_key(f"store:{thumbprint}"), passphrase=lambda: None)
    try:
        tool = code_tool(wish, os.environ, windows=True)
    except HostError as error:
        pytest.skip(error.message)
    program = tmp_path / "shim.exe"
    shutil.copy(SHIM, program)
    signer = CodeSigner(tool, stamps=TimeStamps(), now=datetime.datetime.now(datetime.UTC))
    signer.sign(program, "shim.exe")
    assert signer.by == "Example Signing"
    assert signer_of(SHIM, program) == "Example Signing"
    found = read_signature(program)
    assert found is not None
    assert found.digest == "sha256"
    shown = powershell(
        f"(Get-AuthenticodeSignature '{program}').SignerCertificate.Thumbprint", "Get-AuthenticodeSignature"
    )
    assert shown == thumbprint
