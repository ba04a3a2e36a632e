"""``bundle doctor``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bundler.cli.shared_options import FILE, host_options, json_option, reporter
from bundler.errors import HostError

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.pipeline.session import Options


@click.command("doctor", short_help="Check whether this host can build, and how to fix it.")
@click.argument("recipe", type=FILE, required=False)
@json_option
@host_options
def command(recipe: Path | None, options: Options, *, as_json: bool, quiet: bool) -> None:
    """Check whether this host can build (that recipe), and say how to fix what is missing."""
    from bundler.doctor import examine
    from bundler.pipeline.session import open_session
    from bundler.present import doctor_json, doctor_table
    from bundler.present.console import show_json

    with open_session(options, reporter(quiet=quiet or as_json)) as session:
        findings = examine(session, recipe)
    if as_json:
        show_json(doctor_json.doctor_output(findings))
    else:
        doctor_table.findings(findings)
    if any(each.verdict == "bad" for each in findings):
        raise click.exceptions.Exit(HostError.exit_code)
