"""``bundle build``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bundler.cli.shared_options import FILE, host_options, json_option, output_option, reporter

if TYPE_CHECKING:
    from pathlib import Path

    from bundler.pack.writing import Format
    from bundler.pipeline import Options


@click.command("build", short_help="Lock if needed, fetch, convert and pack.")
@click.argument("recipe", type=FILE)
@click.option(
    "--format",
    "archive",
    type=click.Choice(["zip", "7z", "dir"]),
    default="zip",
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
def command(
    recipe: Path,
    archive: Format,
    output: Path,
    slugs: tuple[str, ...],
    options: Options,
    *,
    locked: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Lock if needed, fetch, convert and pack: one archive for each target of a recipe."""
    from bundler.pipeline import build_recipe, workshop
    from bundler.present import json_filling, result_tables
    from bundler.present.console import show_json

    with workshop(options, reporter(quiet=quiet or as_json)) as shop:
        built = build_recipe(shop, recipe, output=output, archive=archive, slugs=slugs, locked=locked)
    if as_json:
        show_json(json_filling.build_output(built))
    else:
        result_tables.bundles(built)
