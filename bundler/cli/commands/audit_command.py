"""``bundle audit``"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from bundler.cli.shared_options import FILE, json_option
from bundler.errors import AuditError

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.trust.audit import Audit
    from bundler.trust.cvss import Severity


@click.command("audit", short_help="Compare what is in a bundle with known vulnerabilities.")
@click.argument("bundle", type=FILE)
@click.option(
    "--osv",
    "snapshots",
    type=FILE,
    multiple=True,
    required=True,
    metavar="SNAPSHOT",
    help="A folder or zip of advisories in the OSV format, one a file (*.json); can be given several times.",
)
@click.option(
    "--severity",
    type=click.Choice(["low", "medium", "high", "critical"]),
    default="low",
    show_default=True,
    help="How grave a finding must be for exit code 9; one that nobody rated always is.",
)
@click.option("--sarif", type=FILE, help="Write what was found to this file too, as SARIF 2.1.0.")
@json_option
def command(bundle: Path, *, snapshots: tuple[Path, ...], severity: str, sarif: Path | None, as_json: bool) -> int:
    """Compare the packages of a bundle, and its Python, with a snapshot of advisories. Nothing is fetched.

    Ends with exit code 9 where something is known to be vulnerable.
    """
    from bundler.pack.reading import open_bundle
    from bundler.present import audit_text, json_filling
    from bundler.present.console import show_json
    from bundler.trust.audit import audit

    found = audit(open_bundle(bundle).manifest, snapshots)
    if sarif is not None:
        _write(sarif, bundle, found)
    if as_json:
        show_json(json_filling.audit_output(bundle, found))
    else:
        audit_text.audited(found)
    return AuditError.exit_code if found.reaches(cast("Severity", severity)) else 0


def _write(sarif: Path, bundle: Path, found: Audit) -> None:
    from bundler.atomic import write_whole
    from bundler.pack.writing import report_error
    from bundler.present.audit_sarif import audit_sarif

    try:
        write_whole(sarif, audit_sarif(bundle, found))
    except OSError as error:
        raise report_error(error, sarif) from None
