"""The real osslsigncode: keys in files, with and without passphrases, and what can go wrong."""

from __future__ import annotations

import dataclasses
import os
import socket
from pathlib import Path

import pytest

from bundler.errors import BundleError
from bundler.formats.authenticode import read_signature
from bundler.trust.code_key import CodeKey
from bundler.trust.osslsigncode import Osslsigncode
from tests.support import only_linux
from tests.support.programs import make_program
from tests.support.signing import CA, make_ca, make_pfx, verify

pytestmark = only_linux.SIGNING

PASSPHRASE = "ein gehéimnis"


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> CA:
    only_linux.require(only_linux.SIGNING)
    made = make_ca(tmp_path_factory.mktemp("signing") / "ca")
    make_pfx(made.signer, made.folder / "locked.pfx", passphrase=PASSPHRASE, authority=made.root)
    make_pfx(made.signer, made.folder / "open.pfx", authority=made.root)
    return made


@dataclasses.dataclass
class Asked:
    answer: str | None
    times: int = 0

    def __call__(self) -> str | None:
        self.times += 1
        return self.answer


def sign(folder: Path, key: Path, asked: Asked, timestamp: str = "") -> Path:
    source, signed = folder / "a.exe", folder / "signed.exe"
    source.write_bytes(make_program())
    Osslsigncode(CodeKey(kind="file", name=str(key)), asked, os.environ).sign(source, signed, timestamp)
    return signed


def test_a_key_with_a_pass_phrase_asks_once(tmp_path: Path, ca: CA) -> None:
    asked = Asked(PASSPHRASE)
    tool = Osslsigncode(CodeKey(kind="file", name=str(ca.folder / "locked.pfx")), asked, os.environ)
    assert tool.title.startswith("osslsigncode ")
    for name in ("one.exe", "two.exe"):
        (tmp_path / name).write_bytes(make_program(filler=name.encode()))
        tool.sign(tmp_path / name, tmp_path / f"signed-{name}", "")
        verify(tmp_path / f"signed-{name}", ca.root.pem)
    assert asked.times == 1


def test_a_key_without_one_asks_nobody(tmp_path: Path, ca: CA) -> None:
    asked = Asked(None)
    signed = sign(tmp_path, ca.folder / "open.pfx", asked)
    assert asked.times == 0
    found = read_signature(signed, extra_roots=(ca.root.pem,))
    assert found is not None
    assert (found.digest, found.distrust, found.timestamp) == ("sha256", "", None)
    assert found.issuer_digest, "the authority's certificate comes along"


@pytest.mark.parametrize("answer", ["falsch", None, ""])
def test_a_wrong_pass_phrase(tmp_path: Path, ca: CA, answer: str | None) -> None:
    asked = Asked(answer)
    with pytest.raises(BundleError) as caught:
        sign(tmp_path, ca.folder / "locked.pfx", asked)
    assert caught.value.reference == "authenticode-passphrase-wrong"
    assert asked.times == 1
    assert "falsch" not in " ".join((caught.value.message, *caught.value.context))


def test_what_is_no_pfx_file(tmp_path: Path, ca: CA) -> None:
    with pytest.raises(BundleError) as caught:
        sign(tmp_path, ca.signer.pem, Asked(None))
    assert caught.value.reference == "authenticode-key-missing"


def test_a_server_of_time_stamps_that_isnt_there(tmp_path: Path, ca: CA) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        with pytest.raises(BundleError) as caught:
            sign(tmp_path, ca.folder / "open.pfx", Asked(None), address)
    assert caught.value.reference == "authenticode-timestamp-failed"
    assert address in caught.value.message


def test_without_the_tool() -> None:
    with pytest.raises(BundleError) as caught:
        Osslsigncode(CodeKey(kind="file", name="a.pfx"), Asked(None), {"PATH": "/nowhere"})
    assert caught.value.reference == "authenticode-tool-missing"


def test_how_a_key_on_a_token_is_named(tmp_path: Path) -> None:
    """A stand-in for the tool writes down what it is told; the PIN is none of it."""
    tool = tmp_path / "osslsigncode"
    tool.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] || {{ printf "%s\\n" "$@" > "{tmp_path}/told"; cat > "{tmp_path}/given"; }}\n'
    )
    tool.chmod(0o755)
    key = CodeKey(kind="token", name="pkcs11:token=a;object=b", module="/usr/lib/a.so", certificates=Path("chain.pem"))
    asked = Asked("1234")
    environ = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    Osslsigncode(key, asked, environ).sign(tmp_path / "in.exe", tmp_path / "out.exe", "http://127.0.0.1/")
    told = (tmp_path / "told").read_text().splitlines()
    assert told == [
        *("sign", "-h", "sha256", "-pkcs11module", "/usr/lib/a.so", "-certs", "chain.pem"),
        *("-key", "pkcs11:token=a;object=b", "-readpass", "-", "-ts", "http://127.0.0.1/"),
        *("-in", str(tmp_path / "in.exe"), "-out", str(tmp_path / "out.exe")),
    ]
    assert (tmp_path / "given").read_text() == "1234\n"
    assert asked.times == 1


def test_an_engine_that_is_missing_is_said(tmp_path: Path) -> None:
    tool = tmp_path / "osslsigncode"
    tool.write_text("#!/bin/sh\necho \"Failed to find and load 'pkcs11' engine\"\nexit 255\n")
    tool.chmod(0o755)
    key = CodeKey(kind="token", name="pkcs11:token=a", module="/usr/lib/a.so")
    with pytest.raises(BundleError) as caught:
        Osslsigncode(key, Asked("1"), {"PATH": str(tmp_path)}).sign(tmp_path / "in.exe", tmp_path / "out.exe", "")
    assert caught.value.reference == "authenticode-tool-missing"
    assert "libengine-pkcs11-openssl" in caught.value.hint
