"""Signing with keys of cosign, and judging what comes of it, without cosign: a stand-in signs. tests/integration/test_cosign_real.py has the real one."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from bundler.errors import BundleError, HostError, SignatureError
from bundler.formats.dsse import read_envelope, write_envelope
from bundler.report import RecordingReporter, Reporter
from bundler.trust.cosign import Cosign, is_cosign_key
from bundler.trust.signature_check import SignaturePolicy, Verdict, check_signatures, count_signers
from bundler.trust.signing import Signer
from bundler.trust.ssh_keygen import NAMESPACE
from bundler.trust.statement_file import check_statement, sign_statement
from tests.support import only_linux
from tests.support.bare_keys import (
    OF_2_2,
    OF_2_5,
    OF_3,
    OF_NEXT,
    bare_file,
    bare_signature,
    line_of,
    make_bare_key,
    public_of,
    stand_in,
)
from tests.support.bundles import statement_path
from tests.support.ssh_keys import allow, keygen, make_key, needs_ssh_keygen, public
from tests.unit.trust.test_statements import CONTENT, statement

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    path = tmp_path / "out" / "x.zip"
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    return path


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("keys")
    return {name: make_bare_key(folder / f"{name}.key") for name in ("alice", "eve")} | {"folder": folder}


@pytest.fixture
def signers(tmp_path: Path, keys: dict[str, Any]) -> Path:
    return allow(tmp_path / "signers", f'alice@x namespaces="{NAMESPACE}" {line_of(keys["alice"])}')


def check(bundle: Path, signers: Path, threshold: int = 1, *identities: str) -> tuple[Verdict, ...]:
    policy = SignaturePolicy(allowed_signers=signers, threshold=threshold, identities=identities)
    return check_signatures(bundle, policy, os.environ, Reporter())


def why_refused(bundle: Path, signers: Path, threshold: int = 1, *identities: str) -> str:
    with pytest.raises(BundleError) as caught:
        check(bundle, signers, threshold, *identities)
    assert (caught.value.reference, caught.value.exit_code) == ("bundle-signature-refused", 10)
    return "\n".join(caught.value.context)


def sign(bundle: Path, keys: dict[str, Any], environ: dict[str, str], name: str = "alice") -> Path:
    return Signer(keys["folder"] / f"{name}.key", environ).sign(bundle, Reporter())


@only_linux.SHELL
@needs_ssh_keygen
@pytest.mark.parametrize("version", [OF_2_2, OF_2_5, OF_3, OF_NEXT])
def test_every_version_signs_and_publishes_nothing(
    bundle: Path, tmp_path: Path, keys: dict[str, Any], signers: Path, version: tuple[str, ...]
) -> None:
    """The stand-in refuses options that its version doesn't know, and signing without one that keeps the log out of it."""
    file = sign(bundle, keys, stand_in(tmp_path / "bin", version))
    key = public_of(keys["alice"])
    assert file.name == f"x.zip.{key.digest[:16]}.sig"
    assert bundle.read_bytes() == CONTENT
    (verdict,) = check(bundle, signers)
    assert (verdict.file, verdict.identities, verdict.key) == (file, ("alice@x",), key.fingerprint)


@only_linux.SHELL
def test_which_program_signs_is_told_by_the_key(tmp_path: Path, keys: dict[str, Any]) -> None:
    assert is_cosign_key(keys["folder"] / "alice.key")
    assert not is_cosign_key(keys["folder"] / "alice.pub")
    assert not is_cosign_key(tmp_path / "none")
    with pytest.raises(HostError) as caught:
        Signer(keys["folder"] / "alice.key", {"PATH": str(tmp_path)})
    assert caught.value.reference == "cosign-missing"


@only_linux.SHELL
def test_cosign_is_asked_where_the_public_half_does_not_lie_beside(tmp_path: Path) -> None:
    made = make_bare_key(tmp_path / "k.key")
    (tmp_path / "k.pub").unlink()
    environ = stand_in(tmp_path / "bin")
    (tmp_path / "file").write_bytes(b"content")
    with (tmp_path / "file").open("rb") as content:
        found = Cosign(tmp_path / "k.key", environ).signature(tmp_path / "file", content, Reporter())
    assert found.key_digest == public_of(made).digest
    with pytest.raises(SignatureError, match="can't read") as caught:
        Cosign(tmp_path / "k.key", environ | {"COSIGN_PASSWORD": "wrong"})
    assert "decryption failed" in caught.value.context[0]


@only_linux.SHELL
def test_what_goes_wrong_is_one_error_and_writes_nothing(bundle: Path, tmp_path: Path, keys: dict[str, Any]) -> None:
    environ = stand_in(tmp_path / "bin")
    reporter = RecordingReporter(Reporter())
    with pytest.raises(SignatureError) as caught:
        Signer(keys["folder"] / "alice.key", environ | {"COSIGN_PASSWORD": ""}).sign(bundle, reporter)
    assert (caught.value.reference, caught.value.exit_code) == ("signing-failed", 10)
    assert "COSIGN_PASSWORD" in caught.value.hint
    make_bare_key(tmp_path / "mine.key")
    (tmp_path / "mine.pub").write_bytes((keys["folder"] / "eve.pub").read_bytes())
    with pytest.raises(SignatureError, match="another key"):
        Signer(tmp_path / "mine.key", environ).sign(bundle, reporter)
    make_bare_key(tmp_path / "other.key", "p384")
    with pytest.raises(SignatureError, match="P-256"):
        Signer(tmp_path / "other.key", environ)
    signer, built = Signer(keys["folder"] / "alice.key", environ), hashlib.sha256(CONTENT).hexdigest()
    bundle.write_bytes(CONTENT + b"evil")
    with pytest.raises(SignatureError, match="isn't what was built"):
        signer.sign(bundle, reporter, sha256=built)
    assert [each.name for each in bundle.parent.iterdir()] == ["x.zip"]


@only_linux.SHELL
def test_what_is_exchanged_while_it_is_signed_is_found(bundle: Path, tmp_path: Path, keys: dict[str, Any]) -> None:
    """cosign opens the file by its name; what counts is what was opened before."""
    signer = Signer(keys["folder"] / "alice.key", stand_in(tmp_path / "bin"))
    with bundle.open("rb") as content:
        bundle.rename(tmp_path / "kept")
        bundle.write_bytes(b"evil")
        with pytest.raises(SignatureError, match="something else"):
            signer.signature(bundle, content, Reporter())


@needs_ssh_keygen
@pytest.mark.parametrize("name", ["x.zip.sig", "x.zip.alice.sig", "x.zip.sigstore.json", "x.zip.alice.sigstore.json"])
def test_files_of_cosign_itself_count(bundle: Path, keys: dict[str, Any], signers: Path, name: str) -> None:
    (bundle.parent / name).write_bytes(bare_file(keys["alice"], CONTENT))
    assert check(bundle, signers)[0].file.name == name


@needs_ssh_keygen
@pytest.mark.parametrize(("named", "counts"), [("alice", True), ("eve", False)])
def test_the_key_that_a_signature_names_made_it(
    bundle: Path, keys: dict[str, Any], signers: Path, named: str, *, counts: bool
) -> None:
    digest = base64.b64encode(bytes.fromhex(public_of(keys[named]).digest)).decode()
    document = {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {"publicKey": {"hint": digest}},
        "messageSignature": {
            "messageDigest": {
                "algorithm": "SHA2_256",
                "digest": base64.b64encode(hashlib.sha256(CONTENT).digest()).decode(),
            },
            "signature": bare_file(keys["alice"], CONTENT).decode().strip(),
        },
    }
    (bundle.parent / "x.zip.sigstore.json").write_text(json.dumps(document), encoding="ascii")
    if counts:
        assert check(bundle, signers)[0].identities == ("alice@x",)
    else:
        assert "it names another key than the one that made it" in why_refused(bundle, signers)


LINES = {
    "nobody": ("", "isn't one of an allowed signer"),
    "another key": ("eve@x EVE", "isn't one of an allowed signer"),
    "expired": ('alice@x valid-before="20200101" KEY', "not at this time"),
    "not yet": ('alice@x valid-after="29990101" KEY', "not at this time"),
    "for something else": ('alice@x namespaces="git" KEY', "isn't one of an allowed signer"),
    "as an authority": ("alice@x cert-authority KEY", "isn't one of an allowed signer"),
    "whoever": ("*@x KEY", "isn't one of an allowed signer"),
}


@needs_ssh_keygen
@pytest.mark.parametrize("case", LINES)
def test_who_is_not_allowed_is_refused(bundle: Path, tmp_path: Path, keys: dict[str, Any], case: str) -> None:
    (bundle.parent / "x.zip.sig").write_bytes(bare_file(keys["alice"], CONTENT))
    line, why = LINES[case]
    text = line.replace("KEY", line_of(keys["alice"])).replace("EVE", line_of(keys["eve"]))
    assert why in why_refused(bundle, allow(tmp_path / "s", text))


@needs_ssh_keygen
def test_only_identities_that_were_asked_for_count(bundle: Path, keys: dict[str, Any], signers: Path) -> None:
    (bundle.parent / "x.zip.sig").write_bytes(bare_file(keys["alice"], CONTENT))
    assert check(bundle, signers, 1, "al*@x")
    assert "who wasn't asked for" in why_refused(bundle, signers, 1, "bob@x")


@needs_ssh_keygen
def test_both_formats_count_and_one_signer_once(bundle: Path, tmp_path: Path, keys: dict[str, Any]) -> None:
    alice = keys["alice"]
    (bundle.parent / "x.zip.alice.sig").write_bytes(bare_file(alice, CONTENT))
    Signer(make_key(tmp_path / "bob"), os.environ).sign(bundle, Reporter())
    two = allow(tmp_path / "two", f"alice@x {line_of(alice)}", f"bob@x {public(tmp_path / 'bob')}")
    assert count_signers(check(bundle, two, 2)) == 2
    one = allow(tmp_path / "one", f"alice@x {line_of(alice)}", f"alice@x {public(tmp_path / 'bob')}")
    assert "alice@x" in why_refused(bundle, one, 2)


@needs_ssh_keygen
def test_the_same_key_in_both_formats_is_one_signer(bundle: Path, tmp_path: Path) -> None:
    """`cosign import-key-pair` takes such a key; under two names it is one key all the same."""
    both = make_bare_key(tmp_path / "both.key")
    ssh = tmp_path / "both"
    ssh.write_text(both.export_key(format="PEM", use_pkcs8=False) + "\n", encoding="ascii")
    ssh.chmod(0o600)
    keygen("-q", "-p", "-N", "", "-f", ssh)
    ssh.with_name("both.pub").write_text(line_of(both), encoding="ascii")
    Signer(ssh, os.environ).sign(bundle, Reporter())
    (bundle.parent / "x.zip.bare.sig").write_bytes(bare_file(both, CONTENT))
    signers = allow(tmp_path / "s", f"a@x,b@x {line_of(both)}")
    assert all(each.identities for each in check(bundle, signers))
    assert "good" in why_refused(bundle, signers, 2)


@needs_ssh_keygen
def test_a_changed_byte_anywhere_is_refused(bundle: Path, keys: dict[str, Any], signers: Path) -> None:
    file = bundle.parent / "x.zip.sig"
    file.write_bytes(bare_file(keys["alice"], CONTENT))
    for path in (bundle, file):
        content = path.read_bytes()
        places = range(len(content)) if path == file else (0, len(content) // 2, len(content) - 1)
        for place in places:
            path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
            assert why_refused(bundle, signers), (path, place)
        path.write_bytes(content)
    assert check(bundle, signers)


@only_linux.SHELL
@needs_ssh_keygen
def test_statements_get_a_bare_signature(bundle: Path, tmp_path: Path, keys: dict[str, Any], signers: Path) -> None:
    path = statement_path(bundle)
    path.write_bytes(write_envelope(statement()))
    signer = Signer(keys["folder"] / "alice.key", stand_in(tmp_path / "bin"))
    sign_statement(bundle, signer, Reporter())
    sign_statement(bundle, Signer(make_key(tmp_path / "bob"), os.environ), Reporter())
    policy = SignaturePolicy(allowed_signers=signers)
    found = check_statement(bundle, policy, os.environ, Reporter(), demanded=True)
    assert found is not None
    assert (found.signatures, found.signers) == (2, ("alice@x",))

    whole = read_envelope(path.read_bytes())
    own = next(each for each in whole.signatures if each.key_id == public_of(keys["alice"]).digest)
    of_archive = dataclasses.replace(own, content=bare_signature(keys["alice"], CONTENT))
    for wrong in (of_archive, dataclasses.replace(own, key_id="0" * 64), dataclasses.replace(own, content=b"")):
        path.write_bytes(write_envelope(dataclasses.replace(whole, signatures=(wrong,))))
        with pytest.raises(SignatureError) as caught:
            check_statement(bundle, policy, os.environ, Reporter(), demanded=True)
        assert caught.value.reference == "statement-refused"
