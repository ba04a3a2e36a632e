"""``bundle verify``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bundler.cli.shared_options import FILE, json_option, quiet_option, reporter

if TYPE_CHECKING:
    from pathlib import Path


@click.command("verify", short_help="Check every byte of a bundle.")
@click.argument("bundle", type=FILE)
@json_option
@quiet_option
def command(bundle: Path, *, as_json: bool, quiet: bool) -> None:
    """Check every byte of a bundle against its sums and its manifest, and that nothing else is in it."""
    from bundler.pack.verify import verify_bundle
    from bundler.present import json_filling, result_tables
    from bundler.present.console import show_json

    report = verify_bundle(bundle, reporter(quiet=quiet or as_json))
    if as_json:
        show_json(json_filling.verify_output(bundle, report))
    else:
        result_tables.verified(bundle, report)
