"""``bundle why``"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from bundler.cli.shared_options import FILE, json_option

if TYPE_CHECKING:
    from pathlib import Path


@click.command("why", short_help="Show which packages of a bundle asked for another one.")
@click.argument("package")
@click.argument("bundle", type=FILE)
@json_option
def command(package: str, bundle: Path, *, as_json: bool) -> None:
    """Show why a package is in a bundle: the chains of packages that asked for it, by the lock in the bundle, and what its index had
    besides when it was locked, each with the reason why it wasn't taken.

    What the index has today, `bundle lock RECIPE --why NAME` tells.
    """
    from bundler.pack.reasons import reasons_of
    from bundler.present import reason_json, reason_text
    from bundler.present.console import show_json

    if not os.path.lexists(bundle) and os.path.isfile(package):  # noqa: PTH113 - a name that is too long isn't there either
        raise click.UsageError(f"the package comes first: bundle why {bundle} {package}")
    found = reasons_of(bundle, package)
    if as_json:
        show_json(reason_json.why_output(bundle, found))
    else:
        reason_text.reasons(found)
