"""``bundle inspect``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bundler.cli.shared_options import FILE, json_option

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.pipeline.written_bill import BillVersion


@click.command("inspect", short_help="Show what is inside a bundle, and where it came from.")
@click.argument("bundle", type=FILE)
@click.option(
    "--sbom",
    "version",
    type=click.Choice(["1.6", "1.7"]),
    help="Print the bill of materials as CycloneDX of this version instead.",
)
@json_option
def command(bundle: Path, *, version: BillVersion | None, as_json: bool) -> None:
    """Show what is inside a bundle: runtime, packages, licences, sizes, and where each came from."""
    from bundler.pack.inspection import bundle_contents
    from bundler.pack.reading import open_bundle

    if version is not None:
        from bundler.pipeline.written_bill import written_bill

        click.echo(written_bill(open_bundle(bundle), version).decode("ascii"), nl=False)
        return
    from bundler.present import json_filling, result_tables
    from bundler.present.console import show_json

    contents = bundle_contents(open_bundle(bundle).manifest)
    if as_json:
        show_json(json_filling.inspect_output(contents))
    else:
        result_tables.inspection(contents)
