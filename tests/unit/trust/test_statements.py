"""Statements of how a bundle was built: what stands in them, who believes them, and that no byte of one can be changed."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import os
import stat
from typing import TYPE_CHECKING, Any

import pytest

from bundler.errors import BundleError, SignatureError
from bundler.formats.dsse import Envelope, read_envelope, write_envelope
from bundler.report import RecordingReporter, Reporter
from bundler.trust.build_statement import (
    ANY_HOST,
    PAYLOAD_TYPE,
    PREDICATE_TYPE,
    BuildFacts,
    Input,
    read_statement,
    write_statement,
)
from bundler.trust.signature_check import SignaturePolicy
from bundler.trust.signing import Signer
from bundler.trust.ssh_keygen import NAMESPACE
from bundler.trust.statement_file import CheckedStatement, check_statement, sign_statement
from tests.support import only_linux
from tests.support.bundles import statement_path
from tests.support.ssh_keys import keygen, needs_ssh_keygen

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = b"PK an archive" * 99
SHA256 = hashlib.sha256(CONTENT).hexdigest()
FACTS = BuildFacts(
    parameters={"target": "3.11.9-win_amd64", "source-date-epoch": None},
    host={"system": "Linux-6.1", "python": "CPython 3.11.9"},
    tools={"offline-bundler": "1.0", "pip": "26.0"},
    builder=ANY_HOST,
    invocation="urn:uuid:0",
    started=datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC),
    finished=datetime.datetime(2026, 1, 2, 4, 4, 6, tzinfo=datetime.timezone(datetime.timedelta(hours=1))),
    inputs=(
        Input(name="a==1", uri="https://a.test/a-1.whl", digests={"sha256": "0" * 64}, facts={"role": "package"}),
        Input(name="b==1", digests={"bundle-project-files": "1" * 64}),
    ),
    made=(Input(name="b-1.whl", digests={"sha256": "2" * 64}, facts={"made-from": "project"}),),
)


def statement() -> Envelope:
    return write_statement(FACTS, name="x.zip", sha256=SHA256)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    path = tmp_path / "out" / "x.zip"
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    statement_path(path).write_bytes(write_envelope(statement()))
    return path


def sign(bundle: Path, key: Path) -> Path:
    return sign_statement(bundle, Signer(key, os.environ), Reporter())


def check(bundle: Path, signers: Path | None, *, demanded: bool = False) -> CheckedStatement | None:
    policy = SignaturePolicy(allowed_signers=signers) if signers is not None else None
    return check_statement(bundle, policy, os.environ, Reporter(), demanded=demanded)


def refused(bundle: Path, signers: Path | None, *, demanded: bool = False) -> BundleError:
    with pytest.raises(BundleError) as caught:
        check(bundle, signers, demanded=demanded)
    assert caught.value.exit_code == 10
    return caught.value


def test_no_statement_of_another_bundle_is_signed_for_what_was_built(bundle: Path, keys: dict[str, Path]) -> None:
    """Others may put both in the place of what was built, and they fit each other."""
    written = statement_path(bundle).read_bytes()
    with pytest.raises(SignatureError) as caught:
        sign_statement(bundle, Signer(keys["alice"], os.environ), Reporter(), sha256="0" * 64)
    assert caught.value.reference == "statement-of-another"
    assert statement_path(bundle).read_bytes() == written, "and nothing is written"


def test_no_other_statement_about_what_was_built_is_signed(bundle: Path, keys: dict[str, Path]) -> None:
    """Others may write one that is about the right bundle, and says what they like of how it was built."""
    path, signer = statement_path(bundle), Signer(keys["alice"], os.environ)
    written = hashlib.sha256(path.read_bytes()).hexdigest()
    lying = write_statement(dataclasses.replace(FACTS, builder="https://eve.test"), name="x.zip", sha256=SHA256)
    built, path_bytes = path.read_bytes(), write_envelope(lying)
    path.write_bytes(path_bytes)
    with pytest.raises(SignatureError, match="isn't what was built or verified any more") as caught:
        sign_statement(bundle, signer, Reporter(), sha256=SHA256, said_sha256=written)
    assert caught.value.reference == "signing-failed"
    assert path.read_bytes() == path_bytes, "and nothing is written"
    path.write_bytes(built)
    assert sign_statement(bundle, signer, Reporter(), sha256=SHA256, said_sha256=written) == path


def test_what_stands_in_it() -> None:
    data = json.loads(statement().payload)
    assert data["subject"] == [{"name": "x.zip", "digest": {"sha256": SHA256}}]
    definition, run = (data["predicate"][key] for key in ("buildDefinition", "runDetails"))
    assert definition["resolvedDependencies"] == [
        {
            "name": "a==1",
            "uri": "https://a.test/a-1.whl",
            "digest": {"sha256": "0" * 64},
            "annotations": {"role": "package"},
        },
        {"name": "b==1", "digest": {"bundle-project-files": "1" * 64}},
    ]
    assert run["metadata"] == {
        "invocationId": "urn:uuid:0",
        "startedOn": "2026-01-02T03:04:05Z",
        "finishedOn": "2026-01-02T03:04:06Z",
    }
    assert run["builder"] == {"id": ANY_HOST, "version": {"offline-bundler": "1.0", "pip": "26.0"}}


def test_the_library_of_in_toto_takes_it() -> None:
    pytest.importorskip("in_toto_attestation", reason="needs in-toto-attestation")
    from google.protobuf import json_format
    from in_toto_attestation.predicates.provenance.v1 import provenance_pb2
    from in_toto_attestation.v1 import statement_pb2
    from in_toto_attestation.v1.statement import Statement

    found = json_format.Parse(statement().payload, statement_pb2.Statement())  # keys that it doesn't know are errors
    Statement.copy_from_pb(found).validate()
    assert found.predicate_type == PREDICATE_TYPE
    predicate = json.loads(statement().payload)["predicate"]
    read = json_format.ParseDict(predicate, provenance_pb2.Provenance())
    assert [each.name for each in read.build_definition.resolved_dependencies] == ["a==1", "b==1"]
    assert read.run_details.builder.id == ANY_HOST
    assert read.run_details.metadata.started_on.ToJsonString() == "2026-01-02T03:04:05Z"
    assert [each.name for each in read.run_details.byproducts] == ["b-1.whl"]


def test_it_is_read_as_it_was_written() -> None:
    found = read_statement(statement(), name="x.zip", sha256=SHA256)
    assert dataclasses.asdict(found) == {
        "builder": ANY_HOST,
        "built_with": "offline-bundler 1.0",
        "host": "Linux-6.1",
        "finished": "2026-01-02T03:04:06Z",
        "inputs": 2,
        "tools": (("offline-bundler", "1.0"), ("pip", "26.0")),
    }


def with_keys(**keys: Any) -> Envelope:
    data = json.loads(statement().payload) | keys
    return Envelope(payload_type=PAYLOAD_TYPE, payload=json.dumps(data).encode())


@pytest.mark.parametrize(
    ("envelope", "reference"),
    [
        (Envelope(payload_type="text/plain", payload=statement().payload), "statement-malformed"),
        (Envelope(payload_type=PAYLOAD_TYPE, payload=b"\xff"), "statement-malformed"),
        (Envelope(payload_type=PAYLOAD_TYPE, payload=b"[" * 100_000), "statement-malformed"),
        (Envelope(payload_type=PAYLOAD_TYPE, payload=b"[]"), "statement-malformed"),
        (with_keys(_type="https://in-toto.io/Statement/v0.1"), "statement-malformed"),
        (with_keys(predicateType="https://spdx.dev/Document"), "statement-malformed"),
        (with_keys(subject=[]), "statement-malformed"),
        (with_keys(subject=[{"name": "x.zip", "digest": {"sha256": SHA256}}] * 2), "statement-malformed"),
        (with_keys(subject=["x.zip"]), "statement-of-another"),
        (with_keys(subject=[{"name": "y.zip", "digest": {"sha256": SHA256}}]), "statement-of-another"),
        (with_keys(subject=[{"name": "x.zip", "digest": {"sha256": "0" * 64}}]), "statement-of-another"),
        (with_keys(subject=[{"name": "x.zip", "digest": {"sha512": SHA256}}]), "statement-of-another"),
    ],
)
def test_what_is_about_something_else_is_refused(envelope: Envelope, reference: str) -> None:
    with pytest.raises(SignatureError) as caught:
        read_statement(envelope, name="x.zip", sha256=SHA256)
    assert caught.value.reference == reference


def test_a_predicate_of_any_shape_is_read_as_saying_nothing() -> None:
    shapes: tuple[Any, ...] = (None, [], {"runDetails": 1, "buildDefinition": {"resolvedDependencies": "x"}})
    for predicate in shapes:
        found = read_statement(with_keys(predicate=predicate), name="x.zip", sha256=SHA256)
        assert (found.builder, found.built_with, found.inputs) == ("", "", 0)


@needs_ssh_keygen
def test_who_signed_is_found(bundle: Path, keys: dict[str, Path], signers: Path) -> None:
    path = sign(bundle, keys["alice"])
    found = check(bundle, signers, demanded=True)
    assert found is not None
    assert (found.file, found.signers, found.signatures) == (path, ("alice@example.com",), 1)
    assert bundle.read_bytes() == CONTENT


@needs_ssh_keygen
def test_ssh_keygen_itself_verifies_the_signature_in_it(
    bundle: Path, tmp_path: Path, keys: dict[str, Path], signers: Path
) -> None:
    envelope = read_envelope(sign(bundle, keys["alice"]).read_bytes())
    (signature,) = envelope.signatures
    (tmp_path / "sig").write_bytes(signature.content)
    arguments = ("-f", signers, "-I", "alice@example.com", "-n", NAMESPACE, "-s", tmp_path / "sig")
    keygen("-Y", "verify", *arguments, content=envelope.signed_bytes)


@needs_ssh_keygen
def test_several_sign_it_and_each_again_in_place(bundle: Path, keys: dict[str, Path], signers: Path) -> None:
    for name in ("alice", "bob", "alice", "eve"):
        sign(bundle, keys[name])
    found = check(bundle, signers)
    assert found is not None
    assert found.signatures == 3
    assert sorted(found.signers) == ["alice@example.com", "bob@example.com"]


@needs_ssh_keygen
def test_a_changed_byte_anywhere_is_refused(bundle: Path, keys: dict[str, Path], signers: Path) -> None:
    path = sign(bundle, keys["alice"])
    whole = path.read_bytes()
    ends = [*range(80), *range(len(whole) - 80, len(whole))]
    for place in sorted({*range(0, len(whole), 17), *ends}):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        error = refused(bundle, signers)
        assert error.reference in ("statement-malformed", "statement-of-another", "statement-refused"), place
    path.write_bytes(whole)
    assert check(bundle, signers)


@needs_ssh_keygen
def test_a_changed_archive_is_refused(bundle: Path, keys: dict[str, Path], signers: Path) -> None:
    sign(bundle, keys["alice"])
    bundle.write_bytes(CONTENT + b"x")
    assert refused(bundle, signers).reference == "statement-of-another"
    assert refused(bundle, None).reference == "statement-of-another"
    with pytest.raises(SignatureError, match="something else"):
        sign(bundle, keys["alice"])


@needs_ssh_keygen
def test_whom_nobody_allowed_is_refused(bundle: Path, keys: dict[str, Path], signers: Path) -> None:
    sign(bundle, keys["eve"])
    error = refused(bundle, signers)
    assert error.reference == "statement-refused"
    assert len(error.context) == 1


@needs_ssh_keygen
def test_the_archives_signature_is_none_of_the_statement(bundle: Path, keys: dict[str, Path], signers: Path) -> None:
    signature = Signer(keys["alice"], os.environ).sign(bundle, Reporter())
    path = sign(bundle, keys["alice"])
    envelope = read_envelope(path.read_bytes())
    (own,) = envelope.signatures
    other = dataclasses.replace(own, content=signature.read_bytes())
    path.write_bytes(write_envelope(dataclasses.replace(envelope, signatures=(other,))))
    assert refused(bundle, signers).reference == "statement-refused"


@needs_ssh_keygen
def test_a_signature_under_another_keys_name_is_refused(bundle: Path, keys: dict[str, Path], signers: Path) -> None:
    path = sign(bundle, keys["alice"])
    envelope = read_envelope(path.read_bytes())
    (own,) = envelope.signatures
    other = dataclasses.replace(own, key_id="0" * 64)
    path.write_bytes(write_envelope(dataclasses.replace(envelope, signatures=(other,))))
    assert "another key" in refused(bundle, signers).context[0]


@needs_ssh_keygen
def test_one_that_nobody_signed_is_told_and_refused_where_it_is_demanded(bundle: Path, signers: Path) -> None:
    reporter = RecordingReporter(Reporter())
    policy = SignaturePolicy(allowed_signers=signers)
    found = check_statement(bundle, policy, os.environ, reporter, demanded=False)
    assert found is not None
    assert not found.signers
    assert [each[0] for each in reporter.said if each[0]] == ["statement-unsigned"]
    assert refused(bundle, signers, demanded=True).reference == "statement-refused"


def test_without_allowed_signers_it_must_be_about_the_bundle_all_the_same(bundle: Path) -> None:
    found = check(bundle, None)
    assert found is not None
    assert (found.signers, found.signatures) == ((), 0)
    statement_path(bundle).write_bytes(write_envelope(write_statement(FACTS, name="y.zip", sha256=SHA256)))
    assert refused(bundle, None).reference == "statement-of-another"


@needs_ssh_keygen
def test_where_none_lies(bundle: Path, keys: dict[str, Path], signers: Path) -> None:
    statement_path(bundle).unlink()
    assert check(bundle, signers) is None
    assert refused(bundle, signers, demanded=True).reference == "statement-missing"
    with pytest.raises(SignatureError) as caught:
        sign(bundle, keys["alice"])
    assert caught.value.reference == "statement-missing"


def test_of_a_folder_it_is_about_its_sums(tmp_path: Path) -> None:
    folder = tmp_path / "x"
    folder.mkdir()
    (folder / "SHA256SUMS").write_bytes(b"sums")
    path = statement_path(folder)
    assert path == tmp_path / "x.SHA256SUMS.intoto.jsonl"
    envelope = write_statement(FACTS, name="x.SHA256SUMS", sha256=hashlib.sha256(b"sums").hexdigest())
    path.write_bytes(write_envelope(envelope))
    assert check(folder, None)


@only_linux.LINKS
def test_what_lies_beside_is_not_followed(bundle: Path) -> None:
    path = statement_path(bundle)
    path.rename(bundle.parent / "kept")
    path.symlink_to(bundle.parent / "kept")
    assert refused(bundle, None).reference == "statement-malformed"
    path.unlink()
    os.mkfifo(path)
    assert refused(bundle, None).reference == "statement-malformed"
    assert stat.S_ISFIFO(path.stat().st_mode)
