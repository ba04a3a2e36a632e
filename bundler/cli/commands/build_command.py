"""``bundle build``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bundler.cli.shared_options import FILE, host_options, json_option, output_option, reporter, sandbox_options
from bundler.pack.forms import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.pipeline.session import Options


@click.command("build", short_help="Lock if needed, fetch, convert and pack.")
@click.argument("recipe", type=FILE)
@click.option(
    "--format",
    "archive",
    type=click.Choice(list(FORMATS)),
    default=next(iter(FORMATS)),
    show_default=True,
    help="What to write.",
)
@output_option("archive")
@click.option(
    "--target",
    "slugs",
    multiple=True,
    metavar="X.Y.Z-PLATFORM",
    help="Build for these targets only, such as 3.11.9-win_amd64.",
)
@click.option("--locked", is_flag=True, help="Fail where the lock is missing or stale instead of locking.")
@json_option
@host_options
@sandbox_options
def command(
    recipe: Path,
    archive: str,
    output: Path,
    slugs: tuple[str, ...],
    options: Options,
    *,
    locked: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Lock if needed, fetch, convert and pack: one archive for each target of a recipe."""
    from bundler.pipeline.build_bundle import build_recipe
    from bundler.pipeline.session import open_session
    from bundler.present import result_tables
    from bundler.present.console import show_json

    with open_session(options, reporter(quiet=quiet or as_json)) as session:
        built = build_recipe(session, recipe, output=output, archive=archive, slugs=slugs, locked=locked)
    if as_json:
        from bundler.present import json_filling  # late: all the shapes of JSON take as long as some builds

        show_json(json_filling.build_output(built))
    else:
        result_tables.bundles(built)
