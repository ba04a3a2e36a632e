"""``bundle audit``"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from bundler.cli.shared_options import FILE, address_option, json_option, network_options, reporter, snapshots_option
from bundler.errors import AuditError

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.pipeline.session import Options
    from bundler.trust.cvss import Severity


@click.command("audit", short_help="Compare what is in a bundle with known vulnerabilities.")
@click.argument("bundle", type=FILE, required=False)
@snapshots_option("A folder or zip of advisories in the OSV format, one a file (*.json); can be given several times.")
@click.option(
    "--vex",
    "statements",
    type=FILE,
    multiple=True,
    metavar="FILE",
    help="Statements about vulnerabilities, as OpenVEX or CycloneDX in JSON; can be given several times.",
)
@click.option(
    "--severity",
    type=click.Choice(["low", "medium", "high", "critical"]),
    default="low",
    show_default=True,
    help="How grave a finding must be for exit code 9; one that nobody rated always is.",
)
@click.option("--sarif", type=FILE, help="Write what was found to this file too, as SARIF 2.1.0.")
@click.option(
    "--fetch",
    "place",
    type=FILE,
    metavar="PLACE",
    help="Fetch snapshots from OSV into this folder, or one of packages into NAME.zip, and audit nothing.",
)
@address_option("--url", "urls", help="Fetch this zip and not OSV's; can be given several times.")
@json_option
@network_options
def command(
    bundle: Path | None,
    *,
    snapshots: tuple[Path, ...],
    statements: tuple[Path, ...],
    severity: str,
    sarif: Path | None,
    place: Path | None,
    urls: tuple[str, ...],
    options: Options,
    as_json: bool,
    quiet: bool,
) -> int:
    """Compare the packages of a bundle, its Python, and known libraries inside these, with snapshots of advisories. Nothing is fetched, but
    with --fetch on another day.

    Ends with exit code 9 where something is known to be vulnerable, and where the snapshots have no records of packages or of the Python.
    """
    if place is not None:
        if bundle is not None or snapshots or statements or sarif:
            raise click.UsageError("--fetch audits nothing: leave the bundle and its options out")
        return _fetch(place, urls, options, as_json=as_json, quiet=quiet)
    if bundle is None:
        raise click.UsageError("Missing argument 'BUNDLE'.")
    if not snapshots:
        raise click.UsageError("Missing option '--osv'.")
    if urls:
        raise click.UsageError("--url goes with --fetch")
    from bundler.pack.reading import open_bundle
    from bundler.pipeline.audit_bundle import audit_bundle
    from bundler.trust.vex_file import read_vex

    if sarif is not None:
        from bundler.cli.report_places import demand_file, demand_outside

        demand_outside(bundle, sarif)
        demand_file(sarif, (*snapshots, *statements))
    said = tuple(map(read_vex, statements))
    found = audit_bundle(open_bundle(bundle), snapshots, said)
    if sarif is not None:
        from bundler.pack.writing import write_report
        from bundler.present.audit_sarif import audit_sarif

        write_report(sarif, audit_sarif(bundle, found))
    if as_json:
        from bundler.present import audit_json
        from bundler.present.console import show_json

        show_json(audit_json.audit_output(bundle, found))
    else:
        from bundler.present import audit_text

        audit_text.audited(found)
    return AuditError.exit_code if found.reaches(cast("Severity", severity)) else 0


def _fetch(place: Path, urls: tuple[str, ...], options: Options, *, as_json: bool, quiet: bool) -> int:
    from bundler.pipeline.fetch_advisories import fetch_advisories
    from bundler.pipeline.session import open_session

    with open_session(options, reporter(quiet=quiet or as_json)) as session:
        fetched = fetch_advisories(session, place, urls)
    if as_json:
        from bundler.present import audit_json
        from bundler.present.console import show_json

        show_json(audit_json.audit_fetch_output(fetched))
    else:
        from bundler.present import audit_text

        audit_text.fetched(fetched)
    return 0
