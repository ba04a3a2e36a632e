"""What ``bundle verify --json`` and ``bundle sign --json`` print: their shapes, and what fills them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from bundler.model.fields import described
from bundler.trust.signature_check import count_signers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bundler.pack.verify import VerifyReport
    from bundler.pipeline.verified_publishers import VerifiedPublisher
    from bundler.trust.signature_check import Verdict
    from bundler.trust.statement_file import CheckedStatement


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SignatureShape:
    """A signature beside a bundle."""

    file: str = described("the signature's file")
    counted: bool = described("whether an allowed signer made it over this bundle")
    identities: tuple[str, ...] = described("the signer's names, as the file of allowed signers has them")
    key: str | None = described("the fingerprint of the signer's key; null where it isn't counted")
    reason: str | None = described("why it isn't counted; null where it is")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class StatementShape:
    """The statement of how a bundle was built, which is about this bundle. Whether it is true, its signer alone says."""

    file: str = described("the statement's file")
    signatures: int = described("how many signatures it has; 0: nobody has signed it")
    signers: tuple[str, ...] = described("names of allowed signers who signed it; none without --allowed-signers")
    builder: str = described("who built it: a URI")
    built_with: str = described("by which version of this program")
    host: str = described("on which system")
    finished: str = described("when, in UTC")
    inputs: int = described("how many files and folders it lists that the build took")


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class PublisherShape:
    """Who published a package, by an attestation that is valid."""

    package: str = described("its name, normalized")
    published_by: str = described("the publisher: its kind, repository and workflow")
    made_from: str | None = described(
        "what was published, where the wheel in the bundle is not that file: sdist, or wheel, whose programs were signed; null: it is"
    )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class VerifyOutput:
    """`bundle verify BUNDLE --json`; a bundle that isn't right is an error."""

    path: str = described("the bundle")
    right: bool = described("always true")
    name: str = described("the bundle's name")
    version: str = described("the version of the whole")
    release: str = described("names the release on the target")
    sequence: int | None = described("its sequence number; null: it has none")
    not_after: str | None = described("the last day (UTC) on which it may be installed; null: any")
    files: int = described("how many files it has, the manifest and the sums included")
    bytes: int = described("bytes of all its files")
    signers: int = described("how many different signers count; 0 without --allowed-signers")
    signatures: tuple[SignatureShape, ...] = described("those beside the bundle; none without --allowed-signers")
    provenance: StatementShape | None = described("how it was built; null: no statement lies beside it")
    publishers: tuple[PublisherShape, ...] = described(
        "who published packages, by attestations that are valid; none without --attestations"
    )


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class SignOutput:
    """`bundle sign BUNDLE --key KEY --json`"""

    path: str = described("the bundle")
    signature: str = described("the file that was written")
    provenance: str | None = described(
        "the statement of how it was built, with a signature more; null without --provenance"
    )


def verify_output(
    path: Path,
    report: VerifyReport,
    verdicts: Sequence[Verdict],
    statement: CheckedStatement | None,
    publishers: Sequence[VerifiedPublisher] = (),
) -> VerifyOutput:
    bundle = report.manifest.bundle
    return VerifyOutput(
        path=str(path),
        right=True,
        name=bundle.name,
        version=bundle.version,
        release=bundle.release,
        sequence=bundle.sequence,
        not_after=bundle.not_after,
        files=report.members,
        bytes=report.bytes,
        signers=count_signers(verdicts),
        signatures=tuple(
            SignatureShape(
                file=str(each.file),
                counted=bool(each.identities),
                identities=each.identities,
                key=each.key or None,
                reason=each.why or None,
            )
            for each in verdicts
        ),
        provenance=_statement(statement) if statement is not None else None,
        publishers=tuple(
            PublisherShape(package=each.name, published_by=each.by, made_from=each.made_from) for each in publishers
        ),
    )


def _statement(checked: CheckedStatement) -> StatementShape:
    said = checked.said
    return StatementShape(
        file=str(checked.file),
        signatures=checked.signatures,
        signers=checked.signers,
        builder=said.builder,
        built_with=said.built_with,
        host=said.host,
        finished=said.finished,
        inputs=said.inputs,
    )


def sign_output(path: Path, signature: Path, statement: Path | None) -> SignOutput:
    return SignOutput(
        path=str(path), signature=str(signature), provenance=str(statement) if statement is not None else None
    )
