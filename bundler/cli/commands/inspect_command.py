"""``bundle inspect``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bundler.cli.shared_options import FILE, FOLDER, json_option, policy_options, reporter, snapshots_option

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.pipeline.written_bill import BillVersion
    from bundler.trust.signature_check import SignaturePolicy


@click.command("inspect", short_help="Show what is inside a bundle, and where it came from.")
@click.argument("bundle", type=FILE)
@click.option(
    "--html",
    type=FILE,
    help="Write all that is to know of it as one page, for whoever decides whether it may be let in.",
)
@click.option(
    "--evidence",
    type=FOLDER,
    help="Write page, bill of materials, licences, hashes, signatures and whatever else is given into this new folder.",
)
@click.option(
    "--sbom",
    "version",
    type=click.Choice(["1.6", "1.7"]),
    help="Print the bill of materials as CycloneDX of this version instead.",
)
@policy_options
@snapshots_option("Advisories in the OSV format, as `bundle audit` takes them; can be given several times.")
@click.option("--from", "previous", type=FILE, metavar="BUNDLE", help="An earlier bundle: the page says what differs.")
@click.option(
    "--rehearsal",
    type=FILE,
    metavar="FOLDER",
    help="The logs of its rehearsal, or a file of its --json.  [default: BUNDLE.rehearsal, if it is there]",
)
@click.option(
    "--vex",
    type=FILE,
    multiple=True,
    metavar="FILE",
    help="Statements about vulnerabilities, as `bundle audit` takes them; they go into the evidence too. Can be given several times.",
)
@json_option
def command(
    bundle: Path,
    *,
    html: Path | None,
    evidence: Path | None,
    policy: SignaturePolicy | None,
    snapshots: tuple[Path, ...],
    previous: Path | None,
    rehearsal: Path | None,
    vex: tuple[Path, ...],
    version: BillVersion | None,
    as_json: bool,
) -> None:
    """Show what is inside a bundle: runtime, packages, licences, sizes, and where each came from.

    With --html and --evidence every byte of it is checked first. What they say of signatures and vulnerabilities is for people: the exit codes of
    `bundle verify` and `bundle audit` are for scripts.
    """
    if html is None and evidence is None and (policy or snapshots or previous or rehearsal):
        raise click.UsageError("--allowed-signers, --osv, --from and --rehearsal are for --html and --evidence")
    if vex and not (evidence or snapshots):
        raise click.UsageError("--vex is for --osv and --evidence")
    if version is not None and (html or evidence):
        raise click.UsageError(
            "--sbom prints the bill of materials and writes nothing: leave --html and --evidence out"
        )
    if version is not None:
        from bundler.pack.reading import open_bundle
        from bundler.pipeline.written_bill import written_bill

        click.echo(written_bill(open_bundle(bundle), version).decode("ascii"), nl=False)
        return
    from bundler.cli.reviewing import ReviewOutput, kept_rehearsal, write_review
    from bundler.pack.inspection import inspect_bundle
    from bundler.pack.reading import open_bundle
    from bundler.pipeline.review import ReviewWishes
    from bundler.present import inspection_json, inspection_table
    from bundler.present.console import show_json

    reviewed = None
    if html is None and evidence is None:
        contents = inspect_bundle(open_bundle(bundle))
    else:
        found, logs = kept_rehearsal(bundle, rehearsal)
        wishes = ReviewWishes(
            policy=policy,
            snapshots=snapshots,
            vex=vex,
            previous=previous,
            rehearsal=found,
            logs=logs,
            must_be_its=rehearsal is not None,
        )
        output = ReviewOutput(html=html, evidence=evidence, vex=vex)
        reviewed = write_review(bundle, wishes, output, reporter(quiet=as_json))
        contents = reviewed.review.contents
    if as_json:
        show_json(inspection_json.inspect_output(contents))
        return
    inspection_table.inspection(contents)
    if reviewed is not None:
        inspection_table.reviewed(html, evidence, reviewed.papers)
