"""What ``bundle verify`` and ``bundle sign`` say to people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bundler.foreign import one_line
from bundler.present.bundle_words import freshness_text
from bundler.present.console import show
from bundler.report import count_text, size_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bundler.pack.verify import VerifyReport
    from bundler.pipeline.verified_publishers import VerifiedPublisher
    from bundler.trust.build_statement import BuildStatement
    from bundler.trust.signature_check import Verdict
    from bundler.trust.statement_file import CheckedStatement


def verified(
    path: Path,
    report: VerifyReport,
    verdicts: Sequence[Verdict],
    statement: CheckedStatement | None,
    *,
    unasked: int = 0,
) -> None:
    """That a bundle is right; a wrong one is an error and never comes here. ``unasked``: how many signatures lie beside it that nobody wanted checked."""
    info = report.manifest.bundle
    show(
        f"{path}: every byte is right: {info.name} {info.version}, {count_text(report.members, 'file')}, {size_text(report.bytes)}"
    )
    if freshness := freshness_text(info):
        show(f"{info.name} {info.version}: {freshness}")
    for each in verdicts:
        if each.identities:
            show(f"  signed by {', '.join(each.identities)} ({each.key})")
        else:
            show(f"  {each.file.name}, not counted: {each.why}")
    if unasked:
        checked = "wasn't" if unasked == 1 else "weren't"
        show(
            f"  {count_text(unasked, 'signature')} beside it {checked} checked: --allowed-signers FILE says whose count"
        )
    if statement is not None:
        said = statement.said
        by = f"signed by {', '.join(statement.signers)}" if statement.signers else "which nobody was asked to vouch for"
        show(f"  {statement.file.name}, {by}: {_built_text(said)}")


def publishers(found: Sequence[VerifiedPublisher]) -> None:
    """Who published packages, by attestations that are valid; others are an error and never come here."""
    if not found:
        show("  no package has an attestation of who published it")
        return
    show(f"  attestations are valid of {count_text(len(found), 'package')}, and no other package has one")
    for each in found:
        show(f"    {each.name}: published by {each.words}")


def _built_text(said: BuildStatement) -> str:
    """Its words are anybody's: with hundreds of blanks in them, a terminal would show the rest as a line of its own."""
    builder, built_with, host, finished = map(one_line, (said.builder, said.built_with, said.host, said.finished))
    how = f"built by {builder or 'nobody who is named'}"
    facts = (f"with {built_with}", f"on {host}", f"at {finished}")
    known = (each for each, value in zip(facts, (built_with, host, finished), strict=True) if value)
    return " ".join((how, *known)) + f", of {count_text(said.inputs, 'input')}"


def signed(path: Path, signature: Path, statement: Path | None) -> None:
    """Where the signature of a bundle lies."""
    show(f"{signature}: signs {path}; send it along, and keep it beside the bundle")
    if statement is not None:
        show(f"{statement}: says how it was built, and is signed too; send it along, and keep it beside the bundle")
