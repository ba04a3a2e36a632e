"""``bundle diff``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bundler.cli.shared_options import FILE, json_option

if TYPE_CHECKING:
    from pathlib import Path


@click.command("diff", short_help="Show what changed between two bundles or two locks.")
@click.argument("before", type=FILE)
@click.argument("after", type=FILE)
@json_option
def command(before: Path, after: Path, *, as_json: bool) -> None:
    """Show what changed between two bundles, or two locks: packages, runtime, files, services, rights, site values, sizes.

    What the manifests say is compared, and nothing is verified: `bundle verify` does that.
    """
    from bundler.pack.comparison import compare
    from bundler.present import comparison_json, comparison_text
    from bundler.present.console import show_json

    found = compare(before, after)
    if as_json:
        show_json(comparison_json.diff_output(found))
    else:
        comparison_text.comparison(found)
